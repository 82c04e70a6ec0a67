"""`costcheck diff`: what changed between two scenarios, and why."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from costcheck.catalog.files import Catalog
from costcheck.cli import DONE, FAILED
from costcheck.cli.failing import Measured, conditions, failing, words_of
from costcheck.cli.streams import emit, screen
from costcheck.diagnostics import CostcheckError, Diagnostic
from costcheck.diff import Diff, Diffs, Options, compare
from costcheck.diff.sides import Reader
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.report.views.diff import MIN_CHANGE, View
from costcheck.text.quantity import QuantityProblem, parse

BAR_WIDTH = 80
"""Columns of a terminal from which on the bridge chart is drawn."""


def run(
    *,
    old: str,
    new: str,
    format: str = "table",
    output: str | None = None,
    by: str = "driver",
    min_change: str = "",
    set_: Sequence[str] = (),
    seed: int = DEFAULT_SEED,
    samples: int = DEFAULT_SAMPLES,
    catalog: Sequence[str] = (),
    fail_on: str | None = None,
    exit_code: bool = False,
    tag: str = "",
    quiet: bool = False,
    verbose: bool = False,
    color: str = "auto",
    debug: bool = False,
) -> int:
    """Compare two sides and print the difference in a format."""
    options = Options(
        shared_out=by == "input" or format in ("json", "html"), samples=samples, seed=seed
    )
    least = _least(min_change)
    with Reader(Catalog(catalog), tuple(set_), samples, seed) as reader:
        text = sys.stdin.read() if "-" in (old, new) else None
        found = compare(old, new, reader, options, text)
    view = View(by=by, min_change=least[0], absolute=least[1], verbose=verbose)
    emit(rendered(found, format, view, color=color, tag=tag), output)
    failed = failed_conditions(found, fail_on) if fail_on else []
    if failed and not quiet:
        sys.stderr.write("".join(f"failed: {sentence}\n" for sentence in failed))
    differs = exit_code and not found.unchanged
    return FAILED if failed or differs else DONE


def rendered(found: Diffs, kind: str, view: View, *, color: str, tag: str = "") -> str:
    """Return a comparison in a format."""
    if kind == "json":
        from costcheck.report.formats import json

        return json.dumps(found.to_dict())
    from costcheck.report.views.comparison import comparison_document

    if kind == "md":
        from costcheck.report.formats.comment import comment

        return comment(found, view, tag=tag)
    if kind == "html":
        from costcheck.report.formats.html_page import diff_page

        return diff_page(found, view)
    from costcheck.report.formats import terminal

    shown = screen(color)
    bar = 0 if shown.width < BAR_WIDTH else 16
    drawn = view._replace(bar=bar, full="#" if shown.ascii else "█")
    return terminal.render(comparison_document(found, drawn), shown)


def failed_conditions(found: Diffs, expression: str) -> list[str]:
    """Return which conditions of ``--fail-on`` hold, each as a sentence."""
    sentences: list[str] = []
    for item in found.diffs:
        wanted = conditions(expression, list(item.quantities))
        sentences += failing(wanted, _measured(item))
    for path, side in found.added:
        wanted = conditions(expression, list(side.figures))
        kept = [term for term in wanted if term.of == "value"]
        figures = {name: figure.central for name, figure in side.figures.items()}
        unit = {name: figure.unit for name, figure in side.figures.items()}
        words = words_of(side.verdict, side.failing_claims, side.over_budget)
        sentences += failing(kept, Measured(path, figures, None, unit, words))
    return sentences


def _measured(item: Diff) -> Measured:
    return Measured(
        label=item.after,
        values={name: q.after.central for name, q in item.quantities.items()},
        before={name: q.before.central for name, q in item.quantities.items()},
        unit={name: q.after.unit for name, q in item.quantities.items()},
        words=words_of(item.verdict, item.failing_claims, item.over_budget),
    )


def _least(text: str) -> tuple[float, bool]:
    """Return the smallest line that is shown and whether it is an amount of money."""
    if not text:
        return MIN_CHANGE, False
    share = re.fullmatch(r"\s*([0-9.]+)\s*%\s*", text)
    if share:
        return float(share[1]) / 100.0, False
    try:
        return parse(text, "money").value, True
    except QuantityProblem as problem:
        message = f"--min-change {text!r}: {problem.message}"
        advice = "write a share of the change such as 0.5%, or an amount such as $10K"
        raise CostcheckError([Diagnostic("CC037", "error", message, None, advice)]) from problem
