"""Plans: the best layouts of a fleet, the fleet for a limit, the front of time against cost."""

import numpy as np
import pytest

from costcheck import CostcheckError, estimate, load, plan
from costcheck.physics.layout import Layout
from costcheck.plan import Limits, PlannedLayout, plan_fleet
from costcheck.plan.choice import choose, nearest, pareto, worthwhile
from costcheck.report.formats import terminal
from costcheck.report.views.plan import plan_document

BASE = {
    "as_of": "2025-01-01",
    "model": "llama-3.1-8b",
    "training": {"tokens": "1T", "sequence_length": "8192", "global_batch": "512"},
    "fleet": {"gpu": "h100", "count": "64"},
    "pricing": {"rent": "$2/GPU-hour"},
}
LARGEST = 512


def test_every_layout_takes_what_the_estimate_of_it_takes():
    """One model: a planned layout, stated in a scenario, takes what the plan says of it."""
    for item in plan(BASE, keep=4).chosen.layouts:
        result = estimate({**BASE, "layout": item.written})
        for name in ("step_seconds", "mfu", "gpu_hours", "days", "cost_usd"):
            assert result[name].central == pytest.approx(getattr(item, name), rel=1e-9), name
        assert result["memory_bytes_per_gpu"].central == pytest.approx(item.memory_bytes, rel=1e-9)


def test_layouts_fit_are_distinct_and_come_best_first():
    """Best is what is surest: what comes later is faster by less than the model may be wrong."""
    found = plan(BASE, keep=6).chosen
    seconds = [item.step_seconds for item in found.layouts]
    assert len(found.layouts) == 6
    assert seconds[0] <= min(seconds) * found.step_ends[1]
    assert all(item.memory_bytes <= 80e9 for item in found.layouts)
    meshes = {
        (i.layout.tensor, i.layout.pipeline, i.layout.context, i.layout.recompute == 2)
        for i in found.layouts
    }
    assert len(meshes) == 6
    for item in found.layouts:
        split = item.layout
        assert split.tensor * split.pipeline * split.context * split.data == 64


def test_by_memory_the_smallest_comes_first():
    found = plan(BASE, by="memory", keep=4).chosen
    sizes = [item.memory_bytes for item in found.layouts]
    assert sizes == sorted(sizes)
    assert sizes[0] < plan(BASE, keep=1).chosen.layouts[0].memory_bytes


def test_everything_is_counted():
    found = plan(BASE, keep=1).chosen
    assert found.evaluated > 1000
    assert found.fitting + found.refused.get("memory", 0) == found.evaluated


def test_a_deadline_is_solved_by_the_cheapest_fleet_that_keeps_it():
    found = plan(BASE, days=20, keep=1, max_gpus=LARGEST)
    assert found.met
    assert found.chosen.best.days <= 20
    others = [item for item in found.fleets if item is not found.chosen.best]
    assert any(item.days > 20 for item in others)
    assert all(item.days > 20 or item.cost_usd >= found.chosen.best.cost_usd for item in others)
    assert found.chosen.best in found.front
    assert "20 days" in found.answer


@pytest.fixture(scope="module")
def front():
    return plan(BASE, front=True, keep=1, max_gpus=LARGEST)


def test_a_budget_is_solved_by_the_fastest_fleet_within_it(front):
    budget = float(np.median([item.cost_usd for item in front.front]))
    found = plan(BASE, cost=budget, keep=1, max_gpus=LARGEST)
    assert found.met
    assert found.chosen.best.cost_usd <= budget
    faster = [item for item in found.fleets if item.days < found.chosen.best.days * 0.999]
    assert all(item.cost_usd > budget for item in faster)


def test_the_knee_is_the_fastest_about_as_cheap_as_the_cheapest(front):
    cheapest = min(item.cost_usd for item in front.fleets)
    near = [item for item in front.fleets if item.cost_usd <= cheapest * 1.0513]
    assert front.knee.days == min(item.days for item in near)
    assert front.chosen.best is front.knee


def test_more_money_never_buys_a_slower_plan(front):
    ends = [item.cost_usd for item in front.front]
    days, rich = float("inf"), None
    for budget in (min(ends) / 2, min(ends), float(np.median(ends)), max(ends), 1e8):
        rich = plan(BASE, cost=budget, keep=1, max_gpus=LARGEST)
        assert rich.chosen.best.days <= days
        days = rich.chosen.best.days
    assert rich.spare
    assert days == rich.worthwhile[0].days
    named = plan(BASE, cost=1e8, gpus=[item.gpus for item in rich.front], keep=1)
    assert named.chosen.gpus == rich.chosen.gpus


