"""Which differences of judgement are news."""

from tests.diff.cases import BASE, changed, diff


def budget(old, new):
    return [(item.before, item.after) for item in diff(old, new).verdicts if item.kind == "budget"]


def test_a_check_that_only_one_side_has_is_news_where_it_fails():
    assert budget(BASE, changed(budget={"cost": "under $1M"})) == [("not judged", "infeasible")]
    assert budget(changed(budget={"cost": "under $1M"}), BASE) == [("infeasible", "not judged")]


def test_and_no_news_where_it_finds_nothing_wrong():
    assert budget(BASE, changed(budget={"cost": "under $100M"})) == []
    assert budget(changed(budget={"cost": "under $100M"}), BASE) == []
