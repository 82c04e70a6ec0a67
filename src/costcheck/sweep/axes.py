"""What a sweep varies: keys of the scenario with their values, as a grid or as a table of rows."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costcheck.diagnostics import CostcheckError, Place, refusal
from costcheck.graph.nodes import Array
from costcheck.scenario.load import typed
from costcheck.scenario.merge import assign
from costcheck.text.document import Document
from costcheck.text.files import read_text
from costcheck.text.quantity import Quantity, parse, spell
from costcheck.text.quantity_grammar import QuantityProblem

Codes = NDArray[np.int64]

MOST_STEPS = 10_000_000
"""Values of one axis; more is a mistake in the step count."""

DOLLAR = "USD"

_STEPS = re.compile(r"(?P<log>log:)?(?P<first>[^:]+):(?P<last>[^:]+):(?P<count>[\d_]+)")


@dataclass(frozen=True, eq=False)
class Axis:
    """One key, as after ``--set``, and its values: texts, or numbers in base units.

    Evenly spaced numbers have no texts; values that are no plain numbers have no numbers.
    """

    key: str
    texts: tuple[str, ...]
    values: Array | None
    like: Quantity | None = None
    """What the numbers are alike in: dimension, currency, for a GPU or a node."""
    unit: str = ""
    """Of the numbers, where the key does not read a number without one as the same."""

    @property
    def column(self) -> str:
        """The head of its column: the key, with the unit it needs."""
        return f"{self.key} [{self.unit}]" if self.unit else self.key

    def __len__(self) -> int:
        return len(self.texts) if self.values is None else len(self.values)

    def text(self, code: int) -> str:
        """A value as the scenario would state it."""
        if self.texts or self.values is None or self.like is None:
            return self.texts[code]
        written = spell(float(self.values[code]), self.like.dimension, self.like.currency)
        return written.replace("/GPU", "/node") if self.like.per_node else written

    def assignment(self, code: int) -> str:
        """A value as it would be written after ``--set``."""
        return f"{self.key}={self.text(code)}"


@dataclass(frozen=True, eq=False)
class Grid:
    """Every combination of the axes' values; the last axis varies fastest."""

    axes: Sequence[Axis]

    def __len__(self) -> int:
        return int(np.prod([len(axis) for axis in self.axes], dtype=object))

    def codes(self, start: int, stop: int) -> list[Codes]:
        """Return, for each axis, which of its values the rows start to stop have."""
        codes: list[Codes] = []
        rest = np.arange(start, stop)
        for axis in reversed(self.axes):
            rest, code = np.divmod(rest, len(axis))
            codes.append(code)
        return codes[::-1]


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a table, each a scenario of its own."""

    axes: Sequence[Axis]
    columns: Sequence[Codes]

    def __len__(self) -> int:
        return len(self.columns[0])

    def codes(self, start: int, stop: int) -> list[Codes]:
        """Return, for each axis, which of its values the rows start to stop have."""
        return [column[start:stop] for column in self.columns]


Points = Grid | Rows
"""Rows of a sweep by their number."""


def read_axis(written: str, document: Document) -> Axis:
    """An axis as written after ``--over``."""
    key, equals, right = written.partition("=")
    key, right = key.strip(), right.strip()
    if not equals or not key or not right:
        advice = "write --over key=first:last:count, key=log:first:last:count or key=a,b,c"
        raise _refused(written, f"{written!r} names no key and values", advice)
    steps = _STEPS.fullmatch(right)
    if steps is None:
        texts = tuple(text.strip() for text in right.split(","))
        return _listed(key, texts, document)
    count = int(steps["count"].replace("_", ""))
    if not 1 <= count <= MOST_STEPS:
        raise _refused(written, f"{count:,} values", f"use 1 to {MOST_STEPS:,} values")
    least, most = (_quantity(key, steps[end].strip(), document) for end in ("first", "last"))
    if least is None or most is None or not _alike(least, most):
        message = f"{key} is no number" if least is None or most is None else "the ends differ"
        raise _refused(written, message, f"list them: {key}=a,b,c")
    first, last = float(least.value), float(most.value)
    if steps["log"] and min(first, last) <= 0.0:
        raise _refused(written, "logarithmic steps need positive ends", "")
    values = (np.geomspace if steps["log"] else np.linspace)(first, last, count)
    if least.dimension in ("count", "integer"):
        values = np.unique(np.round(values))
    return Axis(key, (), values, least, _unit(key, least, document))


def read_table(path: str, document: Document) -> Rows:
    """The rows of a CSV file whose header names keys of the scenario."""
    header, columns = _columns(path)
    axes, codes = [], []
    for head, column in zip(header, columns, strict=True):
        key, _, unit = head.removesuffix("]").partition(" [")
        place = {text: code for code, text in enumerate(dict.fromkeys(column))}
        axes.append(_listed(key, tuple(f"{text} {unit}".strip() for text in place), document))
        codes.append(np.fromiter(map(place.__getitem__, column), np.int64, len(column)))
    return Rows(axes, codes)


def _listed(key: str, texts: tuple[str, ...], document: Document) -> Axis:
    first = _quantity(key, texts[0], document)
    if first is None or not first.is_point:
        for text in texts[1:]:
            _typed(key, text, document)
        return Axis(key, texts, None)
    read = list(_quantities(key, texts, first, document))
    if not all(_alike(first, item) for item in read):
        return Axis(key, texts, None)
    values = np.array([item.value for item in read])
    return Axis(key, texts, values, first, _unit(key, first, document))


def _alike(one: Quantity, other: Quantity) -> bool:
    """Whether two quantities are plain numbers of one unit."""
    first, second = (
        (item.is_point, item.dimension, item.currency or DOLLAR, item.per_node)
        for item in (one, other)
    )
    return first == second and one.is_point


def _unit(key: str, first: Quantity, document: Document) -> str:
    """The unit without which a number is not read as what it is."""
    try:
        bare = _quantity(key, repr(float(first.value)), document)
    except CostcheckError:
        bare = None
    if bare is not None and _alike(first, bare) and bare.value == first.value:
        return ""
    unit = first.unit.replace(DOLLAR, first.currency or DOLLAR)
    return unit.replace("/GPU", "/node") if first.per_node else unit


def _quantities(
    key: str, texts: Sequence[str], first: Quantity, document: Document
) -> Iterator[Quantity]:
    extremes: list[tuple[float, str]] = []
    for text in texts:
        try:
            quantity = parse(text, first.dimension)
        except QuantityProblem:
            _typed(key, text, document)  # says what is wrong, in the words of the field
            raise
        extremes.append((quantity.value, text))
        yield quantity
    for _, text in {min(extremes), max(extremes)}:
        _typed(key, text, document)  # limits of the field


def _quantity(key: str, text: str, document: Document) -> Quantity | None:
    """A value as the field of its key reads it; None where that is no number."""
    value = _typed(key, text, document)
    return value if isinstance(value, Quantity) else None


def _typed(key: str, text: str, document: Document) -> object:
    loaded = typed(assign(document, f"{key}={text}"))
    item = loaded.inputs.get(key)
    return item.value if item is not None else None


def _columns(path: str) -> tuple[list[str], list[tuple[str, ...]]]:
    try:
        header, *rows = csv.reader(read_text(path, streams=True).splitlines(keepends=True))
    except (OSError, ValueError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or "no header, or no table"
        raise refusal("CC014", f"cannot read {path}: {reason}", Place(path)) from error
    rows = [[cell.strip() for cell in row] for row in rows if row]
    for line, row in enumerate(rows, start=2):
        if len(row) != len(header) or not all(row):
            message = f"a row of {len(row)} values, some empty, under {len(header)} keys"
            advice = "every row gives every key a value"
            raise refusal("CC028", message, Place(path, line, 1), advice)
    if not rows:
        raise refusal("CC028", f"{path} has no rows", Place(path))
    return [key.strip() for key in header], list(zip(*rows, strict=True))


def _refused(written: str, message: str, help: str) -> CostcheckError:
    return refusal("CC029", message, Place(f"--over {written!r}"), help)
