"""What an input of an estimate is called on a screen: words and a unit for its path."""

from __future__ import annotations

from costcheck.catalog.words import words_of
from costcheck.quantities import NAMES, RESULTS, field_words, label_of
from costcheck.report.views.figures import figure, with_unit


def input_words(path: str) -> str:
    """Say an input: its stage, where it has one of its own, is left out."""
    *_, parent, last = ("", *path.split("/"))
    if last == "stated":
        return field_words(parent)
    return words_of("inputs").get(last) or part_words(path)


def part_words(path: str) -> str:
    """Say a quantity that is computed: a result by its label, a part of one behind it."""
    *_, parent, last = ("", *path.split("/"))
    word = label_of(last) if NAMES.get(last) == last else last.replace("_", " ")
    return f"{label_of(parent)} by {word}" if parent in RESULTS and last != parent else word


def input_value(value: float, unit: str) -> str:
    """Write the value of an input with its unit."""
    behind = words_of("units").get(unit)
    if behind is None:
        return with_unit(value, unit)
    return f"{figure(value, 'USD' if unit.startswith('USD') else unit)} {behind}"
