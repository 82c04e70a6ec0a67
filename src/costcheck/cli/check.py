"""`costcheck check`: the gate for continuous integration, silent when good."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from costcheck.catalog.files import Catalog
from costcheck.check import Report, check, check_file
from costcheck.cli.flags import Color, Debug, Folders, Output, Quiet, Seed, Set, format_flag
from costcheck.cli.streams import STANDARD, show, show_problems
from costcheck.graph.draw_defaults import DEFAULT_SEED
from costcheck.report.formats import Formats, github, json, junit, problems, sarif

FORMATS: Formats[Report] = {
    "table": lambda report, _: problems.render(report.problems),
    "github": lambda report, _: github.render(report.problems),
    "junit": lambda report, _: junit.render(report),
    "json": lambda report, _: json.dumps(report.to_dict()),
    "sarif": lambda report, _: sarif.render(report.problems),
}


def run(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Files, folders, patterns; - is stdin.")
    ],
    format: Annotated[str, format_flag(FORMATS)] = "table",
    output: Output = None,
    set_: Set = None,
    seed: Seed = DEFAULT_SEED,
    catalog: Folders = None,
    quiet: Quiet = False,
    color: Color = "auto",
    debug: Debug = False,
) -> int:
    """Check scenario files and return the worst code of all."""
    shared, assignments = Catalog(catalog or ()), set_ or ()
    named = [file for file in files if file != STANDARD]
    report = (
        check(named, assignments=assignments, catalog=shared, seed=seed) if named else Report(())
    )
    if STANDARD in files:
        text = sys.stdin.buffer.read()
        piped = check_file("<stdin>", assignments, catalog=shared, text=text, seed=seed)
        report = Report((*report.files, piped))
    if format != "table":
        show(FORMATS, format, report, output=output)
        return report.code
    show_problems(p for p in report.problems if p.severity == "error" or not quiet)
    failed = sum(not item.passed for item in report.files)
    if failed:
        sys.stderr.write(f"{failed} of {len(report.files)} files failed\n")
    return report.code
