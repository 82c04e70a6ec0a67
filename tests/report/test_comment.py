"""A diff as a pull-request comment: found again, never too long, nothing in it is markup."""

import costcheck
from costcheck.diff import Compared, Diffs, Options, diff as compare
from costcheck.report.formats.comment import LIMIT, comment, marker, shortened
from costcheck.report.views.diff import View

SCENARIO = {
    "name": "@team [link](http://a.b) <b>|",
    "model": {"parameters": "70B"},
    "training": {"tokens": "2T"},
    "fleet": {"gpu": "h100", "count": "1024"},
    "utilization": {"mfu": "40%"},
    "pricing": {"rent": "$2/GPU-hour"},
}


def diffs(count):
    old = costcheck.estimate(SCENARIO, samples=64)
    new = costcheck.estimate({**SCENARIO, "training": {"tokens": "3T"}}, samples=64)
    one = compare(Compared("a", old, old), Compared("b", new, new), Options(samples=64))
    return Diffs((one,) * count, single=count == 1)


def test_the_marker_is_the_first_line_and_cannot_be_broken_out_of():
    assert comment(diffs(1)).startswith("<!-- costcheck:diff -->\n## @\u200bteam")
    assert marker("x --> <b>") == "<!-- costcheck:x-----b- -->".replace("---", "--", 0) or (
        "-->" not in marker("x --> <b>")[:-3]
    )


def test_nothing_a_scenario_says_is_markup():
    text = comment(diffs(1))
    assert "\\[link\\]" in text
    assert "@\u200bteam" in text
    assert "\\<b\\>" in text


def test_two_folders_begin_with_the_totals_and_fold_every_scenario():
    text = comment(diffs(80), failed=["x.yaml: cost>+10%: cost changes by +50.0%"])
    open_lines, folded = text.split("<details>", 1)
    assert len(open_lines.splitlines()) < 60
    head = open_lines.splitlines()[1]
    assert head == "## 80 of 80 scenarios change: FAILED"
    assert "$95.6M → $143.3M, +$47.7M (+50.0%)" in open_lines
    assert "cost changes by +50.0%" in open_lines
    assert "40 more" in open_lines
    assert folded.count("</details>") == 80


def test_a_gate_that_nothing_fails_is_said():
    for gated, head in ((True, "## 2 of 2 scenarios change: passed"), (False, "change")):
        assert comment(diffs(2), View(gated=gated)).splitlines()[1].endswith(head)


def test_a_long_comment_leaves_out_whole_scenarios_and_says_so():
    text = comment(diffs(400))
    assert len(text) <= LIMIT
    assert "more scenarios have no room here" in text
    assert text.count("<details>") == text.count("</details>")
    assert shortened("short\n", 100) == "short\n"
    assert "lines are left out here" in shortened("line\n" * 100, 200)
