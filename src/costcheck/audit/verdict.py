"""From posteriors and recognitions to the eight labels, with the reasons in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from costcheck.audit.hypotheses import Explanation
from costcheck.audit.matching import FigureMatch, figure_of, significant_digits
from costcheck.audit.network import ceiling_of
from costcheck.audit.priors import Priors, rules
from costcheck.audit.prose import as_said, by_name, multiple
from costcheck.audit.reasoning import Reasoning
from costcheck.audit.recognised import Recognised
from costcheck.audit.recognition import Recognition
from costcheck.audit.result import Label
from costcheck.audit.subject import GIVEN
from costcheck.catalog.files import catalog_of
from costcheck.catalog.known_runs import maker_of
from costcheck.estimate.result import FAILING
from costcheck.quantities import RATES, SIZES, field_words, having

_HOLDING: frozenset[Label] = frozenset({"consistent", "rounded", "under-specified", "unverifiable"})
Said = Literal[
    "confirmed", "repeated", "silent", "unpublished", "contradicted", "elsewhere", "hypothetical",
    "crossed", "slip", "scope",
]  # fmt: skip
"""What the record says of a claim: keys of ``truth`` in ``configs/audit/priors.yaml``."""


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


def masses(
    reasoning: Reasoning | None, mine: Collection[int], repairs: Callable[[Explanation], bool]
) -> Masses:
    """How much of the posterior says what about the statements of one claim.

    The best explanation is one that `repairs` them: what stays impossible is none.
    """
    if reasoning is None:
        return Masses(stated=1.0, garble=0.0, scope=0.0, wrong=0.0, best=None)
    totals = {"garble": 0.0, "scope": 0.0, "wrong": 0.0}
    best: tuple[Explanation, float] | None = None
    for item, chance in zip(reasoning.explanations, reasoning.probabilities.tolist(), strict=True):
        if item.family == "bridge" or item.touches.isdisjoint(mine):
            continue
        totals[item.family] += chance
        is_better = item.family != "wrong" and (best is None or chance > best[1])
        if is_better and repairs(item):
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
    """The verdict that arithmetic and priors alone support."""
    if hard:
        return "impossible"
    if reasoning is None or not mine:
        return "unverifiable"
    if found.stated >= 0.5:
        return _holding(reasoning, mine, priors)
    if _is_named(reasoning, found, priors):
        return "unit-garbled"
    return "impossible" if _beyond_physics(reasoning) else "implausible"


def _is_named(reasoning: Reasoning, found: Masses, priors: Priors) -> bool:
    """Whether one named garble, not just any shift, explains the numbers."""
    if found.best is None or found.garble <= found.wrong + found.scope:
        return False
    item, chance = found.best
    if item.family == "scope" or chance < priors.verdicts["named"] * (found.garble + found.wrong):
        return False
    if item.plain:
        edit = item.edits[0]
        if len({known.field for known in reasoning.statements}) == 1:
            return False
        return reasoning.testability(edit.statement) < math.exp(abs(edit.shift) / 2.0)
    return True


def no_law_against(reasoning: Reasoning | None) -> bool:
    """Whether what stands against the numbers is what is usual, no arithmetic and no physics."""
    if reasoning is None or _beyond_physics(reasoning):
        return False
    return all(item.closes for item in reasoning.closures)


def _beyond_physics(reasoning: Reasoning) -> bool:
    implied = reasoning.implied.get("mfu")
    return implied is not None and implied.value / implied.factor > ceiling_of(reasoning.context)


def _holding(reasoning: Reasoning, mine: Collection[int], priors: Priors) -> Label:
    live = [i for i in mine if i in reasoning.expected]
    if not live:
        return "consistent"
    if len(mine) == 1 and len({item.field for item in reasoning.statements}) == 1:
        listed = reasoning.statements[0].field == "price" and reasoning.context.listed_price
        return "consistent" if listed else "under-specified"
    pinned = min(reasoning.testability(i) for i in live)
    if any(i in reasoning.derived for i in mine):
        pinned = 1.0
    if pinned > priors.verdicts["untestable"]:
        return "under-specified"
    return "consistent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A verdict, what the record says of the claim, and why that changed the verdict."""

    label: Label
    evidence: Said = "silent"
    why: str = ""


