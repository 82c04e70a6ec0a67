"""What the known runs say about a claim: whose figures these are, and which stage they cover."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from costcheck.audit.facts import ClaimContext
from costcheck.audit.garbles import Garble
from costcheck.audit.hypotheses import Edit
from costcheck.audit.matching import (
    FigureMatch,
    RunMatch,
    agree,
    compare,
    diffuse,
    figure_of,
    leading,
    rank,
    significant_digits,
)
from costcheck.audit.priors import Priors
from costcheck.audit.scopes import coverage_gap
from costcheck.audit.statements import Statement
from costcheck.audit.tense import CONDITIONAL, HEARSAY, PLANNED, RERUN
from costcheck.audit.typography import slips
from costcheck.catalog.known_runs import KnownRun, Registry, Standing, runs_of, words
from costcheck.catalog.model_names import size_in_name
from costcheck.scenario.claim import Claim
from costcheck.text.quantity import parse

SIZES = frozenset({"parameters", "active_parameters"})
"""Properties of the model that its stages, and often its siblings, share."""
MAKERS = frozenset({"developer", "derived"})
"""Standings of figures that the maker gave, or that follow from those it gave."""
_PARTIAL = frozenset({"rl", "fine-tuning", "post-training", "context-extension"})
_CROSS = {
    "capex": ("cost",),
    "cost": ("capex",),
    "parameters": ("tokens",),
    "active_parameters": ("tokens", "parameters"),
    "tokens": ("parameters",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """One statement in the light of the known runs."""

    status: str
    """``own``, ``hypothetical``, ``elsewhere``, ``crossed``, ``slip``, ``contradicted``,
    ``unpublished`` or ``unknown``."""
    match: FigureMatch | None = None
    note: str = ""

    @property
    def is_confirmed(self) -> bool:
        """Whether the subject's maker stands behind the figure."""
        return self.match is not None and self.match.run.worth.confirms

    @property
    def is_own(self) -> bool:
        """Whether it repeats the maker's own figure of the subject."""
        return self.status == "own" and self.is_confirmed


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """A claim in the light of the known runs."""

    subject: str | None
    numbers: tuple[Recognised, ...]
    ranking: tuple[RunMatch, ...]
    margin: float | None
    """Nats by which the best run of another subject beats the best run of the named one."""
    own: tuple[KnownRun, ...]
    other_part: str
    """What the developer says it ran on, where the text names another accelerator."""
    mixes_stages: bool
    """Whether no single run of the subject holds what its runs hold together."""
    repeats: bool = False
    """Whether the developer's record has every number as printed, sizes of the model aside."""
    family: str = ""
    """What is meant, where the text names no model but a family of them."""
    gap: str = ""
    """What a repeated figure covers, where the sentence says more or less."""
    claim: Claim
    is_rerun: bool = False
    """Whether it speaks of a run after the one on record, or of one that might be."""

    @property
    def text(self) -> str:
        """The claim's."""
        return self.claim.text or ""

    @property
    def is_borne(self) -> bool:
        """Whether one developer's record of the same accelerators has what the claim says."""
        return self.repeats and not self.mixes_stages and not self.other_part

    @property
    def held(self) -> tuple[FigureMatch, ...]:
        """The subject's own figures that statements repeat."""
        return tuple(n.match for n in self.numbers if n.status == "own" and n.match is not None)

    def published(self, item: Statement) -> FigureMatch | None:
        """The subject's own figure for what a statement names, whatever the statement says."""
        fits = [fit for run in self.own if (fit := compare(item, run)) is not None]
        return max(fits, key=lambda fit: fit.score, default=None)

    @property
    def is_partial(self) -> bool:
        """Whether the named run is a stage on top of a base model."""
        return any(match.run.stage in _PARTIAL for match in self.held)

    @property
    def is_cited(self) -> bool:
        """Whether the text names whose estimate every figure it repeats is."""
        return bool(self.held) and all(_is_cited(match.run, self.text) for match in self.held)

    @property
    def unconfirmed(self) -> FigureMatch | None:
        """A figure it repeats without its author that nobody but an outsider or a leak gives."""
        alone = (match for match in self.held if match.field not in SIZES)
        return next(
            (m for m in alone if not m.run.worth.confirms and not _is_cited(m.run, self.text)), None
        )

    @property
    def is_hearsay(self) -> bool:
        """Whether the text says that it repeats what others estimate or leaked."""
        return HEARSAY.search(self.text) is not None

    @property
    def is_planned(self) -> bool:
        """Whether the text speaks of a run that lies ahead."""
        return PLANNED.search(self.text) is not None

    @property
    def retells(self) -> bool:
        """Whether several figures are one account's: it is recognised without its author."""
        told = [match.run.id for match in self.held if match.field not in SIZES]
        return len(told) > len(set(told))

    @property
    def is_guessed(self) -> bool:
        """Whether a lone figure is an outsider's estimate of what was never published, as fact."""
        closed = frozenset[str]().union(*(run.unpublished for run in self.own))
        guessed = [
            match.field
            for match in self.held
            if match.run.standing == "estimate" and not _is_cited(match.run, self.text)
        ]
        return sum(field in closed for field in guessed) == 1

    def first(self, status: str) -> Recognised | None:
        """The first statement with a status."""
        return next((item for item in self.numbers if item.status == status), None)


