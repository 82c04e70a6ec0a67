"""`costcheck sensitivity`: which inputs drive the range of a result."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from costcheck.cli import flags
from costcheck.cli.exit_codes import DONE
from costcheck.cli.inputs import read_scenarios
from costcheck.cli.streams import show
from costcheck.codec import document
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.report.formats import Formats, block_formats, csv, json
from costcheck.report.views.sensitivity import (
    CSV_COLUMNS,
    sensitivity_document,
    sensitivity_rows,
)
from costcheck.sensitivity import DEFAULT_RESULT, Sensitivity, sensitivity

FORMATS: Formats[list[Sensitivity]] = {
    **block_formats(
        lambda _: "Sensitivity",
        lambda shown, screen: [sensitivity_document(s, ascii=screen.ascii) for s in shown],
    ),
    "json": lambda shown, _: json.dumps(_data(shown)),
    "csv": lambda shown, _: csv.render(CSV_COLUMNS, sensitivity_rows(shown)),
}


def run(
    files: flags.Files,
    of: Annotated[
        str, typer.Option("--of", metavar="NAME", help="Result, or path of any quantity.")
    ] = DEFAULT_RESULT,
    format: Annotated[str, flags.format_flag(FORMATS)] = "table",
    output: flags.Output = None,
    set_: flags.Set = None,
    seed: flags.Seed = DEFAULT_SEED,
    samples: flags.Samples = DEFAULT_SAMPLES,
    catalog: flags.Folders = None,
    color: flags.Color = "auto",
    debug: flags.Debug = False,
) -> int:
    """Show the drivers of a result of each scenario."""
    loaded = read_scenarios(files, assignments=set_, folders=catalog)
    results = [sensitivity(item, of=of, samples=samples, seed=seed) for item in loaded]
    show(FORMATS, format, results, output=output, color=color)
    return DONE


def _data(results: list[Sensitivity]) -> Any:
    documents = [document(item.to_dict()) for item in results]
    return documents[0] if len(documents) == 1 else documents
