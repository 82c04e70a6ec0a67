"""Run the command line in the tests: in this process, or as a user's own process."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))


class Outcome(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


def costcheck(
    *arguments: str,
    cwd: Path = ROOT,
    text: str | None = None,
    environment: dict[str, str] | None = None,
) -> Outcome:
    """Run ``costcheck`` in a process of its own, with an environment that is ours alone."""
    keep = {
        key: os.environ[key] for key in ("PATH", "SYSTEMROOT", "PYTHONPATH") if key in os.environ
    }
    plain = {**keep, "LANG": "C.UTF-8", "COLUMNS": "80", "PYTHONUTF8": "1", **(environment or {})}
    done = subprocess.run(
        [sys.executable, "-m", "costcheck", *arguments],
        cwd=cwd,
        env=plain,
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=120,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)
