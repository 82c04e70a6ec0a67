"""A graph as a list of steps of plain arithmetic, for spreadsheets and pages without Python.

No formula is said twice: the nodes compute themselves as they always do, but on `Symbol`s, which
write down what is done to them. A function that looks at its numbers, such as one that compares
layouts, cannot be written down; its value is frozen at the inputs it was computed from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from costcheck.graph.evaluation import State
from costcheck.graph.nodes import Guard, Input, Node, leaves, walk


class Operation(NamedTuple):
    """One operation outside Python; in Python it is numpy's function of its name."""

    spreadsheet: str
    """In the formulas of spreadsheet programs, ``{0}`` for the first argument."""
    script: str
    """In JavaScript, with the arguments a, b, c."""


# Where a spreadsheet has no expm1 and log1p, Kahan's forms lose no digits near zero.
OPERATIONS: Mapping[str, Operation] = {
    "add": Operation("({0}+{1})", "a+b"),
    "subtract": Operation("({0}-{1})", "a-b"),
    "multiply": Operation("({0}*{1})", "a*b"),
    "divide": Operation("({0}/{1})", "a/b"),
    "negative": Operation("(-{0})", "-a"),
    "power": Operation("POWER({0},{1})", "a**b"),
    "exp": Operation("EXP({0})", "Math.exp(a)"),
    "exp2": Operation("POWER(2,{0})", "2**a"),
    "log": Operation("LN({0})", "Math.log(a)"),
    "log2": Operation("LOG({0},2)", "Math.log2(a)"),
    "log10": Operation("LOG10({0})", "Math.log10(a)"),
    "sqrt": Operation("SQRT({0})", "Math.sqrt(a)"),
    "expm1": Operation(
        "IF({0}<-37,-1,IF(EXP({0})=1,{0},(EXP({0})-1)*{0}/LN(EXP({0}))))", "Math.expm1(a)"
    ),
    "log1p": Operation("IF((1+{0})=1,{0},LN(1+{0})*{0}/((1+{0})-1))", "Math.log1p(a)"),
    "absolute": Operation("ABS({0})", "Math.abs(a)"),
    "ceil": Operation("(-INT(-{0}))", "Math.ceil(a)"),
    "floor": Operation("INT({0})", "Math.floor(a)"),
    "maximum": Operation("MAX({0},{1})", "Math.max(a,b)"),
    "minimum": Operation("MIN({0},{1})", "Math.min(a,b)"),
    "greater": Operation("({0}>{1})", "a>b"),
    "greater_equal": Operation("({0}>={1})", "a>=b"),
    "less": Operation("({0}<{1})", "a<b"),
    "less_equal": Operation("({0}<={1})", "a<=b"),
    "equal": Operation("({0}={1})", "a===b"),
    "where": Operation("IF({0},{1},{2})", "a?b:c"),
}

INPUT, FROZEN = "input", "frozen"
"""Steps that are no operation: an input, and a value that holds only at some of the inputs."""


