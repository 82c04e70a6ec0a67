"""The live part of a page: a graph as data, inputs to turn, the script that follows them."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from costcheck.audit.result import ClaimAudit
from costcheck.audit.what_if import WhatIf, what_if
from costcheck.estimate.knobs import Knob, Live, live
from costcheck.estimate.result import Estimate, Figure
from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import Input
from costcheck.graph.sampling import prepare
from costcheck.graph.steps import FROZEN, INPUT, OPERATIONS, Program, Step, program
from costcheck.quantities import HEADLINES, RESULTS, shown_in
from costcheck.report.formats import html
from costcheck.report.views.blocks import Document

ROOM = 4.0
"""From a fourth of a claimed number to four times it."""

DRAWS = 256
"""Draws of each uncertain input in a page: enough to see how a range moves."""


def script() -> str:
    """The program of the page, the operations first."""
    functions = ", ".join(f"{name}: (a, b, c) => {row.script}" for name, row in OPERATIONS.items())
    written = map(html.file_text, ("charts.js", "live.js"))
    return f"const OPERATIONS = {{ {functions} }};\n{''.join(written)}"


def page(
    title: str, documents: Sequence[Document], parts: Sequence[str], *, last: bool = False
) -> str:
    """A page whose documents have a live part each, the `last` thing said; the last ones none."""
    if not any(parts):
        return html.page(title, documents)
    blank = ("",) * (len(documents) - len(parts))
    return html.page(
        title, documents, html.Script(script(), html.file_text("live.css"), (*parts, *blank), last)
    )


def panel(estimate: Estimate, level: int) -> str:
    """The panel of an estimate; empty where no input can be changed in a page."""
    alive = live(estimate)
    if not alive.knobs:
        return ""
    places = {leaf: at for at, leaf in alive.program.inputs.items()}
    knobs = [
        {
            **_knob(places, knob.leaf, _label(knob), (knob.low, knob.high)),
            **{name: getattr(knob, name) for name in ("key", "suffix", "whole", "least")},
            "most": knob.most if math.isfinite(knob.most) else None,
        }
        for knob in alive.knobs
    ]
    return _section(
        level,
        "What if?",
        "Change an input: what follows from it is computed here, in this page, as costcheck does."
        + _elsewhere(alive),
        {
            "command": f"costcheck estimate {shlex.quote(estimate.path or 'scenario.yaml')}",
            "heads": ["result", "as estimated", "with your inputs", "change", "90 % range"],
            "note": "The verdict and the text of the report are those of the original inputs.",
            "draws": draws(alive.program),
            "steps": [_step(step) for step in alive.program.steps],
            "knobs": knobs,
            "results": list(_results(estimate, alive)),
            "guards": [
                {"at": at, "reason": node.reason} for node, at in alive.program.guards.items()
            ],
        },
    )


def draws(steps: Program) -> dict[int, list[float]]:
    """Draws of the uncertain inputs, by their steps; a stated input has none."""
    uncertain = {leaf: at for at, leaf in steps.inputs.items() if leaf.spread is not None}
    spreads = {leaf.name: leaf.spread for leaf in uncertain if leaf.spread is not None}
    drawn = prepare(spreads, total=DRAWS)
    return {
        at: [float(f"{value:.6g}") for value in drawn[leaf.name].slice(0, DRAWS)]
        for leaf, at in uncertain.items()
    }


def _elsewhere(alive: Live) -> str:
    """What the page cannot follow."""
    names = ", ".join(leaf.name.rpartition("/")[2].replace("_", " ") for leaf in alive.frozen)
    return f" Not here, but with costcheck itself: {names}." if names else ""


def claim_panel(found: ClaimAudit, level: int) -> str:
    """The panel of a claim; empty where its numbers are no product of each other."""
    asked = what_if(found)
    if asked is None:
        return ""
    steps = program(asked.numbers, evaluate(asked.numbers).values)
    return _section(
        level,
        "What would have to be true?",
        "Change a number of the sentence: the others follow as sums of arithmetic.",
        {
            "command": "",
            "heads": ["figure", "the text says", "the sums give", "off by"],
            "note": "The verdict is that on the numbers as printed.",
            "steps": [_step(step) for step in steps.steps],
            "knobs": list(_claim_knobs(asked, {leaf: at for at, leaf in steps.inputs.items()})),
            "results": [
                {
                    "label": row.label,
                    "at": steps.places[node],
                    "unit": row.unit,
                    "before": asked.stated.get(node),
                }
                for node, row in asked.numbers.items()
            ],
            "guards": [],
        },
    )


def _claim_knobs(asked: WhatIf, places: Mapping[Input, int]) -> Iterator[dict[str, Any]]:
    for leaf, row in asked.turned.items():
        value = leaf.number
        solved = " (nobody says it: what makes the numbers fit)" if leaf in asked.solved else ""
        suffix = "%" if leaf.unit == "share" else ""
        room = (value / ROOM, value * ROOM)
        form = {"key": "", "suffix": suffix, "whole": False}
        yield {**_knob(places, leaf, row.label + solved, room), **form}


def _section(level: int, title: str, words: str, graph: Mapping[str, Any]) -> str:
    # What a file says may not end the element it stands in.
    data = json.dumps(graph, separators=(",", ":"), allow_nan=False)
    safe = data.replace("<", "\\u003c").replace("&", "\\u0026")
    return (
        f'<section class="live" aria-label="{escape(title)}" hidden>'
        f"<h{level}>{escape(title)}</h{level}><p>{escape(words)}</p>"
        f'<script type="application/json">{safe}</script></section>'
    )


def _knob(
    places: Mapping[Input, int], leaf: Input, label: str, room: tuple[float, float]
) -> dict[str, Any]:
    ends = {"value": leaf.number, "low": room[0], "high": room[1]}
    return {"at": places[leaf], "label": label, **ends, "why": leaf.why, "unit": leaf.unit}


def _step(step: Step) -> list[Any]:
    """A step; constants stand in brackets, steps by their number."""
    if step.operation == INPUT:
        return [INPUT, step.value]
    if step.operation == FROZEN:
        return [FROZEN, step.value, *step.arguments]
    return [step.operation, *(i if isinstance(i, int) else [i] for i in step.arguments)]


def _label(knob: Knob) -> str:
    """What an input is called: its key, and the stage where it is one of several."""
    stage, _, _ = knob.leaf.name.partition("/")
    words = " ".join(_LETTERS.get(word, word) for word in knob.key.rpartition(".")[2].split("_"))
    return f"{words}, {stage}" if knob.key.startswith("stages.") and stage else words


_LETTERS = {"gpu": "GPU", "mfu": "MFU", "pue": "PUE"}


def _results(estimate: Estimate, alive: Live) -> Iterator[dict[str, Any]]:
    """What the inputs move: the headlines, the table, then the rungs of the ladder."""
    moved = alive.moved()
    for name in dict.fromkeys((*HEADLINES, *(row.name for row in shown_in("table")))):
        if alive.results.get(name) in moved:
            row, item = RESULTS[name], estimate.figures[name]
            yield _result(row.label, alive.results[name], item)
    nodes = {node.name: at for node, at in alive.program.places.items()}
    for rung in estimate.ladder:
        at = nodes.get(f"ladder/{rung.rung}")
        if at in moved:
            yield _result(rung.label, at, rung)


def _result(label: str, at: int, item: Figure) -> dict[str, Any]:
    return {"label": label, "at": at, "unit": item.unit, "low": item.low, "high": item.high}
