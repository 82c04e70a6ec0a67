"""A plan as text, tables and plain data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from costcheck.estimate.layout_of import (
    describe,
)
from costcheck.estimate.layout_words import code_name
from costcheck.physics.layout import REASONS
from costcheck.plan import FleetPlan, Plan, PlannedLayout
from costcheck.report.views.blocks import (
    Block,
    Cell,
    Column,
    Document,
    Listing,
    Paragraph,
    Table,
    Title,
    bullets,
    cells,
    numeric,
)
from costcheck.report.views.figures import figure

SENTENCES = {**REASONS, "memory": "the memory of a GPU is too small"}

NUMBERS = (
    "tensor",
    "pipeline",
    "data",
    "expert",
    "expert_tensor",
    "context",
    "virtual",
    "micro_batch",
    "zero",
    "shard_group",
)


def plan_document(plan: Plan) -> Document:
    """Return the report of a plan."""
    return tuple(_blocks(plan))


def plan_to_dict(plan: Plan) -> dict[str, Any]:
    """Return the JSON form of a plan, as DESIGN fixes it."""
    found = plan.chosen
    low, high = found.step_ends
    return {
        "layouts": [layout_to_dict(item) for item in found.layouts],
        "evaluated": plan.evaluated,
        "fitting": found.fitting,
        "refused": dict(found.refused),
        "reasons": {key: SENTENCES[key] for key in found.refused},
        "closest": layout_to_dict(found.closest) if found.closest else None,
        "gpu": found.gpu,
        "gpus": found.gpus,
        "global_batch": found.global_batch,
        "global_batch_assumed": found.batch_assumed,
        "software": found.generation,
        "step_seconds_interval": [low, high],
        "answer": plan.answer or None,
        "limits": {
            "days": plan.request.limits.days,
            "cost_usd": plan.request.limits.cost_usd,
            "met": plan.met if plan.request.limits else None,
        },
        "fleets": [layout_to_dict(item) for item in plan.fleets],
        "front": [layout_to_dict(item) for item in plan.front],
        "notes": list(found.notes),
    }


def layout_to_dict(item: PlannedLayout) -> dict[str, Any]:
    """Return one layout with its figures as plain data."""
    layout = item.layout
    return {
        **{key: int(getattr(layout, key)) for key in NUMBERS},
        "sequence_parallel": bool(layout.sequence_parallel),
        "recompute": code_name("recompute", float(layout.recompute)),
        "recompute_share": float(layout.recompute_share),
        "schedule": code_name("schedule", float(layout.schedule)),
        "offload": code_name("offload", float(layout.offload)),
        "gpu": item.gpu,
        "gpus": item.gpus,
        "step_seconds": item.step_seconds,
        "mfu": item.mfu,
        "memory_bytes_per_gpu": item.memory_bytes,
        "gpu_hours": item.gpu_hours,
        "days": item.days,
        "cost_usd": item.cost_usd,
    }


def _blocks(plan: Plan) -> Iterator[Block]:
    found = plan.chosen
    fits = bool(found.layouts)
    good = fits and (plan.met or not plan.request.limits)
    verdict = Cell("feasible" if good else "infeasible", "good" if good else "bad")
    assumed = " (assumed)" if found.batch_assumed else ""
    subtitle = (
        f"{found.gpus:,} x {found.gpu} | global batch {found.global_batch:,}{assumed} | "
        f"software {found.generation}"
    )
    yield Title("layouts, best first", verdict, subtitle)
    if plan.answer:
        yield Paragraph(plan.answer)
    yield from _layouts(found)
    if len(plan.fleets) > 1:
        yield _fleets(plan)
    yield Paragraph(_counted(plan))
    if found.refused:
        yield _refused(found)
    if found.notes:
        yield bullets("notes", found.notes)


def _layouts(found: FleetPlan) -> Iterator[Block]:
    if found.layouts:
        yield _table(found.layouts, found.memory_room, with_gpus=False)
        half = found.step_ends[1] - 1.0
        yield Paragraph(
            f"Step times and days are within {half:.0%} in 90 % of cases. {_priced(found)}".rstrip()
        )
        return
    yield Paragraph(f"No layout fits: {found.why_none}.", tone="bad")
    if found.closest is not None:
        yield _table((found.closest,), found.memory_room, with_gpus=False)


def _priced(found: FleetPlan) -> str:
    """Say which price the cost column takes: its range is no part of the step times'."""
    price = found.price
    if price is None or found.layouts[0].cost_usd is None:
        return ""
    if not price.assumed:
        return f"Cost takes the scenario's ${price.value:,.2f}/GPU-hour."
    return (
        f"Cost assumes ${price.value:,.2f}/GPU-hour ({price.low:,.2f} to {price.high:,.2f}), "
        "as the scenario states no price."
    )


def _table(
    layouts: tuple[PlannedLayout, ...], room: float, *, with_gpus: bool, title: str = ""
) -> Table:
    label = "fleet" if with_gpus else "layout"
    columns = (
        Column(label),
        *numeric(
            "step", "MFU", f"of {room / 1e9:.0f} GB" if not with_gpus else "GB", "days", "cost"
        ),
    )
    rows = tuple(_row(item, with_gpus=with_gpus) for item in layouts)
    return Table(title, columns, rows)


def _row(item: PlannedLayout, *, with_gpus: bool) -> tuple[Cell, ...]:
    name = f"{item.gpus:,} x {item.gpu}" if with_gpus else describe(item.layout)
    return cells(
        name,
        Cell(figure(item.step_seconds, "s"), "strong"),
        figure(item.mfu, "share"),
        f"{item.memory_bytes / 1e9:.1f}",
        "?" if item.days is None else figure(item.days, "days"),
        "?" if item.cost_usd is None else figure(item.cost_usd, "USD"),
    )


def _fleets(plan: Plan) -> Table:
    shown = plan.front or plan.fleets
    title = "time against cost: fleets that no other beats in both" if plan.front else "fleets"
    return _table(shown, math.nan, with_gpus=True, title=title)


def _counted(plan: Plan) -> str:
    found = plan.chosen
    fleets = f" over {len(plan.fleets)} fleets" if len(plan.fleets) > 1 else ""
    return (
        f"{plan.evaluated:,} layouts obey every rule and were evaluated{fleets}; "
        f"of those on {found.gpus:,} GPUs, {found.fitting:,} fit into memory."
    )


def _refused(found: FleetPlan) -> Listing:
    """List combinations by the rule they break, most of which never came to be evaluated."""
    ranked = sorted(found.refused.items(), key=lambda item: -item[1])
    items = tuple((Cell(f"{count:,}", "faint"), SENTENCES[key]) for key, count in ranked)
    title = f"refused on {found.gpus:,} GPUs (of these, only those too large were evaluated)"
    return Listing(title, items)
