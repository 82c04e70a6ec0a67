"""Explanations as blocks: formula trees, problem codes, units."""

from __future__ import annotations

from costcheck.catalog.codes import Explanation
from costcheck.explain import Explained, Step
from costcheck.explain.units import RULES, Unit
from costcheck.report.views.blocks import (
    Block,
    Cell,
    Column,
    Document,
    Listing,
    Paragraph,
    Table,
    Title,
    Tone,
    bullets,
    cells,
    numeric,
    words,
)
from costcheck.report.views.figures import figure, with_unit

INDENT = "· "


def explained_document(found: Explained) -> Document:
    """Return the formula tree of a quantity: every cell of the calculation with its source."""
    top = found.steps[0]
    value = Cell("unknown", "warn") if top.value is None else Cell(with_unit(top.value, top.unit))
    blocks: list[Block] = [Title(f"{top.name} of {found.title}", value, top.why), _tree(found)]
    sources = _sources(found)
    if sources:
        items = tuple((Cell(f"[{number}]"), text) for text, number in sources.items())
        blocks.append(Listing("sources", items))
    if found.notes:
        blocks.append(bullets("notes", found.notes))
    return tuple(blocks)


def code_document(code: str, found: Explanation) -> Document:
    """Return what a problem code means."""
    return (
        Title(code.upper(), Cell(""), found.title),
        bullets("why", [found.why]),
        bullets("instead of", found.wrong.split("\n"), "-", "bad"),
        bullets("write", found.right.split("\n"), "+", "good"),
    )


def units_document(found: tuple[Unit, ...]) -> Document:
    """Return how numbers may be written."""
    columns = words("a field that takes", "for example", "base unit")
    rows = tuple(
        cells(unit.label, unit.example, (unit.base or "1") + (", or none" if unit.bare else ""))
        for unit in found
    )
    return (Title("units", Cell(""), ""), bullets("every number", RULES), Table("", columns, rows))


def codes_document(codes: dict[str, str]) -> Document:
    """Return all problem codes, one line each."""
    columns = words("code", "meaning")
    rows = tuple(cells(code, title) for code, title in codes.items())
    advice = Paragraph("costcheck explain CODE says why and what to write.", tone="faint")
    return (Title("problem codes", Cell(""), ""), Table("", columns, rows), advice)


def _tree(found: Explained) -> Table:
    numbers = _sources(found)
    columns = (*numeric("value"), Column("quantity"))
    rows = tuple((Cell(_value(step), "strong"), _line(step, numbers)) for step in found.steps)
    return Table("", columns, rows)


def _line(step: Step, numbers: dict[str, int]) -> Cell:
    how = _how(step, numbers)
    link = " " if how.text.startswith("=") else ": "
    return Cell(f"{INDENT * step.depth}{step.name}{link}{how.text}", how.tone)


def _value(step: Step) -> str:
    return "unknown" if step.value is None else with_unit(step.value, step.unit)


def _how(step: Step, numbers: dict[str, int]) -> Cell:
    if step.repeated:
        return Cell("as above", "faint")
    if step.formula:
        tone: Tone = "warn" if step.value is None else ""
        return Cell(f"= {step.formula}", tone)
    parts = [_origin(step)]
    if step.low is not None and step.high is not None:
        parts.append(f"{figure(step.low, step.unit)} to {figure(step.high, step.unit)}")
    cited = [f"[{numbers[source]}]" for source in step.sources if source in numbers]
    if cited:
        parts.append(" ".join(cited))
    return Cell("; ".join(part for part in parts if part), "faint")


def _origin(step: Step) -> str:
    if step.place:
        return f"{step.text}  {step.place}".strip()
    words = {"default": "assumed", "derived": step.why or "follows", "catalog": "catalog"}
    origin = words.get(step.origin, step.origin)
    return f"{origin}: {step.text}" if step.text else origin


def _sources(found: Explained) -> dict[str, int]:
    names = dict.fromkeys(source for step in found.steps for source in step.sources)
    return {name: number for number, name in enumerate(names, start=1)}
