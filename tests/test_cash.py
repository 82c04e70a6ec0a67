"""Own against rent: payments over time, and where both cost the same."""

import csv
import io
import json

import pytest

from costcheck import compare, load
from costcheck.cash import plan_of
from costcheck.estimate import estimate
from costcheck.report.formats import terminal
from costcheck.report.views.compare import compare_document
from tests.commands import costcheck

RUN = {"fleet": {"gpu": "h100", "count": "1024"}, "duration": "2 years", "as_of": "2026-11-22"}

# 1,024 H100 at 31,250 USD for two years (users' review, finance): 130 USD per kW and month, 1,400 W
# at 80 %, PUE 1.25, 0.083 USD/kWh, 2 % of repair, 350 USD of staff, 8.5 %; rent 2.20 USD an hour.
OWNER = {
    "capital": "$31250/GPU", "cost_of_capital": "8.5%", "maintenance": "2%",
    "staff": "$350/GPU-year", "colocation": "$130/kW-month", "power": "1400 W", "load": "80%",
    "pue": "1.25", "electricity": "$0.083/kWh", "kept": "2 years",
}  # fmt: skip
YEARLY = 0.02 * 31_250 + 350 + 130 * 12 * 1.4 + 1.4 * 0.8 * 1.25 * 8_766 * 0.083
"""Running an accelerator for a year, in USD."""
ANNUITY = (1 - 1.085**-2) / 0.085
"""Present value of a dollar a year for two years."""


def scenario(name, pricing, **more):
    return load({**RUN, "name": name, "pricing": pricing, **more})


def own(**terms):
    return scenario("own", {"own": {**OWNER, **terms}})


def rent(usd="$2.20"):
    return scenario("rent", {"rent": f"{usd}/GPU-hour"})


def break_even(*scenarios):
    (found,) = compare(*scenarios).own_or_rent()
    return found


def test_the_review_s_two_years_without_resale():
    # It measured 44.7M USD and a break-even near 17 % of resale.
    cost = estimate(own(salvage="0%")).figures["cost_usd"].central
    annuity = 31_250 / ANNUITY
    assert cost == pytest.approx(1024 * 2 * (annuity + YEARLY))
    assert cost == pytest.approx(44.7e6, rel=0.01)
    assert break_even(own(salvage="0%"), rent()).resale == pytest.approx(0.17, abs=0.01)


def test_break_even_by_hand():
    found = break_even(own(salvage="30%"), rent())
    before = 1024 * (31_250 + YEARLY * ANNUITY)
    back = 1024 * 31_250 / 1.085**2
    rented = 1024 * 8_766 * 2.20 * ANNUITY
    assert found.owned_present_value == pytest.approx(before - 0.3 * back)
    assert found.rented_present_value == pytest.approx(rented)
    assert found.resale == pytest.approx((before - rented) / back)
    assert found.utilization == pytest.approx((before - 0.3 * back) / rented)
    # The rent at which both cost the same is the price of an owned hour.
    price = estimate(own(salvage="30%")).figures["usd_per_gpu_hour"].central
    assert found.rent_usd_per_gpu_hour == pytest.approx(price)


@pytest.mark.parametrize("resale", [0.05, 0.3, 0.6])
def test_at_the_break_evens_both_cost_the_same(resale):
    found = break_even(own(salvage=f"{resale:.0%}"), rent())
    at_resale = break_even(own(salvage=f"{found.resale * 100:.8f}%"), rent())
    assert at_resale.owned_present_value == pytest.approx(at_resale.rented_present_value)
    at_rent = break_even(own(salvage=f"{resale:.0%}"), rent(f"${found.rent_usd_per_gpu_hour:.9f}"))
    assert at_rent.owned_present_value == pytest.approx(at_rent.rented_present_value)


OVERHEADS = [
    {"commitment": "30 months", "idle": "15%"},
    {"support": "enterprise", "storage": "500 TB"},
    {"support": "7%", "idle": "$400K", "commitment": "3 years"},
]


