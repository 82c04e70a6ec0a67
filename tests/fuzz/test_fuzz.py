"""A slice of the campaign of `tests/benchmarks/fuzz`, the same cases at every run."""

import gc
import json

import pytest

from tests.benchmarks.fuzz.campaign import Tally, cases
from tests.benchmarks.fuzz.oracles import breaches, document_breaches
from tests.benchmarks.fuzz.process import Outcome, call

CASES = 15


@pytest.mark.parametrize("seed", range(100, 116))
def test_nothing_breaks(seed):
    tally = Tally()
    for case in cases(seed, CASES):
        tally.add(case)
    assert not tally.breaches, [(kind, c.arguments, c.raw) for kind, c in tally.smallest.items()]
    assert tally.codes.total() == CASES


def test_a_seed_gives_the_same_cases():
    one, two = ([(c.arguments, c.raw) for c in cases(7, 3)] for _ in range(2))
    assert one == two


def test_the_oracles_notice_what_is_wrong():
    figure = {"low": 2.0, "central": 1.0, "high": 3.0}
    document = {
        "results": {"mfu": figure, "days": {"low": None, "central": None, "high": 1.0}},
        "stages": {}, "summary": {"verdict": "feasible"},
    }  # fmt: skip
    assert set(document_breaches(document)) == {
        "range out of order: mfu", "unknown without reason: days", "half a range: days",
    }  # fmt: skip
    wrong = list(breaches(["estimate", "-f", "json"], Outcome(0, '{"results": NaN}', "")))
    assert wrong == ["estimate -f json: NaN is a number"]
    assert list(breaches(["estimate"], Outcome(2, "", ""))) == ["refused without a word: estimate"]
    for raw, wrong in ((b"", ["not finite: audit -f table"]), (b"name: $inf", [])):
        assert list(breaches(["audit"], Outcome(0, "$inf", ""), raw)) == wrong


@pytest.fixture(scope="module")
def imported():
    """What the command imports, and what other tests have left, is not on the clock of a bomb."""
    assert call(["validate", "-"], b"k: 1").code == 2
    gc.collect()
    gc.freeze()  # The collector walks everything a process has made while a bomb is read.
    yield
    gc.unfreeze()


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [" + "*b, " * 9 + "]",
        "[" * 100_000,
        "x: " + "1" * 900_000,
        "\n".join(f"k{i}: 1" for i in range(60_000)),
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(
            f"{c}: &{c} [{','.join(['*' + p] * 9)}]\n"
            for p, c in zip("abcdefg", "bcdefgh", strict=True)
        ),
        json.dumps({"model": {"a" * 5000: {"b": ["c"] * 9000}}}),
        "!!python/object/apply:os.system [true]",
        "{" * 31 + "a: 1" + "}" * 31,
        "stages:\n" + "- {name: a}\n" * 1001,
        "claims:\n" + "- {cost: $1M}\n" * 1001,
    ],
    ids=["anchor", "depth", "line", "keys", "laughs", "wide", "tag", "braces", "stages", "claims"],
)  # fmt: skip
@pytest.mark.usefixtures("imported")
def test_bombs_are_refused_at_once(text):
    found = call(["validate", "-"], text.encode(), seconds=1.5)
    assert (found.code, found.fault) == (2, "")
    assert len(found.err) < 2_000_000


def test_as_many_items_as_a_list_may_have():
    for count, code in ((1000, 0), (1001, 2)):
        raw = "stages:\n" + "".join(f"- {{name: s{n}, gpu_hours: 1}}\n" for n in range(count))
        found = call(["validate", "-"], raw.encode())
        assert (found.code, "1,000 are the most" in found.err) == (code, code == 2)


@pytest.mark.usefixtures("imported")
def test_a_text_without_sentences_is_read_in_a_line_of_time():
    raw = "".join(f"k{number}: 1\n" for number in range(4000)).encode()
    assert call(["audit", "-"], raw, 3.0).code == 2


def test_of_very_many_problems_the_first_are_told():
    for count, told in ((200, 200), (201, 201), (5000, 201)):
        text = "".join(f"k{number}: 1\n" for number in range(count))
        found = call(["validate", "-"], text.encode())
        assert found.err.count("error[") == told
        assert ("CC009" in found.err) == (count > 200)
