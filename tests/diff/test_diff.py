"""What changed and why: the acceptance list of a diff, and its exactness on any two scenarios."""

import json
from copy import deepcopy
from importlib import import_module

import pytest
from hypothesis import given, settings, strategies as st

import costcheck
from costcheck.catalog.files import Catalog
from costcheck.diff import Compared, Options, compare as compare_names, diff as compare, shares
from costcheck.diff.sides import Reader
from costcheck.estimate import build
from costcheck.report.formats import json as report_json
from costcheck.report.formats.terminal import Screen, render
from costcheck.report.views.apportion import apportion, grain
from costcheck.report.views.diff import View, diff_document
from tests.commands import ROOT
from tests.diff.cases import BASE, changed, diff, estimate

EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))


def exact(found):
    change = found.headline.change
    scale = max(abs(found.headline.before.central), abs(found.headline.after.central))
    drivers = sum(line.change for line in found.drivers)
    assert drivers + found.unexplained == pytest.approx(change, abs=1e-9 * scale)
    assert found.unexplained == 0.0
    for name, lines in found.explained.items():
        if lines and found.your_change is not None and not found.catalog_change:
            item = found.quantities[name]
            size = max(abs(item.before.central), abs(item.after.central))
            assert sum(d.change for d in lines) == pytest.approx(item.change, abs=1e-9 * size)
    return change


def shares_exact(found):
    change = found.headline.change
    scale = max(abs(found.headline.before.central), abs(found.headline.after.central))
    total = sum(share.change for share in found.inputs)
    assert total == pytest.approx(change, abs=1e-9 * scale)


def printed_exactly(found):
    """Lines of the printed table sum to the printed total, which is after less before."""
    head = found.headline
    scale = grain([head.change, *(d.change for d in found.drivers)], head.after.unit)
    total = scale.units(head.after.central) - scale.units(head.before.central)
    assert sum(apportion([d.change for d in found.drivers], total, scale.step)) == total


# --- the acceptance list -------------------------------------------------------------------


def test_diff_of_a_scenario_with_itself_is_empty():
    found = diff(BASE, BASE, shares=True)
    assert found.unchanged
    assert found.drivers == ()
    assert found.inputs == ()
    assert found.headline.change == 0.0
    assert (found.headline.change_low, found.headline.change_high) == (0.0, 0.0)


def test_swapping_the_sides_turns_every_sign():
    old, new = BASE, changed(training={"tokens": "18T"}, utilization={"mfu": "40%"})
    forward, backward = diff(old, new, shares=True), diff(new, old, shares=True)
    assert {d.name: d.change for d in forward.drivers} == pytest.approx(
        {d.name: -d.change for d in backward.drivers}
    )
    assert {s.keys: s.change for s in forward.inputs} == pytest.approx(
        {s.keys: -s.change for s in backward.inputs}
    )


def test_lines_sum_in_json_and_in_print():
    found = diff(BASE, changed(training={"tokens": "18T"}, pricing={"rent": "$2.50/GPU-hour"}))
    document = found.to_dict()
    exact(found)
    printed_exactly(found)
    total = sum(line["change"] for line in document["drivers"])
    assert total == pytest.approx(document["quantities"]["cost_usd"]["change"], rel=1e-9)
    json.dumps(document, allow_nan=False)


def test_printed_numbers_add_up():
    new = changed(training={"tokens": "18T"}, utilization={"mfu": "40%"}, fleet={"count": "3000"})
    text = render(diff_document(diff(BASE, new), View(min_change=0.0)), Screen())
    why = text[text.index("why") :].splitlines()[1:]
    stop = next(k for k, line in enumerate(why) if line.strip().startswith("total"))
    cells = [next(w for w in line.split() if w[:2] in ("+$", "-$")) for line in why[: stop + 1]]
    values = [round(float(cell.replace("$", "").strip("MK")) * 1000) for cell in cells]
    assert sum(values[:-1]) == values[-1]


def write(path, data):
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)