class Step(NamedTuple):
    """One step: what is done to which numbers."""

    operation: str
    arguments: tuple[int | float, ...]
    """Earlier steps by their index, constants as float; of a frozen value the inputs it hangs on.
    """
    value: float = math.nan
    """Of an input, and of what is frozen."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """A graph as steps, each after those it needs."""

    steps: tuple[Step, ...]
    places: Mapping[Node, int]
    """Which step is the value of a node; a node that is unknown has none."""
    guards: Mapping[Guard, int]
    """Which step is the margin that a guarded quantity needs."""

    @property
    def inputs(self) -> dict[int, Input]:
        """The inputs by their steps."""
        return {at: node for node, at in self.places.items() if isinstance(node, Input)}

    def evaluate(self, changes: Mapping[str, float]) -> dict[Node, float]:
        """Values of the nodes with other inputs by name; NaN where a frozen value would change."""
        values = self.values(changes)
        return {node: values[at] for node, at in self.places.items()}

    def values(self, changes: Mapping[str, float]) -> list[float]:
        """The same of every step."""
        named = {at: node.name for at, node in self.inputs.items()}
        values: list[Any] = []
        with np.errstate(all="ignore"):
            for at, step in enumerate(self.steps):
                if step.operation == INPUT:
                    values.append(changes.get(named[at], step.value))
                elif step.operation == FROZEN:
                    same = (values[int(i)] == self.steps[int(i)].value for i in step.arguments)
                    values.append(step.value if all(same) else math.nan)
                else:
                    parts = (values[i] if isinstance(i, int) else i for i in step.arguments)
                    values.append(getattr(np, step.operation)(*parts))
        return [float(value) for value in values]


def program(roots: Iterable[Node], central: Mapping[Node, Any]) -> Program:
    """Write down how the roots follow from their inputs; `central` are the values of all nodes."""
    order = tuple(walk(roots))
    state = _Tracing(central)
    for node in order:
        state.compute(node)
    places = {node: value.index for node in order if (value := state.symbols.get(node)) is not None}
    guards = {
        node: places[node.margin]
        for node in order
        if isinstance(node, Guard) and node.margin in places
    }
    return Program(steps=tuple(state.tape.steps), places=places, guards=guards)


class _UntraceableError(TypeError):
    """A function looked at its numbers."""


_GIVE_UP = (TypeError, ValueError, AttributeError, IndexError, KeyError)


@dataclass
class _Tape:
    steps: list[Step] = field(default_factory=list)
    known: dict[Step, Symbol] = field(default_factory=dict)

    def write(self, operation: str, arguments: tuple[Any, ...], value: float = math.nan) -> Symbol:
        step = Step(operation, tuple(map(_argument, arguments)), value)
        if step not in self.known or operation == INPUT:
            self.steps.append(step)
            self.known[step] = Symbol(self, len(self.steps) - 1)
        return self.known[step]


class Symbol(NDArrayOperatorsMixin):
    """A number that is not known yet; what is done to it is written on a tape."""

    def __init__(self, tape: _Tape, index: int) -> None:
        self.tape = tape
        self.index = index

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Symbol:
        if method != "__call__" or keywords or ufunc.__name__ not in OPERATIONS:
            raise _UntraceableError(ufunc.__name__)
        return self.tape.write(ufunc.__name__, inputs)

    def __array_function__(
        self, function: Any, types: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any]
    ) -> Any:
        del types
        if function is np.any:  # A loop that may stop early goes on to its last turn.
            return True
        if function is np.where and len(arguments) == 3:
            return self.tape.write("where", arguments)
        if function is np.clip and not keywords:
            value, low, high = arguments
            return np.minimum(np.maximum(value, low), high)
        raise _UntraceableError(function.__name__)

    def __getattr__(self, name: str) -> Callable[[], Symbol]:
        # Arrays of objects ask the object for the function: np.exp calls its `exp`.
        if name not in OPERATIONS:
            raise AttributeError(name)
        return lambda: self.tape.write(name, (self,))

    def __bool__(self) -> bool:
        raise _UntraceableError("a choice that hangs on the number")

    def __float__(self) -> float:
        raise _UntraceableError("a function that needs the number")


def _bare(value: Any) -> Any:
    """What an array without dimensions holds."""
    return value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value


def _argument(value: Any) -> int | float:
    value = _bare(value)
    if isinstance(value, Symbol):
        return value.index
    number = float(value)
    if not math.isfinite(number):
        raise _UntraceableError("a number without end")
    return number


class _Tracing(State):
    """An evaluation that writes down what it does."""

    def __init__(self, central: Mapping[Node, Any]) -> None:
        super().__init__((), {})
        self.tape = _Tape()
        self.central = central
        self.symbols: dict[Node, Symbol | None] = {}

    def leaf(self, node: Input) -> Any:
        return self.tape.write(INPUT, (), float(self.central[node]))

    def compute(self, node: Node) -> None:
        try:
            super().compute(node)
            value = _bare(self.values[node])
            if value is not None and not isinstance(value, Symbol):
                value = self.tape.write(FROZEN, (), float(value))
        except _GIVE_UP:
            below = (self.values[leaf] for leaf in leaves([node]))
            value = self.tape.write(FROZEN, tuple(below), float(self.central[node]))
        self.values[node] = self.symbols[node] = value
