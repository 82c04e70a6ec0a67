"""`costcheck estimate`: the one-screen report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from costcheck.cli import flags
from costcheck.cli.exit_codes import DONE, FAILED
from costcheck.cli.failing import failures, say_failed
from costcheck.cli.inputs import estimates_of, read_scenarios
from costcheck.cli.streams import emit, show
from costcheck.diagnostics import refusal
from costcheck.estimate.result import Estimate
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.report.formats import Formats, block_formats, csv, json
from costcheck.report.views.estimate import (
    CSV_COLUMNS,
    estimate_document,
    estimate_rows,
    estimates_title,
)


@dataclass(frozen=True, kw_only=True)
class Estimates:
    """What is printed, and whether every input is."""

    estimates: Sequence[Estimate]
    verbose: bool = False
    ladder: bool = False
    long: bool = False
    only: tuple[str, ...] = ()
    told: str = ""
    """What the command said beside the files."""


FORMATS: Formats[Estimates] = {
    **block_formats(
        lambda shown: estimates_title(shown.estimates),
        lambda shown, _: [
            estimate_document(e, verbose=shown.verbose, ladder=shown.ladder, told=shown.told)
            for e in shown.estimates
        ],
    ),
    "html": lambda shown, _: _page(shown),
    "json": lambda shown, _: json.render(shown.estimates),
    "csv": lambda shown, _: csv.render(*_cells(shown)),
    "xlsx": lambda shown, _: _book(shown),
}


def _page(shown: Estimates) -> str:
    from costcheck.report.formats import live

    found = shown.estimates
    documents = [estimate_document(each, verbose=shown.verbose) for each in found]
    parts = [live.panel(each, level=2 if len(found) == 1 else 3) for each in found]
    return live.page(estimates_title(found), documents, parts)


def _cells(shown: Estimates) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
    from costcheck.report.views.wide import wide_estimates

    if shown.long:
        return CSV_COLUMNS, estimate_rows(shown.estimates)
    return wide_estimates(shown.estimates, shown.only)


def _book(shown: Estimates) -> bytes:
    # Few ask for a workbook; the others do not pay for its modules.
    from costcheck.report.formats.xlsx import estimates_book

    return estimates_book(shown.estimates)


def run(
    files: flags.FilesOrModels,
    gpu: flags.Gpu = None,
    count: flags.Count = None,
    tokens: flags.Tokens = None,
    method: flags.Method = None,
    precision: flags.Precision = None,
    rent: flags.Rent = None,
    save: flags.Save = None,
    format: Annotated[str, flags.format_flag(FORMATS)] = "table",
    output: flags.Output = None,
    set_: flags.Set = None,
    fields: flags.Fields = None,
    seed: flags.Seed = DEFAULT_SEED,
    samples: flags.Samples = DEFAULT_SAMPLES,
    catalog: flags.Folders = None,
    fail_on: Annotated[str | None, flags.fail_on_flag("infeasible,claim,budget,cost>$6M")] = None,
    ladder: flags.Ladder = False,
    long: flags.Long = False,
    quiet: flags.Quiet = False,
    verbose: flags.Verbose = False,
    color: flags.Color = "auto",
    debug: flags.Debug = False,
) -> int:
    """Estimate scenarios, or a model with flags, and print them in a format."""
    flags.refuse_long(long, format)
    said = {"gpu": gpu, "count": count, "tokens": tokens, "method": method, "rent": rent}
    said["precision"] = precision
    loaded = read_scenarios(files, assignments=set_, folders=catalog, flags=said, save=save)
    estimates = estimates_of(loaded, samples=samples, seed=seed, quiet=quiet)
    told = ""
    if set_ or catalog or any(said.values()):
        from costcheck.cli.spoken import told_again

        told = told_again(set_ or (), catalog or (), said)
    shown = Estimates(estimates=estimates, verbose=verbose, ladder=ladder, long=long, told=told)
    print_estimates(shown, format, output, fields, color=color)
    failed = failures(estimates, fail_on) if fail_on else []
    say_failed(failed, quiet=quiet)
    return FAILED if failed else DONE


def print_estimates(
    shown: Estimates, format: str, output: str | None, fields: str | None, *, color: str
) -> None:
    """Print estimates in a format, or only the fields asked for: bare, or as columns of a CSV."""
    if not fields:
        show(FORMATS, format, shown, output=output, color=color)
        return
    from costcheck.report.views import fields as fields_view

    if format == "csv":
        only = fields_view.names_of(fields, shown.estimates)
        show(FORMATS, format, replace(shown, only=only), output=output, color=color)
        return
    if format != "table":
        message = f"-f {format} has no --fields"
        advice = "--fields alone prints bare values, with -f csv columns of a table"
        raise refusal("CC040", message, None, advice)
    emit(fields_view.render(shown.estimates, fields), output)
