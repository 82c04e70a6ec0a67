"""What the known runs say about a claim: whose figures these are, and which stage they cover."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from costcheck.audit.exact import check, derived
from costcheck.audit.facts import ClaimContext
from costcheck.audit.garbles import Garble
from costcheck.audit.matching import FigureMatch, RunMatch, compare, rank
from costcheck.audit.namesakes import moved, namesake
from costcheck.audit.priors import Priors, rules
from costcheck.audit.prose import by_name
from costcheck.audit.recognised import (
    NEAR,
    Recognised,
    Scene,
    Status,
    developer_hours,
    is_cited,
    recognise_one,
)
from costcheck.audit.scopes import coverage_gap, is_of_a_fleet
from costcheck.audit.speakers import not_from, other_makers, unsaid
from costcheck.audit.statements import Statement
from costcheck.audit.subject import (
    MAKERS,
    of_a_family,
    other_part,
    parts_told,
    resolved,
    sizes_by_name,
)
from costcheck.audit.tense import is_told, speaks
from costcheck.catalog.known_runs import KnownRun, Registry, words
from costcheck.estimate.claim_units import short
from costcheck.quantities import SIZES, having
from costcheck.scenario.claim import Claim, numbers as stated


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """A claim in the light of the known runs."""

    subject: str | None
    numbers: tuple[Recognised, ...]
    fields: tuple[str, ...]
    """What each of them is of."""
    ranking: tuple[RunMatch, ...]
    margin: float | None
    """Nats by which the best run of another subject beats the best run of the named one."""
    own: tuple[KnownRun, ...]
    recorded_part: str
    """What it ran on by the record, where the text names another accelerator."""
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
    namesake: FigureMatch | None = None
    """Another model's figure with the digits of a number that no record explains."""
    is_of_hardware: bool = False
    """Whether it is about an accelerator, which the catalog knows, and no model."""

    @property
    def text(self) -> str:
        """The claim's."""
        return self.claim.text or ""

    @property
    def other_part(self) -> str:
        """The accelerator of the run that the text means, where it names another one for it."""
        return "" if self.is_rerun else self.recorded_part

    @property
    def part_denied(self) -> str:
        """Who says that it ran on another accelerator than the text's; nothing where it did not."""
        whose = "the developer says" if parts_told(self.own) else "on record"
        return f"{whose} it ran on {self.other_part}" if self.other_part else ""

    @property
    def is_of_a_fleet(self) -> bool:
        """Whether nothing but accelerators somebody has is known of its subject: no training."""
        return all(run.stage == "fleet" for run in self.own)

    @property
    def is_part_known(self) -> bool:
        """Whether who tells the accelerators knew them: an estimate takes the usual ones."""
        return bool(parts_told(self.own, {*MAKERS, "leak"}))

    def borne_among(self, places: Sequence[int]) -> frozenset[int]:
        """Which of the places of its numbers hold figures that are on record so."""
        pairs = zip(places, self.numbers, strict=True)
        return frozenset(place for place, known in pairs if known.is_as_recorded)

    @property
    def told(self) -> tuple[Recognised, ...]:
        """The numbers that the text says, besides those of the model's name."""
        return tuple(item for item in self.numbers if item.status != "named")

    @property
    def is_borne(self) -> bool:
        """Whether one developer's record of the same accelerators has what the claim says."""
        return self.repeats and not self.mixes_stages and not self.other_part

    @property
    def is_mostly_borne(self) -> bool:
        """Whether the record has the cost and most of the run's figures, and denies none."""
        of_run = {match.field for match in self.held} - SIZES
        silent = [item for item in self.numbers if not item.is_own]
        is_silent = all(item.status == "unknown" for item in silent)
        return is_silent and "cost" in of_run and len(of_run) > len(silent) and not self.other_part

    @property
    def is_of_two(self) -> bool:
        """Whether every figure was published, some of the subject and others of another model."""
        known = {item.status for item in self.numbers} - {"named"}
        matches = [item.match for item in self.numbers if item.match]
        published = [match for match in matches if match.field in match.run.figures]
        return known == {"own", "elsewhere"} and len(published) == len(self.numbers)

    @property
    def held(self) -> tuple[FigureMatch, ...]:
        """The subject's own figures that statements repeat."""
        return tuple(n.match for n in self.numbers if n.status == "own" and n.match is not None)

    @property
    def namesakes_held(self) -> tuple[FigureMatch, ...]:
        """Figures of several models of one name, each of another, where no model has them all."""
        told = [match for match in self.held if match.field not in SIZES]
        whose = [match.run.subject for match in told]
        is_mixed = self.mixes_stages and len(set(whose)) == len(whose) > 1
        return tuple(told) if is_mixed else ()

    def published(self, item: Statement) -> FigureMatch | None:
        """The subject's own figure for what a statement names, whatever the statement says."""
        fits = [fit for run in self.own if (fit := compare(item, run)) is not None]
        return max(fits, key=lambda fit: fit.score, default=None)

    def hours_of(self, statements: Sequence[Statement]) -> float | None:
        """The most GPU-hours that the developer gave for the run that a cost of no record is of."""
        pairs = [] if self.is_rerun else zip(statements, self.numbers, strict=True)
        silent = [item for item, known in pairs if known.match is None]
        costs = [item for item in silent if item.field == "cost"]
        fits = (developer_hours(item, run) for item in costs for run in self.own)
        return max((fit.figure.value for fit in fits if fit), default=None)

    @property
    def misattributed(self) -> str:
        """That whom the text has say its figures is not on record with them."""
        about = self.claim.about
        held = (match for match in self.held if match.field not in SIZES)
        told = (item.text for _, item in stated(self.claim) if self.first("unpublished"))
        return not_from(self.text, about, held) or unsaid(self.text, about, told)

    @property
    def has_stages(self) -> bool:
        """Whether figures it repeats are its maker's of different stages, sizes aside."""
        own = (match.run for match in self.held if match.field not in SIZES)
        return len({run.stage for run in own if run.worth.confirms}) > 1

    @property
    def is_sourced(self) -> bool:
        """Whether the file names the primary source that says so."""
        return self.claim.source is not None and self.claim.speaker == "primary"

    @property
    def is_partial(self) -> bool:
        """Whether the named run is a stage on top of a base model."""
        return any(match.run.stage in rules("scopes")["on_base"] for match in self.held)

    @property
    def is_cited(self) -> bool:
        """Whether the text names whose estimate every figure it repeats is."""
        return bool(self.held) and all(is_cited(match.run, self.text) for match in self.held)

    @property
    def unconfirmed(self) -> FigureMatch | None:
        """A figure it repeats without its author that nobody but an outsider or a leak gives."""
        alone = (match for match in self.held if match.field not in SIZES)
        return next(
            (m for m in alone if not m.run.worth.confirms and not is_cited(m.run, self.text)), None
        )

    @property
    def is_hearsay(self) -> bool:
        """Whether the text says that it repeats what others estimate or leaked."""
        return speaks("hearsay", self.text)

    @property
    def is_planned(self) -> bool:
        """Whether the text speaks of a run that lies ahead."""
        return is_told("planned", self.claim)

    def first(self, status: Status) -> Recognised | None:
        """The first statement with a status."""
        return next((item for item in self.numbers if item.status == status), None)


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
    own, margin, whose = resolved(statements, ranking, claim, context, registry, priors)
    subject = own[0].subject if own else None
    # A rerun of a known model on later hardware is nobody's account of the original.
    later = is_later(claim, context, own)
    is_rerun = later or is_told("conditional", claim)
    of_a_fleet = is_of_a_fleet(claim, [item.field for item in statements], priors.scopes)
    scene = Scene(
        own=[run for run in own if run.stage == "fleet"] if of_a_fleet else own,
        others=[run for run in registry if run not in own and run.is_account],
        rival=whose, text=claim.text or "", later=later, repairs=repairs, limits=priors.record,
        is_thought=is_rerun or speaks("hearsay", claim.text),
        by_name=sizes_by_name(subject or claim.about or "") if registry else None,
    )  # fmt: skip
    numbers = _numbers(statements, claim.about, scene, own, is_later_run=is_rerun)
    part = other_part(context, own)
    if (part and is_rerun) or _is_a_copy(claim):
        numbers = _of_another_run(statements, numbers)
    held = [number.match for number in numbers if number.status == "own" and number.match]
    return Recognition(
        subject=subject, numbers=numbers, fields=tuple(item.field for item in statements),
        ranking=tuple(ranking), margin=margin, own=own,
        claim=claim, recorded_part=part, is_rerun=is_rerun,
        namesake=_namesake(statements, numbers, scene),
        is_of_hardware=_names_hardware(claim.about, context),
        mixes_stages=_mixes(statements, numbers, own),
        repeats=_repeats(statements, numbers),
        family="" if own else of_a_family(statements, claim.about, registry),
        gap=coverage_gap(claim, held, own, priors.scopes),
    )  # fmt: skip


