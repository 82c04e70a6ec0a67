"""From posteriors and recognitions to the eight labels, with the reasons in words."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from costcheck.audit.hypotheses import Explanation
from costcheck.audit.network import ceiling_of
from costcheck.audit.priors import Priors
from costcheck.audit.reasoning import Reasoning
from costcheck.audit.recognition import Recognition
from costcheck.audit.result import FLAGGED, Label
from costcheck.text.quantity import Quantity

_NAMED = 0.25
"""A repair is named in the verdict from this share of the alternatives on."""
_FAR = 1.5
"""A lone number off by more than this factor is wrong, not of another scope."""
_LOOSELY = 0.03
"""A number this near a known one was rounded, if not by the book."""
_PLAIN = ("decimal slipped", "thousand for million", "million for thousand", "lost leading digit")
"""Plain shifts fit any discrepancy: they only count where the rest pins the number well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Masses:
    """Posterior mass of the families of explanations that touch one claim."""

    stated: float
    garble: float
    scope: float
    wrong: float
    best: tuple[Explanation, float] | None
    """The likeliest named explanation other than "as stated"."""
    blamed: int | None = None
    """Position among the claim's numbers of the one that explanation changes."""


def masses(reasoning: Reasoning | None, mine: Collection[int]) -> Masses:
    """How much of the posterior says what about the statements of one claim."""
    if reasoning is None:
        return Masses(stated=1.0, garble=0.0, scope=0.0, wrong=0.0, best=None)
    totals = {"garble": 0.0, "scope": 0.0, "wrong": 0.0}
    best: tuple[Explanation, float] | None = None
    for item, chance in zip(reasoning.explanations, reasoning.probabilities.tolist(), strict=True):
        if item.touches.isdisjoint(mine):
            continue
        totals[item.family] += chance
        if item.family != "wrong" and (best is None or chance > best[1]):
            best = (item, chance)
    stated = max(1.0 - sum(totals.values()), 0.0)
    culprit = best[0].edits[0].statement if best else None
    blamed = sorted(mine).index(culprit) if culprit is not None and culprit in mine else None
    return Masses(stated=stated, best=best, blamed=blamed, **totals)


def numbers_only(
    reasoning: Reasoning | None,
    found: Masses,
    mine: Collection[int],
    hard: Sequence[str],
    priors: Priors,
) -> Label:
    """Return the verdict that arithmetic and priors alone support."""
    if hard:
        return "impossible"
    if reasoning is None or not mine:
        return "unverifiable"
    if found.stated >= 0.5:
        return _holding(reasoning, mine, priors)
    if _is_named(reasoning, found):
        return "unit-garbled"
    return "impossible" if _beyond_physics(reasoning) else "implausible"


def _is_named(reasoning: Reasoning, found: Masses) -> bool:
    """Return whether one named garble, not just any shift, explains the numbers."""
    if found.best is None or found.garble <= found.wrong + found.scope:
        return False
    item, chance = found.best
    if item.family == "scope" or chance < _NAMED * (found.garble + found.wrong):
        return False
    if item.name.startswith(_PLAIN):
        edit = item.edits[0]
        if len({known.field for known in reasoning.statements}) == 1:
            return False
        return reasoning.testability(edit.statement) < math.exp(abs(edit.shift) / 2.0)
    return True


def _beyond_physics(reasoning: Reasoning) -> bool:
    implied = reasoning.implied.get("mfu")
    return implied is not None and implied.value / implied.factor > ceiling_of(reasoning.context)


def _holding(reasoning: Reasoning, mine: Collection[int], priors: Priors) -> Label:
    live = [i for i in mine if i in reasoning.expected]
    if not live:
        return "consistent"
    if len(mine) == 1 and len({item.field for item in reasoning.statements}) == 1:
        return "under-specified"
    pinned = min(reasoning.testability(i) for i in live)
    if any(i in reasoning.derived for i in mine):
        pinned = 1.0
    if pinned > priors.verdicts["untestable"]:
        return "under-specified"
    loud = [abs(reasoning.surprise[i]) > 1.0 for i in live]
    rounding = [reasoning.statements[i].quantity.kind == "stated" for i in live]
    return "rounded" if any(a and b for a, b in zip(loud, rounding, strict=True)) else "consistent"


Ruling = tuple[Label, str]
"""A verdict and why the known runs changed it."""


