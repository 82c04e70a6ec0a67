"""Run the command line in the tests: in this process, or as a user's own process."""

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from costcheck.cli import main

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))


TYPED = re.compile(
    r"\{[^}]*\}"  # what a file holds or is to hold
    r"|https?://\S+(?:\n +\S*[/-]\S*)*"  # addresses, over the lines they take
    r"|(?<!\S)--\S+(?: [a-z]\S*)?|model type \S+"  # options of a launcher, of a config.json
    r"|\b[\w.-]+/[A-Z][\w.-]*"  # names of the hub
    r"|\b[\w-]+(?:\.[\w-]+)+"  # keys as they are typed, files
    r"|(?:^|(?<=\s))(?:configs|examples|tests)/\S+"
    r"|\$\S+|\b(?:tokens|FLOP|TFLOP|GFLOP|PFLOP|[KMGT]?B|g|L|t|m|W)/\w+"  # units
)
"""What a screen may hold of signs that are for machines."""


def identifiers(screen: str) -> list[str]:
    """What of a screen is an identifier of ours rather than a word."""
    screen = screen.partition("\nsources\n")[0]  # titles are in the words of others
    return re.findall(r"\b[A-Za-z]\w*[a-z\d](?:[_/][A-Za-z]\w*)+", TYPED.sub(" ", screen))


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
    """Run ``costcheck`` in this process, with streams, a folder and an environment of its own.

    What an environment says to the interpreter takes a process of its own.
    """
    if any(name.startswith("PYTHON") for name in environment or ()):
        return own_process(*arguments, cwd=cwd, text=text, environment=environment)
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(3)]
    names = dict(zip(("stdin", "stdout", "stderr"), streams, strict=True))
    streams[0].buffer.write((text or "").encode())
    streams[0].buffer.seek(0)
    ours = mock.patch.dict(os.environ, _environment(environment), clear=True)
    with ours, contextlib.chdir(cwd), mock.patch.multiple(sys, **names):
        code = main(list(arguments))
    return Outcome(code, *map(_written, streams[1:]))


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode("utf-8", "replace").replace("\r\n", "\n")


def _environment(more: dict[str, str] | None) -> dict[str, str]:
    """An environment that is ours alone."""
    kept = ("PATH", "SYSTEMROOT", "PYTHONPATH")
    keep = {key: os.environ[key] for key in kept if key in os.environ}
    return {**keep, "LANG": "C.UTF-8", "COLUMNS": "80", "PYTHONUTF8": "1", **(more or {})}


def own_process(
    *arguments: str,
    cwd: Path = ROOT,
    text: str | None = None,
    environment: dict[str, str] | None = None,
) -> Outcome:
    """Run ``costcheck`` in a process of its own, as users do."""
    done = subprocess.run(
        [sys.executable, "-m", "costcheck", *arguments],
        cwd=cwd,
        env=_environment(environment),
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=120,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)
