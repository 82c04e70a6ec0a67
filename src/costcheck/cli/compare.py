"""`costcheck compare`: scenarios side by side."""

from __future__ import annotations

from typing import Annotated

import typer

from costcheck.cli import flags
from costcheck.cli.exit_codes import DONE
from costcheck.cli.inputs import estimates_of, read_scenarios
from costcheck.cli.streams import show
from costcheck.codec import document
from costcheck.compare import Comparison, compare
from costcheck.diagnostics import did_you_mean, refusal
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.report.formats import Formats, block_formats, csv, json
from costcheck.report.views.cash import CSV_COLUMNS as CASH, PERIODS, cash_document, cash_rows
from costcheck.report.views.compare import CSV_COLUMNS, compare_document, compare_rows
from costcheck.report.views.wide import wide_comparison

FORMATS: Formats[Comparison] = {
    **block_formats(lambda _: "Scenarios side by side", lambda shown, _: [compare_document(shown)]),
    "json": lambda shown, _: json.dumps(document(shown.to_dict())),
    "csv": lambda shown, _: csv.render(*wide_comparison(shown)),
    "xlsx": lambda shown, _: _book(shown),
}


def _book(shown: Comparison) -> bytes:
    from costcheck.report.formats.xlsx import compare_book

    return compare_book(shown)


def _cash_book(shown: Comparison, per: str) -> bytes:
    from costcheck.report.formats.xlsx import cash_book

    return cash_book([cash_document(shown, per)], shown.plans)


def cash_formats(per: str) -> Formats[Comparison]:
    """What `--cash` prints: payments by month or year."""
    return {
        **block_formats(
            lambda _: "What scenarios pay", lambda shown, _: [cash_document(shown, per)]
        ),
        "json": lambda shown, _: json.dumps(
            document(
                {"cash": [dict(zip(CASH, row, strict=True)) for row in cash_rows(shown.plans, per)]}
            )
        ),
        "csv": lambda shown, _: csv.render(CASH, cash_rows(shown.plans, per)),
        "xlsx": lambda shown, _: _cash_book(shown, per),
    }


LONG: Formats[Comparison] = {"csv": lambda shown, _: csv.render(CSV_COLUMNS, compare_rows(shown))}
"""What `--long` prints."""


def _period(value: str) -> str:
    """Refuse another period with near names, as other choices are."""
    if value and value not in PERIODS:
        message = f"no period is called {value!r}"
        advice = did_you_mean(value, PERIODS, "known:")
        raise refusal("CC043", message, None, advice)
    return value


def run(
    files: flags.Files,
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Result that decides the best.")
    ] = None,
    cash: Annotated[
        str,
        typer.Option(
            "--cash",
            metavar="month|year",
            help="Show what each scenario pays when, instead.",
            callback=_period,
        ),
    ] = "",
    format: Annotated[str, flags.format_flag(FORMATS)] = "table",
    long: flags.Long = False,
    output: flags.Output = None,
    set_: flags.Set = None,
    seed: flags.Seed = DEFAULT_SEED,
    samples: flags.Samples = DEFAULT_SAMPLES,
    catalog: flags.Folders = None,
    quiet: flags.Quiet = False,
    color: flags.Color = "auto",
    debug: flags.Debug = False,
) -> int:
    """Estimate scenarios and show them beside each other."""
    flags.refuse_long(long, format)
    loaded = read_scenarios(files, assignments=set_, folders=catalog)
    estimates = estimates_of(loaded, samples=samples, seed=seed, quiet=quiet)
    found = compare(estimates, by=by)
    if cash and len(found.plans) < len(found.labels):
        shown = {plan.scenario for plan in found.plans}
        missing = ", ".join(label for label in found.labels if label not in shown)
        message = f"when {missing} pays is not known"
        advice = "it needs a cost, GPU-hours and days, all of it rented or all of it owned"
        raise refusal("CC043", message, None, advice)
    formats = cash_formats(cash) if cash else LONG if long else FORMATS
    show(formats, format, found, output=output, color=color)
    return DONE