def _is_cited(run: KnownRun, text: str) -> bool:
    """Whether a text names the author of an account."""
    author = run.tags.get("by", "")
    return bool(author) and re.search(re.escape(author), text, re.IGNORECASE) is not None


def recognise(
    statements: Sequence[Statement],
    *,
    claim: Claim,
    context: ClaimContext,
    registry: Registry,
    priors: Priors,
    repairs: Sequence[Garble],
) -> Recognition:
    """Whose figures the statements of a claim are."""
    ranking = rank(statements, registry)
    own, margin, whose = _resolved(statements, ranking, claim, context, registry, priors)
    subject = own[0].subject if own else None
    others = tuple(run for run in registry if run not in own and run.is_account)
    # A rerun of a known model on later hardware is nobody's account of the original.
    later = is_later(claim, context, own)
    told = "would" if later else claim.text or ""
    is_rerun = CONDITIONAL.search(told) is not None
    scene = _Scene(
        own=own, others=others, rival=whose, text=told, later=later, repairs=repairs,
        limits=priors.record, named=_named(subject or claim.about) if registry else None,
    )  # fmt: skip
    each = [_recognise_one(i, item, scene) for i, item in enumerate(statements)]
    numbers = _reconciled(statements, each, own, priors.record, is_later_run=is_rerun)
    if subject is None:
        numbers = _of_a_stranger(statements, claim.about, whose, numbers)
    held = [number.match for number in numbers if number.status == "own" and number.match]
    return Recognition(
        subject=subject,
        numbers=numbers,
        ranking=tuple(ranking),
        margin=margin,
        own=own,
        claim=claim,
        other_part=_other_part(context, own, later=is_rerun),
        is_rerun=is_rerun,
        mixes_stages=_mixes(statements, numbers, own),
        repeats=_repeats(statements, numbers),
        family="" if own else _of_a_family(statements, claim.about, registry),
        gap=coverage_gap(claim, held, own, priors.scopes),
    )


def _repeats(statements: Sequence[Statement], numbers: Sequence[Recognised]) -> bool:
    """Whether the developer's record has every number as printed, sizes of the model aside."""
    pairs = zip(statements, numbers, strict=True)
    borne = all(known.is_own or item.field in SIZES for item, known in pairs)
    return borne and any(known.is_own for known in numbers)


