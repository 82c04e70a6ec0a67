"""Workbooks: sheets of cells, and graphs as formulas that a spreadsheet program computes anew."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from itertools import chain, count
from typing import Any, NamedTuple

from costcheck.diagnostics import refusal
from costcheck.graph.nodes import Input, Node
from costcheck.graph.steps import FROZEN, INPUT, OPERATIONS, Program

FORMATS = {
    "USD/GPU-hour": "$#,##0.00",
    "share": "0.0%",
    "days": "#,##0.0",
    "FLOP": "0.00E+00",
    "FLOP/s": "0.00E+00",
    "FLOP/token": "0.00E+00",
}
"""How numbers of a unit are shown; others by their size."""

SIZES = ((1e15, "0.00E+00"), (1e12, '#,##0.00,,,,"T"'), (1e3, "#,##0"), (1e2, "#,##0.0"),
         (1.0, "0.00"), (0.01, "0.0000"), (0.0, "0.00E+00"))  # fmt: skip
"""How numbers from a size on are shown, where they are not whole."""

DOLLARS = ((100.0, "$#,##0"), (0.1, "$0.00"), (0.0, "$0.0000"))
"""The same of dollars; nothing is none."""

NUMBER, TEXT, PAGE = 16, 60, 190
"""Characters of a column of numbers, the most of one of texts, and the most across a page."""

LINE = 15
"""Points of a line of text."""

LONGEST = 4000
"""Characters of a formula before its parts get cells of their own."""

CELL = re.compile(r"(?i)[a-z]{1,3}\d*|[rc]\d*|r\d*c\d*|true|false")
"""Names that a spreadsheet takes for something else."""


class Sheet:
    """A sheet that is filled row by row, its columns as wide as what they hold."""

    def __init__(self, book: Book, name: str) -> None:
        self.name = name
        self.book = book
        self.sheet = book.made.add_worksheet(name)
        self.row = 0
        self.widths: dict[int, int] = {}
        self.numeric: set[int] = set()
        self.heads: list[tuple[int, Sequence[str], Collection[int]]] = []
        self.running: dict[int, tuple[str, str]] = {}
        self.lines: dict[int, int] = {}

    def head(self, *labels: str, numeric: Collection[int] | None = None) -> None:
        """Write the head of a table, which stays in view where it is the first row."""
        self.heads.append((self.row, labels, self.numeric if numeric is None else numeric))
        if self.row == 0:
            self.sheet.freeze_panes(1, 1)
            self.sheet.repeat_rows(0)
            self.sheet.repeat_columns(0)
        self.row += 1

    def say(self, text: str, look: str = "text") -> None:
        """Write a text that runs over all columns."""
        self.running[self.row] = (text, look)
        self.row += 1

    def add(self, *values: Any) -> int:
        """Write a row of texts, numbers and formulas; its place."""
        for column, value in enumerate(values):
            self._put(column, value)
        self.row += 1
        return self.row - 1

    def _put(self, column: int, value: Any) -> None:
        if isinstance(value, Formula):
            number = self.book.number(value.unit, value.value)
            known = value.value if math.isfinite(value.value) else "#N/A"
            self.sheet.write_formula(self.row, column, f"={value.text}", number, known)
            self.numeric.add(column)
        elif isinstance(value, Words):
            shown = self.book.look(value.look)
            self.sheet.write_formula(self.row, column, f"={value.text}", shown, value.value)
            self._fit(column, value.value)
        elif isinstance(value, Number):
            if value.value is not None and math.isfinite(value.value):
                shown = self.book.number(value.unit, value.value, value.look)
                self.sheet.write_number(self.row, column, value.value, shown)
                self.numeric.add(column)
        elif isinstance(value, Shown):
            self.sheet.write_string(self.row, column, value.text, self.book.look("figure"))
            self.numeric.add(column)
        elif value is not None and value != "":
            # As text whatever it begins with: a name from somebody's file is no formula.
            self.sheet.write_string(self.row, column, str(value), self.book.look("text"))
            self._fit(column, str(value))

    def _fit(self, column: int, text: str) -> None:
        """Give a text room in its column, or lines in its row."""
        self.widths[column] = max(self.widths.get(column, 0), min(len(text) + 2, TEXT))
        if len(text) > TEXT:
            self.lines[self.row] = max(self.lines.get(self.row, 0), -(-len(text) // TEXT))

    def finish(self) -> None:
        """Write what depends on the whole sheet: heads, widths, running texts, the printed page."""
        for row, labels, numeric in self.heads:
            for column, label in enumerate(labels):
                look = "head of numbers" if column in numeric else "head"
                self.sheet.write_string(row, column, label, self.book.look(look))
                self._fit(column, label)
        for column in self.numeric:
            self.widths[column] = max(self.widths.get(column, 0), NUMBER)
        for column, width in self.widths.items():
            self.sheet.set_column(column, column, width)
        self._run()
        for row, lines in self.lines.items():
            self.sheet.set_row(row, lines * LINE)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(-(-sum(self.widths.values()) // PAGE), 0)
        self.sheet.set_footer("&L&A&RPage &P of &N")

    def _run(self) -> None:
        """Write the texts that run over all columns, in as many lines as they need."""
        last, room = max(self.widths, default=0), sum(self.widths.values()) or TEXT
        for row, (text, look) in self.running.items():
            if last:
                self.sheet.merge_range(row, 0, row, last, "", self.book.look(look))
            self.sheet.write_string(row, 0, text, self.book.look(look))
            if look == "text":
                self.lines[row] = -(-len(text) // room)


class Number:
    """A number with its unit."""

    def __init__(self, value: float | None, unit: str = "", look: str = "") -> None:
        self.value = value
        self.unit = unit
        self.look = look


class Formula:
    """A formula, with the value it has at first."""

    def __init__(self, text: str, value: float, unit: str = "") -> None:
        self.text = text
        self.value = value
        self.unit = unit


class Shown(NamedTuple):
    """A number as people read it."""

    text: str


class Words(NamedTuple):
    """A formula that gives a text, with the one it gives at first."""

    text: str
    value: str
    look: str = "text"


LOOKS: Mapping[str, Mapping[str, Any]] = {
    "": {"valign": "top"},
    "text": {"text_wrap": True, "valign": "top", "align": "left", "indent": 1},
    "figure": {"align": "right", "valign": "top"},
    "head": {"bold": True, "bottom": 1, "indent": 1},
    "head of numbers": {"bold": True, "bottom": 1, "align": "right"},
    "title": {"bold": True, "font_size": 14, "indent": 1},
    "input": {
        "bg_color": "#FFF6D6",
        "border": 1,
        "border_color": "#C9A227",
        "locked": False,
        "valign": "top",
    },
}


class Book:
    """A workbook that is filled; its looks of cells are made once."""

    def __init__(self, made: Any) -> None:
        self.made = made
        self.sheets: list[Sheet] = []
        self.looks: dict[tuple[str, str], Any] = {}

    def sheet(self, name: str) -> Sheet:
        """Begin another sheet."""
        self.sheets.append(Sheet(self, name))
        return self.sheets[-1]

    def look(self, look: str, pattern: str = "") -> Any:
        """The format of a look and of a pattern of numbers."""
        key = (look, pattern)
        if key not in self.looks:
            shown = {"num_format": pattern} if pattern else {}
            self.looks[key] = self.made.add_format({**LOOKS[look], **shown})
        return self.looks[key]

    def number(self, unit: str, value: float, look: str = "") -> Any:
        """How a number of a unit looks."""
        if unit in FORMATS:
            return self.look(look, FORMATS[unit])
        size = abs(value)
        if unit == "USD":
            sizes = DOLLARS if value else DOLLARS[:1]
            return self.look(look, next((p for least, p in sizes if size >= least), sizes[0][1]))
        if size < 1e12 and value == int(value):
            return self.look(look, "#,##0")
        return self.look(look, next(pattern for least, pattern in SIZES if size >= least))


class Formulas:
    """A graph on two sheets: its inputs to be changed, and everything that follows from them."""

    def __init__(
        self,
        book: Book,
        program: Program,
        prefix: str = "",
        keys: Mapping[Input, str] = {},
    ) -> None:
        self.program = program
        self.keys = keys
        self.values = program.values({})
        self.prefix = prefix
        self.book = book
        self.names: dict[int, str] = {}
        self.taken: set[str] = set()
        self.sources: dict[str, int] = {}
        self.inputs, self.model, self.steps = (
            book.sheet(f"{prefix}{name}") for name in ("Inputs", "Model", "Steps")
        )
        self._write()

    def of(self, node: Node | None) -> Formula | None:
        """The cell of a node as a formula, None where it is unknown."""
        at = None if node is None else self.program.places.get(node)
        if at is None or node is None:
            return None
        return Formula(self.names[at], self.values[at], node.unit)

    @property
    def unchanged(self) -> str:
        """Formula: whether all inputs are as they were."""
        sheet, last = f"'{self.inputs.name}'", max(self.inputs.row, 2)
        return f"SUMPRODUCT(--({sheet}!$B$2:$B${last}<>{sheet}!$D$2:$D${last}))=0"

    def _write(self) -> None:
        self.inputs.head(
            "input", "value: change it here", "unit", "as estimated", "low", "high", "what it is",
            "key of the file", "stated in", "source",
        )  # fmt: skip
        # Those that move the result most come first.
        order = {leaf: at for at, leaf in self.program.inputs.items()}
        for leaf in dict.fromkeys((*self.keys, *order)):
            self._input(order[leaf], leaf)
        self.model.head("quantity", "value", "unit", "why")
        self.steps.head("step", "value")
        self.steps.say("Parts of formulas of the sheet Model.")
        uses = self._uses()
        named: dict[int, list[Node]] = {}
        for node, at in self.program.places.items():
            named.setdefault(at, []).append(node)
        texts: list[str] = []
        for at in range(len(self.program.steps)):
            texts.append(self._step(at, texts, uses[at], named.get(at, [])))

    def _input(self, at: int, leaf: Input) -> None:
        value, spread, said = self.values[at], leaf.spread, leaf.provenance
        low, high = (spread.low, spread.high) if spread else (None, None)
        marked = "" if self.keys and said.origin == "derived" else "input"
        row = self.inputs.add(
            spoken(leaf.name),
            Number(value, leaf.unit, marked),
            leaf.unit,
            Number(value, leaf.unit),
            Number(low, leaf.unit),
            Number(high, leaf.unit),
            leaf.why,
            self.keys.get(leaf, ""),
            " ".join(filter(None, (said.place or said.origin, said.text))),
            " ".join(
                f"[{self.sources.setdefault(each, len(self.sources) + 1)}]" for each in said.sources
            ),
        )
        self._name(at, leaf.name, f"'{self.inputs.name}'!$B${row + 1}")

    def _name(self, at: int, name: str, cell: str) -> None:
        """Call a cell by the name of its quantity."""
        plain = re.sub(r"\W", "_", name, flags=re.ASCII) or "_"
        plain = f"{self.prefix.strip()}_{plain}" if self.prefix else plain
        plain = f"_{plain}" if CELL.fullmatch(plain) or plain[0].isdigit() else plain
        again = (f"{plain[:240]}_{number}" for number in count(2))
        unique = next(
            each for each in chain((plain[:240],), again) if each.lower() not in self.taken
        )
        self.taken.add(unique.lower())
        self.book.made.define_name(unique, f"={cell}")
        self.names[at] = unique

    def _uses(self) -> Counter[int]:
        """How often each step stands in the formulas of others."""
        found: Counter[int] = Counter()
        for step in self.program.steps:
            if step.operation in OPERATIONS:
                text = OPERATIONS[step.operation].spreadsheet
                for place, argument in enumerate(step.arguments):
                    if isinstance(argument, int):
                        found[argument] += text.count(f"{{{place}}}")
        return found

    def _step(self, at: int, texts: Sequence[str], uses: int, nodes: Sequence[Node]) -> str:
        """Write a step where it needs a cell; what stands for it in formulas."""
        step = self.program.steps[at]
        if step.operation != INPUT:
            text = self._text(at, texts)
            if not nodes and uses < 2 and len(text) < LONGEST:
                return text
            formula = Formula(text, self.values[at], nodes[0].unit if nodes else "")
            if nodes:
                row = self.model.add(
                    spoken(nodes[0].name), formula, nodes[0].unit, self._why(at, nodes[0])
                )
                self._name(at, nodes[0].name, f"'{self.model.name}'!$B${row + 1}")
            else:
                row = self.steps.add(Number(at), formula)
                self.names[at] = f"'{self.steps.name}'!$B${row + 1}"
        for node in nodes[step.operation != INPUT :]:
            if not isinstance(node, Input):
                self.model.add(spoken(node.name), self.of(node), node.unit, node.why)
        return self.names[at]

    def _why(self, at: int, node: Node) -> str:
        step = self.program.steps[at]
        if step.operation != FROZEN or not step.arguments:
            return node.why
        inputs = self.program.inputs
        names = "; ".join(spoken(inputs[int(each)].name) for each in step.arguments)
        return f"{node.why} | only costcheck computes it; holds while these stay: {names}"

    def _text(self, at: int, texts: Sequence[str]) -> str:
        step = self.program.steps[at]
        if step.operation == FROZEN:
            same = ",".join(
                f"{texts[int(i)]}={_literal(self.values[int(i)])}" for i in step.arguments
            )
            value = _literal(step.value)
            return f"IF(AND({same}),{value},NA())" if same else value
        parts = (texts[i] if isinstance(i, int) else _literal(i) for i in step.arguments)
        return OPERATIONS[step.operation].spreadsheet.format(*parts)


def spoken(name: str) -> str:
    """The name of a quantity as people read it."""
    return name.replace("/", ", ").replace("_", " ")


def _literal(value: float) -> str:
    text = repr(float(value)).upper()
    return f"({text})" if value < 0.0 else text


def workbook(write: Callable[[Book], None]) -> bytes:
    """The bytes of a workbook that a function fills."""
    try:
        import xlsxwriter
    except ImportError as error:
        advice = "pip install 'costcheck[xlsx]'"
        raise refusal("CC044", "-f xlsx needs XlsxWriter", None, advice) from error
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as made:
        # No clock: the same scenario gives the same bytes.
        made.set_properties({"created": datetime(2000, 1, 1), "comments": "costcheck"})  # noqa: DTZ001
        book = Book(made)
        write(book)
        for sheet in book.sheets:
            sheet.finish()
    return buffer.getvalue()