def test_order_format_extends_and_spelling_do_not_matter(tmp_path):
    plain = write(tmp_path / "plain.yaml", BASE)
    turned = {key: BASE[key] for key in reversed(BASE)}
    assert diff(plain, write(tmp_path / "turned.yaml", turned), shares=True).unchanged
    write(tmp_path / "base.yaml", {key: BASE[key] for key in ("model", "training", "name")})
    rest = {key: BASE[key] for key in BASE if key not in ("model", "training", "name")}
    extended = write(tmp_path / "extended.yaml", {"extends": "base.yaml", **rest})
    assert diff(plain, extended, shares=True).unchanged
    spelt = changed(fleet={"count": "2,048"}, training={"tokens": "14.8 trillion"})
    found = diff(BASE, spelt, shares=True)
    assert found.inputs == ()
    assert found.headline.change == 0.0


STAGED = changed(
    training={"tokens": None},
    stages=[
        {"name": "pre-training", "training": {"tokens": "14.8T"}},
        {"name": "long-context", "training": {"tokens": "0.6T"}},
    ],
)


def test_an_added_stage_is_one_line_and_a_removed_one_too():
    more = deepcopy(STAGED)
    more["stages"].append({"name": "post-training", "training": {"tokens": "0.2T"}})
    found = diff(STAGED, more, shares=True)
    assert [(d.kind, d.name) for d in found.drivers] == [("added", "post-training/cost")]
    assert [s.keys for s in found.inputs] == [("stages.post-training",)]
    exact(found)
    shares_exact(found)
    back = diff(more, STAGED)
    assert [(d.kind, d.name) for d in back.drivers] == [("removed", "post-training/cost")]
    assert back.drivers[0].change == pytest.approx(-found.drivers[0].change)


def test_a_file_that_gains_stages_keeps_its_past():
    found = diff(BASE, STAGED)
    kinds = {(d.kind, d.name) for d in found.drivers}
    assert ("added", "long-context/cost") in kinds
    assert not any(kind == "removed" for kind, _ in kinds)
    exact(found)


def test_stages_in_another_order_change_nothing_of_the_cost():
    turned = deepcopy(STAGED)
    turned["stages"].reverse()
    found = diff(STAGED, turned, shares=True)
    assert found.headline.change == pytest.approx(0.0, abs=1e-6)
    assert [s.keys for s in found.inputs] == [("stages",)]


def test_gpu_swap_goes_to_one_key_in_the_input_view():
    old = changed(pricing=None)
    new = changed(pricing=None, fleet={"gpu": "h200"})
    found = diff(old, new, shares=True)
    assert [s.keys for s in found.inputs] == [("fleet.gpu",)]
    assert found.inputs[0].change == pytest.approx(exact(found))
    # A part that is new on the day fails more often.
    of_the_part = {"gpu/peak", "price/rent", "reliability/failures_of_new_part"}
    assert of_the_part >= {d.name for d in found.drivers}


def test_keys_that_make_no_sense_apart_share_a_line():
    new = changed(
        pricing={"rent": None, "own": {"capital": "$40,000/GPU"}}, training={"tokens": "9T"}
    )
    new["pricing"].pop("rent")
    found = diff(BASE, new, shares=True)
    groups = {share.keys for share in found.inputs}
    assert ("pricing.rent", "pricing.own") in groups
    assert ("training.tokens",) in groups
    shares_exact(found)


def test_only_the_catalog_changed_is_no_change_of_yours():
    old = costcheck.estimate(costcheck.load(BASE), samples=64)
    document = report_json.to_dict(old)
    document["results"]["cost_usd"]["central"] *= 0.9
    document["scenario"]["catalog"] = {"date": "2025-01-01", "sha256": "0" * 64}
    found = saved_against(document, BASE)
    assert found.your_change == 0.0
    assert found.catalog_change == pytest.approx(found.headline.change)
    assert [d.kind for d in found.drivers] == ["catalog"]
    assert [v.kind for v in found.verdicts] == ["catalog"]
    exact(found)


def saved_against(document, new, tmp=None):
    from costcheck.estimate.saved import parse_saved, reload, restore

    saved = parse_saved(json.dumps(report_json.encode(document)), "old.json")[0]
    today = costcheck.estimate(reload(saved, Catalog()), samples=64)
    now = costcheck.estimate(costcheck.load(new), samples=64)
    old = Compared("old.json", restore(saved), today)
    return compare(old, Compared("new", now, now), Options(samples=64))


