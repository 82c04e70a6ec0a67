"""Results as workbooks: an estimate that is computed anew when an input is changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from costcheck.cash import Plan
from costcheck.estimate.knobs import live
from costcheck.estimate.result import Estimate, Figure
from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import Input, Node, call, total
from costcheck.graph.steps import program
from costcheck.physics.cash import present_value
from costcheck.quantities import HEADLINES, RESULTS
from costcheck.report.formats.spreadsheet import (
    Formula,
    Formulas,
    Number,
    Sheet,
    Styles,
    rows,
    workbook,
)
from costcheck.report.views.blocks import Document, Listing, Paragraph, Table, Title

RANGES = "Low and high are the 90 % range of the original inputs; the estimate follows the inputs."


def estimates_book(estimates: Sequence[Estimate]) -> bytes:
    """A workbook of estimates, each with sheets of its own."""

    def write(book: Any, styles: Styles) -> None:
        for place, estimate in enumerate(estimates, 1):
            _estimate(book, styles, estimate, f"S{place} " if len(estimates) > 1 else "")

    return workbook(write)


def report_book(
    documents: Sequence[Document],
    columns: Sequence[str] = (),
    lines: Iterable[Sequence[Any]] = (),
) -> bytes:
    """A workbook of a report as people read it, and of its numbers where it has rows of them."""

    def write(book: Any, styles: Styles) -> None:
        report = Sheet(book, "Report", (44, 22, 22, 22, 22, 22, 22), styles)
        for document in documents:
            _blocks(report, document)
        if columns:
            rows(Sheet(book, "Data", (26,) * len(columns), styles), columns, lines)

    return workbook(write)


def cash_book(documents: Sequence[Document], plans: Sequence[Plan]) -> bytes:
    """A workbook of what scenarios pay when: amounts, months and the rate can be changed."""

    def write(book: Any, styles: Styles) -> None:
        summary = Sheet(book, "Summary", (44, 22, 22), styles)
        totals = [_payments(plan, place) for place, plan in enumerate(plans, 1)]
        central = evaluate(totals).values
        sheets = Formulas(book, program(totals, central), styles)
        summary.head("scenario", "present value")
        for plan, node in zip(plans, totals, strict=True):
            summary.add(plan.scenario, sheets.of(node))
        summary.row += 1
        for document in documents:
            _blocks(summary, document)

    return workbook(write)


def _payments(plan: Plan, place: int) -> Node:
    """Present value of what a scenario pays as a graph of its payments."""
    path = f"scenario {place}"
    rate = Input(name=f"{path}/cost of capital", unit="1/year", value=plan.cost_of_capital)
    worth = []
    for number, paid in enumerate(plan.payments, 1):
        name = f"{path}/{number} {paid.line}"
        usd = Input(name=f"{name}/paid", unit="USD", why=plan.scenario, value=paid.usd)
        first = Input(name=f"{name}/first", unit="months", why="month it begins", value=paid.first)
        last = Input(name=f"{name}/last", unit="months", why="month it ends", value=paid.last)
        terms = {"usd": usd, "first": first, "last": last, "cost_of_capital": rate}
        value = call(present_value, **terms)
        worth.append(value.named(f"{name}/present value", "USD", plan.scenario))
    return total(*worth).named(f"{path}/present value", "USD", plan.scenario)


def _estimate(book: Any, styles: Styles, estimate: Estimate, prefix: str) -> None:
    summary = Sheet(book, f"{prefix}Summary", (34, 18, 16, 16, 16, 70), styles)
    alive = live(estimate)
    keys = {knob.leaf: knob.key for knob in alive.knobs}
    sheets = Formulas(book, alive.program, styles, prefix, keys)
    _summary(summary, sheets, estimate)
    if len(estimate.stages) > 1:
        _stages(Sheet(book, f"{prefix}Stages", (24, 34, 18, 16, 16, 14), styles), sheets, estimate)
    if estimate.ladder:
        ladder = Sheet(book, f"{prefix}Ladder", (34, 20, 18, 18, 10, 60), styles)
        _ladder(book, ladder, summary, sheets, estimate)
    if estimate.claims:
        _claims(Sheet(book, f"{prefix}Claims", (34, 30, 18, 22, 60), styles), estimate)
    _sources(Sheet(book, f"{prefix}Sources", (80, 60), styles), sheets)


def _summary(sheet: Sheet, sheets: Formulas, estimate: Estimate) -> None:
    sheet.add(estimate.title, style=sheet.styles("title"))
    sheet.add(estimate.subtitle, style=sheet.styles("line"))
    words = f'"inputs as estimated: {estimate.verdict}"'
    changed = '"inputs changed: the verdict and the ranges are those of the original"'
    text = f"=IF({sheets.unchanged},{words},{changed})"
    sheet.sheet.write_formula(sheet.row, 0, text, None, words.strip('"'))
    sheet.row += 2
    sheet.head("quantity", "estimate", "low", "high", "unit", "rests on")
    for name in dict.fromkeys((*HEADLINES, "days", *estimate.figures)):
        item = estimate.figures[name]
        why = item.reason or item.basis
        sheet.add(RESULTS[name].label, *_figure(sheets, estimate.root[name], item), why)
    sheet.add(RANGES, style=sheet.styles("line"))
    for guard, at in sheets.program.guards.items():
        margin, value = sheets.names[at], sheets.values[at]
        verdict = "infeasible" if value < 0.0 else "ok"
        sheet.sheet.write_formula(sheet.row, 1, f'=IF({margin}<0,"infeasible","ok")', None, verdict)
        sheet.add(guard.reason)
    if estimate.excludes:
        left_out = "The cost leaves out: " + ", ".join(estimate.excludes) + "."
        sheet.add(left_out, style=sheet.styles("line"))


def _figure(sheets: Formulas, node: Node | None, item: Figure) -> tuple[Any, ...]:
    """Estimate, low, high and unit: a formula where the graph has the value."""
    found = sheets.of(node)
    if found is None and item.central is not None:
        text = f"IF({sheets.unchanged},{item.central!r},NA())"
        found = Formula(text, item.central, item.unit)
    ends = (Number(item.low, item.unit), Number(item.high, item.unit))
    return (found or "unknown", *ends, item.unit)


def _stages(sheet: Sheet, sheets: Formulas, estimate: Estimate) -> None:
    nodes = {node.name: node for node in sheets.program.places}
    sheet.head("stage", "quantity", "estimate", "low", "high", "unit")
    for stage in estimate.stages:
        for name, item in stage.figures.items():
            if item.central is not None:
                node = _same(sheets, nodes.get(f"{stage.name}/{name}"), item)
                sheet.add(stage.name, RESULTS[name].label, *_figure(sheets, node, item))


def _same(sheets: Formulas, node: Node | None, item: Figure) -> Node | None:
    """The node of a figure, None where another quantity goes by its name."""
    found = sheets.of(node)
    return node if found is not None and found.value == item.central else None


def _ladder(book: Any, sheet: Sheet, summary: Sheet, sheets: Formulas, estimate: Estimate) -> None:
    nodes = {node.name: node for node in sheets.program.places}
    sheet.head("what a cost can mean", "estimate", "low", "high", "unit", "rests on")
    for rung in estimate.ladder:
        if rung.central is not None:
            node = _same(sheets, nodes.get(f"ladder/{rung.rung}"), rung)
            sheet.add(rung.label, *_figure(sheets, node, rung), rung.basis)
    if sheet.row > 2:
        chart = book.add_chart({"type": "bar"})
        last = sheet.row - 1
        columns = {"categories": [sheet.name, 1, 0, last, 0], "values": [sheet.name, 1, 1, last, 1]}
        chart.add_series({**columns, "name": "USD"})
        chart.set_title({"name": "What a cost can mean"})
        chart.set_legend({"none": True})
        chart.set_x_axis({"log_base": 10, "num_format": "$#,##0"})
        chart.set_y_axis({"reverse": True})
        summary.sheet.insert_chart(summary.row + 1, 0, chart)


def _claims(sheet: Sheet, estimate: Estimate) -> None:
    sheet.head("claim", "number", "stated", "found", "verdict")
    for claim in estimate.claims:
        sheet.add(claim.id, claim.text, "", "", claim.headline or claim.verdict)
        for number in claim.numbers:
            found = Number(number.found_central, number.unit)
            sheet.add("", number.field, number.stated, found, f"{number.verdict} {number.why}")


def _sources(sheet: Sheet, sheets: Formulas) -> None:
    used: dict[str, list[str]] = {}
    for leaf in sheets.program.inputs.values():
        for source in leaf.provenance.sources:
            used.setdefault(source, []).append(leaf.name)
    sheet.head("source", "of")
    for source, names in used.items():
        sheet.add(source, ", ".join(names))


def _blocks(sheet: Sheet, document: Document) -> None:
    for block in document:
        if isinstance(block, Title):
            sheet.add(f"{block.text}: {block.verdict.text}", style=sheet.styles("title"))
            sheet.add(block.subtitle, style=sheet.styles("line"))
        elif isinstance(block, Paragraph):
            sheet.add(block.text, style=sheet.styles("line"))
        elif isinstance(block, Listing):
            for mark, text in block.items:
                sheet.add(f"{mark.text} {text}".strip(), style=sheet.styles("line"))
        elif isinstance(block, Table):
            sheet.head(*(column.label for column in block.columns))
            for row in block.rows:
                sheet.add(*(cell.text for cell in row))
            sheet.row += 1