def with_registry(
    base: Label,
    known: Recognition,
    found: Masses,
    impossible: Sequence[str],
    followed: Collection[int],
    is_open: bool,
) -> Ruling:
    """The verdict once the known runs have spoken.

    `followed` are the positions of numbers that follow from the claim's others; `is_open` says
    that neither arithmetic nor physics stands against them.
    """
    slip = known.first("slip")
    if slip is not None:
        return Ruling(label="unit-garbled", evidence="slip", why=slip.note)
    if projected := known.first("hypothetical"):
        match = projected.match
        figure = as_said(match.field, match.figure.text) if match else "a figure"
        worth = match.run.worth.words if match else "a projection"
        of = f": {match.run.scope}" if match else ""
        why = f"{figure} is {worth}, not what happened{of}"
        return Ruling(label="mis-scoped", evidence="hypothetical", why=why)
    if base in FAILING and not impossible and is_open:
        base = _borne(base, known, found)
    if impossible or base in FAILING:
        return _flagged("impossible" if impossible else base, known, found)
    found_so = _misplaced(known) or _denied(known) or _confirmed(base, known)
    if known.family and found_so.label in _HOLDING:
        return Ruling(label="under-specified", why=known.family)
    if found_so.label == "under-specified" and known.claim.about and not known.held:
        found_so = replace(found_so, label="unverifiable")
    if found_so.label in _HOLDING and (why := known.misattributed):
        return Ruling(label="mis-scoped", evidence="scope", why=why)
    return (
        _of_another_run(found_so, known)
        or _unborne(found_so, known, followed)
        or _with_namesake(found_so, known)
    )


def _of_another_run(ruling: Ruling, known: Recognition) -> Ruling | None:
    """The verdict on figures of a run that somebody made again, on other hardware."""
    is_told = any(item.status == "unknown" for item in known.told)
    is_open = ruling.label in {"under-specified", "unverifiable"}
    if not (is_open and is_told and known.is_rerun and known.recorded_part):
        return None
    why = f"on record is another run, on {known.recorded_part}"
    return Ruling(label="unverifiable", evidence=ruling.evidence, why=why)


def _borne(base: Label, known: Recognition, found: Masses) -> Label:
    """The verdict on figures on record that only what is usual, such as a price, speaks against."""
    if known.is_borne:
        return "consistent"
    is_near = found.stated > rules("verdicts")["on_record"]
    return "under-specified" if is_near and known.is_mostly_borne else base


def _with_namesake(ruling: Ruling, known: Recognition) -> Ruling:
    """The verdict on what nobody can check, with the model that has such a figure on record."""
    fit = known.namesake
    if fit is None or ruling.label != "unverifiable":
        return ruling
    said = as_said(fit.field, fit.figure.text)
    where = f"on record for {by_name(fit.run.subject)} ({fit.run.scope})"
    return replace(ruling, why=f"{said} is {where}, not for {known.claim.about or 'this'}")


def _unborne(ruling: Ruling, known: Recognition, followed: Collection[int]) -> Ruling | None:
    """The verdict on numbers that fit each other, and that the record of the subject is without."""
    unknown = [k for k, item in enumerate(known.numbers) if item.status == "unknown"]
    silent = [k for k in unknown if k not in followed]
    why = ""
    if ruling.label not in {"consistent", "rounded"}:
        return None
    if known.is_planned and len(silent) == len(known.told):
        why = "what is only planned is on no record"
    elif silent and known.claim.about is None:
        why = "no model is named whose record could bear them out"
    elif silent and known.subject is None and not (known.is_sourced or known.is_of_hardware):
        why = f"nothing is on record of {known.claim.about} that could bear them out"
    if why:
        return Ruling(label="unverifiable", why=f"the numbers fit each other, but {why}")
    why = _unrecorded(known, [known.fields[k] for k in silent])
    return Ruling(label="unverifiable", evidence=ruling.evidence, why=why) if why else None


