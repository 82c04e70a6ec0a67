"""Explanations as blocks: formula trees, problem codes, units."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence

from costcheck.catalog.codes import Explanation
from costcheck.explain import Explained, Step
from costcheck.explain.units import RULES, Unit
from costcheck.quantities import NAMES, RESULTS
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
from costcheck.report.views.input_words import input_words, known_part, part_words
from costcheck.scenario.schema import Scenario

INDENT = "· "

MOST_STEPS = 16
"""Steps that one screen has room for beside head, sources and what to do next."""

MOST_NAMES = 6
"""Arguments of a function that are named."""

MOST_SOURCES = 3
"""Sources of one input that are named before somebody asks for more depth."""

Parts = dict[str, list[Step]]
"""What a step is made of, by the last of their paths, in order."""


def explained_document(whole: Explained) -> Document:
    """Return the formula tree of a quantity, as deep as asked or as a screen has room for."""
    found = whole if whole.depth is not None else _one_screen(whole)
    top = found.steps[0]
    value = Cell("unknown", "warn") if top.value is None else Cell(with_unit(top.value, top.unit))
    title = Title(f"{_title(top)} of {found.title}", value, top.why)
    brief = whole.depth is None
    shown = found.steps[:MOST_STEPS] if brief else found.steps
    sources = _sources(shown, MOST_SOURCES if brief else None)
    blocks: list[Block] = [title, _tree(shown, _parts(whole.steps), sources)]
    if below := found.below + len(found.steps) - len(shown):
        blocks.append(_deeper(found, below))
    if sources:
        items = tuple((Cell(f"[{number}]"), text) for text, number in sources.items())
        blocks.append(Listing("sources", items, cut=True))
    return tuple(blocks)


def _title(step: Step) -> str:
    return part_words(step.name.rpartition("/")[2]) if step.formula else input_words(step.name)


def _one_screen(found: Explained) -> Explained:
    """As many levels as fit, one at least."""
    depths = range(max(step.depth for step in found.steps), 1, -1)
    fits = (depth for depth in depths if sum(s.depth <= depth for s in found.steps) <= MOST_STEPS)
    return found.cut(next(fits, 1))


def _deeper(found: Explained, below: int) -> Listing:
    """Where the rest is: deeper, or from one of the parts on."""
    file = shlex.quote(found.path or "FILE")
    quantity = _asked(found.steps[0].name)
    deepest = [s for s in found.steps if s.depth == found.depth and s.formula and not s.repeated]
    part = _asked((deepest or found.steps)[0].name)
    commands = [f"costcheck explain {quantity} {file} --depth {(found.depth or 1) + 2}"]
    if part != quantity:
        commands.append(f"costcheck explain {part} {file}")
    lines = [(Cell("next", "faint"), command) for command in commands]
    steps = f"{below:,} more step{'s' if below > 1 else ''} below"
    return Listing("", ((Cell("", "faint"), steps), *lines))


def _asked(path: str) -> str:
    """What to type for a quantity: its shortest name, or the last of its path."""
    last = path.rpartition("/")[2]
    names = [name for name, meant in NAMES.items() if meant == last]
    return shlex.quote(min(names or [last.replace("_", " ")], key=len))


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


def _tree(steps: Sequence[Step], parts: Mapping[Step, Parts], numbers: dict[str, int]) -> Table:
    columns = (*numeric("value"), Column("what it is"))
    rows = tuple(
        (Cell(_value(step), "strong"), _line(step, parts.get(step, {}), numbers)) for step in steps
    )
    return Table("", columns, rows)


def _parts(steps: Sequence[Step]) -> dict[Step, Parts]:
    """Of each step what it is made of."""
    found: dict[Step, Parts] = {}
    above: list[Step] = []
    for step in steps:
        del above[step.depth :]
        if above:
            parts = found.setdefault(above[-1], {})
            parts.setdefault(step.name.rpartition("/")[2], []).append(step)
        above.append(step)
    return found


def _line(step: Step, parts: Parts, numbers: dict[str, int]) -> Cell:
    how = _how(step, parts, numbers)
    link = " " if how.text.startswith("=") else ": "
    return Cell(f"{INDENT * step.depth}{_name(step)}{link}{how.text}", how.tone)


def _name(step: Step) -> str:
    """A quantity in words; what stands above it says what it is a part of."""
    if not step.formula:
        return input_words(step.name)
    *above, last = step.name.split("/")
    if above[-1:] == ["price"]:
        return input_words("price/rent")  # of an hour, whichever way it is paid
    if last not in NAMES:
        return known_part(step.name) or last.replace("_", " ")
    of_stage = len(above) == 1 and above[0] not in {*RESULTS, *Scenario.__dataclass_fields__}
    return f"{part_words(last)} of {above[0]}" if of_stage else part_words(step.name)


def _formula(text: str, parts: Parts) -> str:
    """A formula in words; what a function is of as a list that ends."""

    def word(found: re.Match[str]) -> str:
        same = parts.get(found[0])
        return _name(same.pop(0) if len(same) > 1 else same[0]) if same else part_words(found[0])

    call = re.fullmatch(r"[\w.<>]+\((.*)\)", text)
    if call is None:
        return "= " + re.sub(r"[A-Za-z]\w*", word, text.removeprefix("from "))
    below = [_name(step) for steps in parts.values() for step in steps]
    names = list(dict.fromkeys(below or map(word, re.finditer(r"\w+", call[1]))))
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"= from {', '.join(names[:MOST_NAMES])}{more}"


def _value(step: Step) -> str:
    return "unknown" if step.value is None else with_unit(step.value, step.unit)


def _how(step: Step, parts: Parts, numbers: dict[str, int]) -> Cell:
    if step.repeated:
        return Cell("as above", "faint")
    if step.formula:
        tone: Tone = "warn" if step.value is None else ""
        return Cell(_formula(step.formula, parts), tone)
    said = [_origin(step)]
    if step.low is not None and step.high is not None:
        said.append(f"{figure(step.low, step.unit)} to {figure(step.high, step.unit)}")
    cited = [f"[{numbers[source]}]" for source in step.sources if source in numbers]
    if cited:
        more = len(step.sources) - len(cited)
        said.append(" ".join([*cited, *([f"and {more} more"] if more else [])]))
    return Cell("; ".join(filter(None, said)), "faint")


def _origin(step: Step) -> str:
    if step.place:
        return f"{step.text}  {step.place}".strip()
    words = {"default": "assumed", "derived": step.why or "follows", "catalog": "catalog"}
    origin = words.get(step.origin, step.origin)
    return f"{origin}: {step.text}" if step.text else origin


def _sources(steps: Sequence[Step], most: int | None) -> dict[str, int]:
    names = dict.fromkeys(source for step in steps for source in step.sources[:most])
    return {name: number for number, name in enumerate(names, start=1)}
