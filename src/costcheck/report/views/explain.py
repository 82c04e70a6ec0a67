"""Explanations as blocks: formula trees, problem codes, units."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from costcheck.catalog.codes import Explanation
from costcheck.explain import Explained, Step
from costcheck.explain.units import RULES, Unit
from costcheck.quantities import NAMES, label_of
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
from costcheck.report.views.input_words import input_words

INDENT = "· "

MOST_STEPS = 16
"""Steps that one screen has room for beside head, sources and what to do next."""

MOST_NAMES = 6
"""Arguments of a function that are named."""


def explained_document(whole: Explained) -> Document:
    """Return the formula tree of a quantity, as deep as asked or as a screen has room for."""
    found = whole if whole.depth is not None else _one_screen(whole)
    top = found.steps[0]
    value = Cell("unknown", "warn") if top.value is None else Cell(with_unit(top.value, top.unit))
    title = Title(f"{_name(top)} of {found.title}", value, top.why)
    shown = found.steps[:MOST_STEPS] if whole.depth is None else found.steps
    blocks: list[Block] = [title, _tree(shown)]
    if below := found.below + len(found.steps) - len(shown):
        blocks.append(_deeper(found, below))
    sources = _sources(shown)
    if sources:
        items = tuple((Cell(f"[{number}]"), text) for text, number in sources.items())
        blocks.append(Listing("sources", items, cut=True))
    return tuple(blocks)


def _one_screen(found: Explained) -> Explained:
    """As many levels as fit, one at least."""
    depths = range(max(step.depth for step in found.steps), 1, -1)
    fits = (depth for depth in depths if sum(s.depth <= depth for s in found.steps) <= MOST_STEPS)
    return found.cut(next(fits, 1))


def _deeper(found: Explained, below: int) -> Listing:
    """Where the rest is: deeper, or from one of the parts on."""
    file = shlex.quote(found.path or "FILE")
    quantity = found.steps[0].name.rpartition("/")[2].replace("_", " ")
    deepest = [s for s in found.steps if s.depth == found.depth and s.formula and not s.repeated]
    part = (deepest or found.steps)[0].name.rpartition("/")[2].replace("_", " ")
    commands = [
        f"costcheck explain {shlex.quote(quantity)} {file} --depth {(found.depth or 1) + 2}"
    ]
    if part != quantity:
        commands.append(f"costcheck explain {shlex.quote(part)} {file}")
    lines = [(Cell("next", "faint"), command) for command in commands]
    steps = f"{below:,} more step{'s' if below > 1 else ''} below"
    return Listing("", ((Cell("", "faint"), steps), *lines))


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


def _tree(steps: Sequence[Step]) -> Table:
    numbers = _sources(steps)
    columns = (*numeric("value"), Column("what it is"))
    rows = tuple((Cell(_value(step), "strong"), _line(step, numbers)) for step in steps)
    return Table("", columns, rows)


def _line(step: Step, numbers: dict[str, int]) -> Cell:
    how = _how(step, numbers)
    link = " " if how.text.startswith("=") else ": "
    return Cell(f"{INDENT * step.depth}{_name(step)}{link}{how.text}", how.tone)


def _name(step: Step) -> str:
    """A quantity in words: what it is called, or the last of its path."""
    last = step.name.rpartition("/")[2]
    if NAMES.get(last) == last:
        return label_of(last)
    return last.replace("_", " ") if step.formula else input_words(step.name)


def _formula(text: str) -> str:
    """A formula in words; the arguments of a function as a list that ends."""
    call = re.fullmatch(r"[\w.<>]+\((.*)\)", text)
    if call is None:
        return "= " + re.sub(r"[A-Za-z]\w*", _word, text)
    names = [_word(found) for found in re.finditer(r"\w+", call[1])]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"= from {', '.join(names[:MOST_NAMES])}{more}"


def _word(found: re.Match[str]) -> str:
    name = found[0]
    return label_of(name) if NAMES.get(name) == name else name.replace("_", " ")


def _value(step: Step) -> str:
    return "unknown" if step.value is None else with_unit(step.value, step.unit)


def _how(step: Step, numbers: dict[str, int]) -> Cell:
    if step.repeated:
        return Cell("as above", "faint")
    if step.formula:
        tone: Tone = "warn" if step.value is None else ""
        return Cell(_formula(step.formula), tone)
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


def _sources(steps: Sequence[Step]) -> dict[str, int]:
    names = dict.fromkeys(source for step in steps for source in step.sources)
    return {name: number for number, name in enumerate(names, start=1)}
