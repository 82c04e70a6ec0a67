"""A report as one HTML file: no network, no script, light and dark, fit for print."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from costcheck.diff import Diff, Diffs
from costcheck.estimate.result import Estimate
from costcheck.quantities import shown_in
from costcheck.report.formats.html import fragment
from costcheck.report.formats.svg import Amount, Range, amount_chart, bridge_chart, range_chart
from costcheck.report.views.blocks import Document
from costcheck.report.views.comparison import comparison_document
from costcheck.report.views.diff import View, bridge, diff_document
from costcheck.report.views.estimate import estimate_document
from costcheck.report.views.figures import figure
from costcheck.version import VERSION

STYLE = """
:root { color-scheme: light dark; --text: #1c2128; --faint: #57606a; --page: #fff; --line: #d0d7de;
  --good: #116329; --warn: #7d4e00; --bad: #a40e26; --bar: #3b6fb6; --rise: #b3452c;
  --fall: #2f7d4f; --soft: #eef1f4; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --faint: #9ba6b2; --page: #0d1117;
  --line: #30363d; --good: #56d364; --warn: #e3b341; --bad: #ff8e86; --bar: #6ea8fe;
  --rise: #f0967a; --fall: #6fcf97; --soft: #161b22; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem; background: var(--page);
  color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.25rem; margin: 2rem 0 .25rem; }
h3, caption, figcaption { font-size: 1rem; font-weight: 600; text-align: left;
  margin: 1.25rem 0 .25rem; }
.wide { overflow-x: auto; }
.wide:focus-visible, a:focus-visible { outline: 2px solid var(--bar); }
table { border-collapse: collapse; margin: 1rem 0; width: 100%; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; font-weight: 400; }
thead th { color: var(--faint); font-size: .875rem; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
ul { padding-left: 1.25rem; } blockquote { margin: 1rem 0; padding-left: 1rem;
  border-left: .25rem solid var(--line); font-style: italic; }
figure { margin: 1rem 0; } svg { width: 100%; height: auto; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad);
  font-weight: 600; } .faint { color: var(--faint); } .strong { font-weight: 600; }
svg text { fill: var(--text); font-size: 13px; } svg .figure { text-anchor: end; }
svg .axis { stroke: var(--faint); stroke-dasharray: 2 3; }
svg .range { fill: var(--bar); opacity: .45; } svg .dot, svg .bar { fill: var(--bar); }
svg .total { fill: var(--faint); } svg .rise { fill: var(--rise); }
svg .fall { fill: var(--fall); }
footer { margin-top: 3rem; color: var(--faint); font-size: .875rem; }
@media print { :root { --text: #000; --faint: #444; --page: #fff; --line: #bbb; --good: #116329;
  --warn: #7d4e00; --bad: #a40e26; --bar: #3b6fb6; --rise: #b3452c; --fall: #2f7d4f; }
  body { max-width: none; padding: 0; } .wide { overflow: visible; }
  figure, tr, blockquote { break-inside: avoid; } section + section { break-before: page; } }
"""


def estimate_page(estimates: Sequence[Estimate], *, verbose: bool = False) -> str:
    """Return the report of estimates as one HTML file."""
    sections = [
        _section(estimate_document(item, verbose=verbose), charts=_charts(item))
        for item in estimates
    ]
    title = estimates[0].title if len(estimates) == 1 else f"{len(estimates)} scenarios"
    return _page(title, sections)


def documents_page(title: str, documents: Sequence[Document]) -> str:
    """Return documents as the sections of one HTML file."""
    return _page(title, [_section(document) for document in documents])


def diff_page(found: Diffs, view: View | None = None) -> str:
    """Return a diff as one HTML file, with the bridge from before to after."""
    changed = [item for item in found.diffs if not item.unchanged] or list(found.diffs[:1])
    sections = [
        _section(diff_document(item, view), charts=_bridge(item, view or View()))
        for item in changed
    ]
    if not found.single:
        roll_up = comparison_document(found, view)[-2:]
        sections.append(_section(roll_up))
    item = found.diffs[0] if found.diffs else None
    title = f"{item.before} → {item.after}" if item and found.single else "scenarios compared"
    return _page(title, sections)


def _section(document: Document, charts: str = "") -> str:
    body = (
        fragment(document[:1]) + charts + fragment(document[1:]) if charts else fragment(document)
    )
    scrolled = body.replace("<table>", '<div class="wide" tabindex="0"><table>')
    return f"<section>{scrolled.replace('</table>', '</table></div>')}</section>"


def _page(title: str, sections: Sequence[str]) -> str:
    name = escape(title)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        f"<title>{name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{_headed(name, sections)}\n</main>\n"
        f"<footer>costcheck {VERSION}. Ranges are 90 % intervals.</footer>\n</body>\n</html>\n"
    )


def _headed(name: str, sections: Sequence[str]) -> str:
    """Return the sections below one main heading; a single section's title is that heading."""
    if len(sections) > 1:
        return f"<h1>{name}</h1>\n" + "\n".join(sections)
    return "".join(sections).replace("<h2>", "<h1>", 1).replace("</h2>", "</h1>", 1)


def _charts(estimate: Estimate) -> str:
    ranges = [
        Range(row.label, item.low, item.central, item.high, figure(item.central, item.unit))
        for row in shown_in("chart")
        if (item := estimate.figures[row.name]).low is not None
        and item.high is not None
        and item.central
        and item.low > 0.0
        and item.low < item.high
    ]
    charts = range_chart("90 % intervals, relative to the estimate", ranges) if ranges else ""
    rungs = [
        Amount(rung.label, rung.figure.central, figure(rung.figure.central, "USD"))
        for rung in estimate.ladder
        if rung.figure.central is not None
    ]
    return charts + (amount_chart("What a cost can mean", rungs) if len(rungs) > 1 else "")


def _bridge(diff: Diff, view: View) -> str:
    found = bridge(diff, view)
    if not found:
        return ""
    amounts = [Amount(*item) for item in found]
    title = "From before to after"
    return bridge_chart(title, amounts[0], amounts[1:-1], amounts[-1])
