"""Diagnostics as SARIF 2.1.0, which code scanning services read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from costcheck.catalog.codes import title_of
from costcheck.diagnostics import Diagnostic, Place
from costcheck.report.formats.json import dumps
from costcheck.version import VERSION

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(problems: Sequence[Diagnostic]) -> str:
    """Return the log as JSON."""
    codes = sorted({problem.code for problem in problems})
    rules = [{"id": code, "shortDescription": {"text": title_of(code) or code}} for code in codes]
    driver = {"name": "costcheck", "version": VERSION, "rules": rules}
    results = [_result(problem, codes.index(problem.code)) for problem in problems]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _result(problem: Diagnostic, rule: int) -> dict[str, Any]:
    text = f"{problem.message}. {problem.help}" if problem.help else problem.message
    found: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": problem.severity,
        "message": {"text": text},
    }
    if problem.place is not None:
        found["locations"] = [{"physicalLocation": _location(problem.place)}]
    return found


def _location(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = {"artifactLocation": {"uri": _uri(place.file)}}
    if place.line:
        column = max(place.column, 1)
        found["region"] = {
            "startLine": place.line,
            "startColumn": column,
            "endColumn": column + max(place.length, 1),
        }
    return found


def _uri(path: str) -> str:
    return quote(path.replace("\\", "/"), safe="/-._~:")
