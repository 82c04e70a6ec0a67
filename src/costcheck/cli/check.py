"""`costcheck check`: the gate for continuous integration, which ends with one line."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from costcheck.catalog.files import catalog_of
from costcheck.check import Report, check, check_file
from costcheck.cli import flags
from costcheck.cli.streams import STANDARD, show, show_problems
from costcheck.graph.draw_defaults import DEFAULT_SEED
from costcheck.report.formats import Formats, github, json, junit, problems, sarif
from costcheck.scenario.folder import skipped

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
    format: Annotated[str, flags.format_flag(FORMATS)] = "table",
    output: flags.Output = None,
    set_: flags.Set = None,
    seed: flags.Seed = DEFAULT_SEED,
    catalog: flags.Folders = None,
    exclude: flags.Exclude = None,
    quiet: flags.Quiet = False,
    color: flags.Color = "auto",
    debug: flags.Debug = False,
) -> int:
    """Check scenario files and return the worst code of all."""
    shared, assignments = catalog_of(catalog), set_ or ()
    named = [file for file in files if file != STANDARD]
    left_out = tuple(exclude or ())
    report = check(named, assignments=assignments, catalog=shared, seed=seed, exclude=left_out)
    if STANDARD in files:
        text = sys.stdin.buffer.read()
        piped = check_file("<stdin>", assignments, catalog=shared, text=text, seed=seed)
        report = Report((*report.files, piped), report.others)
    if format != "table":
        show(FORMATS, format, report, output=output)
        return report.code
    show_problems(p for p in report.problems if p.severity == "error" or not quiet)
    if not report.passed or not quiet:
        sys.stderr.write(_summary(report))
    return report.code


def _summary(report: Report) -> str:
    """Say in one line how many files passed, and what of the folders was not checked."""
    count, failed = len(report.files), sum(not item.passed for item in report.files)
    files = "1 file" if count == 1 else f"{count} files"
    said = f"{failed} of {files} failed" if failed else f"{files} passed"
    return "; ".join(filter(None, (said, skipped(report.others)))) + "\n"
