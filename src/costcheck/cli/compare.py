"""`costcheck compare`: scenarios side by side."""

from __future__ import annotations

from collections.abc import Sequence

from costcheck.cli import DONE
from costcheck.cli.inputs import read_scenarios
from costcheck.cli.streams import emit, screen, show_problems
from costcheck.compare import Comparison, compare
from costcheck.estimate import estimate
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED


def run(
    *,
    files: Sequence[str],
    by: str | None = None,
    format: str = "table",
    output: str | None = None,
    set_: Sequence[str] = (),
    seed: int = DEFAULT_SEED,
    samples: int = DEFAULT_SAMPLES,
    catalog: Sequence[str] = (),
    quiet: bool = False,
    color: str = "auto",
    debug: bool = False,
) -> int:
    """Estimate scenarios and show them beside each other."""
    loaded = read_scenarios(files, assignments=set_, catalogs=catalog)
    estimates = [estimate(item, samples=samples, seed=seed) for item in loaded]
    for item in estimates:
        if item.diagnostics and not quiet:
            show_problems(item.diagnostics)
    emit(_rendered(compare(estimates, by=by), format, color=color), output)
    return DONE


def _rendered(found: Comparison, kind: str, *, color: str) -> str:
    from costcheck.report.views import compare as document

    if kind == "json":
        from costcheck.report.formats import json

        return json.dumps({"schema_version": json.SCHEMA_VERSION, **found.to_dict()})
    if kind == "csv":
        return document.as_csv(found)
    if kind == "md":
        from costcheck.report.formats import markdown

        return markdown.render(document.compare_document(found))
    from costcheck.report.formats import terminal

    return terminal.render(document.compare_document(found), screen(color))
