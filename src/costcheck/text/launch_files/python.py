"""Python recipes: literal values of arguments, dictionaries and assignments; nothing is run."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from costcheck.text.launch_files.found import Stated

_SIZED = re.compile(r"[a-z]\w*\d+[bB]\w*")
"""Names of functions that build a model of a size, such as llama3_8b."""
_LOADERS = ("from_pretrained", "from_hf_pretrained", "get_model", "import_ckpt")
"""Calls whose first argument names the model."""
_SILENT = ("Field", "field", "add_argument", "print", "getenv")
"""Calls whose arguments state nothing of a run."""
_NESTED = "Config"
"""Name of a class of settings that stands inside of what it sets."""
_CLASS = re.compile(r"[A-Z]\w+")
_LENGTHS = {"tokens": "tok", "epochs": "ep", "steps": ""}
"""Units of a duration, as a table reads them."""
_OPERATORS: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
_MOST_BITS = 64
"""A power of more is no number of a run."""


class _Given(NamedTuple):
    """A value with all the names it goes by: where it stands, and whose argument it is."""

    names: tuple[str, ...]
    node: ast.expr

    @property
    def last(self) -> str:
        """Its own name, without where it stands."""
        return self.names[0].rpartition(".")[2]


def read_python(text: str) -> tuple[tuple[tuple[str, Stated], ...], str]:
    """Take a recipe apart, or say why not; a name with several values is decided by running it."""
    try:
        tree = ast.parse(text)
        constants = _constants(tree)
        final = {name: constants[name] for name in _changed(tree) if name in constants}
        given = [
            (each, value)
            for each in _given(tree, "")
            if (first := _literal(each.node, constants)) is not None
            if (value := final.get(each.names[0], first)) is not None
        ]
    except (SyntaxError, ValueError, RecursionError) as error:
        return (), f"the file is no valid Python: {error}"
    values: dict[str, set[str]] = {}
    for each, value in given:
        for name in {*each.names, each.last}:
            values.setdefault(name, set()).add(str(value))
    found: dict[str, Stated] = {}
    for each, value in given:
        item = Stated(value, each.names[0], each.node.lineno)
        for name in (each.last, *each.names) if len(values[each.last]) > 1 else each.names:
            found.setdefault(name, item._replace(decided=len(values[name]) == 1))
    return tuple(found.items()), ""


def _constants(tree: ast.Module) -> dict[str, object]:
    """Return names with one literal value, as it is after all that changes it."""
    held: dict[str, list[object]] = {}
    known: dict[str, object] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            given = [(node.targets[0].id, _literal(node.value, known))]
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            whole = ast.BinOp(ast.Name(node.target.id), node.op, node.value)
            given = [(node.target.id, _literal(whole, known) if node in tree.body else None)]
            held.pop(node.target.id, None)
        else:
            given = [(name, _literal(value, {})) for name, value in _declared(node)]
        for name, value in given:
            held.setdefault(name, []).append(value)
            known[name] = value
            if len(held[name]) > 1:
                del known[name]
    return {name: values[0] for name, values in held.items() if len(set(map(str, values))) == 1}


def _changed(tree: ast.Module) -> Iterator[str]:
    """Yield the names that something is added to or multiplied with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def _declared(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield what an argument of a function, of a command or of a class is where nobody gives it."""
    if isinstance(node, ast.FunctionDef):
        yield from _defaults(node)
    elif isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Call):
        if ast.unparse(node.value.func).lower().endswith("field"):
            yield from ((f".{ast.unparse(node.target)}", v) for v in _default_of(node.value))
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("add_argument"):
        named = [n.value for n in node.args if isinstance(n, ast.Constant)]
        long = [n.lstrip("-").replace("-", "_") for n in map(str, named) if n.startswith("--")]
        yield from ((f".{name}", value) for name in long[:1] for value in _default_of(node))


def _default_of(node: ast.Call) -> Iterator[ast.expr]:
    return (word.value for word in node.keywords if word.arg == "default")


def _defaults(node: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    """Yield the arguments of a function that have a value where nobody gives one."""
    named = [*node.args.posonlyargs, *node.args.args]
    pairs = [*zip(reversed(named), reversed(node.args.defaults), strict=False)]
    pairs += [(a, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d]
    yield from ((argument.arg, value) for argument, value in pairs)


def _given(node: ast.AST, place: str) -> Iterator[_Given]:
    """Yield all that is given, with the dotted names of where it stands."""
    inner: list[tuple[ast.AST, str]] = [(child, "") for child in ast.iter_child_nodes(node)]
    if isinstance(node, ast.Call):
        yield from _call(node, place)
        inner = [(node.func, ""), *((each, "") for each in node.args)]
        inner += [(word.value, _under(place, word.arg or "")) for word in node.keywords]
    elif isinstance(node, ast.Dict):
        keys = [key.value if isinstance(key, ast.Constant) else "" for key in node.keys]
        pairs = [(value, _under(place, str(k))) for k, value in zip(keys, node.values, strict=True)]
        yield from (_Given((name,), value) for value, name in pairs if name != place)
        inner = [*pairs]
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        names = [*_targets(node)]
        yield from (_Given((name,), node.value) for name in names)
        inner = [(node.value, name) for name in names or [""]]
    elif isinstance(node, ast.FunctionDef):
        yield from (_Given((name,), value) for name, value in _defaults(node))
    for child, where in inner:
        yield from _given(child, where)


def _targets(node: ast.Assign | ast.AnnAssign) -> Iterator[str]:
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        if isinstance(target, ast.Attribute | ast.Name):
            yield ast.unparse(target)


def _under(place: str, name: str) -> str:
    return ".".join(filter(None, (place, name)))


def _call(node: ast.Call, place: str) -> Iterator[_Given]:
    """Yield the arguments of a call by where it stands and by what is called, and what that is."""
    path = ast.unparse(node.func).split(".")
    if path[-1] in _LOADERS and node.args:
        yield _Given((path[-1],), node.args[0])
    own = path[-2] if path[-1] == _NESTED and len(path) > 1 else path[-1]
    for name in path:
        if _SIZED.fullmatch(name):
            yield _Given(("recipe",), ast.copy_location(ast.Constant(name), node))
    if _CLASS.fullmatch(own):
        yield _Given((f"class.{own}",), ast.copy_location(ast.Constant(value=True), node))
    for keyword in () if path[-1] in _SILENT else node.keywords:
        if keyword.arg:
            called = (f"{own}.{keyword.arg}",) if _CLASS.fullmatch(own) else ()
            yield _Given((_under(place, keyword.arg), *called), keyword.value)


def _literal(node: ast.expr, constants: Mapping[str, object]) -> object:
    """Return the value of an expression that can be told without running it."""
    if isinstance(node, ast.Name):
        return constants.get(node.id)
    if isinstance(node, ast.Attribute):
        return _attribute(node, constants)
    if isinstance(node, ast.BinOp):
        return _computed(node, constants)
    if isinstance(node, ast.Call):
        return _length(node, constants)
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError):
        return None
    listed = list(value) if isinstance(value, list | tuple) else None
    return value if isinstance(value, bool | int | float | str) else listed


def _attribute(node: ast.Attribute, constants: Mapping[str, object]) -> object:
    """Return the argument of a command that an attribute stands for, or a type by its name."""
    if isinstance(node.value, ast.Name) and f".{node.attr}" in constants:
        return constants[f".{node.attr}"]
    text = ast.unparse(node)
    return text.rpartition(".")[2] if text.startswith(("torch.", "DType.")) else None


def _computed(node: ast.BinOp, constants: Mapping[str, object]) -> int | None:
    """Return the whole number of an arithmetic expression."""
    left, right = (_literal(side, constants) for side in (node.left, node.right))
    if not (isinstance(left, int) and isinstance(right, int)):
        return None
    if isinstance(node.op, ast.Pow):
        return left**right if 0 <= right * left.bit_length() <= _MOST_BITS else None
    if isinstance(node.op, ast.Div | ast.FloorDiv):
        whole = right and (isinstance(node.op, ast.FloorDiv) or left % right == 0)
        return left // right if whole else None
    work = _OPERATORS.get(type(node.op))
    return work(left, right) if work else None


def _length(node: ast.Call, constants: Mapping[str, object]) -> object:
    """Return a duration such as Duration.tokens(10) with its unit, or a number cast to be whole."""
    path = ast.unparse(node.func).split(".")
    value = _literal(node.args[0], constants) if len(node.args) == 1 else None
    if path == ["int"] and isinstance(value, int | float):
        return int(value)
    unit = _LENGTHS.get(path[-1]) if path[0] == "Duration" else None
    whole = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value}{unit}" if whole and unit is not None else None
