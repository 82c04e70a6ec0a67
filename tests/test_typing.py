"""A user's own file is type-checked against the package as installed."""

import subprocess
import sys

import pytest

pytest.importorskip("mypy", reason="needs mypy")

PROGRAM = """
from costcheck import Figure, estimate, load

cost: Figure = estimate(load({"model": "llama-3.1-8b"}))["cost_usd"]
central: float | None = cost.central
"""


def test_the_library_is_typed(tmp_path):
    (tmp_path / "user.py").write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "user.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