def _resolved(
    statements: Sequence[Statement],
    ranking: Sequence[RunMatch],
    claim: Claim,
    context: ClaimContext,
    registry: Registry,
    priors: Priors,
) -> tuple[tuple[KnownRun, ...], float | None, RunMatch | None]:
    """The runs of the subject, another's margin over them, and that other where it is meant."""
    about = claim.about
    own = runs_of(about, registry) or _of_one_voice(statements, about, registry)
    margin = _margin(statements, own, ranking, about)
    whose = _rival(statements, ranking, own, about, margin, priors)
    if whose and not own:
        # What is yet to run, or ran on something else, is no stranger's account of a known run.
        ahead = PLANNED.search(claim.text or "")
        whose = None if ahead or _other_part(context, (whose.run,), later=False) else whose
    if whose is None or own or not _is_family_of(about, whose.run):
        return own, margin, whose
    # The name of a family says less than its figures do, and nothing else.
    own = runs_of(whose.run.subject, registry)
    return own, _margin(statements, own, ranking, whose.run.subject), None


def _of_one_voice(
    statements: Sequence[Statement], about: str | None, registry: Registry
) -> tuple[KnownRun, ...]:
    """The models of a version named without a size, where the same figures hold for each."""
    version = words(about or "")
    members = [run for run in registry if version and _is_size_of(version, words(run.subject))]
    if len({run.subject for run in members}) < 2:
        return ()
    for field in {item.field for item in statements}:
        known = [run.figures[field].value for run in members if field in run.figures]
        if known and not agree(max(known), min(known)):
            return ()
    return tuple(members)