def test_your_change_and_the_catalogs_are_kept_apart():
    old = costcheck.estimate(costcheck.load(BASE), samples=64)
    document = report_json.to_dict(old)
    document["results"]["cost_usd"]["central"] *= 0.9
    new = changed(training={"tokens": "18T"})
    found = saved_against(document, new)
    assert found.your_change == pytest.approx(diff(BASE, new).headline.change)
    assert found.your_change + found.catalog_change == pytest.approx(found.headline.change)
    exact(found)


def test_a_saved_result_that_today_does_not_read_is_compared_as_recorded(tmp_path):
    result = costcheck.estimate(costcheck.load(BASE), samples=64).to_dict()
    result["resolved"]["outdated_key"] = "1"
    old = tmp_path / "old.json"
    old.write_text(json.dumps(result), encoding="utf-8")
    found = diff(str(old), changed(training={"tokens": "18T"}))
    assert "compared as recorded" in found.notes[0]
    assert [d.name for d in found.drivers] == ["tokens"]
    exact(found)


def test_ten_keys_that_only_move_leaves_are_shared_out_on_a_few_graphs(monkeypatch):
    new = changed(
        model={"parameters": "700B", "active": "40B"},
        training={"tokens": "18T", "sequence_length": "8192", "global_batch": "7680"},
        fleet={"count": "4096"},
        utilization={"mfu": "40%"},
        pricing={"rent": "$2.50/GPU-hour"},
        reliability={"restart": "15 min", "checkpoint_write": "60 s"},
    )
    built = []
    monkeypatch.setattr(shares, "build", lambda loaded: built.append(loaded) or build(loaded))
    found = diff(BASE, new, shares=True)
    assert len(found.inputs) == 10
    shares_exact(found)
    # Both sides, and each key alone and all but it, instead of 1,024 mixtures.
    assert len(built) <= 2 + 2 * 10


def test_more_than_ten_keys_are_grouped_by_section():
    new = changed(
        as_of="2025-06-01",
        model={"parameters": "700B", "active": "40B"},
        training={"tokens": "18T", "sequence_length": "8192", "global_batch": "7680"},
        fleet={"count": "4096", "gpu": "h100"},
        utilization={"mfu": "40%"},
        pricing={"rent": "$2.50/GPU-hour"},
        reliability={"restart": "15 min", "checkpoint_write": "60 s"},
    )
    found = diff(BASE, new, shares=True)
    assert ("model.parameters", "model.active") in {share.keys for share in found.inputs}
    assert "12 changed keys are grouped by section" in found.notes
    shares_exact(found)


# --- ranges, verdicts, assumptions ---------------------------------------------------------


def test_unchanged_uncertainty_cancels_in_the_change():
    old = changed(pricing=None)
    new = changed(pricing=None, training={"tokens": "14.9T"})
    head = diff(old, new, samples=4096).headline
    # Both ends move with the same price: the change is certain in sign, unlike the ranges.
    assert head.change_low > 0.0
    assert head.before.high > head.after.low


def test_verdicts_and_claims_come_before_the_money():
    claim = [{"id": "a", "cost": "$5M"}]
    old = changed(claims=claim, budget={"cost": "under $6M"})
    new = changed(claims=claim, budget={"cost": "under $6M"}, training={"tokens": "30T"})
    found = diff(old, new)
    kinds = {(v.kind, v.before, v.after) for v in found.verdicts}
    assert ("budget", "feasible", "over-budget") in kinds
    assert any(kind == "claim" for kind, _, _ in kinds)
    text = render(diff_document(found), Screen())
    assert text.index("judged differently") < text.index("before")


def test_an_assumption_that_was_stated_is_told():
    found = diff(BASE, changed(energy={"pue": "1.1"}))
    told = {v.name: (v.before, v.after) for v in found.verdicts if v.kind == "assumption"}
    assert all(ends == ("assumed", "stated") for ends in told.values())
    assert told


def test_small_lines_fold_into_one():
    new = changed(
        training={"tokens": "30T"},
        reliability={"restart": "11 min", "checkpoint_write": "31 s"},
    )
    text = render(diff_document(diff(BASE, new)), Screen())
    assert "2 smaller changes" in text
    full = render(diff_document(diff(BASE, new), View(min_change=0.0)), Screen())
    assert "smaller changes" not in full