def test_fleets_are_compared_at_one_batch_up_to_what_is_allowed():
    free = {**BASE, "training": {"tokens": "1T", "sequence_length": "8192"}}
    found = plan(free, front=True, keep=1, max_gpus=LARGEST)
    small = {fleet.global_batch for fleet in found.tried if fleet.best and fleet.gpus <= 256}
    assert len(small) == 1
    assert max(fleet.gpus for fleet in found.tried) <= LARGEST


def test_rent_stated_for_one_accelerator_does_not_follow_to_another():
    found = plan(BASE, gpu=["h100", "a100"], gpus=64, keep=1)
    prices = {fleet.gpu: fleet.price for fleet in found.tried}
    assert prices["NVIDIA H100 SXM5 80GB"].value == 2.0
    assert not prices["NVIDIA H100 SXM5 80GB"].assumed
    assert prices["NVIDIA A100 SXM4 80GB"].assumed
    assert prices["NVIDIA A100 SXM4 80GB"].value != 2.0


def test_every_fleet_that_is_asked_for_is_told():
    """70B in full: nothing fits one accelerator, which is said and not dropped."""
    tuned = {
        "as_of": "2026-06-30",
        "model": "llama-3.1-70b",
        "training": {"tokens": "2B", "sequence_length": "8192", "global_batch": "64"},
        "fleet": {"gpu": "h100"},
    }
    found = plan(tuned, gpus=[1, 8, 16], keep=1)
    assert [fleet.gpus for fleet in found.tried] == [1, 8, 16]
    assert [fleet.best is not None for fleet in found.tried] == [False, True, True]
    alone = plan(tuned, gpus=8, keep=1).chosen
    assert alone.best.days == found.tried[1].best.days
    assert alone.verdict == found.tried[1].verdict


def test_a_limit_nobody_can_keep_is_said():
    found = plan(BASE, cost=1000.0, keep=1, max_gpus=LARGEST)
    assert not found.met
    assert "no fleet" in found.answer


def test_the_nearest_to_a_broken_budget_is_the_cheapest():
    found = plan(BASE, cost=1000.0, keep=1, max_gpus=LARGEST)
    assert found.chosen.best.cost_usd == min(item.cost_usd for item in found.fleets)


def test_a_budget_between_the_cheapest_fleets_and_the_quick_search_is_kept():
    """The first, quick search knows dearer layouts: the cheapest fleets are searched wholly."""
    cheapest = plan(BASE, cost=1000.0, keep=1, max_gpus=LARGEST).chosen.best.cost_usd
    found = plan(BASE, cost=cheapest * 1.001, keep=1, max_gpus=LARGEST)
    assert found.met
    assert found.chosen.best.cost_usd <= cheapest * 1.001


def test_nearest_is_by_the_limit_broken_most():
    fast, cheap = planned(1, 900), planned(30, 410)
    assert nearest([fast, cheap], Limits(cost_usd=400))[0] is cheap
    assert nearest([cheap, fast], Limits(days=0.9))[0] is fast
    assert nearest([fast, cheap], Limits(days=29, cost_usd=400))[0] is cheap


def test_an_assumed_price_is_said_with_its_range():
    unpriced = {key: value for key, value in BASE.items() if key != "pricing"}
    stated, assumed = (plan(case, keep=1) for case in (BASE, unpriced))
    assert not stated.chosen.price.assumed
    assert assumed.chosen.price.low < assumed.chosen.price.value < assumed.chosen.price.high
    assert "the scenario's $2.00/GPU-hour" in str(plan_document(stated))
    assert "states no price" in str(plan_document(assumed))


def test_a_stated_fleet_is_checked_against_the_limits():
    found = plan(BASE, gpus=64, days=1, keep=1)
    assert not found.met
    assert found.chosen.gpus == 64
    assert "this fleet does not" in found.answer


def test_the_front_has_no_fleet_that_another_beats():
    found = plan(BASE, gpu=["h100", "a100"], front=True, keep=1, max_gpus=64)
    assert len({item.gpu for item in found.fleets}) == 2
    for one in found.front:
        for other in found.fleets:
            both = other.days < one.days and other.cost_usd < one.cost_usd
            assert not both
    assert len(found.front) < len(found.fleets)


