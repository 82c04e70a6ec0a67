"""`costcheck check`: the gate for continuous integration, silent when good."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from costcheck.catalog.files import Catalog
from costcheck.check import Checked, Report, check, check_file
from costcheck.cli.streams import emit, show_problems
from costcheck.graph.draw_defaults import DEFAULT_SEED

STANDARD_INPUT = "-"


def run(
    *,
    files: Sequence[str],
    format: str = "table",
    output: str | None = None,
    set_: Sequence[str] = (),
    seed: int = DEFAULT_SEED,
    catalog: Sequence[str] = (),
    quiet: bool = False,
    color: str = "auto",
    debug: bool = False,
) -> int:
    """Check scenario files and return the worst code of all."""
    shared = Catalog(catalog)
    named = [file for file in files if file != STANDARD_INPUT]
    found = check(named, assignments=set_, catalog=shared, seed=seed) if named else Report(())
    if STANDARD_INPUT in files:
        found = Report((*found.files, _standard_input(set_, shared, seed)))
    problems = [p for p in found.problems if p.severity == "error" or not quiet]
    if format == "table":
        show_problems(problems)
        _count(found)
        return found.code
    emit(rendered(found, format), output)
    return found.code


def rendered(found: Report, kind: str) -> str:
    """Return a report in a format for machines: github, junit, json or sarif."""
    if kind == "github":
        from costcheck.report.formats import github

        return github.render(found.problems)
    if kind == "junit":
        from costcheck.report.formats import junit

        return junit.render(found)
    if kind == "sarif":
        from costcheck.report.formats import sarif

        return sarif.render(found.problems)
    from costcheck.report.formats import json

    return json.dumps(found.to_dict())


def _standard_input(assignments: Sequence[str], catalog: Catalog, seed: int) -> Checked:
    text = sys.stdin.buffer.read()
    return check_file("<stdin>", assignments, catalog=catalog, text=text, seed=seed)


def _count(found: Report) -> None:
    failed = sum(not item.passed for item in found.files)
    if failed:
        sys.stderr.write(f"{failed} of {len(found.files)} files failed\n")