def test_names_and_claims_are_changes_without_effect():
    found = diff(BASE, changed(name="another"), shares=True)
    assert [(s.keys, s.change) for s in found.inputs] == [(("name",), 0.0)]
    assert not found.unchanged
    assert found.headline.change == 0.0


def test_an_unknown_cost_falls_back_to_what_both_sides_know():
    old = {"model": "llama-3.1-8b", "training": {"tokens": "15T"}}
    new = {"model": "llama-3.1-8b", "training": {"tokens": "20T"}}
    found = diff(old, new, shares=True)
    assert found.quantity == "training_flops"
    exact(found)
    shares_exact(found)


# --- any two scenarios -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def sides():
    found = [costcheck.estimate(path, samples=64) for path in EXAMPLES]
    return {
        path: Compared(path.name, item, item) for path, item in zip(EXAMPLES, found, strict=True)
    }


@pytest.mark.parametrize("old", EXAMPLES, ids=lambda path: path.stem)
def test_any_two_examples(old, sides):
    for new in EXAMPLES[EXAMPLES.index(old) + 1 :]:
        found = compare(sides[old], sides[new], Options(samples=64))
        if found.headline.change is not None:
            exact(found)
            printed_exactly(found)


def side(scenario):
    found = estimate(scenario)
    return Compared("", found, found)


tokens = st.sampled_from(["1T", "14.8T", "18T"])
stages = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from(["pre", "long", "rl"]), "tokens": tokens}),
    max_size=3,
    unique_by=lambda stage: stage["name"],
)


@st.composite
def scenarios(draw):
    data = {
        "as_of": draw(st.sampled_from(["2024-12-26", "2025-06-01"])),
        "model": draw(
            st.sampled_from(
                [{"parameters": "671B", "active": "37B"}, {"parameters": "70B"}, "deepseek-v3"]
            )
        ),
        "training": {"tokens": draw(tokens)},
        "fleet": {
            "gpu": draw(st.sampled_from(["h800", "h100", "a100"])),
            "count": draw(st.sampled_from(["512", "2048", "16384"])),
        },
    }
    optional = {
        "utilization": st.sampled_from([{"mfu": "38%"}, {"tokens_per_second_per_gpu": "1500"}]),
        "gpu_hours": st.sampled_from(["2.6M", "3M"]),
        "pricing": st.sampled_from(
            [{"rent": "$2/GPU-hour"}, {"rent": "1.5-2.5 $/GPU-hour"}, {"own": {"life": "5 years"}}]
        ),
        "reliability": st.sampled_from([{"restart": "12 min"}, {"failures_per_gpu_hour": "1e-5"}]),
        "energy": st.sampled_from([{"pue": "1.1"}, {"grid": "USA"}]),
        "overheads": st.sampled_from([{"staff": "$10M"}, {"experiments": "1.2-4"}]),
    }
    for name, values in optional.items():
        if draw(st.booleans()):
            data[name] = draw(values)
    named = draw(stages)
    if named:
        data["stages"] = [
            {"name": stage["name"], "training": {"tokens": stage["tokens"]}} for stage in named
        ]
    return data


@settings(max_examples=30, deadline=None)
@given(scenarios(), scenarios())
def test_lines_add_up_for_any_pair(old, new):
    one, other = side(old), side(new)
    forward = compare(one, other, Options(samples=64))
    if forward.headline.change is None:
        return
    change = exact(forward)
    printed_exactly(forward)
    backward = compare(other, one, Options(samples=64))
    assert backward.headline.change == -change
    scale = max(1.0, *(abs(d.change) for d in forward.drivers), *map(abs, (change,)))
    # A driver of nothing but rounding may be listed in one direction only.
    there, back = (
        sorted(sign * d.change for d in side.drivers if abs(d.change) > 1e-9 * scale)
        for sign, side in ((1.0, forward), (-1.0, backward))
    )
    assert there == pytest.approx(back, abs=1e-9 * scale)