@pytest.mark.parametrize("overheads", OVERHEADS)
@pytest.mark.parametrize(
    "at", ["${:.9f}/GPU-hour", "€{:.9f}/GPU-hour", "${:.9f}/node-hour"], ids=str
)
def test_setting_the_rent_to_the_break_even_makes_both_equal(overheads, at):
    # All that goes with the rent moves: idle hours, the term, shares and bands of support.
    more = {"overheads": overheads, "currency_rates": {"EUR": "0.5"}}
    more["fleet"] = {**RUN["fleet"], "gpus_per_node": "8"}
    scale = {"€": 0.5}.get(at[0], 8.0 if "node" in at else 1.0)
    before = break_even(own(salvage="30%"), scenario("rent", {"rent": at.format(2.0)}, **more))
    rent = at.format(before.rent_usd_per_gpu_hour * scale)
    after = break_even(own(salvage="30%"), scenario("rent", {"rent": rent}, **more))
    assert after.rented_present_value == pytest.approx(after.owned_present_value, rel=1e-6)


@pytest.mark.parametrize(("storage", "known"), [("$20M", True), ("$60M", False)])
def test_no_rent_is_low_enough_where_the_other_lines_are_dearer(storage, known):
    dear = scenario("rent", {"rent": "$2/GPU-hour"}, overheads={"storage": storage})
    found = compare(own(salvage="0%"), dear)
    (even,) = found.own_or_rent()
    assert (even.rent_usd_per_gpu_hour is not None) == known
    shown = terminal.render(compare_document(found), terminal.Screen(width=120))
    assert ("dearer even free" in shown) != known


def test_payments_add_up_month_by_month_and_year_by_year():
    plan = plan_of(estimate(own(salvage="30%")), "own")
    assert plan.capital == pytest.approx(1024 * 31_250)
    total = sum(payment.usd for payment in plan.payments)
    assert total == pytest.approx(1024 * (31_250 * 0.7 + 2 * YEARLY))
    for months in (1.0, 12.0):
        parts = [
            payment.between(start * months, (start + 1) * months)
            for payment in plan.payments
            for start in range(-1, round(24 / months))
        ]
        assert sum(part.usd for part in parts) == pytest.approx(total)
        assert sum(part.value(0.085) for part in parts) == pytest.approx(plan.value())


def test_a_term_that_outlasts_the_run_is_paid_to_its_end():
    reserved = scenario("reserved", {"rent": "$1.75/GPU-hour"}, overheads={"commitment": "3 years"})
    plan = plan_of(estimate(reserved), "reserved")
    assert plan.months == pytest.approx(36.0)
    third_year = sum(payment.between(24, 36).usd for payment in plan.payments)
    assert third_year == pytest.approx(1024 * 8_766 * 1.75)


@pytest.mark.parametrize("run", ["2 weeks", "2 years"])
def test_without_a_term_the_run_pays_its_share_of_a_life(run):
    # The headline, the table and the payments treat the servers alike: kept for their life.
    terms = {key: value for key, value in OWNER.items() if key != "kept"}
    pricing = {"own": {**terms, "life": "4 years", "utilization": "70%"}}
    owned = scenario("own", pricing, duration=run)
    rented = scenario("rent", {"rent": "$2.60/GPU-hour"}, duration=run)
    cost = estimate(owned).figures["cost_usd"].central
    plan = plan_of(estimate(owned), "own")
    assert (plan.paid, plan.kept, plan.capital) == (pytest.approx(cost), pytest.approx(48.0), 0.0)
    found = compare(owned, rented)
    (even,) = found.own_or_rent()
    hour = estimate(owned).figures["usd_per_gpu_hour"].central
    assert found.standings[1].times_best == pytest.approx(2.60 / hour)
    assert even.rent_usd_per_gpu_hour == pytest.approx(hour)
    assert (even.used, even.utilization) == (0.7, pytest.approx(0.7 * hour / 2.60))
    shown = " ".join(terminal.render(compare_document(found), terminal.Screen()).split())
    assert "the whole fleet for 48 months: own.kept: 48 months without own.utilization" in shown


