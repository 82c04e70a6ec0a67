"""A plan as text, tables and plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import yaml

from costcheck.catalog.words import words_of
from costcheck.estimate.layout_of import describe
from costcheck.estimate.layout_search import IDEAS
from costcheck.estimate.layout_words import code_name
from costcheck.physics.layout import Layout as Split
from costcheck.plan import FleetPlan, Plan, PlannedLayout
from costcheck.plan.context import LongestContext
from costcheck.plan.written import in_words
from costcheck.report.views.blocks import (
    Block,
    Cell,
    Code,
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
from costcheck.report.views.estimate import ASSUMED
from costcheck.report.views.figures import compact, figure, with_unit
from costcheck.report.views.findings import tone_of

MARK = "> "
"""Before what is proposed."""

MOST_FLEETS, MOST_LAYOUTS = 8, 5
"""Fleets that a screen shows of a curve, and layouts of one fleet where no number is asked for."""


def plan_document(plan: Plan, *, verbose: bool = False) -> Document:
    """Return the report of a plan, with what was counted and refused when verbose."""
    if plan.contexts or plan.request.max_context:
        return tuple(_contexts(plan))
    return tuple(_blocks(plan, verbose=verbose))


def plan_to_dict(plan: Plan) -> dict[str, Any]:
    """Return the JSON form of a plan, as DESIGN fixes it."""
    found = plan.chosen
    return {
        "layouts": [layout_to_dict(item) for item in found.layouts],
        "evaluated": plan.evaluated,
        "fitting": found.fitting,
        "refused": dict(found.refused),
        "reasons": {key: words_of("refusals")[key] for key in found.refused},
        "rarest": layout_to_dict(found.rarest) if found.rarest else None,
        "closest": layout_to_dict(found.closest) if found.closest else None,
        "gpu": found.gpu,
        "gpus": found.gpus,
        "global_batch": found.global_batch,
        "global_batch_assumed": found.batch_assumed,
        "verdict": plan.verdict,
        "why": found.why or None,
        "software": found.software,
        "generation": found.generation,
        "launch": found.command.text or None,
        "launch_missing": list(found.command.missing),
        "no_launch": found.command.why_none or None,
        "step_seconds_interval": list(found.step_ends),
        "days_interval": list(found.run_ends),
        "goodput": found.kept,
        "answer": plan.answer or None,
        "limits": {
            "days": plan.request.limits.days,
            "cost_usd": plan.request.limits.cost_usd,
            "met": plan.met if plan.request.limits else None,
            "findings": [asdict(each) for each in plan.judged],
        },
        "fleets": [layout_to_dict(item) for item in plan.fleets],
        "knee": layout_to_dict(plan.knee) if plan.knee else None,
        "front": [layout_to_dict(item) for item in plan.front],
        "contexts": [_context(row) for row in plan.contexts],
        "notes": list(found.notes),
    }


def _context(row: LongestContext) -> dict[str, Any]:
    speed = {"tokens_per_second_per_gpu": row.tokens_per_second_per_gpu}
    size = {"tokens": row.tokens, "memory_bytes_per_gpu": row.memory_bytes}
    return {**_in_words(row.layout), **size, **speed}


def layout_to_dict(item: PlannedLayout) -> dict[str, Any]:
    """Return one layout with its figures as plain data."""
    return {
        **_in_words(item.layout),
        "layout": dict(item.written),
        "gpu": item.gpu,
        "gpus": item.gpus,
        "step_seconds": item.step_seconds,
        "mfu": item.mfu,
        "memory_bytes_per_gpu": item.memory_bytes,
        "gpu_hours": item.gpu_hours,
        "days": item.days,
        "cost_usd": item.cost_usd,
    }


def priced_rows(plan: Plan) -> dict[str, list[dict[str, Any]]]:
    """Return the layouts of the fleet and the best of each fleet, with the price they take."""
    layouts = [(plan.chosen, layout) for layout in plan.chosen.layouts]
    fleets = [(fleet, fleet.best) for fleet in plan.tried if fleet.best is not None]
    return {
        name: [_priced_row(*row) for row in rows]
        for name, rows in (("Layouts", layouts), ("Fleets", fleets if len(fleets) > 1 else []))
    }


def _priced_row(fleet: FleetPlan, item: PlannedLayout) -> dict[str, Any]:
    price = fleet.price and fleet.price.value
    row = {**layout_to_dict(item), "layout": describe(item.layout), "usd_per_gpu_hour": price}
    first = ("layout", "gpu", "gpus", "days", "gpu_hours", "usd_per_gpu_hour", "cost_usd")
    return {name: row[name] for name in dict.fromkeys((*first, *row))}


def _in_words(layout: Split) -> dict[str, Any]:
    return {**in_words(layout), "recompute_share": float(layout.recompute_share)}


def _blocks(plan: Plan, *, verbose: bool) -> Iterator[Block]:
    found = plan.chosen
    verdict = Cell(plan.verdict.replace("-", " "), tone_of(plan.verdict))
    doubts = [each.message for each in plan.judged if each.verdict == "stretch"]
    answer = "; ".join(filter(None, ((_left(plan) or _kept(plan)).rstrip("."), *doubts)))
    yield Title(_head(plan), verdict, _subtitle(found), answer)
    if len(plan.tried) > 1:
        yield from _fleets(plan)
    yield from _layouts(plan, verbose=verbose)
    if verbose:
        yield Paragraph(_counted(plan))
    if found.refused and verbose:
        yield _refused(found)
    if found.notes:
        yield bullets("notes", found.notes)


def _contexts(plan: Plan) -> Iterator[Block]:
    """The longest sequences, the answer first."""
    found, longest = plan.chosen, plan.contexts[-1].tokens if plan.contexts else 0
    fits = Cell("fits", "good") if longest else Cell("does not fit", "bad")
    text = f"up to {longest:,} tokens on {found.gpus:,} x {found.gpu}"
    subtitle = f"software {found.software} | one sequence at a time per data-parallel rank"
    yield Title(text if longest else "no sequence of 1,024 tokens fits", fits, subtitle)
    columns = (
        Column("computed again"),
        *numeric("tokens", f"of {found.memory_room / 1e9:.0f} GB", "tokens/s per GPU"),
        Column("layout"),
    )
    rows = tuple(
        cells(
            code_name("recompute", row.recompute)
            + (f", {code_name('offload', row.offload)} in host memory" if row.offload else ""),
            Cell(f"{row.tokens:,}", "strong"),
            f"{row.memory_bytes / 1e9:.1f}",
            compact(row.tokens_per_second_per_gpu),
            describe(row.layout),
        )
        for row in plan.contexts
    )
    if rows:
        yield Table("", columns, rows)
    yield Paragraph("Each row is the longest with no more computed again than it says.")


def _head(plan: Plan) -> str:
    """The answer in one line: the fleet with its days and dollars."""
    found = plan.chosen
    taken = () if found.best is None else _figures(found.best)[2:]
    return ", ".join([f"{found.gpus:,} x {found.gpu}", *(each for each in taken if each != "?")])


def _subtitle(found: FleetPlan) -> str:
    assumed = " (assumed)" if found.batch_assumed else ""
    room, sold = (f"{size / 1e9:.0f} GB" for size in (found.memory_room, found.memory_sold))
    memory = "" if room == sold else f"{sold} parts hold {room}"
    batch, software = f"global batch {found.global_batch:,}{assumed}", f"software {found.software}"
    return " | ".join(filter(None, (batch, software, memory, found.why)))


def _kept(plan: Plan) -> str:
    """Which of the fleets that keep to the limits this one is, or that none does."""
    if not plan.request.limits or not plan.met:
        return plan.answer if plan.request.limits else ""
    if len(plan.tried) == 1:
        return f"{plan.answer.partition(':')[0]}: this fleet keeps to it"
    best = plan.chosen.best
    first = "smallest fleet" if best is None or best.cost_usd is None else "cheapest fleet"
    if plan.request.limits.days is None:
        first = "fastest fleet worth its price"
    which = {"cost": "cheapest fleet", "memory": "fleet with most room"}.get(plan.request.by, first)
    return f"{plan.answer.partition(':')[0]}: the {which} that keeps to it, of those tried"


def _left(plan: Plan) -> str:
    """What a budget that pays for every fleet worth its price leaves."""
    limit, best = plan.request.limits.cost_usd, plan.chosen.best
    if not plan.spare or limit is None or best is None or not best.cost_usd:
        return ""
    ends = (plan.worthwhile[-1].cost_usd, plan.worthwhile[0].cost_usd)
    span = " to ".join(figure(cost, "USD") for cost in ends if cost is not None)
    left = f"{figure(limit - best.cost_usd, 'USD')} of {figure(limit, 'USD')} is left"
    text = f"Money is not the limit: fleets worth their price cost {span}. {left}"
    if plan.chosen.tokens is None:
        return f"{text}."
    tokens = plan.chosen.tokens * limit / best.cost_usd
    return f"{text}; the budget would pay for {compact(tokens)} tokens."


def _layouts(plan: Plan, *, verbose: bool) -> Iterator[Block]:
    found = plan.chosen
    if not found.layouts:
        yield Paragraph(f"No layout fits with a margin: {found.why_none}.", tone="bad")
        if found.closest is not None:
            yield _table((found.closest,), found.memory_room)
        return
    alone = len(plan.tried) == 1
    shown = _shown(plan, verbose=verbose) if alone else list(found.layouts[:1])
    yield _table(shown, found.memory_room, found.best)
    if rest := len(found.layouts) - len(shown):
        gpu = f" --gpu '{found.gpu}'" if plan.request.gpu else ""
        where = "-v" if alone else f"--gpus {found.gpus}{gpu}"
        more = f"{rest} more layout{'s' if rest > 1 else ''}"
        yield Paragraph(f"{where} lists {more}.", tone="faint")
    yield Code(f"layout: {flow(found.layouts[0].written)}")
    command = found.command
    if command.text:
        yield Code(command.text, " \\")
    if command.missing:
        yield Paragraph(f"not expressed here: {', '.join(command.missing)}")
    if command.why_none:
        yield Paragraph(f"no launch command: {command.why_none}")
    rarer = _rarer(found) if verbose else ""
    marked = f"{MARK.strip()} has the lowest upper end of its range. " if alone else ""
    yield Paragraph(f"{rarer}{marked}{_reached(found)}{_priced(plan)}".rstrip(), tone="faint")


def _shown(plan: Plan, *, verbose: bool) -> list[PlannedLayout]:
    """The layouts by the central value they show, as many as were asked for or a screen holds."""
    by_memory = plan.request.by == "memory"
    ranked = sorted(
        plan.chosen.layouts, key=lambda item: item.memory_bytes if by_memory else item.step_seconds
    )
    most = len(ranked) if verbose or plan.request.keep != IDEAS else MOST_LAYOUTS
    return [item for at, item in enumerate(ranked) if at < most or item is plan.chosen.best]


def flow(layout: Mapping[str, Any]) -> str:
    """A mapping as YAML writes it in one line."""
    return yaml.safe_dump(
        dict(layout), default_flow_style=True, sort_keys=False, width=10**6
    ).strip()


def _reached(found: FleetPlan) -> str:
    """How sure the figures are, and what days hold beyond steps."""
    steps, run = (
        f"within -{1.0 - low:.0%} and +{high - 1.0:.0%} in 90 % of cases"
        for low, high in (found.step_ends, found.run_ends)
    )
    if found.kept is None:
        return f"Steps and days are {steps}. "
    return (
        f"Steps are {steps}. Days count that runs which were published kept about {found.kept:.0%} "
        f"of the speed of such steps, lost time included, and are {run}. "
    )


def _rarer(found: FleetPlan) -> str:
    """What layouts that few people use would gain."""
    if found.rarest is None or found.rarest.layout in [item.layout for item in found.layouts]:
        return ""
    gain = 1.0 - found.rarest.step_seconds / found.layouts[0].step_seconds
    return f"Rarely used choices would gain {gain:.0%}: {describe(found.rarest.layout)}. "


def _priced(plan: Plan) -> str:
    """Say which prices the cost column takes: their range is no part of the step times'."""
    if plan.chosen.best is None or plan.chosen.best.cost_usd is None:
        return ""
    prices = {fleet.gpu: fleet.price for fleet in (plan.chosen, *plan.tried) if fleet.price}
    several = len(prices) > 1
    stated, assumed = (
        [
            f"${price.value:,.2f}/GPU-hour"
            + (f" ({price.low:,.2f} to {price.high:,.2f})" if price.assumed else "")
            + (f" for {gpu}" if several else "")
            for gpu, price in prices.items()
            if price.assumed == kind
        ]
        for kind in (False, True)
    )
    texts = [f"Cost takes the scenario's {' and '.join(stated)}."] if stated else []
    if assumed:
        mark = f"{ASSUMED} " if stated else ""
        none = "no price of these" if stated else "no price"
        rows = " and ".join(assumed)
        texts.append(f"{mark}Cost assumes {rows}, as the scenario states {none}.")
    return " ".join(texts)