def _numbers(
    statements: Sequence[Statement],
    about: str | None,
    scene: Scene,
    own: Sequence[KnownRun],
    *,
    is_later_run: bool,
) -> tuple[Recognised, ...]:
    """Every statement in the light of the known runs, one by one and together."""

    def known_in(seen: Scene) -> list[Recognised]:
        found = ((recognise_one(i, item, seen), item) for i, item in enumerate(statements))
        return [_unless_named(known, item, about, seen.text) for known, item in found]

    each = known_in(scene)
    if any(
        known.is_own and item.field not in SIZES
        for known, item in zip(each, statements, strict=True)
    ):
        # Beside the subject's own figures one of another model is no other number that is near.
        alone = known_in(replace(scene, rival=None))
        each = [b if _is_only_near(a) else a for a, b in zip(each, alone, strict=True)]
    each = moved(statements, each, scene)
    computed = derived(statements, check(statements, scene.text))
    each = [
        Recognised(status="own", match=known.match)
        if i in computed and known.note == NEAR
        else known
        for i, known in enumerate(each)
    ]
    numbers = _reconciled(statements, each, own, scene, is_later_run=is_later_run)
    return numbers if own else _of_a_stranger(statements, about, scene.rival, numbers)


def _is_only_near(known: Recognised) -> bool:
    """Whether a plain number is near to another model's figure, and no rounding of it."""
    match = known.match if known.status == "elsewhere" else None
    is_plain = match is not None and match.printed.kind in {"exact", "stated"}
    return match is not None and is_plain and not match.is_close


