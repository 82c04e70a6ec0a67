"""A table of an article read as sentences: one for each row, or for each column that is a model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from costcheck.text.prose.words import Words

_RULE: Final = re.compile(r"^[\s|:+-]+$")
_UNIT: Final = re.compile(r"(.+?)\s*\(([^()]{1,16})\)")
"""A head with more in brackets: "Training time (h)", "Parameters (active)"."""
_BARE: Final = re.compile(r"[~≈<>]?\s?\d[\d.,]*(?:\s?[-–]\s?\d[\d.,]*)?")


def table_sentences(lines: Sequence[str], words: Words) -> list[str]:
    """Return a table with bars as sentences: "Model: GPT-3; GPUs: 10,000"."""
    header, *rows = [_cells(line) for line in lines if not _RULE.match(line)] or [[]]
    if len(header) == 2 and (not header[1] or words["value_head"].fullmatch(header[1])):
        named = [f"Model: {header[0]}"] if words["a_name"].fullmatch(header[0]) else []
        return named + [": ".join(filter(None, row)) for row in rows]
    if _is_sideways(header, rows, words):
        header, *rows = [list(column) for column in zip_longest(header, *rows, fillvalue="")]
        header[0] = ""
    return [text for row in rows if (text := "; ".join(_row(header, row, words)))]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _is_sideways(header: Sequence[str], rows: Sequence[Sequence[str]], words: Words) -> bool:
    """Whether the columns of a table are models, and its rows what is said of each."""
    labels = [row[0] for row in rows if words["about"].search(row[0])]
    own, beside = (
        [cell for cell in cells if _is_name(cell, words)]
        for cells in (header[1:], [row[0] for row in rows])
    )
    return bool(own) and len(labels) > len(beside)


def _is_name(cell: str, words: Words) -> bool:
    name = _UNIT.sub(r"\1", cell)
    return bool(words["a_name"].fullmatch(name)) and not words["about"].search(name)


def _row(header: Sequence[str], cells: Sequence[str], words: Words) -> Iterator[str]:
    """The cells of a row with the heads of their columns, its first as the model it is about."""
    for place, (head, cell) in enumerate(zip(header, cells, strict=False)):
        if not cell:
            continue
        if place == 0 and words["model_head"].fullmatch(head) and _is_name(cell, words):
            yield f"Model: {cell}" if cell[0].isalpha() else f"the {cell} model"
        else:
            yield _said(head, cell, words)


def _said(head: str, cell: str, words: Words) -> str:
    """A cell behind its head, with the unit that stands there: "Cost ($): 9" is "Cost: $9"."""
    if not head:
        return cell
    found = _UNIT.fullmatch(head)
    if _BARE.fullmatch(cell) and words["unit_head"].fullmatch(head):
        return f"{cell} {head}"
    if found is None:
        is_short = words["hours_head"].search(head) and words["hours_of"].fullmatch(cell)
        return f"{head}: {cell} hours" if is_short else f"{head}: {cell}"
    name, more = found.groups()
    if not words["head_unit"].fullmatch(more):
        return f"{more} {name}: {cell}"
    if not _BARE.fullmatch(cell):
        return f"{name}: {cell}"
    space = "" if more in "KMBT%" else " "
    return f"{name}: {more}{cell}" if more in "$€£¥" else f"{name}: {cell}{space}{more}"