def _mixed(plan: Plan) -> bool:
    """Whether stated and assumed prices stand in one table."""
    return len({fleet.price.assumed for fleet in plan.tried if fleet.price}) > 1


def _table(
    layouts: Sequence[PlannedLayout], room: float, best: PlannedLayout | None = None
) -> Table:
    columns = (Column("layout"), *numeric("step", *_heads(room)))
    several = len(layouts) > 1
    rows = tuple(
        cells(
            f"{MARK if several and item is best else ''}{describe(item.layout)}",
            Cell(figure(item.step_seconds, "s"), "strong"),
            *_figures(item),
        )
        for item in layouts
    )
    return Table("", columns, rows)


def _heads(room: float) -> tuple[str, ...]:
    return ("step MFU", f"of {room / 1e9:.0f} GB", "time", "cost")


def _figures(item: PlannedLayout) -> tuple[str, ...]:
    return (
        figure(item.mfu, "share"),
        f"{item.memory_bytes / 1e9:.1f}",
        "?" if item.days is None else figure(item.days, "days"),
        "?" if item.cost_usd is None else figure(item.cost_usd, "USD"),
    )


def _fleets(plan: Plan) -> Iterator[Block]:
    """Every fleet that was asked for, else those on the curve of days against dollars."""
    fleets = plan.tried if plan.request.gpus else _curve(plan)
    same = len({fleet.gpu for fleet in fleets}) == 1
    mfu, room, *taken = _heads(plan.chosen.memory_room)
    alike = len({fleet.memory_room for fleet in fleets}) == 1
    heads = (mfu, "run keeps", room if alike else "GB", *taken)
    columns = (Column("GPUs", numeric=same), *numeric(*heads), Column(""))
    rows = tuple(_fleet_row(plan, fleet, named=not same) for fleet in fleets)
    yield Table("", columns, rows)
    if not plan.request.gpus:
        largest, turn = max(fleet.gpus for fleet in plan.tried), plan.worthwhile[:1]
        text = f"Up to {largest:,} GPUs, as far as steps were measured; more with --max-gpus."
        if turn and turn != plan.front[:1]:
            fleet = f"{turn[0].gpus:,}" + ("" if same else f" x {turn[0].gpu}")
            text = f"Faster than {fleet}, cost grows by a larger share than time falls. {text}"
        yield Paragraph(text, tone="faint")