def planned(days, cost):
    return PlannedLayout(
        layout=Layout(),
        written={},
        gpu="g",
        gpus=1,
        memory_bytes=1.0,
        step_seconds=1.0,
        mfu=0.5,
        gpu_hours=1.0,
        days=days,
        cost_usd=cost,
    )


def test_pareto_of_known_points():
    points = [planned(d, c) for d, c in ((3, 1), (1, 3), (2, 2), (2, 3), (3, 2), (None, 0))]
    assert [(p.days, p.cost_usd) for p in pareto(points)] == [(1, 3), (2, 2), (3, 1)]


def test_a_budget_buys_speed_while_time_falls_in_step_with_cost():
    """Cost 25 % up for half the time is worth it, twice the cost for a tenth less time is not."""
    slow, fair, quick, rash = (planned(*each) for each in ((8, 4), (4, 5), (2, 8), (1.8, 16)))
    points = [slow, fair, quick, rash]
    assert worthwhile(points) == (quick, fair, slow)
    rows = {3: slow, 4: slow, 5: fair, 7.9: fair, 8: quick, 15.9: quick, 16: quick, 99: quick}
    for budget, best in rows.items():
        for asked in (False, True):
            assert choose(points, Limits(cost_usd=budget), "time", 0.05, asked=asked) is best
        assert Limits(cost_usd=budget).spare(points) == (budget >= 8)
    assert choose(points, Limits(), "time", 0.05, asked=False) is slow
    assert choose(points, Limits(), "time", 0.05, asked=True) is rash
    unknown = [planned(2, None), planned(None, 3)]
    assert worthwhile(unknown) == ()
    assert not Limits(cost_usd=9).spare(unknown)


@pytest.mark.parametrize("seed", range(100))
def test_no_curve_makes_more_money_slower(seed):
    draw = np.random.default_rng(seed)
    points = [planned(*each) for each in draw.integers(1, 20, (12, 2)).astype(float)]
    for deadline in (None, float(draw.integers(1, 20))):
        limits = [Limits(days=deadline, cost_usd=float(budget)) for budget in range(1, 30)]
        days = [choose(points, each, "time", 0.05, asked=False).days for each in limits]
        assert days == sorted(days, reverse=True)


def test_limits():
    assert not Limits()
    assert Limits(days=3).met(planned(3, None))
    assert not Limits(cost_usd=3).met(planned(3, None))


def test_nothing_fits_says_what_is_closest():
    found = plan({**BASE, "model": "llama-3.1-405b", "fleet": {"gpu": "h100", "count": "8"}})
    assert not found.chosen.layouts
    assert found.chosen.closest.memory_bytes > 80e9
    assert found.chosen.refused["memory"] == found.chosen.evaluated


def test_the_first_training_stage_is_planned():
    staged = {
        **BASE,
        "stages": [
            {"name": "rl", "kind": "rl", "gpu_hours": "10K"},
            {"name": "main", "training": {"tokens": "2T"}},
        ],
    }
    double = plan_fleet(load(staged)).best.days / plan_fleet(load(BASE)).best.days
    assert double == pytest.approx(2.0, rel=1e-9)


def test_stated_hours_and_layouts_are_set_aside():
    stated = {**BASE, "gpu_hours": "1M", "layout": {"tensor": "8"}, "utilization": {"mfu": "10%"}}
    assert plan(stated, keep=1).chosen.best == pytest.approx(plan(BASE, keep=1).chosen.best) or (
        plan(stated, keep=1).chosen.best.days == plan(BASE, keep=1).chosen.best.days
    )