def with_registry(
    base: Label, known: Recognition, found: Masses, hard: Sequence[str], count: int
) -> Ruling:
    """Return the verdict once the known runs have spoken, and why it changed.

    `count` is how many numbers the claim states.
    """
    if known.having("hypothetical") and not known.having("slip"):
        run = _match_of(known, "hypothetical")
        return "mis-scoped", f"these figures are {run}, told as what happened"
    if known.having("slip") and not hard:
        return "unit-garbled", known.numbers[known.having("slip")[0]].note
    if hard or base in FLAGGED:
        return _flagged("impossible" if hard else base, known, found)
    return _sound(base, known, count)


def _sound(base: Label, known: Recognition, count: int) -> Ruling:
    """Return the verdict on numbers that hold by themselves."""
    if known.having("elsewhere"):
        return "mis-scoped", f"these figures are {_match_of(known, 'elsewhere')}"
    if known.having("crossed"):
        return _crossed(known)
    if known.having("contradicted"):
        return _contradicted(known, count)
    if known.other_part and count == 0:
        return "implausible", f"the developer says it ran on {known.other_part}"
    if known.having("unpublished") or known.guessed:
        return "unverifiable", "the developer has published no such figure"
    return _confirmed(base, known, count), ""


def _flagged(base: Label, known: Recognition, found: Masses) -> Ruling:
    """Return the verdict on numbers that do not hold, once their origin is looked at."""
    # A figure wrong by itself stays wrong when its neighbours are found to be of another run.
    explained = found.wrong < 0.5 or not known.having("contradicted")
    if known.having("elsewhere") and found.garble < 0.5 and explained:
        return "mis-scoped", f"these figures are {_match_of(known, 'elsewhere')}"
    if known.having("crossed"):
        return _crossed(known)
    if known.mixes_stages:
        return "mis-scoped", "the figures are of different stages of the same model"
    return _blamed(base, known, found)


def _blamed(base: Label, known: Recognition, found: Masses) -> Ruling:
    """Return the verdict from the number that the likeliest repair would change."""
    status = known.numbers[found.blamed].status if found.blamed is not None else ""
    if known.is_partial and status == "unknown":
        return "mis-scoped", "one figure includes the base model, the others do not"
    if base == "unit-garbled" and status == "own":
        # The likeliest repair changes a number that the developer confirms as printed.
        return "implausible", ""
    if found.best is not None and found.best[0].family == "scope" and found.scope >= found.garble:
        return "mis-scoped", found.best[0].name
    return base, ""


def _crossed(known: Recognition) -> tuple[Label, str]:
    index = known.having("crossed")[0]
    item = known.numbers[index]
    match = item.match
    meant = item.note.replace("_", " ")
    label: Label = "mis-scoped" if item.note in {"cost", "capex"} else "unit-garbled"
    return label, f"the figure is the {meant} of {match.run.scope if match else 'the run'}"


def _contradicted(known: Recognition, count: int) -> Ruling:
    item = known.numbers[known.having("contradicted")[0]]
    match = item.match
    words = f"{match.run.id} has {match.figure.text}" if match else ""
    far = match is not None and match.distance * match.sd > math.log(_FAR)
    return ("implausible" if count == 1 and far else "mis-scoped"), words


def _confirmed(base: Label, known: Recognition, count: int) -> Label:
    own = known.having("own")
    real = [known.numbers[i].match for i in own]
    developer = [m for m in real if m and m.run.standing == "developer"]
    whole = len(own) == count and count > 0
    if base in {"under-specified", "unverifiable"} and whole and (developer or len(own) >= 2):
        exact = all(m is not None and m.distance < 1.0 for m in real)
        return "consistent" if exact else "rounded"
    return base


def _match_of(known: Recognition, status: str) -> str:
    match = known.numbers[known.having(status)[0]].match
    return f"{match.run.subject}'s ({match.run.scope})" if match else "another run's"


def closeness(printed: Quantity, known: float) -> str:
    """How a printed number renders a known one: exact, rounded, truncated or approximate."""
    off = abs(math.log(printed.value / known))
    if off < 1e-6:
        return "exact"
    if printed.low <= known <= printed.high:
        return "rounded"
    scale = 10.0 ** (math.floor(math.log10(known)) - printed.digits + 1)
    if math.isclose(math.floor(known / scale) * scale, printed.value, rel_tol=1e-9):
        return "truncated"
    return "rounded" if off < _LOOSELY else "approximate"
