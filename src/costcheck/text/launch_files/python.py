"""Python recipes: literal values of keyword arguments and assignments; nothing is run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from costcheck.text.launch_files.found import Stated
from costcheck.text.launch_files.shell_numbers import computed

_SIZED = re.compile(r"[a-z]\w*\d+[bB]\w*")
"""Names of functions that build a model of a size, such as llama3_8b."""
_LOADERS = ("from_pretrained", "from_hf_pretrained", "get_model", "import_ckpt")
"""Calls whose first argument names the model."""


def read_python(text: str) -> tuple[tuple[tuple[str, Stated], ...], str]:
    """Take a recipe apart, or say why not; a name with several values is decided by running it."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        return (), f"the file is no valid Python: {error}"
    constants = _constants(tree)
    found: dict[str, list[Stated]] = {}
    for name, node, line in _assignments(tree):
        value = _literal(node, constants)
        if value is not None:
            found.setdefault(name, []).append(Stated(value, name, line))
    stated = []
    for name, items in found.items():
        agreed = len({str(item.value) for item in items}) == 1
        stated.append((name, items[0] if agreed else items[0]._replace(decided=False)))
    return tuple(stated), ""


def _constants(tree: ast.Module) -> dict[str, object]:
    """Return module-level names with one literal value."""
    held: dict[str, list[object]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            held.setdefault(node.targets[0].id, []).append(_literal(node.value, {}))
    return {name: values[0] for name, values in held.items() if len(values) == 1}


def _assignments(tree: ast.Module) -> Iterator[tuple[str, ast.expr, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _call(node)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute | ast.Name):
                    yield ast.unparse(target), node.value, node.lineno
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield ast.unparse(node.target), node.value, node.lineno
        elif isinstance(node, ast.Dict):
            yield from _pairs(node)


def _pairs(node: ast.Dict) -> Iterator[tuple[str, ast.expr, int]]:
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value, value, value.lineno


def _call(node: ast.Call) -> Iterator[tuple[str, ast.expr, int]]:
    path = ast.unparse(node.func).split(".")
    if path[-1] in _LOADERS and node.args:
        yield path[-1], node.args[0], node.lineno
    for name in path:
        if _SIZED.fullmatch(name):
            yield "recipe", ast.Constant(name), node.lineno
    if path[-1] not in ("Field", "add_argument", "print"):
        for keyword in node.keywords:
            if keyword.arg:
                yield keyword.arg, keyword.value, keyword.value.lineno


def _literal(node: ast.expr, constants: dict[str, object]) -> object:
    if isinstance(node, ast.Name) and node.id in constants:
        return constants[node.id]
    if isinstance(node, ast.Attribute):
        text = ast.unparse(node)
        return text.rpartition(".")[2] if text.startswith(("torch.", "DType.")) else None
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        names = {key: str(value) for key, value in constants.items() if isinstance(value, int)}
        expression = ast.unparse(node)
        words = [names.get(word, word) for word in expression.replace("//", "/").split()]
        return computed(" ".join(words))
    if isinstance(value, bool | int | float | str):
        return value
    return list(value) if isinstance(value, list | tuple) else None
