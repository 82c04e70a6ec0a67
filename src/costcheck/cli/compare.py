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
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.report.formats import Formats, block_formats, csv, json
from costcheck.report.views.compare import CSV_COLUMNS, compare_document, compare_rows

FORMATS: Formats[Comparison] = {
    **block_formats(lambda _: "Scenarios side by side", lambda shown, _: [compare_document(shown)]),
    "json": lambda shown, _: json.dumps(document(shown.to_dict())),
    "csv": lambda shown, _: csv.render(CSV_COLUMNS, compare_rows(shown)),
}


def run(
    files: flags.Files,
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Result that decides the best.")
    ] = None,
    format: Annotated[str, flags.format_flag(FORMATS)] = "table",
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
    loaded = read_scenarios(files, assignments=set_, folders=catalog)
    estimates = estimates_of(loaded, samples=samples, seed=seed, quiet=quiet)
    show(FORMATS, format, compare(estimates, by=by), output=output, color=color)
    return DONE