def _of_another_run(
    statements: Sequence[Statement], numbers: Sequence[Recognised]
) -> tuple[Recognised, ...]:
    """Numbers of another run than the one on record: the recipe is the same at most."""
    pairs = zip(statements, numbers, strict=True)
    return tuple(
        Recognised(status="unknown")
        if known.status in {"own", "slip"}
        and item.field not in SIZES | having("recipe")
        and _is_told(known)
        else known
        for item, known in pairs
    )


def _is_told(known: Recognised) -> bool:
    """Whether a figure is of what happened, not of what it would take."""
    return known.match is not None and known.match.run.is_account


def _namesake(
    statements: Sequence[Statement], numbers: Sequence[Recognised], scene: Scene
) -> FigureMatch | None:
    """The figure of another model that has the digits of a number which no record explains."""
    silent = {"unknown", "unpublished"}
    pairs = zip(statements, numbers, strict=True)
    found = (
        namesake(item, scene.others, "remarked") for item, known in pairs if known.status in silent
    )
    return next((fit for fit in found if fit), None)


def _unless_named(known: Recognised, item: Statement, about: str | None, text: str) -> Recognised:
    """A size as it was found, unless the text has it in the model's name alone: it says nothing."""
    name = item.quantity.text.lower()
    is_named = (
        item.field in SIZES
        and name in words(about or "")
        and words(text, whole=True).count(name) < 2
    )
    return replace(known, status="named") if known.is_own and is_named else known


def _names_hardware(about: str | None, context: ClaimContext) -> bool:
    """Whether what a claim is about is its accelerator: H100, H100 cluster."""
    part = words(context.hardware.name) if context.hardware else ()
    return words(about or "")[:1] != () and words(about or "")[0] in part


def _repeats(statements: Sequence[Statement], numbers: Sequence[Recognised]) -> bool:
    """Whether the developer's record has every number as printed, sizes of the model aside."""
    pairs = zip(statements, numbers, strict=True)
    borne = all(known.is_own or item.field in SIZES for item, known in pairs)
    return borne and any(known.is_own and known.status != "named" for known in numbers)


def _of_a_stranger(
    statements: Sequence[Statement],
    about: str | None,
    whose: RunMatch | None,
    numbers: tuple[Recognised, ...],
) -> tuple[Recognised, ...]:
    """The numbers of a subject that nobody knows or names."""
    unknown = Recognised(status="unknown")
    if about is None:
        return tuple(known if _is_of_itself(known) else unknown for known in numbers)
    if whose is None:
        return numbers
    fits = (compare(item, whose.run) for item in statements)
    return tuple(
        Recognised(status="elsewhere", match=fit) if fit and fit.holds else unknown for fit in fits
    )


