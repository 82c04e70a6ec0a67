"""`costcheck diff`: what changed between two scenarios, and why."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import typer

from costcheck.catalog.files import catalog_of
from costcheck.cli import flags
from costcheck.cli.exit_codes import DONE, FAILED, UNUSABLE
from costcheck.cli.failing import Measured, conditions, failing, say_failed, words_of
from costcheck.cli.streams import STANDARD, show, show_problems
from costcheck.diagnostics import refusal
from costcheck.diff import Diff, Diffs, Options, compare
from costcheck.diff.sides import Reader
from costcheck.estimate.currency import dollars_only
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.report.formats import Formats, html, json, terminal
from costcheck.report.formats.comment import comment
from costcheck.report.views.diff import MIN_CHANGE, View
from costcheck.report.views.diffs import (
    FAILED_SHOWN,
    comparison_document,
    comparison_documents,
    comparison_title,
)
from costcheck.text.quantity import QuantityProblem


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What is printed, how much of it, and the marker of a comment."""

    comparison: Diffs
    view: View
    tag: str
    failed: Sequence[str] = ()


FORMATS: Formats[Shown] = {
    "table": lambda shown, screen: terminal.render(
        comparison_document(shown.comparison, shown.view, shown.failed), screen
    ),
    "json": lambda shown, _: json.dumps(shown.comparison.to_dict()),
    "md": lambda shown, _: comment(shown.comparison, shown.view, shown.failed, tag=shown.tag),
    "html": lambda shown, _: html.page(
        comparison_title(shown.comparison),
        comparison_documents(shown.comparison, shown.view, shown.failed),
    ),
    "xlsx": lambda shown, _: _book(shown),
}


def _book(shown: Shown) -> bytes:
    from costcheck.report.formats.xlsx import diff_book

    found = shown.comparison
    return diff_book(found, comparison_documents(found, shown.view, shown.failed))


Old = Annotated[str, typer.Argument(metavar="OLD", help="YAML, saved JSON, git:REV:path, -.")]
New = Annotated[str, typer.Argument(metavar="NEW", help="The same; or two folders.")]
By = Annotated[
    Literal["driver", "input"], typer.Option("--by", help="Explain by edit or by quantity.")
]
MinChange = Annotated[
    str, typer.Option("--min-change", metavar="SHARE", help="Fold lines below 0.5% or $10K.")
]
FailOn = Annotated[str | None, flags.fail_on_flag("cost>+10%,days>60,claim")]
ExitCode = Annotated[bool, typer.Option("--exit-code", help="Exit 1 if anything differs.")]
Tag = Annotated[
    str, typer.Option("--tag", metavar="NAME", help="Hidden marker of a -f md comment.")
]


def run(
    old: Old,
    new: New,
    format: Annotated[str, flags.format_flag(FORMATS)] = "table",
    output: flags.Output = None,
    by: By = "input",
    min_change: MinChange = "",
    set_: flags.Set = None,
    seed: flags.Seed = DEFAULT_SEED,
    samples: flags.Samples = DEFAULT_SAMPLES,
    catalog: flags.Folders = None,
    exclude: flags.Exclude = None,
    fail_on: FailOn = None,
    exit_code: ExitCode = False,
    tag: Tag = "",
    quiet: flags.Quiet = False,
    verbose: flags.Verbose = False,
    color: flags.Color = "auto",
    debug: flags.Debug = False,
) -> int:
    """Compare two sides and print the difference in a format."""
    shared_out = by == "input" or format in ("json", "html", "xlsx")
    options = Options(shared_out=shared_out, samples=samples, seed=seed)
    view = _view(by, min_change, verbose=verbose)._replace(gated=fail_on is not None)
    left_out = tuple(exclude or ())
    with Reader(catalog_of(catalog), tuple(set_ or ()), samples, seed, left_out) as reader:
        text = sys.stdin.read() if STANDARD in (old, new) else None
        comparison = compare(old, new, reader, options, text)
    failed = failed_conditions(comparison, fail_on) if fail_on else []
    shown = Shown(comparison=comparison, view=view, tag=tag, failed=failed)
    show(FORMATS, format, shown, output=output, color=color)
    # The screen names the first; a report that goes elsewhere leaves all to the log.
    named = FAILED_SHOWN if format == "table" and output is None else 0
    say_failed(failed[named:], quiet=quiet)
    if comparison.unread:
        show_problems(problem for _, problems in comparison.unread for problem in problems)
        return UNUSABLE
    differs = exit_code and not comparison.unchanged
    return FAILED if failed or differs else DONE


def failed_conditions(found: Diffs, expression: str) -> list[str]:
    """The conditions of ``--fail-on`` that hold, each as a sentence."""
    sentences: list[str] = []
    for item in found.diffs:
        wanted = conditions(expression, list(item.quantities))
        sentences += failing(wanted, _measured(item))
    for path, side in found.added:
        wanted = conditions(expression, list(side.figures))
        kept = [term for term in wanted if term.of == "value"]
        words = words_of(side.verdict, side.failing_claims, side.over_budget)
        sentences += failing(kept, Measured(path, side.figures, None, words))
    return sentences


def _measured(item: Diff) -> Measured:
    return Measured(
        label=item.after,
        figures={name: change.after for name, change in item.quantities.items()},
        before={name: change.before for name, change in item.quantities.items()},
        words=words_of(item.verdict, item.failing_claims, item.over_budget),
    )


def _view(by: str, min_change: str, *, verbose: bool) -> View:
    """How much is shown: lines from a share of the change on, or from an amount of money."""
    share = re.fullmatch(r"\s*([0-9.]+)\s*%\s*", min_change)
    try:
        if share or not min_change:
            least = float(share[1]) / 100.0 if share else MIN_CHANGE
            return View(by=by, min_change=least, verbose=verbose)
        least = dollars_only(min_change, "money")
    except QuantityProblem as problem:
        message = f"--min-change {min_change!r}: {problem.message}"
        advice = "write a share of the change such as 0.5%, or an amount such as $10K"
        raise refusal("CC037", message, None, advice) from problem
    return View(by=by, min_change=least, absolute=True, verbose=verbose)