def test_a_run_of_unknown_length_has_no_plan():
    run = {"gpu_hours": "1M", "fleet": {"gpu": "h100"}, "pricing": {"rent": "$2/GPU-hour"}}
    assert plan_of(estimate(load(run)), "run") is None


def test_what_is_kept_longer_is_counted_as_long_and_set_against_a_rent_of_that_time():
    five, annuity = own(kept="5 years", salvage="10%"), (1 - 1.085**-5) / 0.085
    found = break_even(five, rent("$2.60"))
    worth = 1024 * (31_250 + YEARLY * annuity - 3_125 / 1.085**5)
    assert found.owned_present_value == pytest.approx(worth)
    cost = estimate(five).figures["cost_usd"].central
    assert plan_of(estimate(five), "own").months == pytest.approx(60.0)
    assert cost == pytest.approx(worth / annuity * 5)
    # Rent of used hours alone, over the five years, costs as much at some share of them.
    rented = 1024 * 8_766 * 2.60 * annuity
    assert found.utilization == pytest.approx(worth / rented)
    whole = scenario("rent", {"rent": "$2.60/GPU-hour"}, overheads={"commitment": "5 years"})
    whole = break_even(five, whole)
    assert whole.rented_present_value == pytest.approx(rented)
    assert whole.rent_usd_per_gpu_hour == pytest.approx(2.60 * worth / rented)


def test_a_run_that_shares_its_accelerators_pays_its_part():
    # Two of four years at 60 %: 2 / 2.4 of what four years come to, as the estimate says.
    shared = own(kept="4 years", utilization="60%", salvage="10%")
    found, cost = compare(shared, rent("$2.60")), estimate(shared).figures["cost_usd"].central
    annuity = (31_250 - 3_125 / 1.085**4) * 0.085 / (1 - 1.085**-4)
    assert cost == pytest.approx(1024 * (annuity + YEARLY) * 2 / 0.6)
    assert found.plans[0].paid == pytest.approx(cost)
    (even,) = found.own_or_rent()
    price = estimate(shared).figures["usd_per_gpu_hour"].central
    assert even.rent_usd_per_gpu_hour == pytest.approx(price)
    assert even.resale is None
    shown = " ".join(terminal.render(compare_document(found), terminal.Screen()).split())
    assert "accelerators that are kept 48 months with other work, 60% of the hours used" in shown


def test_one_rate_and_one_winner():
    found = compare(own(cost_of_capital="30%", salvage="0%"), rent("$2.60"))
    assert {plan.cost_of_capital for plan in found.plans} == {0.3}
    for usd in ("$2.20", "$2.50", "$2.80", "$3.10", "$3.40"):
        for kept in ("2 years", "4 years"):
            found = compare(own(kept=kept, salvage="10%"), rent(usd))
            (even,) = found.own_or_rent()
            cheaper = "own" if even.owned_present_value < even.rented_present_value else "rent"
            assert found.labels[found.best["cost_usd"]] == cheaper
            assert [each.overlap for each in found.standings].count("best") == 1


def test_what_cannot_be_done_is_never_cheapest():
    found = compare(own(utilization="70%", salvage="60%"), rent("$9"), rent("$8"))
    assert found.verdicts["own"] == "infeasible"
    shown = " ".join(terminal.render(compare_document(found), terminal.Screen()).split())
    assert shown.startswith("rent #2 is cheapest")
    assert "own cannot be done as stated" in shown


def test_what_is_not_known_is_no_zero_dollars():
    dark = load({"name": "dark", "pricing": {"rent": "$2/GPU-hour"}})
    shown = terminal.render(compare_document(compare(own(), rent(), dark)), terminal.Screen())
    answer = " ".join(shown.split("\n\n")[0].split())
    assert "$0.00" not in answer
    assert "What dark is worth today is not known" in answer