def test_sides_that_differ_by_rounding_alone_have_no_change():
    fleet = {"as_of": "2024-12-26", "fleet": {"gpu": "h800", "count": "512"}}
    differ = set()
    for speed in ("1500", "900", "700"):  # which of them differ in their last bit is numpy's
        utilization = {"tokens_per_second_per_gpu": speed}
        said = {"training": {"tokens": "18T"}, "utilization": utilization}
        one = side(fleet | said | {"model": "deepseek-v3"})
        other = side(fleet | said | {"model": {"parameters": "671B", "active": "37B"}})
        head = [item.reported.figures["cost_usd"].central for item in (one, other)]
        differ.add(head[0] != head[1])
        for pair in ((one, other), (other, one)):
            found = compare(*pair, Options(samples=64))
            assert exact(found) == found.your_change == 0.0
            printed_exactly(found)
            assert found.drivers == ()
    assert True in differ


@st.composite
def edits(draw):
    """A scenario before and after some of its sections were replaced, added or removed."""
    old, other = draw(scenarios()), draw(scenarios())
    names = st.sampled_from(sorted({*old, *other}))
    new = dict(old)
    for name in draw(st.lists(names, min_size=1, max_size=4, unique=True)):
        if name in other:
            new[name] = other[name]
        else:
            del new[name]
    return old, new


@settings(max_examples=12, deadline=None)
@given(edits())
def test_shares_add_up_for_any_edit(pair):
    one, other = map(side, pair)
    forward = compare(one, other, Options(shared_out=True, samples=64))
    if forward.headline.change is None or not forward.inputs:
        return
    shares_exact(forward)
    backward = compare(other, one, Options(shared_out=True, samples=64))
    there = {frozenset(s.keys): s.change for s in forward.inputs}
    back = {frozenset(s.keys): -s.change for s in backward.inputs}
    # Keys that make sense only together are one share, and that can differ by the direction.
    if there.keys() == back.keys():
        assert there == pytest.approx(back, rel=1e-6, abs=1e-3)


# --- sides -----------------------------------------------------------------------------------


def test_a_text_that_did_not_change_is_estimated_once_and_comes_to_the_same(tmp_path, monkeypatch):
    for side in ("old", "new"):
        (tmp_path / side).mkdir()
        write(tmp_path / side / "a.yaml", changed())
    names = [str(tmp_path / side / "a.yaml") for side in ("old", "new")]
    sides = import_module("costcheck.diff.sides")
    real, made = sides.judged, []
    monkeypatch.setattr(sides, "judged", lambda *a, **k: made.append(1) or real(*a, **k))
    with Reader(Catalog(), samples=64) as reader:
        found = compare_names(*names, reader, Options(samples=64, shared_out=True))
        assert len(made) == 1
    readers = [Reader(Catalog(), samples=64) for _ in names]
    apart = [reader.side(name) for reader, name in zip(readers, names, strict=True)]
    assert found.unchanged
    assert apart[0].reported is not apart[1].reported
    assert found.to_dict() == compare(*apart, Options(samples=64, shared_out=True)).to_dict()


def test_a_text_that_names_a_file_is_estimated_on_both_sides(tmp_path):
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_attention_heads": 16,
        "vocab_size": 32000,
    }
    for side, layers in (("old", 8), ("new", 16)):
        (tmp_path / side).mkdir()
        text = json.dumps({**config, "num_hidden_layers": layers})
        (tmp_path / side / "config.json").write_text(text)
        write(tmp_path / side / "a.yaml", {**BASE, "model": {"config": "config.json"}})
    names = [str(tmp_path / side / "a.yaml") for side in ("old", "new")]
    with Reader(Catalog(), samples=64) as reader:
        found = compare_names(*names, reader, Options(samples=64))
    assert found.to_dict()["quantities"]["parameters_total"]["change"] > 0


def test_folders_are_matched_by_path(tmp_path):
    for side, names in (("old", ("a", "b")), ("new", ("b", "c"))):
        (tmp_path / side / "runs").mkdir(parents=True)
        for name in names:
            tokens = "14.8T" if side == "old" else "18T"
            write(tmp_path / side / "runs" / f"{name}.yaml", changed(training={"tokens": tokens}))
    with Reader(Catalog(), samples=64) as reader:
        found = compare_names(
            str(tmp_path / "old"), str(tmp_path / "new"), reader, Options(samples=64)
        )
    assert [path for path, _ in found.added] == ["runs/c.yaml"]
    assert [path for path, _ in found.removed] == ["runs/a.yaml"]
    assert len(found.diffs) == 1
    assert found.to_dict()["summary"]["delta_usd"] == found.diffs[0].headline.change
    assert not found.unchanged
