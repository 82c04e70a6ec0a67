"""`costcheck plan`: the best layouts for a fleet, or the fleet for a deadline or a budget."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from costcheck.cli import DONE
from costcheck.cli.inputs import read_scenarios
from costcheck.cli.streams import emit, screen
from costcheck.diagnostics import CostcheckError, Diagnostic, Place
from costcheck.plan import Limits, Plan, Request, plan
from costcheck.plan.choice import By
from costcheck.plan.fleet import Progress
from costcheck.text.quantity import QuantityProblem, parse
from costcheck.units import HOURS_PER_DAY

CLEAR_LINE = "\r\033[K"
"""Takes a progress line off a terminal."""


def run(
    *,
    file: str,
    by: By = "time",
    days: str | None = None,
    cost: str | None = None,
    gpus: Sequence[str] = (),
    gpu: Sequence[str] = (),
    front: bool = False,
    top: int = 10,
    format: str = "table",
    output: str | None = None,
    set_: Sequence[str] = (),
    catalog: Sequence[str] = (),
    quiet: bool = False,
    color: str = "auto",
    debug: bool = False,
) -> int:
    """Plan a scenario and print the layouts in a format."""
    loaded = read_scenarios([file], assignments=set_, catalogs=catalog)[0]
    request = Request(
        gpus=tuple(int(_number("--gpus", text, "count")) for text in gpus),
        gpu=tuple(word.strip() for text in gpu for word in text.split(",") if word.strip()),
        limits=Limits(
            None if days is None else _days(days),
            None if cost is None else _number("--cost", cost, "money"),
        ),
        by=by,
        keep=top,
        front=front,
    )
    progress = None if quiet else _progress()
    found = plan(loaded, request, progress=progress)
    if progress is not None:
        sys.stderr.write(CLEAR_LINE)
    emit(rendered(found, format, color=color), output)
    return DONE


def rendered(found: Plan, kind: str, *, color: str) -> str:
    """Return a plan in a format."""
    from costcheck.report.views import plan as plan_view

    if kind == "json":
        from costcheck.report.formats import json

        return json.dumps(plan_view.plan_to_dict(found))
    if kind == "csv":
        return plan_view.plan_csv(found)
    document = plan_view.plan_document(found)
    if kind == "md":
        from costcheck.report.formats import markdown

        return markdown.render(document)
    from costcheck.report.formats import terminal

    return terminal.render(document, screen(color))


def _days(text: str) -> float:
    plain = text.replace(",", "").replace(".", "", 1).isdigit()
    return _number("--days", f"{text} days" if plain else text, "duration") / HOURS_PER_DAY


def _number(flag: str, text: str, dimension: str) -> float:
    try:
        return parse(text, dimension).value
    except QuantityProblem as problem:
        raise CostcheckError(
            [Diagnostic(problem.code, "error", f"{flag} {text}: {problem}", Place(flag))]
        ) from problem


def _progress() -> Progress | None:
    """Return what draws a line on standard error, None where nobody watches."""
    if not sys.stderr.isatty():
        return None
    return _draw


def _draw(done: int, total: int) -> None:
    text = f"searching layouts: {done} of {total}" if total else f"searching fleets: {done}"
    sys.stderr.write(f"\r{text}")
    sys.stderr.flush()
