"""Start-up is guarded by counting what is imported, not by timing."""

import json
import subprocess
import sys
from functools import cache
from typing import Any

import pytest

from tests.commands import ROOT

PROBE = """
import json, sys
from io import StringIO
sys.argv = ["costcheck", *{arguments!r}]
from costcheck.__main__ import main
out, sys.stdout = sys.stdout, StringIO()
try:
    main()
except SystemExit:
    pass
sys.stdout = out
print(json.dumps({what}))
"""


def probed(what: str, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(arguments=list(arguments), what=what)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    return json.loads(done.stdout)


@cache
def modules(*arguments: str) -> set[str]:
    return set(probed("sorted(sys.modules)", *arguments))


@cache
def bare(first: str = "pass") -> set[str]:
    """Return what the interpreter and its site packages import by themselves."""
    listing = "import json, sys; from io import StringIO; print(json.dumps(list(sys.modules)))"
    program = f"{first}; {listing}"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


def test_version_imports_nothing():
    found = modules("--version") - bare()
    for heavy in ("numpy", "typer", "rich", "yaml", "pydantic", "typing", "re", "costcheck.cli"):
        assert heavy not in found


ESTIMATE = ("estimate", "examples/minimal.yaml")


@pytest.mark.parametrize(
    "heavy",
    ["pandas", "rich", "pydantic", "pydantic_core", "scipy", "numpy.random", "numpy.ma"],
)
def test_estimate_leaves_the_heavy_libraries_alone(heavy):
    # Older releases of numpy import some of its own parts by themselves.
    assert heavy not in modules(*ESTIMATE) - bare("import numpy")


def test_estimate_imports_only_what_it_uses():
    found = modules(*ESTIMATE)
    for unused in ("costcheck.audit.network", "costcheck.physics.search", "costcheck.plan"):
        assert unused not in found
    assert sum(name.startswith("costcheck") for name in found) < 145


def test_an_audit_of_a_file_reads_no_prose():
    assert "costcheck.text.prose.figures" not in modules("audit", "examples/article-004.yaml")


def test_help_does_not_import_numpy():
    found = modules("--help")
    assert "pandas" not in found
    assert "rich.markdown" not in found


def test_a_short_command_hardly_searches_for_cycles():
    searches = "[each['collections'] for each in __import__('gc').get_stats()]"
    assert sum(probed(searches, "audit", "examples/article-004.yaml")) < 20
