"""`costcheck plan`: the best layouts for a fleet, or the fleet for a deadline or a budget."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from costcheck.cli import flags
from costcheck.cli.exit_codes import DONE
from costcheck.cli.inputs import read_scenarios
from costcheck.cli.streams import show
from costcheck.codec import document
from costcheck.diagnostics import Place, refusal
from costcheck.estimate.currency import dollars_only
from costcheck.plan import Limits, Plan, Request, plan
from costcheck.plan.choice import By
from costcheck.quantities import head_of
from costcheck.report.formats import Formats, block_formats, csv, json
from costcheck.report.views.blocks import Document
from costcheck.report.views.plan import plan_document, plan_to_dict, priced_rows
from costcheck.text.quantity import QuantityProblem
from costcheck.units import HOURS_PER_DAY

BAR = 30
"""Characters of the progress bar."""

CLEAR_LINE = "\r\033[K"
"""Takes a progress line off a terminal."""


Shown = tuple[Plan, bool]
"""A plan, and whether all that is known of it is wanted."""


def _tables(found: Plan) -> dict[str, tuple[list[str], list[list[object]]]]:
    """The tables of a plan that have rows: columns and values."""
    return {
        name: (list(rows[0]), [list(row.values()) for row in rows])
        for name, rows in priced_rows(found).items()
        if rows
    }


def _book(shown: Shown) -> bytes:
    from costcheck.report.formats.tables import Records
    from costcheck.report.formats.xlsx import report_book

    shared = {"usd_per_gpu_hour": "gpu"}
    tables = {name: Records(*table, shared) for name, table in _tables(shown[0]).items()}
    return report_book(_documents(shown), tables)


def _documents(shown: Shown) -> list[Document]:
    return [plan_document(shown[0], verbose=shown[1])]


FORMATS: Formats[Shown] = {
    **block_formats(lambda _: "Layouts", lambda shown, _: _documents(shown)),
    "json": lambda shown, _: json.dumps(document(plan_to_dict(shown[0]))),
    "csv": lambda shown, _: next(
        (csv.render([*map(head_of, heads)], rows) for heads, rows in _tables(shown[0]).values()), ""
    ),
    "xlsx": lambda shown, _: _book(shown),
}


Objective = Annotated[By, typer.Option("--by", help="What to have least of.")]
Days = Annotated[
    str | None,
    typer.Option("--days", metavar="DAYS", help="Deadline: the cheapest fleet that keeps it."),
]
Cost = Annotated[
    str | None,
    typer.Option("--cost", metavar="MONEY", help="Budget: the fastest fleet worth its price."),
]
Counts = Annotated[
    list[str] | None, typer.Option("--gpus", metavar="N", help="Fleet size; repeatable.")
]
Types = Annotated[
    list[str] | None, typer.Option("--gpu", metavar="A,...", help="GPU types to compare.")
]
Front = Annotated[bool, typer.Option("--front", help="Trade time against cost over fleet sizes.")]
MaxGpus = Annotated[
    str | None,
    typer.Option(
        "--max-gpus", metavar="N", help="Largest fleet to try; absent: the largest measured."
    ),
]
MaxContext = Annotated[
    bool, typer.Option("--max-context", help="Longest sequence that fits, by recomputation.")
]
StageName = Annotated[
    str | None, typer.Option("--stage", metavar="NAME", help="Stage to plan, of several.")
]
Top = Annotated[int, typer.Option("--top", min=1, help="Layouts to list.")]


def run(
    file: flags.File,
    by: Objective = "time",
    days: Days = None,
    cost: Cost = None,
    gpus: Counts = None,
    gpu: Types = None,
    front: Front = False,
    max_gpus: MaxGpus = None,
    max_context: MaxContext = False,
    stage: StageName = None,
    top: Top = 10,
    format: Annotated[str, flags.format_flag(FORMATS)] = "table",
    output: flags.Output = None,
    set_: flags.Set = None,
    catalog: flags.Folders = None,
    quiet: flags.Quiet = False,
    verbose: flags.Verbose = False,
    color: flags.Color = "auto",
    debug: flags.Debug = False,
) -> int:
    """Plan a scenario and print the layouts in a format."""
    loaded = read_scenarios([file], assignments=set_, folders=catalog)[0]
    request = Request(
        gpus=tuple(int(_number("--gpus", text, "count")) for text in gpus or ()),
        gpu=_names(gpu),
        limits=_limits(days, cost),
        by=by,
        keep=top,
        front=front,
        max_context=max_context,
        stage=stage,
        max_gpus=int(_number("--max-gpus", max_gpus, "count")) if max_gpus else None,
    )
    watched = sys.stderr.isatty() and not quiet
    found = plan(loaded, request, progress=_draw if watched else None)
    if watched:
        sys.stderr.write(CLEAR_LINE)
    show(FORMATS, format, (found, verbose), output=output, color=color)
    return DONE


def _names(texts: list[str] | None) -> tuple[str, ...]:
    words = (word.strip() for text in texts or () for word in text.split(","))
    return tuple(word for word in words if word)


def _limits(days: str | None, cost: str | None) -> Limits:
    return Limits(
        None if days is None else _days(days),
        None if cost is None else _number("--cost", cost, "money"),
    )


def _days(text: str) -> float:
    plain = text.replace(",", "").replace(".", "", 1).isdigit()
    return _number("--days", f"{text} days" if plain else text, "duration") / HOURS_PER_DAY


def _number(flag: str, text: str, dimension: str) -> float:
    try:
        value = dollars_only(text, dimension)
    except QuantityProblem as problem:
        raise refusal(problem.code, f"{flag} {text}: {problem}", Place(flag)) from problem
    if value > 0.0:
        return value
    raise refusal("CC105", f"{flag} {text}: must be more than 0", Place(flag))


def _draw(done: int, total: int) -> None:
    share = min(done / total, 1.0) if total else 0.0
    filled = round(share * BAR)
    bar = f"[{'#' * filled}{'.' * (BAR - filled)}] {share:4.0%}"
    sys.stderr.write(f"\r{bar} searching layouts")
    sys.stderr.flush()