def test_a_file_that_keeps_longer_is_told_and_what_is_assumed_is_marked():
    kept = scenario("own", {"own": {"kept": "5 years"}})
    shown = terminal.render(compare_document(compare(kept, rent())), terminal.Screen())
    shown = " ".join(shown.split())
    assert "keeps its accelerators 60 months, of which it runs 24: all are counted" in shown
    assert "next: the whole fleet for 60 months: overheads.commitment: 60 months" in shown
    assert "present value at 8.5%*" in shown
    assert "the cost of capital: costcheck's own assumption" in shown
    assert any("of which the run uses 24" in note for note in estimate(kept).notes)


def test_other_hours_are_said_with_the_answer():
    half = scenario("half", {"rent": "$2.20/GPU-hour"}, duration="1 year")
    found = compare_document(compare(own(), half))
    assert "not run the same GPU-hours: 18.0M (own), 8.98M (half)" in found[0].text


@pytest.mark.parametrize(("duration", "balanced"), [("183 days", 1), ("182 days", 0)])
def test_a_run_of_other_work_has_no_break_even(duration, balanced):
    other = scenario("other", {"rent": "$2.20/GPU-hour"}, duration=duration)
    assert len(compare(own(), other).own_or_rent()) == balanced


def test_what_is_written_off_or_paid_in_both_ways_is_no_plan():
    assert plan_of(estimate(scenario("a", {"amortized": "epoch"})), "a") is None
    stages = [
        {"name": "a", "duration": "2 years", "pricing": {"own": OWNER}},
        {"name": "b", "duration": "2 years", "pricing": {"rent": "$2/GPU-hour"}},
    ]
    mixed = {"fleet": RUN["fleet"], "as_of": RUN["as_of"], "stages": stages}
    assert plan_of(estimate(load(mixed)), "mixed") is None


FILES = [f"examples/own-or-rent-{name}.yaml" for name in ("own", "rent", "reserved")]


def test_the_screen_answers_first():
    shown = costcheck("compare", *FILES).out.splitlines()
    head = "\n".join(shown[:24])
    assert "present value at 8.5%" in head
    assert shown[0].startswith("own is cheapest: $31.8M of today's money against $35.0M (rent)")
    assert "Its 90 % range and that of rent and reserved overlap." in " ".join(shown[:3])
    assert "cost the same at" in head


def test_a_file_that_does_not_say_how_long_is_told(tmp_path):
    file = tmp_path / "own.yaml"
    file.write_text(
        "name: own\nas_of: 2026-11-22\nfleet: {gpu: h100, count: 1024}\nduration: 2 years\n"
        "pricing: {own: {}}\n"
    )
    shown = " ".join(costcheck("compare", str(file), FILES[1]).out.split())
    assert "accelerators that are kept 60 months* with other work" in shown
    assert "how long they are kept: " in shown
    assert "other work before and after" in " ".join(
        costcheck("estimate", str(file), "-v").out.split()
    )


def test_the_table_of_payments():
    table = costcheck("compare", *FILES, "--cash", "month", "-f", "csv").out
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {row["line"] for row in rows} >= {
        "capital",
        "resale",
        "electricity",
        "rent",
        "commitment",
    }
    last = {row["scenario"]: float(row["cumulative_usd"]) for row in rows}
    assert last["reserved"] == pytest.approx(1024 * 3 * 8_766 * 1.75)
    assert sum(row["line"] == "rent" and row["scenario"] == "rent" for row in rows) == 24
    years = costcheck("compare", *FILES, "--cash", "year").out
    assert "year 3" in years
    assert "present value" in years
    data = json.loads(costcheck("compare", *FILES, "--cash", "year", "-f", "json").out)
    assert len([r for r in data["cash"] if r["scenario"] == "rent"]) == 2
    assert len(json.loads(costcheck("compare", *FILES, "-f", "json").out)["own_or_rent"]) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*FILES, "--cash", "week"), "no period is called 'week'"),
        (("examples/article-002.yaml", "--cash", "month"), "is not known"),
    ],
)
def test_what_has_no_payments_is_refused(arguments, words):
    done = costcheck("compare", *arguments)
    assert done.code == 2
    assert "CC043" in done.err
    assert words in done.err
