"""Workbooks: sheets of cells, and graphs as formulas that a spreadsheet program computes anew."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from itertools import chain, count
from typing import Any, NamedTuple

from costcheck.diagnostics import CostcheckError, Diagnostic
from costcheck.graph.nodes import Input, Node
from costcheck.graph.steps import FROZEN, INPUT, OPERATIONS, Program

FORMATS = {
    "USD": "$#,##0",
    "USD/GPU-hour": "$#,##0.00",
    "share": "0.0%",
    "days": "#,##0.0",
    "FLOP": "0.00E+00",
    "FLOP/s": "0.00E+00",
    "FLOP/token": "0.00E+00",
}
"""How numbers of a unit are shown; others by their size."""

LONGEST = 4000
"""Characters of a formula before its parts get cells of their own."""

CELL = re.compile(r"(?i)[a-z]{1,3}\d*|[rc]\d*|r\d*c\d*|true|false")
"""Names that a spreadsheet takes for something else."""


class Sheet:
    """A sheet that is filled row by row."""

    def __init__(self, book: Any, name: str, widths: Sequence[int], styles: Styles) -> None:
        self.name = name
        self.styles = styles
        self.sheet = book.add_worksheet(name)
        self.row = 0
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)

    def head(self, *labels: str) -> None:
        """Write the head of a table, which stays in view where it is the first row."""
        self.add(*labels, style=self.styles("head"))
        if self.row == 1:
            self.sheet.freeze_panes(1, 0)

    def add(self, *values: Any, style: Any = None) -> int:
        """Write a row of texts, numbers and formulas; its place."""
        for column, value in enumerate(values):
            self._put(column, value, style)
        self.row += 1
        return self.row - 1

    def _put(self, column: int, value: Any, style: Any) -> None:
        if isinstance(value, Formula):
            number = self.styles.number(value.unit, value.value)
            known = value.value if math.isfinite(value.value) else "#N/A"
            self.sheet.write_formula(self.row, column, f"={value.text}", number, known)
        elif isinstance(value, Words):
            shown = style or self.styles("line")
            self.sheet.write_formula(self.row, column, f"={value.text}", shown, value.value)
        elif isinstance(value, Number):
            if value.value is not None and math.isfinite(value.value):
                shown = style or self.styles.number(value.unit, value.value, value.style)
                self.sheet.write_number(self.row, column, value.value, shown)
        elif value is not None and value != "":
            # As text whatever it begins with: a name from somebody's file is no formula.
            self.sheet.write_string(self.row, column, str(value), style or self.styles("text"))


class Number:
    """A number with its unit."""

    def __init__(self, value: float | None, unit: str = "", style: str = "") -> None:
        self.value = value
        self.unit = unit
        self.style = style


class Formula:
    """A formula, with the value it has at first."""

    def __init__(self, text: str, value: float, unit: str = "") -> None:
        self.text = text
        self.value = value
        self.unit = unit


class Words(NamedTuple):
    """A formula that gives a text, with the one it gives at first."""

    text: str
    value: str


class Styles:
    """Looks of cells, each made once."""

    LOOKS: Mapping[str, Mapping[str, Any]] = {
        "text": {"text_wrap": True, "valign": "top"},
        "head": {"bold": True, "bottom": 1},
        "line": {"valign": "top"},
        "title": {"bold": True, "font_size": 14},
        "input": {"bg_color": "#FFF6D6", "border": 1, "border_color": "#C9A227", "locked": False},
        "": {"valign": "top"},
    }

    def __init__(self, book: Any) -> None:
        self.book = book
        self.made: dict[tuple[str, str], Any] = {}

    def __call__(self, look: str, pattern: str = "") -> Any:
        """The format of a look and of a pattern of numbers."""
        key = (look, pattern)
        if key not in self.made:
            shown = {"num_format": pattern} if pattern else {}
            self.made[key] = self.book.add_format({**self.LOOKS[look], **shown})
        return self.made[key]

    def number(self, unit: str, value: float, look: str = "") -> Any:
        """How a number of a unit looks."""
        size = abs(value)
        usual = "#,##0" if size >= 1000.0 or value == 0.0 else "#,##0.####"
        return self(
            look, FORMATS.get(unit, usual if 0.01 <= size < 1e13 or not size else "0.00E+00")
        )


class Formulas:
    """A graph on two sheets: its inputs to be changed, and everything that follows from them."""

    def __init__(
        self,
        book: Any,
        program: Program,
        styles: Styles,
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
        self.inputs = Sheet(
            book, f"{prefix}Inputs", (34, 20, 16, 14, 14, 14, 30, 26, 26, 60), styles
        )
        self.model = Sheet(book, f"{prefix}Model", (44, 20, 16, 90), styles)
        self.steps = Sheet(book, f"{prefix}Steps", (10, 24), styles)
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
        self.steps.add("Parts of formulas of the sheet Model.")
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
        row = self.inputs.add(
            leaf.name,
            Number(value, leaf.unit, "input"),
            leaf.unit,
            Number(value, leaf.unit),
            Number(low, leaf.unit),
            Number(high, leaf.unit),
            leaf.why,
            self.keys.get(leaf, ""),
            " ".join(filter(None, (said.place or said.origin, said.text))),
            "; ".join(said.sources),
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
        self.book.define_name(unique, f"={cell}")
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
                row = self.model.add(nodes[0].name, formula, nodes[0].unit, self._why(at, nodes[0]))
                self._name(at, nodes[0].name, f"'{self.model.name}'!$B${row + 1}")
            else:
                row = self.steps.add(Number(at), formula)
                self.names[at] = f"'{self.steps.name}'!$B${row + 1}"
        for node in nodes[step.operation != INPUT :]:
            if not isinstance(node, Input):
                self.model.add(node.name, self.of(node), node.unit, node.why)
        return self.names[at]

    def _why(self, at: int, node: Node) -> str:
        step = self.program.steps[at]
        if step.operation != FROZEN or not step.arguments:
            return node.why
        inputs = self.program.inputs
        names = ", ".join(inputs[int(each)].name for each in step.arguments)
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


def _literal(value: float) -> str:
    text = repr(float(value)).upper()
    return f"({text})" if value < 0.0 else text


def workbook(write: Callable[[Any, Styles], None]) -> bytes:
    """The bytes of a workbook that a function fills."""
    try:
        import xlsxwriter
    except ImportError as error:
        advice = "pip install 'costcheck[xlsx]'"
        problem = Diagnostic("CC044", "error", "-f xlsx needs XlsxWriter", None, advice)
        raise CostcheckError([problem]) from error
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        # No clock: the same scenario gives the same bytes.
        book.set_properties({"created": datetime(2000, 1, 1), "comments": "costcheck"})  # noqa: DTZ001
        write(book, Styles(book))
    return buffer.getvalue()