def _is_size_of(version: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Whether a name is that of a version and a size: Qwen3, Qwen3-32B."""
    size = name[len(version) :]
    return name[: len(version)] == version and all(re.fullmatch(r"a?[\d.]+[bmt]", w) for w in size)


def _of_a_stranger(
    statements: Sequence[Statement],
    about: str | None,
    whose: RunMatch | None,
    numbers: tuple[Recognised, ...],
) -> tuple[Recognised, ...]:
    """The numbers of a subject that nobody knows or names."""
    unknown = Recognised(status="unknown")
    if about is None:
        return (unknown,) * len(statements)
    if whose is None:
        return numbers
    fits = (compare(item, whose.run) for item in statements)
    return tuple(
        Recognised(status="elsewhere", match=fit) if fit and fit.holds else unknown for fit in fits
    )


def _reconciled(
    statements: Sequence[Statement],
    numbers: Sequence[Recognised],
    own: Sequence[KnownRun],
    limits: Mapping[str, Any],
    *,
    is_later_run: bool,
) -> tuple[Recognised, ...]:
    """Numbers the record denies one by one and bears out together.

    A second way of counting beside the published one is no contradiction; nor are fewer GPUs
    for a longer time whose product is the published GPU-hours.
    """

    def near(ratio: float) -> bool:
        return abs(math.log(ratio)) < float(limits["work"])

    pairs = list(zip(statements, numbers, strict=True))
    borne = {item.field for item, known in pairs if known.status == "own"}
    work = {item.field: item.value for item in statements}
    product = work.get("gpus", 0.0) * work.get("duration", 0.0)
    hours = [run.figures["gpu_hours"].value for run in own if "gpu_hours" in run.figures]
    most = max((run.figures["gpus"].high for run in own if "gpus" in run.figures), default=0.0)
    fewer = work.get("gpus", 0.0) <= most * math.exp(limits["accounts"])
    if fewer and any(near(product / known) for known in hours if product):
        borne |= {"gpus", "duration"}
    said = work.get("gpu_hours")
    if product and not said and not is_later_run:
        numbers = _off_its_hours(pairs, product, own, math.log(limits["remark"]))
        pairs = list(zip(statements, numbers, strict=True))
    if said and product and borne >= {"gpus", "duration"}:
        borne |= {"gpu_hours"} if near(product / said) else set()
    return tuple(
        Recognised(status="unknown")
        if known.status == "contradicted" and item.field in borne
        else known
        for item, known in pairs
    )


def _off_its_hours(
    pairs: Sequence[tuple[Statement, Recognised]],
    product: float,
    own: Sequence[KnownRun],
    most: float,
) -> tuple[Recognised, ...]:
    """A time that with its GPUs makes other GPU-hours than the developer's."""

    def off(item: Statement, known: Recognised) -> Recognised:
        fits = [fit for run in own if (fit := _developer_hours(item, run)) is not None]
        far = bool(fits) and all(abs(math.log(product / f.figure.value)) > most for f in fits)
        if item.field != "duration" or known.status != "unknown" or not far:
            return known
        note = f"the stated GPUs and time make {product:,.0f}"
        return Recognised(status="contradicted", match=fits[0], note=note)

    return tuple(off(item, known) for item, known in pairs)


def is_later(claim: Claim, context: ClaimContext, own: Sequence[KnownRun]) -> bool:
    """Whether a text speaks of a run made after the model's release: a rerun."""
    days = [run.released for run in own if run.released]
    if not days:
        return False
    part = context.hardware
    newer = part is not None and part.released is not None and part.released > min(days)
    years = context.year - min(days).year if context.dated else 0
    return RERUN.search(claim.text or "") is not None or (years > 1 and newer)


def _other_part(context: ClaimContext, own: Sequence[KnownRun], *, later: bool) -> str:
    """The accelerators of record when the text's is none of them."""
    known = sorted({run.gpu for run in own if run.gpu and run.standing in MAKERS})
    if context.hardware is None or not known or later:
        return ""
    named = "".join(words(context.hardware.name))
    family = [
        "".join(words(name)[:2] if name.startswith("TPU") else words(name)[:1]) for name in known
    ]
    return "" if any(name in named for name in family) else ", ".join(known)


def _mixes(
    statements: Sequence[Statement], numbers: Sequence[Recognised], own: Sequence[KnownRun]
) -> bool:
    """Whether no single run holds what the runs of the subject hold together."""
    pairs = zip(statements, numbers, strict=True)
    held = [item for item, known in pairs if known.status == "own" and item.field not in SIZES]
    return len(held) >= 2 and not any(
        all((fit := compare(item, run)) is not None and fit.holds for item in held) for run in own
    )


def _margin(
    statements: Sequence[Statement],
    own: Sequence[KnownRun],
    ranking: Sequence[RunMatch],
    about: str | None,
) -> float | None:
    """How much better another subject's run fits; unknown subjects compete as diffuse."""
    rivals = [match for match in ranking if match.run not in own and match.run.is_account]
    if not rivals:
        return None
    best = rivals[0]
    if own:
        mine = max((m.score for m in ranking if m.run in own), default=None)
        return best.score - (mine if mine is not None else diffuse(len(statements)))
    kin = _is_kin(best.run, about)
    tried = sum(_is_kin(match.run, about) for match in ranking) if kin else len(ranking)
    return best.score - diffuse(len(statements)) - math.log(tried)


def _is_kin(run: KnownRun, about: str | None) -> bool:
    """Whether a run's subject has the first word of a name: GPT-3 and GPT-3.5."""
    return words(run.subject)[:1] == words(about or "")[:1]


def _is_family_of(about: str | None, run: KnownRun) -> bool:
    """Whether a name without a version begins that of a run's subject: DeepSeek, DeepSeek-V3."""
    family = words(about or "")
    longer = words(run.subject)
    return family == longer[: len(family)] and not re.search(r"\d", about or "")


def _of_a_family(statements: Sequence[Statement], about: str | None, registry: Registry) -> str:
    """Whose figures these are where a text names a family of models alone."""
    members = [run for run in registry if about and _is_family_of(about, run)]
    if len({run.subject for run in members}) < 2:
        return ""
    whose = {
        run.subject
        for run in members
        if run.is_account
        and all((fit := compare(item, run)) is not None and fit.is_close for item in statements)
    }
    named = ", ".join(sorted(whose))
    told = f": these figures are those of {named}" if named else ", not one of it"
    return f"{about} names a family of models{told}"


def _rival(
    statements: Sequence[Statement],
    ranking: Sequence[RunMatch],
    own: Sequence[KnownRun],
    about: str | None,
    margin: float | None,
    priors: Priors,
) -> RunMatch | None:
    """The other subject's run that the claim clearly means, if any.

    A relative of the named model has to match two numbers, a stranger three: among so many known
    runs two may agree by accident. Bounds, ranges and sizes match too easily to count.
    """
    if margin is None or margin < priors.verdicts["margin_nats"]:
        return None
    best = next(m for m in ranking if m.run not in own and m.run.is_account)
    kin = _is_kin(best.run, own[0].subject if own else about)
    telling = [statements[i] for i in best.matched if statements[i].field not in SIZES]
    matched = {x.field for x in telling if x.factor is None and x.quantity.kind != "range"}
    return best if len(matched) >= (2 if kin else 3) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """What every number of a claim is held against."""

    own: Sequence[KnownRun]
    others: Sequence[KnownRun]
    rival: RunMatch | None
    text: str
    later: bool
    repairs: Sequence[Garble]
    limits: Mapping[str, Any]
    """``record`` of ``configs/audit/priors.yaml``."""
    named: KnownRun | None
    """The sizes that the model's name states."""


def _recognise_one(index: int, item: Statement, scene: _Scene) -> Recognised:
    """What the named subject's runs, then others', say about one statement."""
    fits = [fit for run in scene.own if (fit := compare(item, run)) is not None]
    return (
        _rivals(item, fits, scene.rival)
        or _of_a_relative(item, fits, scene)
        or _mended(index, item, fits, scene)
        or _owned(fits, scene.text)
        or _crossed(item, scene)
        or _elsewhere(item, fits, scene)
        or _denied(item, fits, scene)
        or _beyond_its_hours(item, fits, scene)
        or _against_its_name(index, item, fits, scene)
        or Recognised(status="unknown")
    )


def _mended(
    index: int, item: Statement, fits: Sequence[FigureMatch], scene: _Scene
) -> Recognised | None:
    """What a number would be without a garble or a slip; none of it where it is right already."""
    near = scene.limits["near"]
    if any(abs(math.log(fit.figure.value / item.value)) < near for fit in fits):
        return None
    return _garbled(index, item, scene) or _slip(item, fits, scene.limits)


def _beyond_its_hours(
    item: Statement, fits: Sequence[FigureMatch], scene: _Scene
) -> Recognised | None:
    """A cost that the developer's GPU-hours would make dearer than any hour of a GPU is sold."""
    if item.field != "cost" or scene.later or any(fit.run.worth.confirms for fit in fits):
        return None
    known = [fit for run in scene.own if (fit := _developer_hours(item, run)) is not None]
    least = item.interval[0] / max((fit.figure.high for fit in known), default=math.inf)
    if not known or least < scene.limits["dearest_gpu_hour"]:
        return None
    why = f"${least:.2f} for each of the GPU-hours on record, and none sells for more than"
    return Recognised(
        status="contradicted", match=known[0], note=f"{why} ${scene.limits['dearest_gpu_hour']}"
    )


def _developer_hours(item: Statement, run: KnownRun) -> FigureMatch | None:
    """The developer's GPU-hours of a whole training, beside a statement of something else."""
    is_whole = run.standing == "developer" and run.stage not in _PARTIAL
    return compare(item, run, "gpu_hours") if is_whole else None


def _named(name: str | None) -> KnownRun | None:
    """What the name of a model says of its size, as its maker's word."""
    sizes = size_in_name(name or "") if not re.search(r"\d+e\b", name or "", re.IGNORECASE) else {}
    keys = {"parameters": "parameters", "active": "active_parameters"}
    if not sizes:
        return None
    return KnownRun(
        id=f"name/{name}",
        subject=str(name),
        names=(),
        stage="pre-training",
        scope="as its name says",
        standing="developer",
        worth=Standing(words="its name", confirms=True, account=True),
        released=None,
        gpu=None,
        figures={keys[key]: parse(str(text), "params") for key, text in sizes.items()},
        tags={},
        sources=(),
    )


def _against_its_name(
    index: int, item: Statement, fits: Sequence[FigureMatch], scene: _Scene
) -> Recognised | None:
    """A size that is not the one in the model's name, where no record gives it."""
    fit = compare(item, scene.named) if scene.named and item.field in SIZES and not fits else None
    if fit is None or abs(math.log(fit.printed.value / fit.figure.value)) < math.log(
        scene.limits["nominal_size"]
    ):
        return None
    by_name = replace(scene, own=(fit.run,))
    slip = _garbled(index, item, by_name) or _slip(item, [fit], scene.limits)
    return slip or Recognised(status="contradicted", match=fit)


def _rivals(
    item: Statement, fits: Sequence[FigureMatch], rival: RunMatch | None
) -> Recognised | None:
    """The clear rival's figure where it is nearer than the named subject's own."""
    theirs = compare(item, rival.run) if rival is not None else None
    if theirs is None or not theirs.holds or item.field in SIZES:
        return None
    real = [fit for fit in fits if fit.run.is_account and fit.holds]
    if all(theirs.score > fit.score for fit in real):
        return Recognised(status="elsewhere", match=theirs)
    return None


def _owned(fits: Sequence[FigureMatch], text: str) -> Recognised | None:
    """The subject's own figure, or one that somebody only projected for it."""
    held = [fit for fit in fits if fit.holds]
    real = [fit for fit in held if fit.run.is_account]
    if real:
        return Recognised(status="own", match=max(real, key=lambda fit: _nearest(fit, text)))
    held = [fit for fit in held if fit.is_close and fit.printed.digits > 1]
    if not held:
        return None
    best = max(held, key=lambda fit: fit.score)
    told = _is_cited(best.run, text) or CONDITIONAL.search(text) is not None
    return Recognised(status="own" if told else "hypothetical", match=best)


def _nearest(fit: FigureMatch, text: str) -> tuple[bool, bool, bool, float]:
    """What of several accounts is meant: the one it cites, then its maker's, then the nearest."""
    return fit.is_close, _is_cited(fit.run, text), fit.run.worth.confirms, fit.score


def _denied(item: Statement, fits: Sequence[FigureMatch], scene: _Scene) -> Recognised | None:
    """The developer's figure that the statement contradicts, or that there is none."""
    limits = scene.limits
    known = [fit for fit in fits if fit.run.standing in MAKERS]
    if known and (not scene.later or item.field in SIZES):
        best = max(known, key=lambda fit: fit.score)
        off = abs(math.log(item.value / best.figure.value))
        published = item.field in best.run.figures and best.run.standing == "developer"
        loose = limits["assumed"].get(item.field, limits["worked_out"])
        off -= 0.0 if published else math.log(loose)
        defined = math.log(limits["definitions"].get(item.field, 1.0))
        wider = item.value > best.figure.value and re.search(limits["wider"], scene.text, re.I)
        if off > max(defined, limits["accounts"]) and not wider:
            return Recognised(status="contradicted", match=best)
    remarks = [fit for fit in fits if fit.run.standing == "executive" and not scene.later]
    if far := next((fit for fit in remarks if _far_off(item, fit, limits["remark"])), None):
        return Recognised(status="contradicted", match=far)
    told = scene.later or CONDITIONAL.search(scene.text) is not None
    if not told and any(item.field in run.unpublished for run in scene.own):
        return Recognised(status="unpublished")
    return None


def _far_off(item: Statement, fit: FigureMatch, open_by: float) -> bool:
    """Whether a number is far outside what a remark leaves open."""
    figure = fit.figure
    low = figure.low if figure.kind in {"range", "at_least"} else figure.value
    high = math.inf if figure.kind == "at_least" else max(figure.high, figure.value)
    return item.interval[1] < low / open_by or item.interval[0] > high * open_by


def _garbled(index: int, item: Statement, scene: _Scene) -> Recognised | None:
    """The named garble that turns the printed number into a figure of the same subject."""
    if item.factor is not None or item.quantity.kind == "range":
        return None
    for repair in sorted(scene.repairs, key=lambda repair: -repair.weight):
        edit = repair.edits[0]
        told = edit.widen is None and len(repair.edits) == 1 and repair.family != "bridge"
        if edit.field is None:
            plain = abs(edit.shift) > math.log(scene.limits["distinct"])
        else:
            plain = significant_digits(item.value) > 1
        if edit.statement == index and told and plain:
            for run in scene.own:
                if _repairs(edit, item, run, scene.limits) and (
                    fit := compare(item, run, edit.field)
                ):
                    return Recognised(status="slip", match=fit, note=repair.name)
    return None


def _repairs(edit: Edit, item: Statement, run: KnownRun, limits: Mapping[str, Any]) -> bool:
    """Whether an edit makes a statement what a run published, but for rounding."""
    figure = figure_of(run, edit.field or item.field)
    if figure is None or not run.is_account or figure.kind == "range":
        return False
    slack = math.hypot(item.quantity.half_unit, figure.half_unit) + limits["repaired"]
    off = abs(item.log_value + edit.shift - math.log(figure.value))
    return bool(off < min(slack, math.log(limits["distinct"]) / 4.0))


def _of_a_relative(
    item: Statement, fits: Sequence[FigureMatch], scene: _Scene
) -> Recognised | None:
    """A base's or sibling's figure, where the printed digits are its own, not the subject's."""
    bases = {run.tags.get("base") for run in scene.own} - {None}
    families = {words(run.subject)[:2] for run in scene.own}
    plain = item.quantity.kind == "stated" and significant_digits(item.value) > 1
    if not plain or item.field in SIZES or not fits or any(_is_printed(fit) for fit in fits):
        return None
    kin = (r for r in scene.others if r.subject in bases or words(r.subject)[:2] in families)
    theirs = [fit for run in kin if (fit := compare(item, run))]
    best = max(filter(_is_printed, theirs), key=lambda fit: fit.score, default=None)
    return Recognised(status="elsewhere", match=best) if best else None


def _is_printed(fit: FigureMatch) -> bool:
    """Whether the printed digits are what the figure rounds to."""
    return fit.printed.low <= fit.figure.value <= fit.printed.high


def _slip(
    item: Statement, fits: Sequence[FigureMatch], limits: Mapping[str, Any]
) -> Recognised | None:
    """The slip of the pen that turns a known figure into the printed one."""
    if item.quantity.kind == "range":
        return None
    for fit in fits:
        if fit.figure.kind == "range":
            continue
        figure = fit.figure.value
        lead = leading(item.value, 1) in {leading(figure, 1), f"{figure:.9e}"[0]}
        if lead and figure / item.value > limits["lost_exponent"]:
            return Recognised(status="slip", match=fit, note="lost exponent")
        if item.quantity.digits < 2:
            continue
        for name, ratio, weight in slips(item.quantity.text):
            off = abs(math.log(item.value * ratio / figure))
            if off < limits["slip"] and weight >= limits["slip_weight"] and fit.run.is_account:
                return Recognised(status="slip", match=fit, note=name)
    return None


def _crossed(item: Statement, scene: _Scene) -> Recognised | None:
    """A figure of another quantity that the statement repeats."""
    for field in _CROSS.get(item.field, ()):
        for run in scene.own:
            fit = compare(item, run, field)
            if fit is not None and fit.distance < scene.limits["crossed"] and item.factor is None:
                return Recognised(status="crossed", match=fit, note=field)
    return None


def _elsewhere(item: Statement, fits: Sequence[FigureMatch], scene: _Scene) -> Recognised | None:
    """Another subject's figure: the clear rival's, or one of the same family digit by digit."""
    if item.field in SIZES or item.factor is not None:
        return None
    if scene.rival is not None:
        theirs = compare(item, scene.rival.run)
        return Recognised(status="elsewhere", match=theirs) if theirs and theirs.holds else None
    if not any(f.run.standing == "developer" for f in fits):
        return None
    bases = {run.tags.get("base") for run in scene.own}
    telling = min(item.quantity.digits, significant_digits(item.value)) > 1
    families = {words(run.subject)[0] for run in scene.own} if telling else set()
    kin = [fit for run in scene.others if (fit := compare(item, run)) is not None and fit.is_close]
    near = [fit for fit in kin if fit.run.subject in bases or words(fit.run.subject)[0] in families]
    best = max(near, key=lambda fit: fit.score, default=None)
    return Recognised(status="elsewhere", match=best) if best else None
