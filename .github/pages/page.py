"""What the page asks costcheck: the same commands as in a terminal, on files of the browser."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from pathlib import Path


def answer(question: str) -> str:
    """Run a command on files; its report, the scenario it made and what it said, as JSON."""
    from costcheck.cli import main

    asked = json.loads(question)
    said = io.StringIO()
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        for file, text in asked["files"].items():
            Path(file).write_text(text, encoding="utf-8")
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            code = main([*asked["command"], "-f", "html", "-o", "report.html"])
            if asked.get("draft"):
                main(["init", "--claims", asked["draft"], "-o", "scenario.yaml"])
        found = {each: _text(Path(each)) for each in ("report.html", "scenario.yaml")}
    return json.dumps({"code": code, "said": said.getvalue(), **found})


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""
