"""Whole-number arithmetic and comparisons of the shell."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable

_ALLOWED = re.compile(r"[\d\s+\-*/%()<>=!&|]+")
_MOST_DIGITS = 18
"""Digits of the largest number a shell computes with."""

_OPERATIONS: dict[type[ast.AST], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: lambda left, right: abs(left) // abs(right) * (1 if left * right >= 0 else -1),
    ast.Mod: operator.mod,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def computed(expression: str) -> int | None:
    """Return the value of an expression of numbers, None where it is none."""
    if not _ALLOWED.fullmatch(expression) or "**" in expression:
        return None
    words = expression.replace("/", "//").replace("&&", " and ").replace("||", " or ")
    words = re.sub(r"!(?!=)", " not ", words)
    try:
        tree = ast.parse(re.sub(r"\b0+(?=\d)", "", words.strip()), mode="eval")
        return _value(tree.body)
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError):
        return None


def _value(node: ast.AST) -> int:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        if len(str(node.value)) > _MOST_DIGITS:
            raise ValueError
        return int(node.value)
    if isinstance(node, ast.UnaryOp):
        inner = _value(node.operand)
        return int(not inner) if isinstance(node.op, ast.Not) else -inner
    if isinstance(node, ast.BoolOp):
        values = [bool(_value(each)) for each in node.values]
        return int(all(values) if isinstance(node.op, ast.And) else any(values))
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        return _OPERATIONS[type(node.op)](_value(node.left), _value(node.right))
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _OPERATIONS:
        compared = _OPERATIONS[type(node.ops[0])]
        return int(compared(_value(node.left), _value(node.comparators[0])))
    raise ValueError
