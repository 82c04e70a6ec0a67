"""What holds of every result, whatever a file says; a breach in words that tell kinds apart."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator
from typing import Any

from tests.benchmarks.fuzz.process import Outcome

SIGNED = {"excess", "misallocated_usd"}
SHARES = ("mfu", "mfu_end_to_end", "goodput")
STATED_MFU = 1.5
"""A stated contradiction may need more than the peak; printed without a verdict it may not."""


def breaches(arguments: list[str], found: Outcome, raw: bytes = b"") -> Iterator[str]:
    """Everything wrong with what one command line came to on an input."""
    command = arguments[0]
    if found.fault:
        yield found.fault
        return
    if found.code not in (0, 1, 2):
        yield f"exit code {found.code}: {command}"
    if "Traceback" in found.out + found.err:
        yield f"traceback: {command}"
    if found.code == 2 and not found.err.strip():
        yield f"refused without a word: {command}"
    if found.code == 2 and found.out.strip() and command != "check":
        yield f"refused, and printed a result: {command}"
    if found.code in (0, 1) and found.out:
        kind = arguments[arguments.index("-f") + 1] if "-f" in arguments else "table"
        names = set(re.findall(r"[$\w.-]+", raw.decode("utf-8", "replace")))
        yield from _texts(command, kind, found.out, _ENDLESS - names)


def _texts(command: str, kind: str, text: str, endless: set[str]) -> Iterator[str]:
    if "\x1b" in text:
        yield f"escape sequence: {command} -f {kind}"
    if kind == "json":
        try:
            document = json.loads(text, parse_constant=_constant)
        except ValueError as error:
            document = None
            yield f"{command} -f json: {error}"
        if command == "estimate" and document:
            yield from document_breaches(document)
        return
    if command == "estimate" and kind == "csv":
        yield from _rows(text)
        return
    rows = csv.reader(io.StringIO(text)) if kind == "csv" else map(str.split, text.splitlines())
    if any(word in endless for row in rows for word in row):
        yield f"not finite: {command} -f {kind}"


_ENDLESS = {"nan", "inf", "-inf", "NaN", "Infinity", "$nan", "$inf"}
"""Printed where nothing is called so."""


def _constant(word: str) -> float:
    raise ValueError(f"{word} is a number")


def document_breaches(document: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the JSON of one estimate."""
    for name, item in document["results"].items():
        yield from _figure(name, item)
    for stage, items in document["stages"].items():
        for name, item in items.items() if isinstance(items, dict) else ():
            if isinstance(item, dict) and "central" in item:
                yield from (f"stage {it}" for it in _figure(name, item) if stage)
    verdict = document["summary"]["verdict"]
    for name in SHARES:
        central = (document["results"].get(name) or {}).get("central")
        if central is not None and central > STATED_MFU and verdict != "infeasible":
            yield f"share above 150%: {name} and {verdict}"
    yield from _sums(document)


def _rows(text: str) -> Iterator[str]:
    """What is wrong with the table of estimates: each figure beside its low and its high."""
    for row in csv.DictReader(io.StringIO(text)):
        for column, text_of_central in row.items():
            name, bracket, unit = column.partition(" [")
            ends = [f"{name} {end}{bracket}{unit}" for end in ("low", "high")]
            if not all(end in row for end in ends):
                continue
            low, central, high = (
                float(it) if it else None for it in (row[ends[0]], text_of_central, row[ends[1]])
            )
            item = {"low": low, "central": central, "high": high, "reason": "in no cell"}
            yield from _figure(name, item)


def _figure(name: str, item: dict[str, Any]) -> Iterator[str]:
    low, central, high = (item.get(key) for key in ("low", "central", "high"))
    known = [number for number in (low, central, high) if number is not None]
    if central is None and not item.get("reason"):
        yield f"unknown without reason: {name}"
    if any(not math.isfinite(number) for number in known):
        yield f"not finite: {name}"
        return
    if name not in SIGNED and any(number < 0 for number in known):
        yield f"negative: {name}"
    if (low is None) != (high is None) or (central is None and low is not None):
        yield f"half a range: {name}"
    if len(known) == 3:
        slack = 1e-9 * max(map(abs, known))
        if not low - slack <= central <= high + slack:
            yield f"range out of order: {name}"


def _sums(document: dict[str, Any]) -> Iterator[str]:
    stages = [s for s in document["stages"].values() if isinstance(s, dict)]
    if len(stages) < 2:
        return
    for name in ("gpu_hours", "training_flops", "energy_kwh"):
        parts = [(stage.get(name) or {}).get("central") for stage in stages]
        total = (document["results"].get(name) or {}).get("central")
        if None not in parts and total and abs(sum(parts) - total) > 1e-6 * total:
            yield f"stages do not add up: {name}"
