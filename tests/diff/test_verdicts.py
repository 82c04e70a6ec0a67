"""Which differences of judgement are news."""

from costcheck.estimate.result import FAILING
from tests.diff.cases import BASE, changed, diff


def budget(old, new):
    return [(item.before, item.after) for item in diff(old, new).verdicts if item.kind == "budget"]


def test_a_check_that_only_one_side_has_is_news_where_it_fails():
    assert budget(BASE, changed(budget={"cost": "under $1M"})) == [("not judged", "over-budget")]
    assert budget(changed(budget={"cost": "under $1M"}), BASE) == [("over-budget", "not judged")]


def test_and_no_news_where_it_finds_nothing_wrong():
    assert budget(BASE, changed(budget={"cost": "under $100M"})) == []
    assert budget(changed(budget={"cost": "under $100M"}), BASE) == []


def test_a_claim_changes_once_the_worse_end_first():
    def claims(old, new):
        changes = diff(changed(claims=[old]), changed(claims=[new])).verdicts
        return [item for item in changes if item.kind == "claim"]

    fine = {"id": "a", "gpu": "H800", "price": "$2/GPU-hour", "gpu_hours": "about 2.5M GPU-hours"}
    (change,) = claims({**fine, "cost": "about $5M"}, {**fine, "cost": "$900M"})
    assert change.before == "consistent"
    assert change.after in FAILING
    assert change.message == "compared with the estimate: consistent → inconsistent"
    # What the text says may hold while it is no longer about this run.
    (change,) = claims({"id": "a", "cost": "about $5M"}, {"id": "a", "cost": "about $9M"})
    assert (change.before, change.after) == ("consistent", "inconsistent")
    assert change.message == "compared with the estimate"


def test_a_claim_that_is_further_off_is_told():
    def claims(old, new):
        sides = (changed(claims=[{"id": "a", "cost": cost}]) for cost in (old, new))
        return [item for item in diff(*sides).verdicts if item.kind == "claim"]

    (change,) = claims("about $8M", "about $9M")
    assert change.before == change.after == "inconsistent"
    assert "further off: cost about $9M" in change.message
    assert claims("about $9M", "about $8M") == []