def _unrecorded(known: Recognition, silent: Sequence[str]) -> str:
    """What the record of a training lacks to bear a sentence out: most of it, or a rate of it."""
    if known.subject is None or known.is_rerun or known.is_of_a_fleet:
        return ""
    of_a_run = any(match.field not in having("recipe") for match in known.held)
    if 2 * len(silent) > len(known.told) and not of_a_run:
        return f"most of these figures are not on record for {by_name(known.subject)}"
    rate = next((field for field in silent if field in RATES), None)
    if rate is None:
        return ""
    figures = (figure_of(run, rate) for run in known.own if run.is_account)
    if figure := next((figure for figure in figures if figure), None):
        return f"on record for {by_name(known.subject)} is {as_said(rate, figure.text)}"
    return f"the {field_words(rate)} is not on record for {by_name(known.subject)}"


def _misplaced(known: Recognition) -> Ruling | None:
    """The verdict on figures that are known, and of something else."""
    if elsewhere := known.first("elsewhere"):
        return Ruling(label="mis-scoped", evidence="elsewhere", why=_elsewhere(elsewhere, known))
    if crossed := known.first("crossed"):
        return _crossed(crossed)
    if mixed := known.namesakes_held:
        whose = (f"{_listed([match])} on record of {match.run.subject}" for match in mixed)
        why = f"{'; '.join(whose)}: figures of two models"
        return Ruling(label="mis-scoped", evidence="elsewhere", why=why)
    if known.gap and known.first("contradicted") is None:
        return Ruling(label="mis-scoped", evidence="scope", why=known.gap)
    return None


def _denied(known: Recognition) -> Ruling | None:
    """The verdict where the developer says otherwise, or never said it."""
    if contradicted := known.first("contradicted"):
        return _contradicted(contradicted)
    if (why := known.part_denied) and not known.is_part_known:
        return Ruling(label="unverifiable", why=why)
    if why:
        return Ruling(label="contradicts-record", evidence="contradicted", why=why)
    if known.first("unpublished"):
        maker = maker_of(known.subject or "", catalog_of()) or "its maker"
        why = f"{maker} has published no such figure"
        if known.unconfirmed:
            why += f"; on record is only {known.unconfirmed.run.worth.words}"
        return Ruling(label="unverifiable", evidence="unpublished", why=why)
    return None


def _flagged(base: Label, known: Recognition, found: Masses) -> Ruling:
    """The verdict on numbers that do not hold, once their origin is looked at."""
    # A figure wrong by itself stays wrong when its neighbours are found to be of another run.
    explained = found.wrong < 0.5 or known.first("contradicted") is None
    elsewhere = known.first("elsewhere")
    if elsewhere and (known.is_of_two or (found.garble < 0.5 and explained)):
        return Ruling(label="mis-scoped", evidence="elsewhere", why=_elsewhere(elsewhere, known))
    if crossed := known.first("crossed"):
        return _crossed(crossed)
    blamed = known.numbers[found.blamed] if found.blamed is not None else None
    best = found.best[0] if found.best else None
    # What no physics allows covers something else only where the record bears that number out.
    is_held = blamed is not None and blamed.status == "own"
    likely = (base != "impossible" or is_held) and found.scope >= found.garble
    why = f"probably {best.name}" if likely and best and best.family == "scope" else ""
    if known.mixes_stages and known.has_stages:
        why = "the figures are of different stages of the same model"
    elif known.is_partial and blamed is not None and blamed.status == "unknown":
        why = "one figure includes the base model, the others do not"
    if why:
        return Ruling(label="mis-scoped", evidence="scope", why=why)
    # The likeliest repair may change a number that the developer confirms as printed.
    confirmed = blamed is not None and blamed.status == "own" and blamed.is_confirmed
    label: Label = "implausible" if base == "unit-garbled" and confirmed else base
    contradicted = known.first("contradicted")
    # A repair that led to the figure on record would have been known for a slip.
    if contradicted and label in {"implausible", "unit-garbled"} and len(known.told) == 1:
        return _contradicted(contradicted)
    denied = contradicted is not None or bool(known.other_part)
    borne = any(item.is_as_recorded for item in known.numbers)
    # A garble that has a name says more than the distance to the record.
    is_told = contradicted and borne and (label != "unit-garbled" or contradicted.note)
    why = _denied_beside(contradicted) if contradicted and is_told else ""
    return Ruling(label=label, evidence="contradicted" if denied else "silent", why=why)