def _is_of_itself(known: Recognised) -> bool:
    """Whether no record was needed to see what went wrong."""
    return known.status == "slip" and known.match is None


def _reconciled(
    statements: Sequence[Statement],
    numbers: Sequence[Recognised],
    own: Sequence[KnownRun],
    scene: Scene,
    *,
    is_later_run: bool,
) -> tuple[Recognised, ...]:
    """Numbers the record denies one by one and bears out together.

    A second way of counting beside the published one is no contradiction; nor are fewer GPUs
    for a longer time whose product is the published GPU-hours.
    """
    limits = scene.limits

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
        numbers = _off_its_hours(pairs, scene)
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
    pairs: Sequence[tuple[Statement, Recognised]], scene: Scene
) -> tuple[Recognised, ...]:
    """A time that with its GPUs makes other GPU-hours than the developer's.

    Idle GPUs make more of them than were used; nothing makes fewer.
    """
    said, limits = {item.field: item for item, _ in pairs}, scene.limits
    gpus = said["gpus"]
    low, high = (gpus.value * end for end in _left_open(said["duration"], limits["near"]))
    less = math.exp(limits["accounts"])

    def off(item: Statement, known: Recognised) -> Recognised:
        fits = [fit for run in scene.own if (fit := developer_hours(item, run)) is not None]
        hours = [fit.figure.value for fit in fits]
        far = all(high * less < each or low > each * limits["remark"] for each in hours)
        if item.field != "duration" or known.status != "unknown" or not (fits and far):
            return known
        worked = f"the stated GPUs and time make {short(gpus.value * item.value)}"
        note = f"{worked}{_fleet_of_kin(gpus, scene)}"
        return Recognised(status="contradicted", match=fits[0], note=note)

    return tuple(off(item, known) for item, known in pairs)


def _left_open(item: Statement, loose: float) -> tuple[float, float]:
    """What a range or a bound leaves open; a plain number is loose by so much in ln."""
    is_open = item.quantity.kind in {"range", "at_most", "at_least"}
    plain = item.value * math.exp(-loose), item.value * math.exp(loose)
    return item.interval if is_open else plain


def _fleet_of_kin(gpus: Statement, scene: Scene) -> str:
    """Which model of the family is on record with a fleet, where the named one is not."""
    families = {words(run.subject)[0] for run in scene.own}
    kin = (run for run in scene.others if words(run.subject)[0] in families)
    fits = [fit for run in kin if (fit := compare(gpus, run)) and fit.is_printed]
    if any((fit := compare(gpus, run)) and fit.holds for run in scene.own) or not fits:
        return ""
    return f"; {gpus.quantity.text} GPUs are on record for {by_name(fits[0].run.subject)}"


def is_later(claim: Claim, context: ClaimContext, own: Sequence[KnownRun]) -> bool:
    """Whether a text speaks of a run made after the model's release: a rerun, another stage."""
    if context.adapts:
        scopes = rules("scopes")
        stages = {*scopes["stages"], "with-base", "all-stages"} - {*scopes["more"]}
        return all(run.stage not in stages for run in own)
    if _is_a_copy(claim):
        return True
    days = [run.released for run in own if run.released]
    if not days:
        return speaks("rerun", claim.text) and bool(other_part(context, own))
    part = context.hardware
    newer = part is not None and part.released is not None and part.released > min(days)
    years = context.year - min(days).year if context.dated else 0
    return speaks("rerun", claim.text) or (years > 1 and newer)


def _is_a_copy(claim: Claim) -> bool:
    """Whether a text is about a run that somebody made after the model's maker."""
    text = claim.text or ""
    return speaks("copied", text) or any(other_makers(text, claim.about, how=("trains",)))


def _mixes(
    statements: Sequence[Statement], numbers: Sequence[Recognised], own: Sequence[KnownRun]
) -> bool:
    """Whether no single run holds what the runs of the subject hold together."""
    pairs = zip(statements, numbers, strict=True)
    held = [item for item, known in pairs if known.status == "own" and item.field not in SIZES]
    return len(held) >= 2 and not any(
        all((fit := compare(item, run)) is not None and fit.holds for item in held) for run in own
    )
