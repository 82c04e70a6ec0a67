"""A check as JUnit XML, which every build server shows: one test case a file."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from costcheck.check import BUG, FAILED, PASSED, UNUSABLE, Checked, Report
from costcheck.text.harmless import harmless

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold even escaped."""

_OUTCOME = {FAILED: "failure", UNUSABLE: "error", BUG: "error"}


def render(report: Report) -> str:
    """Return the XML document."""
    failures = sum(item.code == FAILED for item in report.files)
    errors = sum(item.code > FAILED for item in report.files)
    counts = f'tests="{len(report.files)}" failures="{failures}" errors="{errors}"'
    cases = "\n".join(_case(item) for item in report.files)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<testsuites name="costcheck" {counts}>\n'
        f'<testsuite name="costcheck check" {counts} skipped="0" time="0">\n'
        f"{cases}\n</testsuite>\n</testsuites>\n"
    )


def _case(item: Checked) -> str:
    name, class_name = quoteattr(_clean(item.path)), quoteattr("costcheck.check")
    head = f'<testcase name={name} classname={class_name} file={name} time="0">'
    text = "\n".join(str(problem) for problem in item.problems)
    if item.code == PASSED:
        output = f"<system-out>{escape(_clean(text))}</system-out>" if text else ""
        return f"{head}{output}</testcase>"
    tag = _OUTCOME[item.code]
    first = next(problem for problem in item.problems if problem.severity == "error")
    message, kind = quoteattr(_clean(first.message)), quoteattr(first.code)
    return f"{head}<{tag} message={message} type={kind}>{escape(_clean(text))}</{tag}></testcase>"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", "\n".join(map(harmless, text.split("\n"))))
