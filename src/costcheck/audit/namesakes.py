"""A figure on record of one other model, in a sentence about a model whose record is without it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from costcheck.audit.matching import FigureMatch, compare, significant_digits
from costcheck.audit.priors import rules
from costcheck.audit.recognised import Recognised, Scene
from costcheck.audit.statements import Statement
from costcheck.audit.subject import SIZES
from costcheck.catalog.known_runs import KnownRun, words


def moved(
    statements: Sequence[Statement], numbers: Sequence[Recognised], scene: Scene
) -> list[Recognised]:
    """Numbers of another model, where one of them is telling and none is the named one's."""
    said = [item.status for item in numbers]
    if not scene.own or scene.is_thought or {"own", "hypothetical", "slip"} & {*said}:
        return list(numbers)
    found = (namesake(item, scene.others, "telling") for item in statements)
    run = next((fit.run for fit in found if fit and not _is_named(fit.run, scene.text)), None)
    if run is None:
        return list(numbers)
    fits = [None if item.field in SIZES else compare(item, run) for item in statements]
    return [
        Recognised(status="elsewhere", match=fit) if fit and fit.is_close else known
        for fit, known in zip(fits, numbers, strict=True)
    ]


def namesake(item: Statement, others: Iterable[KnownRun], how: str) -> FigureMatch | None:
    """The one other model's figure with the printed digits, unless it may be so by accident.

    `how` is a key of ``namesakes`` of the audit's configuration: so likely an accident is allowed.
    """
    digits = min(significant_digits(item.value), item.quantity.digits)
    limits = rules("namesakes")
    if (
        item.field in limits["shared"]
        or item.quantity.kind != "stated"
        or digits < limits["digits"][how]
    ):
        return None
    runs = [run for run in others if run.is_account and item.field in run.figures]
    width = 10.0 ** (math.floor(math.log10(item.value)) - digits + 1) / item.value
    near = [abs(math.log(run.figures[item.field].value) - item.log_value) for run in runs]
    if width * sum(off < limits["reach"] for off in near) / (2 * limits["reach"]) > limits[how]:
        return None
    same = [run for run, off in zip(runs, near, strict=True) if off < width / 2.0]
    alone = len({run.subject for run in same}) == 1
    return compare(item, same[0]) if alone else None


def _is_named(run: KnownRun, text: str) -> bool:
    return " ".join(words(run.subject)) in " ".join(words(text))
