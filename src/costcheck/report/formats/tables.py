"""Tables and reports as sheets: a column that is the product of two others is a formula."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from costcheck.quantities import NUISANCES, ROWS, head_of
from costcheck.report.formats.spreadsheet import Formula, Number, Sheet, Shown
from costcheck.report.views.blocks import Code, Document, Listing, Paragraph, Table, Title

ALIKE = 1e-9
"""A number that is further from a product is not written as one."""

UNITS = {row.name: row.unit for row in ROWS}


class Records(NamedTuple):
    """A table of values."""

    columns: Sequence[str]
    """Their names; those of quantities are known."""
    lines: Iterable[Sequence[Any]]
    """The values of each row."""
    shared: Mapping[str, str] = {}
    """Columns that are stated once for all rows that agree in another column."""


class Product(NamedTuple):
    """A quantity that is a constant times two others."""

    constant: float
    factors: tuple[str, str]


def products(columns: Sequence[str]) -> dict[str, Product]:
    """Columns that are products of two others by what the table of quantities says they are."""
    known = {
        row.name: (row.claimed, row.scale * row.claimed.constant)
        for row in ROWS
        if row.name in columns and row.claimed and not row.claimed.under
    }
    forms = {name: Counter(set(said.over) - {*NUISANCES}) for name, (said, _) in known.items()}
    sizes = {name: size for name, (_, size) in known.items()}
    found: dict[str, Product] = {}
    for one, other in combinations(forms, 2):
        for name, form in forms.items():
            if form == forms[one] + forms[other]:
                constant = sizes[name] / sizes[one] / sizes[other]
                found.setdefault(name, Product(constant, (one, other)))
    return found


def add_records(sheet: Sheet, table: Records) -> None:
    """Write a table; cells that others are computed from are marked as inputs."""
    sheet.head(*map(head_of, table.columns))
    found = products(table.columns)
    places = {name: letters(at) for at, name in enumerate(table.columns)}
    stated: dict[tuple[str, Any, Any], str] = {}
    for line in table.lines:
        record = dict(zip(table.columns, line, strict=True))
        cells = {name: f"{place}{sheet.row + 1}" for name, place in places.items()}
        true = {name: product for name, product in found.items() if _holds(record, name, product)}
        used = {factor for product in true.values() for factor in product.factors}
        shown: list[Any] = []
        for name, value in record.items():
            unit = UNITS.get(name, "")
            once = (name, record.get(table.shared.get(name, "")), value)
            if not _is_number(value):
                shown.append(value)
            elif name in true:
                shown.append(Formula(_product(true[name], cells), value, unit))
            elif name in table.shared and once in stated:
                shown.append(Formula(stated[once], value, unit))
            else:
                stated[once] = cells[name]
                shown.append(Number(value, unit, "input" if name in used else ""))
        sheet.add(*shown)
    sheet.sheet.autofilter(0, 0, max(sheet.row - 1, 0), len(table.columns) - 1)


def _product(product: Product, cells: Mapping[str, str]) -> str:
    parts = [cells[factor] for factor in product.factors]
    return "*".join(parts if product.constant == 1.0 else [*parts, f"{product.constant!r}"])


def _holds(record: Mapping[str, Any], name: str, product: Product) -> bool:
    """Whether a row has all three numbers and they are that product."""
    value, *factors = (record[each] for each in (name, *product.factors))
    return all(map(_is_number, (value, *factors))) and math.isclose(
        value, product.constant * math.prod(factors), rel_tol=ALIKE
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def read_csv(file: Path) -> list[list[Any]]:
    """The rows of a CSV file, what looks like a number as one."""
    with file.open(encoding="utf-8", newline="") as text:
        return [[_read(cell) for cell in row] for row in csv.reader(text)]


def _read(text: str) -> Any:
    try:
        value = float(text)
    except ValueError:
        return text
    return value if math.isfinite(value) else text


def letters(column: int) -> str:
    """What a spreadsheet calls a column, counted from 0."""
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(column))


def add_document(sheet: Sheet, document: Document) -> None:
    """Write a report as people read it."""
    for block in document:
        if isinstance(block, Title):
            sheet.say(f"{block.text}: {block.verdict.text}", "title")
            sheet.say(" ".join(filter(None, (block.answer, block.subtitle))))
        elif isinstance(block, Paragraph | Code):
            sheet.say(block.text)
        elif isinstance(block, Listing):
            for mark, text in block.items:
                sheet.say(f"{mark.text} {text}".strip())
        elif isinstance(block, Table):
            _add_table(sheet, block)


def _add_table(sheet: Sheet, block: Table) -> None:
    numeric = [at for at, column in enumerate(block.columns) if column.numeric]
    sheet.head(*(column.label for column in block.columns), numeric=numeric)
    for row in block.rows:
        cells = zip(row, block.columns, strict=True)
        sheet.add(*(Shown(c.text) if column.numeric else c.text for c, column in cells))
    sheet.row += 1
