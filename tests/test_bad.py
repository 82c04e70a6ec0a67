"""A hundred malformed scenario files: each is refused at the right place, in words that help."""

from pathlib import Path

import pytest
import yaml

from costcheck.diagnostics import CostcheckError, Diagnostic
from costcheck.estimate.resolve import resolve
from costcheck.scenario.load import load

FOLDER = Path(__file__).parent / "bad"
EXPECTED = yaml.safe_load((FOLDER / "expected.yaml").read_text(encoding="utf-8"))


def problems(file: Path) -> tuple[Diagnostic, ...]:
    """Return everything that keeps a scenario file from being estimated."""
    try:
        found = resolve(load(file)).problems
    except CostcheckError as error:
        found = error.diagnostics
    return tuple(item for item in found if item.severity == "error")


def test_every_file_is_expected_and_there_are_a_hundred():
    listed = [item["file"] for item in EXPECTED]
    present = sorted(path.name for path in FOLDER.glob("[0-9]*.yaml"))
    assert sorted(listed) == present
    assert len(listed) >= 100


@pytest.mark.parametrize("case", EXPECTED, ids=lambda case: case["file"])
def test_one_mistake_gives_one_problem_at_its_place(case):
    found = problems(FOLDER / case["file"])
    assert len(found) == 1, [str(item) for item in found]
    place = found[0].place
    assert (f"{place.line}:{place.column}", found[0].code) == (case["at"], case["code"])
    said = f"{found[0].message} {found[0].help}"
    for words in case["words"]:
        assert words in said
    assert found[0].help, "a problem comes with advice"


@pytest.mark.parametrize("case", EXPECTED, ids=lambda case: case["file"])
def test_the_excerpt_is_the_line_and_the_caret_stays_on_it(case):
    found = problems(FOLDER / case["file"])[0]
    if found.code in {"CC010", "CC011"}:
        pytest.skip("the line cannot be shown")
    lines = (FOLDER / case["file"]).read_text(encoding="utf-8").splitlines()
    assert found.excerpt == lines[found.place.line - 1]
    assert found.place.column - 1 + found.place.length <= max(len(found.excerpt), 1)
