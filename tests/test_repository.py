"""The house stays tidy: sizes, names, documents, public surface."""

import ast
import graphlib
import re
import subprocess

import pytest

from tests.commands import ROOT

SOURCE = ROOT / "src" / "costcheck"
FILES = sorted(SOURCE.rglob("*.py"))

FUNCTION_LIMIT = 40


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_functions_stay_small(path):
    text = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            documented = ast.get_docstring(node, clean=False) or ""
            lines = node.end_lineno - node.lineno + 1
            if documented:
                lines -= documented.count("\n") + 1
            assert lines <= FUNCTION_LIMIT, f"{node.name}: {lines} lines"


def imported(path, names):
    """Yield what a module imports anywhere, also for types only or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in names else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_modules_import_each_other_in_no_circle():
    names = {}
    for path in FILES:
        steps = path.relative_to(SOURCE.parent).with_suffix("").parts
        names[".".join(steps).removesuffix(".__init__")] = path
    graph = {
        name: {other for other in imported(path, names) if other in names and other != name}
        for name, path in names.items()
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def test_top_level_is_what_the_client_ordered():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\n")
    top = {name.split("/")[0] for name in listed if name and not name.startswith(".")}
    if top:
        assert top <= {
            "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md",
            "src", "tests", "configs", "examples",
        }  # fmt: skip


def test_configs_hold_data_only():
    assert not list((ROOT / "configs").rglob("*.py"))


def test_no_markers_of_unfinished_work():
    markers = re.compile(r"\b(TO" r"DO|FIX" r"ME|XXX|HA" r"CK|NotImplementedError)\b")
    found = [path for path in FILES if markers.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_no_drawer_for_everything():
    assert not [path for path in FILES if path.stem in ("utils", "helpers", "misc", "common")]