def _denied_beside(item: Recognised) -> str:
    """What the developer says beside figures that are as published, and how far off this one is."""
    why, match = _contradicted(item).why, item.match
    if match is None or item.note:
        return why
    return f"{why}; the text has {multiple(match.printed.value / match.figure.value)} it"


def _crossed(item: Recognised) -> Ruling:
    """The verdict on a figure that is right for another quantity."""
    where = item.match.run.scope if item.match else "the run"
    label: Label = "mis-scoped" if item.note in {"cost", "capex"} else "unit-garbled"
    why = f"the figure is the {item.note.replace('_', ' ')} of {where}"
    return Ruling(label=label, evidence="crossed", why=why)


def _contradicted(item: Recognised) -> Ruling:
    why = ""
    if item.match is not None:
        run = item.match.run
        known = item.match.figure
        figure = as_said(item.match.field, known.written or known.text)
        who = f"{run.tags['by']} says" if "by" in run.tags else run.worth.says
        told = who if item.match.field in run.figures else "the developer's figures work out to"
        why = f"{told} {figure} ({by_name(run.subject)}, {run.scope})"
        why += f": {item.note}" if item.note else ""
    return Ruling(label="contradicts-record", evidence="contradicted", why=why)


def _confirmed(base: Label, known: Recognition) -> Ruling:
    """The verdict on numbers that hold and that the record bears out or is silent about."""
    held = known.held
    if not held:
        return Ruling(label=base)
    unconfirmed = known.unconfirmed
    telling = [match for match in held if match.field not in SIZES] or held
    official = any(match.run.standing in GIVEN for match in telling)
    evidence: Said = "confirmed" if official else "repeated"
    if unconfirmed and not known.is_hearsay:
        evidence = "silent"
    remarks = len(telling) == 1 and telling[0].run.standing == "executive"
    is_borne = len(held) == len(known.told) and (not remarks or known.is_cited)
    label: Label = "consistent" if is_borne else base
    if label == "consistent" and any(_is_rounded(item) for item in known.numbers):
        label = "rounded"
    why = f"on record as {_not_confirmed(unconfirmed)}" if unconfirmed else ""
    return Ruling(label=label, evidence=evidence, why=why)


def _not_confirmed(match: FigureMatch) -> str:
    return f"{match.run.worth.words}, which the maker has not confirmed"


def _is_rounded(item: Recognised) -> bool:
    """Whether a number printed without a hedge is nearer to the record than equal to it."""
    match = item.match
    if item.status != "own" or match is None or match.printed.kind != "stated":
        return False
    if match.field not in having("told rounded"):
        return False
    printed, known = match.printed.value, match.figure.value
    finer = significant_digits(printed) > significant_digits(known)
    off = abs(math.log(printed / known))
    return not finer and match.figure.kind == "stated" and off > rules("matching")["rounded"]


def _elsewhere(item: Recognised, known: Recognition) -> str:
    """Whose figures these are, each by itself where others of the sentence are the subject's."""
    match = item.match
    own = [x.match for x in known.numbers if x.status != "elsewhere" and x.match]
    if match is None or all(other.field in SIZES for other in own):
        return f"{'these figures are' if len(known.told) > 1 else 'this figure is'} {_whose(item)}"
    theirs = [x.match for x in known.numbers if x.status == "elsewhere" and x.match]
    why = f"{_listed(theirs)} {_whose(item)}"
    if known.is_of_two:
        subject = by_name(known.subject or "it")
        return f"{why}; {_listed(known.held)} on record of {subject}: figures of two models"
    denied = known.first("contradicted")
    return f"{why}; {_contradicted(denied).why}" if denied else why


def _listed(matches: Sequence[FigureMatch]) -> str:
    told = " and ".join(as_said(match.field, match.printed.text) for match in matches)
    return f"{told} {'are' if len(matches) > 1 else 'is'}"


def _whose(item: Recognised) -> str:
    run = item.match.run if item.match else None
    return f"{by_name(run.subject)}'s ({run.scope})" if run else "another run's"
