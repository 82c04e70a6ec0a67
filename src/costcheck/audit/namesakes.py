"""A figure on record of one other model, in a sentence about a model whose record is without it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from costcheck.audit.matching import FigureMatch, compare, significant_digits
from costcheck.audit.priors import rules
from costcheck.audit.recognised import Recognised, Scene
from costcheck.audit.statements import Statement
from costcheck.catalog.known_runs import KnownRun, words
from costcheck.quantities import SIZES, having


def moved(
    statements: Sequence[Statement], numbers: Sequence[Recognised], scene: Scene
) -> list[Recognised]:
    """Numbers of another model, where these tell it and none is the named one's."""
    said = {item.status for item in numbers}
    if not scene.own or scene.is_thought or {"own", "hypothetical", "slip"} & said:
        return list(numbers)
    found = (namesake(item, scene.others, "telling") for item in statements)
    run = next((fit.run for fit in found if fit), None) or _together(statements, scene.others)
    if run is None or _is_named(run, scene):
        return list(numbers)
    fits = [None if item.field in SIZES else compare(item, run) for item in statements]
    return [
        Recognised(status="elsewhere", match=fit) if fit and fit.is_close else known
        for fit, known in zip(fits, numbers, strict=True)
    ]


def _is_named(run: KnownRun, scene: Scene) -> bool:
    """Whether the text itself names the other model, or its family where that is another one."""
    name, text = words(run.subject), f" {' '.join(words(scene.text, whole=True))} "
    is_kin = name[0] in {words(own.subject)[0] for own in scene.own}
    return f" {' '.join(name)} " in text or (not is_kin and f" {name[0]} " in text)


def namesake(item: Statement, others: Iterable[KnownRun], how: str) -> FigureMatch | None:
    """The one other model's figure with the printed digits, unless it may be so by accident.

    `how` is a key of ``namesakes`` of the audit's configuration: so likely an accident is allowed.
    """
    limits = rules("namesakes")
    if item.field in having("common") or not _prints(item, limits["digits"][how]):
        return None
    same, accident = _same(item, others)
    alone = len({run.subject for run in same}) == 1
    return compare(item, same[0]) if alone and accident <= limits[how] else None


def _together(statements: Sequence[Statement], others: Sequence[KnownRun]) -> KnownRun | None:
    """The run that has several of the numbers, which is less likely by accident than each is."""
    limits = rules("namesakes")
    chances: dict[str, list[float]] = {}
    runs = {run.id: run for run in others}
    for item in {x.field: x for x in statements if x.field not in SIZES}.values():
        if _prints(item, limits["digits"]["together"]):
            same, accident = _same(item, others)
            for run in same:
                chances.setdefault(run.id, []).append(accident)
    likely = {key: math.prod(each) for key, each in chances.items() if len(each) > 1}
    best = min(likely, key=lambda key: likely[key], default=None)
    return runs[best] if best and likely[best] <= limits["together"] else None


def _prints(item: Statement, digits: int) -> bool:
    """Whether a number is printed as it is, to so many digits that are not zeros."""
    return item.quantity.kind == "stated" and _digits(item) >= digits


def _digits(item: Statement) -> int:
    return min(significant_digits(item.value), item.quantity.digits)


def _same(item: Statement, others: Iterable[KnownRun]) -> tuple[list[KnownRun], float]:
    """The runs whose figure a number prints, and how likely any one is so by accident."""
    reach = rules("namesakes")["reach"]
    runs = [run for run in others if run.is_account and item.field in run.figures]
    width = 10.0 ** (math.floor(math.log10(item.value)) - _digits(item) + 1) / item.value
    off = [abs(math.log(run.figures[item.field].value) - item.log_value) for run in runs]
    same = [run for run, each in zip(runs, off, strict=True) if each < width / 2.0]
    near = sum(each < reach for each in off)
    shared = max(len({run.subject for run in same}) - 1, 0) / max(len(runs), 1)
    return same, max(width * near / (2.0 * reach), shared)
