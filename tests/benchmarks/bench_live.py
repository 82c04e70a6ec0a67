"""Workbooks and pages of all examples after random changes, beside our own estimates.

Run with ``python -m tests.benchmarks.bench_live`` from the repository root; it needs node and
LibreOffice (soffice) and takes minutes. It prints, for each example, the inputs on offer, how many
results were compared, and the largest relative difference in JavaScript and in LibreOffice.
"""

from __future__ import annotations

import json
import math
import random
import sys
import tempfile
from pathlib import Path

from costcheck.estimate import build, estimate
from costcheck.estimate.knobs import Live, live
from costcheck.graph.evaluation import evaluate
from costcheck.report.formats.live import panel, script
from costcheck.report.formats.spreadsheet import spoken
from costcheck.report.formats.xlsx import estimates_book
from costcheck.scenario.load import load
from tests.commands import EXAMPLES
from tests.report.libreoffice import cells, column, recalculated, with_inputs
from tests.report.test_live_page import data, in_node, turn

TURNS = 50


def main() -> None:
    """Compare all examples."""
    with tempfile.TemporaryDirectory() as folder:
        waiting = {}
        for file in EXAMPLES:
            found = estimate(load(file), samples=100)
            alive = live(found)
            if alive.knobs:
                waiting[file.stem] = _written(file, alive, estimates_book([found]), Path(folder))
                compared = _in_script(file, alive, panel(found, 2))
                _say(f"{file.stem}: {len(alive.knobs)} inputs, {compared}")
        books = recalculated([book for book, _ in waiting.values()], Path(folder))
        for book, (_, ours) in zip(books, waiting.values(), strict=True):
            theirs = column(cells(book), "Model")
            pairs = [(theirs[name], value) for name, value in ours.items() if name in theirs]
            _say(f"{book.stem} in LibreOffice: {_difference(pairs)}")


def _in_script(file: Path, alive: Live, page: str) -> str:
    turned = random.Random(file.stem)
    places = {leaf: at for at, leaf in alive.program.inputs.items()}
    turns = [turn(alive, turned) for _ in range(TURNS)]
    changes = [{places[knob.leaf]: value for knob, value in each.items()} for each in turns]
    values = in_node(
        f"{script()}\nconst steps = {json.dumps(data(page)['steps'])};\n"
        f"const all = {json.dumps(changes)}.map((each) => compute(steps, each));\n"
        "console.log(JSON.stringify(all));"
    )
    pairs = []
    for each, theirs in zip(turns, values, strict=True):
        totals = build(load(file, assignments=[k.stated(v) for k, v in each.items()])).totals
        ours = evaluate(totals.values())
        known = ((theirs[at], ours[totals[name]]) for name, at in alive.results.items())
        pairs += [
            (number, float(value))
            for number, value in known
            if number is not None and value is not None
        ]
    return _difference(pairs)


def _written(file: Path, alive: Live, book: bytes, folder: Path) -> tuple[Path, dict[str, float]]:
    """A workbook with changed inputs, and what we estimate of them."""
    original = folder / f"original-{file.stem}.xlsx"
    original.write_bytes(book)
    changes = turn(alive, random.Random(file.stem))
    totals = build(load(file, assignments=[k.stated(v) for k, v in changes.items()])).totals
    ours = {
        spoken(node.name): value
        for node in totals.values()
        if (value := evaluate([node])[node]) is not None
    }
    leaves = {knob.leaf.name: value for knob, value in changes.items()}
    changed = with_inputs(original, leaves, folder / f"{file.stem}.xlsx")
    return changed, {name: float(value) for name, value in ours.items()}


def _difference(pairs: list[tuple[float, float]]) -> str:
    worst = max((abs(a - b) / (abs(b) or 1.0) for a, b in pairs if math.isfinite(b)), default=0.0)
    return f"{len(pairs)} results, at most {worst:.1e} apart"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
