"""A diff as a pull-request comment: found again, never too long, nothing in it is markup."""

import costcheck
from costcheck.diff import Compared, Diffs, Options, diff as compare
from costcheck.report.formats.comment import LIMIT, comment, marker, shortened

SCENARIO = {
    "name": "@team [link](http://a.b) <b>|",
    "model": {"parameters": "70B"},
    "training": {"tokens": "2T"},
    "fleet": {"gpu": "h100", "count": "1024"},
    "utilization": {"mfu": "40%"},
    "pricing": {"rent": "$2/GPU-hour"},
}


def diffs(count):
    old = costcheck.estimate(SCENARIO, samples=64).estimate
    new = costcheck.estimate({**SCENARIO, "training": {"tokens": "3T"}}, samples=64).estimate
    one = compare(Compared("a", old, old), Compared("b", new, new), Options(samples=64))
    return Diffs((one,) * count, single=count == 1)


def test_the_marker_is_the_first_line_and_cannot_be_broken_out_of():
    assert comment(diffs(1)).startswith("<!-- costcheck:diff -->\n## a → b")
    assert marker("x --> <b>") == "<!-- costcheck:x-----b- -->".replace("---", "--", 0) or (
        "-->" not in marker("x --> <b>")[:-3]
    )


def test_nothing_a_scenario_says_is_markup():
    text = comment(diffs(1))
    assert "\\[link\\]" in text
    assert "@\u200bteam" in text
    assert "\\<b\\>" in text


def test_a_long_comment_loses_its_middle_and_says_so():
    text = comment(diffs(80))
    assert len(text) <= LIMIT
    assert "lines are left out here" in text
    assert "all scenarios" in text
    assert shortened("short\n", 100) == "short\n"
