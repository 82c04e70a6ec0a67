"""`costcheck estimate`: the one-screen report."""

from __future__ import annotations

from collections.abc import Sequence

from costcheck.cli import DONE, FAILED
from costcheck.cli.inputs import read_scenarios
from costcheck.cli.streams import emit, screen, show_problems
from costcheck.estimate import estimate
from costcheck.estimate.result import Estimate
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED


def run(
    *,
    files: Sequence[str],
    format: str = "table",
    output: str | None = None,
    set_: Sequence[str] = (),
    fields: str | None = None,
    seed: int = DEFAULT_SEED,
    samples: int = DEFAULT_SAMPLES,
    catalog: Sequence[str] = (),
    fail_on: str | None = None,
    quiet: bool = False,
    verbose: bool = False,
    color: str = "auto",
    debug: bool = False,
) -> int:
    """Estimate scenarios and print them in a format."""
    loaded = read_scenarios(files, assignments=set_, catalogs=catalog)
    estimates = [estimate(item, samples=samples, seed=seed) for item in loaded]
    for item in estimates:
        if item.diagnostics and not quiet:
            show_problems(item.diagnostics)
    if format in AUDITED or verbose or fail_on:
        estimates = _audited(estimates)
    emit(rendered(estimates, format, fields=fields, verbose=verbose, color=color), output)
    if fail_on:
        from costcheck.cli.failing import failures

        return FAILED if failures(estimates, fail_on) else DONE
    return DONE


AUDITED = ("json", "md")
"""Formats whose claims carry the verdict of the audit; the plain screen would start too slowly."""


def _audited(estimates: list[Estimate]) -> list[Estimate]:
    if not any(item.claims for item in estimates):
        return estimates
    from costcheck.audit.scenario import with_verdicts

    return [with_verdicts(item) for item in estimates]


def rendered(
    estimates: Sequence[Estimate], kind: str, *, fields: str | None, verbose: bool, color: str
) -> str:
    """Return estimates in a format."""
    if fields:
        from costcheck.report.views.fields import render as render_fields

        return render_fields(estimates, fields)
    if kind == "json":
        from costcheck.report.formats import json

        return json.render(estimates)
    if kind == "csv":
        from costcheck.report.formats import csv

        return csv.render(estimates)
    if kind == "html":
        from costcheck.report.formats.html_page import estimate_page

        return estimate_page(estimates, verbose=verbose)
    from costcheck.report.views.estimate import estimate_document

    documents = [estimate_document(item, verbose=verbose) for item in estimates]
    if kind == "md":
        from costcheck.report.formats import markdown

        return "\n".join(markdown.render(document) for document in documents)
    from costcheck.report.formats import terminal

    shown = screen(color)
    return "\n".join(terminal.render(document, shown) for document in documents)
