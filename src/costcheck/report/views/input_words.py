"""What an input of an estimate is called on a screen: words and a unit for its path."""

from __future__ import annotations

from costcheck.catalog.words import words_of
from costcheck.quantities import NAMES, RESULTS, field_words, label_of
from costcheck.report.views.figures import figure, significant, span, with_unit


def input_words(path: str) -> str:
    """Say an input: its stage, where it has one of its own, is left out."""
    *_, parent, last = ("", *path.split("/"))
    if last == "stated":
        return field_words(parent)
    return words_of("inputs").get(last) or part_words(path)


def part_words(path: str) -> str:
    """Say a quantity that is computed: a result by its label, a part of one behind it."""
    if known := known_part(path):
        return known
    *_, parent, last = ("", *path.split("/"))
    word = label_of(last) if NAMES.get(last) == last else last.replace("_", " ")
    return f"{label_of(parent)} by {word}" if parent in RESULTS and last != parent else word


def known_part(path: str) -> str:
    """Words for a part that its last name alone does not say; blank where that says it."""
    return str(words_of("parts").get("/".join(path.split("/")[-2:]), ""))


def input_value(value: float, unit: str) -> str:
    """Write the value of an input with its unit."""
    behind = words_of("units").get(unit)
    return f"{_amount(value, unit)} {behind}" if behind else with_unit(value, unit)


def input_range(low: float, high: float, unit: str) -> str:
    """Write the ends of the range of an input, with their unit once."""
    return f"{input_ends(low, high, unit)} {words_of('units').get(unit, '')}".rstrip()


def input_ends(low: float, high: float, unit: str) -> str:
    """The same beside a value that says the unit."""
    if unit in words_of("units"):
        return f"{_amount(low, unit)} - {_amount(high, unit)}"
    return span(low, high, unit)


def _amount(value: float, unit: str) -> str:
    """A value whose unit stands behind: yearly shares in per cent, small prices with two digits."""
    if unit.startswith("USD"):
        return f"${significant(value, 2)}" if 0.0 < value < 1.0 else figure(value, "USD")
    return figure(value, "share" if unit == "1/year" else unit)