def _fleet_row(plan: Plan, fleet: FleetPlan, *, named: bool) -> tuple[Cell, ...]:
    mark = MARK if fleet is plan.chosen else ""
    name = f"{mark}{fleet.gpus:,}" + (f" x {fleet.gpu}" if named else "")
    best = fleet.best
    if best is None:
        needs = f"{fleet.closest.memory_bytes / 1e9:.1f}" if fleet.closest else ""
        return cells(name, "", "", needs, "", "", Cell("does not fit", "bad"))
    remarks = [] if best is not plan.knee else ["last near the cheapest"]
    if fleet.global_batch != plan.chosen.global_batch:
        times = fleet.global_batch / plan.chosen.global_batch
        remarks.append(f"batch {times:.3g}x: check the recipe")
    mfu, *others = _figures(best)
    if _mixed(plan) and fleet.price and fleet.price.assumed:
        others[-1] += ASSUMED
    kept = "" if fleet.kept is None else figure(fleet.kept, "share")
    return cells(name, mfu, kept, *others, ", ".join(remarks))


def _curve(plan: Plan) -> list[FleetPlan]:
    """The fleets that no other beats in both days and dollars, thinned to what a screen holds."""
    on_front = [fleet for fleet in plan.tried if fleet.best in plan.front]
    kept = sorted(on_front or plan.tried, key=lambda fleet: fleet.gpus)
    every = -(-len(kept) // MOST_FLEETS)
    return [
        fleet
        for index, fleet in enumerate(kept)
        if index % every == 0
        or fleet is plan.chosen
        or fleet.best in (plan.knee, *plan.worthwhile[:1])
    ]


def _counted(plan: Plan) -> str:
    found = plan.chosen
    fleets = f" over {len(plan.tried)} fleets" if len(plan.tried) > 1 else ""
    return (
        f"{plan.evaluated:,} layouts obey every rule and were evaluated{fleets}; "
        f"of those on {with_unit(found.gpus, 'GPUs')}, {found.fitting:,} fit into memory."
    )


def _refused(found: FleetPlan) -> Listing:
    """List combinations by the rule they break, most of which never came to be evaluated."""
    ranked = sorted(found.refused.items(), key=lambda item: -item[1])
    items = tuple((Cell(f"{count:,}", "faint"), words_of("refusals")[key]) for key, count in ranked)
    where = with_unit(found.gpus, "GPUs")
    title = f"refused on {where} (of these, only those too large were evaluated)"
    return Listing(title, items)
