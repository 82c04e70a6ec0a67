"""Results as workbooks: an estimate that is computed anew when an input is changed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from costcheck.cash import Plan
from costcheck.compare import PRICES, Comparison
from costcheck.diff import Diff, Diffs
from costcheck.estimate.knobs import live
from costcheck.estimate.result import Estimate, Figure
from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import Input, Node, call, total
from costcheck.graph.steps import program
from costcheck.physics.cash import present_value
from costcheck.quantities import HEADLINES, RESULTS, field_words, label_of
from costcheck.report.formats.spreadsheet import (
    Book,
    Formula,
    Formulas,
    Number,
    Sheet,
    Shown,
    Words,
    spoken,
    workbook,
)
from costcheck.report.formats.tables import Records, add_document, add_records, letters
from costcheck.report.views.blocks import Document
from costcheck.report.views.compare import compare_document
from costcheck.report.views.diff import driver_lines, edit_lines, idle_edits

PAYMENTS = "Present values, computed anew from payments: costcheck compare --cash year -f xlsx"
RANGES = "Low and high are the 90 % range of the original inputs; the estimate follows the inputs."


def estimates_book(estimates: Sequence[Estimate]) -> bytes:
    """A workbook of estimates, each with sheets of its own."""

    def write(book: Book) -> None:
        for place, estimate in enumerate(estimates, 1):
            _estimate(book, estimate, f"S{place} " if len(estimates) > 1 else "")

    return workbook(write)


def report_book(documents: Sequence[Document], tables: Mapping[str, Records] = {}) -> bytes:
    """A workbook of a report as people read it, and of its numbers where it has tables of them."""

    def write(book: Book) -> None:
        if documents:
            _report(book, documents)
        for name, table in tables.items():
            add_records(book.sheet(name), table)

    return workbook(write)


def diff_book(found: Diffs, documents: Sequence[Document]) -> bytes:
    """A workbook of what changed: results, and what adds up to the change of the first of them."""

    def write(book: Book) -> None:
        _report(book, documents)
        results = book.sheet("Results")
        heads = {id(diff): row for diff, row in _results(results, found)}
        for name, lines in (("Edits", edit_lines), ("Drivers", driver_lines)):
            parts = book.sheet(name)
            parts.head("scenario", "changed", "from what to what", "change", "why")
            for diff in found.diffs:
                _adding_up(parts, diff, list(lines(diff)), f"Results!$E${heads[id(diff)]}")
                for key, words in idle_edits(diff) if name == "Edits" else ():
                    parts.add(diff.place, key, words, "", "no effect on the result")

    return workbook(write)


def _report(book: Book, documents: Sequence[Document]) -> None:
    """Write reports as people read them."""
    sheet = book.sheet("Report")
    for document in documents:
        add_document(sheet, document)


def _results(sheet: Sheet, found: Diffs) -> Iterator[tuple[Diff, int]]:
    """Write every result before and after; yields the row of what is explained of each diff."""
    sheet.head(
        "scenario", "quantity", "before", "after", "change", "ratio", "unit", "before, low",
        "before, high", "after, low", "after, high",
    )  # fmt: skip
    for diff in found.diffs:
        for name in dict.fromkeys((diff.quantity, *diff.quantities)):
            item = diff.quantities[name]
            unit, row = item.after.unit, sheet.row + 1
            change, ratio = item.change, item.ratio
            sheet.add(
                diff.place,
                label_of(name),
                Number(item.before.central, unit),
                Number(item.after.central, unit),
                None if change is None else Formula(f"D{row}-C{row}", change, unit),
                None if ratio is None else Formula(f"D{row}/C{row}", ratio),
                unit,
                *(Number(e, unit) for s in (item.before, item.after) for e in (s.low, s.high)),
            )
            if name == diff.quantity:
                yield diff, row
    for place, lone in ((2, found.removed), (3, found.added)):
        for path, side in lone:
            for name, figure in side.figures.items():
                blank: list[Any] = [path, label_of(name), None, None, None, None, figure.unit]
                blank[place] = Number(figure.central, figure.unit)
                sheet.add(*blank)


def _adding_up(
    sheet: Sheet, diff: Diff, lines: Sequence[tuple[str, str, float, str]], whole: str
) -> None:
    """Write what moves a result, its sum, and what of the change that leaves."""
    if not lines:
        return
    unit, first = diff.headline.after.unit, sheet.row + 1
    for changed, how, change, why in lines:
        sheet.add(diff.place, changed, how, Number(change, unit, "input"), why)
    sums = math.fsum(change for _, _, change, _ in lines)
    text, last = f"SUM(D{first}:D{sheet.row})", sheet.row + 1
    sheet.add(diff.place, f"sum, {label_of(diff.quantity)}", "", Formula(text, sums, unit))
    left = (diff.headline.change or 0.0) - sums
    sheet.add(diff.place, "not explained", "", Formula(f"{whole}-D{last}", left, unit))
    sheet.row += 1


def compare_book(found: Comparison) -> bytes:
    """A workbook of scenarios side by side, each a graph of its own whose inputs can be changed."""

    def write(book: Book) -> None:
        add_document(book.sheet("Report"), compare_document(found))
        sheet = book.sheet("Compare")
        graphs = [
            _formulas(book, estimate, f"S{place} ")
            for place, estimate in enumerate(found.estimates, 1)
        ]
        _side_by_side(sheet, graphs, found)

    return workbook(write)


def _side_by_side(sheet: Sheet, graphs: Sequence[Formulas], found: Comparison) -> None:
    sheet.head("quantity", *found.labels, "unit", "best")
    verdicts = [
        _verdict(graph, estimate.verdict)
        for graph, estimate in zip(graphs, found.estimates, strict=True)
    ]
    sheet.add("verdict", *verdicts)
    rows: dict[str, int] = {}
    for name, figures in _compared(found):
        shown = [
            _figure(graph, estimate.root.get(name), figure)[0]
            for graph, estimate, figure in zip(graphs, found.estimates, figures, strict=True)
        ]
        marked = found.marked(name) is not None
        best = _best(sheet.row, found, name, figures) if marked else ""
        rows[name] = sheet.add(label_of(name), *shown, figures[0].unit, best) + 1
    for name, label in PRICES.items():
        if paid := found.paid(name):
            sheet.add(label, *_with_bills(name, paid, rows), paid[0].unit)
    if found.worth:
        sheet.say(PAYMENTS)
    sheet.row += 1
    sheet.head("90 % ranges of the original inputs", *found.labels, "unit")
    for name, figures in found.figures.items():
        for end in ("low", "high"):
            values = [getattr(figure, end) for figure in figures]
            if any(value is not None for value in values):
                numbers = (Number(value, figures[0].unit) for value in values)
                sheet.add(f"{label_of(name)}, {end}", *numbers, figures[0].unit)


def _compared(found: Comparison) -> Iterator[tuple[str, tuple[Figure, ...]]]:
    """What is known of any scenario."""
    for name in dict.fromkeys((*HEADLINES, *found.figures)):
        figures = found.figures[name]
        if any(figure.central is not None for figure in figures):
            yield name, figures


def _with_bills(
    name: str, paid: Sequence[Figure], rows: Mapping[str, int]
) -> Iterator[Formula | Shown]:
    """A price of each scenario in the proportion of its cost to its hours at their price."""
    for place, item in enumerate(paid, 1):
        if item.central is None:
            yield Shown("unknown")
        else:
            names = (name, "cost_usd", "gpu_hours", "usd_per_gpu_hour")
            price, cost, hours, of_hour = (f"{letters(place)}{rows[each]}" for each in names)
            yield Formula(f"{price}*{cost}/({hours}*{of_hour})", item.central, item.unit)


def _best(row: int, found: Comparison, name: str, figures: Sequence[Figure]) -> Words:
    """The scenario that is best in a row: of those that can work, and whose figure is whole."""
    last = letters(len(found.labels))
    usable = ",".join(
        f"{letters(place)}{row + 1}"
        for place, (label, figure) in enumerate(zip(found.labels, figures, strict=True), 1)
        if found.verdicts[label] != "infeasible"
        and figure.central is not None
        and not figure.at_least
    )
    pick = "MAX" if RESULTS[name].direction == "more" else "MIN"
    place = f"MATCH({pick}({usable}),B{row + 1}:{last}{row + 1},0)"
    return Words(f'IFERROR(INDEX($B$1:${last}$1,{place}),"")', found.labels[found.best[name]])


def _verdict(graph: Formulas, verdict: str) -> Words:
    """The verdict while the inputs are as estimated; a limit that is broken whatever they are."""
    broken = ",".join(f"{graph.names[at]}<0" for at in graph.program.guards.values())
    text = f'IF({graph.unchanged},"{verdict}","inputs changed")'
    return Words(f'IF(OR({broken}),"infeasible",{text})' if broken else text, verdict, "figure")


def cash_book(documents: Sequence[Document], plans: Sequence[Plan]) -> bytes:
    """A workbook of what scenarios pay when: amounts, months and the rate can be changed."""

    def write(book: Book) -> None:
        summary = book.sheet("Summary")
        rates = {
            rate: Input(name=f"cost of capital, {rate:.4g}", unit="1/year", value=rate)
            for rate in dict.fromkeys(plan.cost_of_capital for plan in plans)
        }
        totals = [
            _payments(plan, place, rates[plan.cost_of_capital])
            for place, plan in enumerate(plans, 1)
        ]
        central = evaluate(totals).values
        sheets = Formulas(book, program(totals, central))
        summary.head("scenario", "present value")
        for plan, node in zip(plans, totals, strict=True):
            summary.add(plan.scenario, sheets.of(node))
        summary.row += 1
        for document in documents:
            add_document(summary, document)

    return workbook(write)


def _payments(plan: Plan, place: int, rate: Input) -> Node:
    """Present value of what a scenario pays as a graph of its payments."""
    path = f"scenario {place}"
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


def _estimate(book: Book, estimate: Estimate, prefix: str) -> None:
    summary = book.sheet(f"{prefix}Summary")
    sheets = _formulas(book, estimate, prefix)
    _summary(summary, sheets, estimate)
    if len(estimate.stages) > 1:
        _stages(book.sheet(f"{prefix}Stages"), sheets, estimate)
    if estimate.ladder:
        _ladder(book.sheet(f"{prefix}Ladder"), summary, sheets, estimate)
    if estimate.claims:
        _claims(book.sheet(f"{prefix}Claims"), estimate)
    _sources(book.sheet(f"{prefix}Sources"), sheets)


def _formulas(book: Book, estimate: Estimate, prefix: str) -> Formulas:
    alive = live(estimate)
    keys = {knob.leaf: knob.key for knob in alive.knobs}
    return Formulas(book, alive.program, prefix, keys)


def _summary(sheet: Sheet, sheets: Formulas, estimate: Estimate) -> None:
    sheet.say(estimate.title, "title")
    sheet.say(estimate.subtitle)
    words = f"inputs as estimated: {estimate.verdict}"
    changed = "inputs changed: the verdict and the ranges are those of the original"
    sheet.add(Words(f'IF({sheets.unchanged},"{words}","{changed}")', words))
    sheet.row += 1
    sheet.head("quantity", "estimate", "low", "high", "unit", "rests on")
    for name in dict.fromkeys((*HEADLINES, "days", *estimate.figures)):
        item = estimate.figures[name]
        why = item.reason or item.basis
        sheet.add(RESULTS[name].label, *_figure(sheets, estimate.root[name], item), why)
    sheet.say(RANGES)
    for guard, at in sheets.program.guards.items():
        verdict = "infeasible" if sheets.values[at] < 0.0 else "ok"
        sheet.add(guard.reason, Words(f'IF({sheets.names[at]}<0,"infeasible","ok")', verdict))
    if estimate.excludes:
        left_out = "The cost leaves out: " + ", ".join(estimate.excludes) + "."
        sheet.say(left_out)


def _figure(sheets: Formulas, node: Node | None, item: Figure) -> tuple[Any, ...]:
    """Estimate, low, high and unit: a formula where the graph has the value."""
    found = sheets.of(node)
    if found is None and item.central is not None:
        text = f"IF({sheets.unchanged},{item.central!r},NA())"
        found = Formula(text, item.central, item.unit)
    ends = (Number(item.low, item.unit), Number(item.high, item.unit))
    return (found or Shown("unknown"), *ends, item.unit)


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


def _ladder(sheet: Sheet, summary: Sheet, sheets: Formulas, estimate: Estimate) -> None:
    nodes = {node.name: node for node in sheets.program.places}
    sheet.head("what a cost can mean", "estimate", "low", "high", "unit", "rests on")
    for rung in estimate.ladder:
        if rung.central is not None:
            node = _same(sheets, nodes.get(f"ladder/{rung.rung}"), rung)
            sheet.add(rung.label, *_figure(sheets, node, rung), rung.basis)
    if sheet.row > 2:
        chart = sheet.book.made.add_chart({"type": "bar"})
        last = sheet.row - 1
        columns = {"categories": [sheet.name, 1, 0, last, 0], "values": [sheet.name, 1, 1, last, 1]}
        chart.add_series({**columns, "name": "USD"})
        chart.set_title({"name": "What a cost can mean"})
        chart.set_legend({"none": True})
        short = '[>=1000000000]$0,,,"B";[>=1000000]$0,,"M";$#,##0'
        chart.set_x_axis(
            {"log_base": 10, "num_format": short, "name": "USD, each line ten times the last"}
        )
        chart.set_y_axis({"reverse": True})
        summary.sheet.insert_chart(summary.row + 1, 0, chart)


def _claims(sheet: Sheet, estimate: Estimate) -> None:
    sheet.head("claim", "number", "stated", "found", "verdict")
    for claim in estimate.claims:
        sheet.add(claim.id, claim.text, "", "", claim.headline or claim.verdict)
        for number in claim.numbers:
            found = Number(number.found_central, number.unit)
            sheet.add(
                "",
                field_words(number.field),
                number.stated,
                found,
                f"{number.verdict} {number.why}",
            )


def _sources(sheet: Sheet, sheets: Formulas) -> None:
    sheet.head("number", "source", "of")
    for source, number in sheets.sources.items():
        leaves = sheets.program.inputs.values()
        of = "; ".join(spoken(leaf.name) for leaf in leaves if source in leaf.provenance.sources)
        sheet.add(f"[{number}]", source, of)
