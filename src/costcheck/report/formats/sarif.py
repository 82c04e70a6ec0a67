"""Diagnostics as SARIF 2.1.0, which code scanning services read.

A rule holds its whole help and no ``helpUri``: the project has no address on the web to link to.

References
----------
.. [1] GitHub Docs, "SARIF support for code scanning": alerts are matched from run to run by the
   partial fingerprint ``primaryLocationLineHash``; ``help.markdown`` is shown beside an alert.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from costcheck.catalog.codes import explanation
from costcheck.diagnostics import Diagnostic, Place
from costcheck.report.formats.json import dumps
from costcheck.version import VERSION

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

FINGERPRINT = "primaryLocationLineHash"


def render(problems: Sequence[Diagnostic]) -> str:
    """Return the log as JSON."""
    codes = sorted({problem.code for problem in problems})
    rules = [_rule(code) for code in codes]
    driver = {"name": "costcheck", "version": VERSION, "rules": rules}
    results = [
        {**_result(problem, codes.index(problem.code)), "partialFingerprints": {FINGERPRINT: mark}}
        for problem, mark in zip(problems, _fingerprints(problems), strict=True)
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(code: str) -> dict[str, Any]:
    told = explanation(code)
    if told is None:
        return {"id": code, "shortDescription": {"text": code}}
    plain = f"{told.why}\n\nWrong:\n{told.wrong}\n\nRight:\n{told.right}"
    drawn = f"{told.why}\n\nWrong:\n\n{_fenced(told.wrong)}\n\nRight:\n\n{_fenced(told.right)}"
    return {
        "id": code,
        "shortDescription": {"text": told.title},
        "fullDescription": {"text": told.why},
        "help": {"text": plain, "markdown": drawn},
    }


def _fenced(text: str) -> str:
    return f"```yaml\n{text}\n```"


def _fingerprints(problems: Sequence[Diagnostic]) -> Iterator[str]:
    """Yield a mark of each problem that stays when its line moves: rule, file, text, repetition."""
    seen: Counter[str] = Counter()
    for problem in problems:
        file = problem.place.file if problem.place else ""
        told = "\0".join((problem.code, _uri(file), problem.excerpt.strip() or problem.message))
        mark = hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()[:16]
        seen[mark] += 1
        yield f"{mark}:{seen[mark]}"


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
