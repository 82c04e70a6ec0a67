"""`costcheck calibrate`: what a run logged, and the file that corrects estimates with it."""

from __future__ import annotations

from typing import Annotated

import typer

from costcheck.actual import Logged, csv_rows, log_text, logged_of
from costcheck.catalog.files import catalog_of
from costcheck.cli.exit_codes import DONE
from costcheck.cli.flags import Color, Debug, Folders, Output, Set, format_flag
from costcheck.cli.inputs import read_scenarios
from costcheck.cli.streams import read_bytes, show
from costcheck.codec import document
from costcheck.estimate.calibration import COLUMNS
from costcheck.report.formats import Formats, block_formats, csv, json
from costcheck.report.views.actual import logged_data, logged_document

FORMATS: Formats[Logged] = {
    **block_formats(lambda _: "What the run logged", lambda shown, _: [logged_document(shown)]),
    "json": lambda shown, _: json.dumps(document(logged_data(shown))),
    "csv": lambda shown, _: csv.render(COLUMNS, csv_rows(shown)),
}


def run(
    logs: Annotated[list[str], typer.Argument(metavar="LOG...", help="Logs of one run.")],
    scenario: Annotated[
        str | None, typer.Option("--scenario", metavar="FILE", help="What was planned.")
    ] = None,
    format: Annotated[str, format_flag(FORMATS)] = "table",
    output: Output = None,
    set_: Set = None,
    catalog: Folders = None,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Read what a run logged; with a scenario, hold it against the plan."""
    loaded = read_scenarios([scenario], assignments=set_, folders=catalog)[0] if scenario else None
    texts = {file: log_text(file, read_bytes(file)) for file in logs}
    logged = logged_of(texts, loaded, catalog=catalog_of(catalog))
    show(FORMATS, format, logged, output=output, color=color)
    return DONE
