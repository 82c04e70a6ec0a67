"""Every function and class is used on the way from something a user can run."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path
from typing import TypeGuard

SOURCE = Path(__file__).parents[1] / "src" / "costcheck"
ENTRIES = ("cli/", "api/", "__init__.py", "__main__.py", "calibrate/__main__.py")
ALLOWED = {
    "report/formats/schemas.py:_Quantities.dataclass_schema": "pydantic calls it",
    **{
        f"text/prose/sentences.py:_Visible.handle_{event}": "HTMLParser calls it"
        for event in ("data", "starttag", "endtag")
    },
}
"""Definitions that only something outside the source calls, with the reason."""


def test_every_definition_is_reached_from_an_entry_point() -> None:
    assert unreached() - ALLOWED.keys() == set()


def unreached() -> set[str]:
    """Definitions nothing reached uses, as ``file:name``; a method by its name alone."""
    files = {path.relative_to(SOURCE).as_posix(): path for path in sorted(SOURCE.rglob("*.py"))}
    uses: dict[str, set[str]] = {}
    named: dict[str, set[str]] = defaultdict(set)
    reached: set[str] = set()
    for file, path in files.items():
        module = ast.parse(path.read_text(encoding="utf-8"))
        imported = _imported(module)
        for name, node in _definitions(module):
            key = f"{file}:{name}"
            uses[key] = {_resolved(mention, file, imported) for mention in _mentions(node)}
            named["." + name.rpartition(".")[2] if "." in name else key].add(key)
            named[f"{_stem(file)}.{name}"].add(key)
            if not name or file.startswith(ENTRIES):
                reached.add(key)
    waiting = list(reached)
    while waiting:
        for use in uses[waiting.pop()]:
            new = named[use] - reached
            reached |= new
            waiting.extend(new)
    return uses.keys() - reached


def _stem(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]


def _imported(module: ast.Module) -> dict[str, str]:
    """What each imported name stands for, as ``module.name`` or ``module``."""
    found: dict[str, str] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            stem = (node.module or "").rpartition(".")[2]
            found |= {each.asname or each.name: f"{stem}.{each.name}" for each in node.names}
    return found


def _resolved(mention: str, file: str, imported: dict[str, str]) -> str:
    """The definition a mention may mean: of an imported module, of any class, or of its file."""
    owner, _, name = mention.rpartition(".")
    if owner in imported:
        return f"{imported[owner].rpartition('.')[2]}.{name}"
    if owner:
        return f".{name}"
    return imported.get(name, f"{file}:{name}")


def _definitions(module: ast.Module) -> list[tuple[str, ast.AST]]:
    """The functions, classes and plain methods of a module, and what runs at its import."""
    loose = ast.Module([], [])
    found: list[tuple[str, ast.AST]] = [("", loose)]
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            found.append((node.name, node))
        elif isinstance(node, ast.ClassDef):
            methods = [each for each in node.body if _is_plain_method(each)]
            found.extend((f"{node.name}.{method.name}", method) for method in methods)
            node.body = [each for each in node.body if each not in methods]
            found.append((node.name, node))
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            loose.body.append(node)
    return found


def _is_plain_method(node: ast.stmt) -> TypeGuard[ast.FunctionDef]:
    return isinstance(node, ast.FunctionDef) and not node.name.startswith("__")


def _mentions(node: ast.AST) -> set[str]:
    found: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            found.add(part.id)
        elif isinstance(part, ast.Attribute):
            owner = part.value.id if isinstance(part.value, ast.Name) else "?"
            found.add(f"{owner}.{part.attr}")
            found.add(f"?.{part.attr}")
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            found.update(_named_in_text(part.value))
    return found


def _named_in_text(text: str) -> set[str]:
    """Annotations, and tables of what to import: ``Name``, ``costcheck.module:name``."""
    words = re.findall(r"[A-Za-z_][A-Za-z_0-9.]*", text) if len(text) < 200 else []
    return {f"?.{word.rpartition('.')[2]}" for word in words} | set(words)