def test_a_measured_step_of_the_files_layout_corrects_all_layouts():
    layout = {"tensor": "2", "recompute": "none"}
    predicted = estimate({**BASE, "layout": layout})["step_seconds"].central
    measured = {**BASE, "layout": layout, "calibration": {"step_time": f"{1.3 * predicted:.6f} s"}}
    plain, found = plan(BASE, keep=3).chosen, plan(measured, keep=3).chosen
    goodput = estimate(measured)["goodput"].central
    for one, other in zip(plain.layouts, found.layouts, strict=True):
        assert other.layout == one.layout
        assert other.step_seconds == pytest.approx(1.3 * one.step_seconds, rel=1e-5)
        assert other.mfu == pytest.approx(one.mfu / 1.3, rel=1e-5)
        # Who measured a step does not ask what published runs reach of a predicted one.
        assert other.days == pytest.approx(1.3 * one.days * plain.kept / goodput, rel=1e-5)
    assert any("1.3 times" in note for note in found.notes)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"model": None}, "model"),
        ({"fleet": {"count": "64"}}, "fleet.gpu"),
        ({"fleet": {"gpu": "h100"}}, "fleet size"),
    ],
)
def test_what_is_missing_is_said(change, says):
    with pytest.raises(CostcheckError) as caught:
        plan({**BASE, **change})
    assert says in str(caught.value.diagnostics[0].message)


def test_time_and_cost_need_tokens():
    bare = {**BASE, "training": {"global_batch": "512"}}
    assert plan(bare, keep=1).chosen.best.days is None
    with pytest.raises(CostcheckError) as caught:
        plan(bare, days=10)
    assert "amount" in caught.value.diagnostics[0].message


def test_degrees_that_leave_gpus_over_are_counted_truly():
    odd = {**BASE, "fleet": {"gpu": "h100", "count": "512"}, "layout": {"tensor": "3"}}
    said = str(estimate(odd).to_dict())
    assert "uses 510, the fleet has 512" in said


def test_a_fleet_named_by_a_machine_is_whole_machines():
    named = {**BASE, "fleet": {"gpu": "p5.48xlarge"}}
    sizes = [fleet.gpus for fleet in plan(named, days=60).tried]
    assert sizes
    assert all(size % 8 == 0 for size in sizes)
    with pytest.raises(CostcheckError, match="12 fill no whole machine of p5"):
        plan(named, gpus=12)


def test_stated_and_assumed_prices_are_told_apart():
    found = plan(BASE, gpu=["h100", "h200"], days=60)
    shown = " ".join(terminal.render(plan_document(found), terminal.Screen(width=160)).split())
    h100, h200 = (next(f for f in found.tried if name in f.gpu) for name in ("H100", "H200"))
    assert (h100.price.assumed, h200.price.assumed) == (False, True)
    assert "Cost takes the scenario's $2.00/GPU-hour for NVIDIA H100" in shown
    assert f"* Cost assumes ${h200.price.value:.2f}/GPU-hour" in shown
    assert "as the scenario states no price of these." in shown


@pytest.mark.parametrize("key", ["days", "cost"])
def test_a_limit_is_judged_as_the_estimate_judges_it(key):
    figure = estimate(BASE)[{"days": "days", "cost": "cost_usd"}[key]]
    limits = [figure.central * 0.99, figure.central * 1.01, figure.high * 0.99, figure.high * 1.01]
    verdicts = []
    for limit in limits:
        found = plan(BASE, gpus=64, **{key: limit})
        budget = {"duration": f"{limit} days"} if key == "days" else {"cost": f"${limit:.0f}"}
        assert found.verdict == estimate({**BASE, "budget": budget}).verdict
        verdicts.append(found.verdict)
    assert verdicts == ["over-budget", "stretch", "stretch", "feasible"]


def test_a_budget_of_the_file_is_a_limit():
    budget = {"duration": "under 100 days", "cost": "€200K"}
    rates = {"EUR": "0.8"}
    stated = {**BASE, "budget": budget, "currency_rates": rates}
    found = plan(stated)
    assert found.request.limits == Limits(100.0, 250_000.0)
    assert (found.chosen.gpus, len(found.tried)) == (64, 1)
    assert plan(stated, days=50).request.limits == Limits(50.0, 250_000.0)
    # Without a size it is solved for, and the front proposes none that breaks it.
    free = plan({**stated, "fleet": {"gpu": "h100"}}, max_gpus=LARGEST)
    assert free.met
    assert len(free.tried) > 1
    assert plan({**stated, "budget": {"duration": "20 days"}}, front=True).chosen.best.days < 20.0
    with pytest.raises(CostcheckError, match="needs a rate"):
        plan({**BASE, "budget": budget})


def test_a_budget_of_all_stages_is_none_of_one():
    stages = [{"name": name, "training": {"tokens": "1T"}} for name in ("one", "two")]
    run = {key: value for key, value in BASE.items() if key != "training"}
    found = plan({**run, "stages": stages, "budget": {"duration": "1 day"}})
    assert not found.request.limits
