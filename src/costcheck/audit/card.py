"""One claim's report card, written from everything the audit found about it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from costcheck.audit.arithmetic import Calculation
from costcheck.audit.comparisons import RatioCheck
from costcheck.audit.exact import Closure
from costcheck.audit.hypotheses import Explanation
from costcheck.audit.impossible import ClaimCase, dimension_words, is_possible, only_sparse
from costcheck.audit.matching import Closeness, agree, closeness
from costcheck.audit.network import MONEY, dearest_run
from costcheck.audit.priors import Priors
from costcheck.audit.prose import multiple, plain_number
from costcheck.audit.reasoning import PINNED, Implied, Reasoning, conflicts, exp
from costcheck.audit.recognised import Recognised, Status
from costcheck.audit.recognition import Recognition
from costcheck.audit.result import (
    BestMatch,
    ClaimAudit,
    ExplanationAudit,
    Label,
    Labels,
    NumberAudit,
    RecordFigure,
    Settling,
)
from costcheck.audit.scopes import bill_alone, scope_of
from costcheck.audit.statements import Statement
from costcheck.audit.truth import headline_of, probability_true
from costcheck.audit.verdict import (
    Masses,
    Ruling,
    masses,
    no_law_against,
    numbers_only,
    with_registry,
)
from costcheck.catalog.known_runs import KnownRun
from costcheck.estimate.result import FAILING
from costcheck.quantities import CLAIMED, RATES, RATES_IMPLIED, field_words
from costcheck.scenario.claim import Claim, source_line
from costcheck.text.quantity import Quantity
from costcheck.units import NORMAL_DEVIATIONS

_HOLDING: frozenset[Label] = frozenset({"consistent", "rounded", "under-specified"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything found about one claim of a group."""

    claim: Claim
    mine: tuple[int, ...]
    """The group's statements that this claim makes."""
    statements: tuple[Statement, ...]
    by_numbers: Reasoning | None
    """Numbers and priors alone."""
    with_digits: Reasoning | None
    """With the evidence of known figures' digits."""
    recognition: Recognition
    calculations: tuple[Calculation, ...]
    """What the claim's printed numbers imply by plain arithmetic."""
    ratios: tuple[RatioCheck, ...]
    case: ClaimCase
    """The claim as the hard rules see it, without the record."""
    impossible_by_numbers: tuple[str, ...]
    impossible: tuple[str, ...]
    priors: Priors
    use_registry: bool

    @property
    def closures(self) -> tuple[Closure, ...]:
        """The identities between printed numbers that were checked."""
        return self.by_numbers.closures if self.by_numbers else ()

    @property
    def followed(self) -> tuple[int, ...]:
        """The places of the claim's numbers that its others, or its accelerator, bear out."""
        computed = self.by_numbers.derived if self.by_numbers else {}
        summed = (item.fields for item in self.closures if item.closes and len(item.fields) > 1)
        tested = RATES & {*chain(*summed)} | {
            RATES_IMPLIED[item.name] for item in self.calculations if item.name in RATES_IMPLIED
        }
        part, items = self.case.context.hardware, enumerate(self.mine)
        return tuple(
            place
            for place, index in items
            if index in computed
            or (item := self.statements[index]).field in tested
            or (item.field == "peak" and part and agree(item.value, part.peak_flops_per_second))
        )

    @property
    def is_missummed(self) -> bool:
        """Whether the text writes out a sum or product that is none."""
        return any(item.target == "text" and not item.closes for item in self.closures)

    def repairs(self, item: Explanation) -> bool:
        """Whether the numbers are possible once an explanation has mended them."""
        edits = {edit.statement: edit for edit in item.edits}
        own = {place: edits[index] for place, index in enumerate(self.mine) if index in edits}
        return is_possible(self.case, own)

    @property
    def pinned(self) -> float | None:
        """The factor to which the rest pins the claim's best-tested number."""
        factors = [self.by_numbers.testability(i) for i in self.mine] if self.by_numbers else []
        return min(factors, default=None)


def report_card(evidence: Evidence) -> ClaimAudit:
    """Write the report card."""
    blind = masses(evidence.by_numbers, evidence.mine, evidence.repairs)
    seen = masses(evidence.with_digits, evidence.mine, evidence.repairs)
    alone, ruling = _verdicts(evidence, blind, seen)
    stated = 0.0 if evidence.impossible_by_numbers else blind.stated
    fields = (evidence.statements[i].field for i in evidence.mine)
    told = [check for check in evidence.ratios if check.statement is None]
    return ClaimAudit(
        id=evidence.claim.id,
        about=evidence.claim.about,
        text=evidence.claim.text or "",
        source=source_line(evidence.claim),
        verdict=ruling.label,
        headline=headline_of(ruling.label, len(evidence.mine) + len(told)),
        probability_true=_chance(evidence, seen, ruling),
        verdict_without_registry=alone,
        probability_as_stated=stated,
        numbers=_number_audits(evidence, seen, ruling.label),
        explanations=(*_known_slips(evidence), *_explanations(evidence, seen.stated)),
        implied=_implied(evidence),
        arithmetic=tuple(item.words for item in evidence.calculations),
        testability_factor=evidence.pinned,
        conflict=_conflict(evidence, seen),
        best_match=_best_match(evidence),
        findings=tuple(item for item in evidence.closures if _concerns(item, evidence)),
        settle=_settle(evidence),
        scope=scope_of(evidence.claim, fields, evidence.priors.scopes),
        reasons=_reasons(evidence, ruling.why),
        sources=_sources(evidence),
    )


def _chance(evidence: Evidence, seen: Masses, ruling: Ruling) -> float:
    """The chance that a claim is true as worded, a comparison that is off included."""
    chance = probability_true(seen.stated, ruling, evidence.priors)
    is_off = any(check.status == "fails" for check in evidence.ratios) or evidence.is_missummed
    return min(chance, evidence.priors.truth["compared_off"]) if is_off else chance


def _verdicts(evidence: Evidence, blind: Masses, seen: Masses) -> tuple[Label, Ruling]:
    """The verdict by the numbers alone, and the ruling with the record."""
    broken, priors = evidence.impossible_by_numbers, evidence.priors
    alone = numbers_only(evidence.by_numbers, blind, evidence.mine, broken, priors)
    unaided = [check for check in evidence.ratios if not check.records]
    alone = _with_ratios(alone, evidence, unaided)
    by_numbers = _of_electricity(Ruling(label=alone), evidence)
    if not evidence.use_registry:
        return by_numbers.label, by_numbers
    base = numbers_only(evidence.with_digits, seen, evidence.mine, broken, priors)
    ruling = with_registry(
        _with_ratios(base, evidence, evidence.ratios),
        evidence.recognition,
        seen,
        evidence.impossible,
        evidence.followed,
        no_law_against(evidence.by_numbers),
    )
    if ruling.label in {*_HOLDING, "unverifiable"} and (condition := only_sparse(evidence.case)):
        ruling = replace(ruling, label="unverifiable", why=condition)
    ruling = replace(ruling, label=_with_ratios(ruling.label, evidence, evidence.ratios))
    return by_numbers.label, _of_electricity(ruling, evidence)


def _of_electricity(ruling: Ruling, evidence: Evidence) -> Ruling:
    """The ruling on a claim that holds or is open, where its cost is but the electricity's."""
    gap = bill_alone(evidence.claim, evidence.closures, evidence.priors.scopes)
    if not gap or ruling.label not in {*_HOLDING, "unverifiable"}:
        return ruling
    return Ruling(label="mis-scoped", evidence="scope", why=gap)


def _implied(evidence: Evidence) -> dict[str, Implied]:
    """Implied values, by plain arithmetic where the printed numbers allow it."""
    values = dict(evidence.by_numbers.implied) if evidence.by_numbers else {}
    for item in evidence.calculations:
        if item.name != "gpu_hours":
            factor = values[item.name].factor if item.name in values else 1.0
            values[item.name] = Implied(value=item.value, factor=factor, note=item.note)
    return values


def _with_ratios(label: Label, evidence: Evidence, ratios: Sequence[RatioCheck]) -> Label:
    """The verdict once ratios of the claim have been looked at; only the record confirms one."""
    statuses = {check.status for check in ratios}
    borne_out = {check.status == "holds" and bool(check.records) for check in ratios}
    failing = {_failing(check) for check in ratios if check.status == "fails"}
    if failing and (label in _HOLDING or not evidence.mine):
        return "contradicts-record" if "contradicts-record" in failing else "implausible"
    if evidence.is_missummed and label in {*_HOLDING, "unverifiable"}:
        return "implausible"
    if not evidence.mine and statuses:
        return "consistent" if borne_out == {True} else "unverifiable"
    if "unverifiable" in statuses and label in _HOLDING and not _says_more(evidence):
        return "unverifiable"
    return "consistent" if True in borne_out and label == "under-specified" else label


def _failing(check: RatioCheck) -> Label:
    """The verdict on a ratio that fails."""
    return "contradicts-record" if check.records else "implausible"


def _says_more(evidence: Evidence) -> bool:
    """Whether a claim has several figures beside a ratio, or prints one that is on record."""
    text = evidence.claim.text or ""
    printed = (match.printed.text in text for match in evidence.recognition.held)
    return len(evidence.mine) > 1 or any(printed)


def _explanations(evidence: Evidence, stated: float) -> list[ExplanationAudit]:
    """The likeliest explanations of this claim's numbers."""
    reasoning, mine = evidence.with_digits, frozenset(evidence.mine)
    limits = evidence.priors.verdicts
    if reasoning is None:
        return []
    shown: list[ExplanationAudit] = []
    pairs = zip(reasoning.explanations, reasoning.probabilities.tolist(), strict=True)
    for item, posterior in sorted(pairs, key=lambda pair: -pair[1]):
        edit = item.edits[0] if item.edits else None
        chance = posterior if edit else stated
        if edit and (item.touches.isdisjoint(mine) or chance < limits["listed"]):
            continue
        if item.family in {"garble", "scope"} and not evidence.repairs(item):
            continue
        statement = reasoning.statements[edit.statement] if edit else None
        shown.append(
            ExplanationAudit(
                name=item.name,
                family=item.family,
                field=statement.field if statement else None,
                probability=chance,
                corrected=edit.corrected(statement) if edit and statement else None,
                corrected_field=edit.field if edit else None,
            )
        )
    return sorted(shown[: int(limits["shown"])], key=lambda item: -item.probability)


def _known_slips(evidence: Evidence) -> Iterator[ExplanationAudit]:
    """Repairs that a known figure gives away, of what was computed from others last."""
    pairs = list(zip(evidence.mine, evidence.recognition.numbers, strict=True))
    computed = evidence.by_numbers.derived if evidence.by_numbers else {}
    for index, known in sorted(pairs, key=lambda pair: pair[0] in computed):
        if known.status not in {"slip", "crossed"}:
            continue
        item, field = evidence.statements[index], evidence.statements[index].field
        moved = _moved(known, field)
        alike = moved is not None and CLAIMED[moved].dimension == CLAIMED[field].dimension
        own = evidence.recognition.published(item) if alike else None
        meant, crossed = own or known.match, known.status == "crossed"
        yield ExplanationAudit(
            name=f"{known.note.replace('_', ' ')} printed as {field}" if crossed else known.note,
            family="garble",
            field=field,
            probability=evidence.priors.verdicts["known_slip"],
            corrected=meant.figure.value if meant else None,
            corrected_field=None if own else moved,
        )


def _moved(known: Recognised, field: str) -> str | None:
    """The quantity a repaired number is of, where not the one it names."""
    return known.match.field if known.match and known.match.field != field else None


def _settle(evidence: Evidence) -> Settling | None:
    """The one more number to ask for; none where the stated ones are pinned already."""
    settle = evidence.by_numbers.settle if evidence.by_numbers else None
    follows = {item.name for item in evidence.calculations}
    settled = evidence.priors.verdicts["settled"]
    if settle is None or (evidence.pinned or settled) < settled or settle[0] in follows:
        return None
    return Settling(field=settle[0], factor=settle[1])


def _conflict(evidence: Evidence, seen: Masses) -> tuple[str, ...]:
    """The smallest set of numbers that cannot all be meant, when there is one."""
    reasoning = evidence.with_digits
    if reasoning is None or seen.stated >= evidence.priors.verdicts["doubtful"]:
        return ()
    strict = [f for f in reasoning.closures if not f.closes and f.strict and f.fields]
    if strict:
        return strict[0].fields
    sets = [s for s in conflicts(reasoning, evidence.priors) if set(s) & set(evidence.mine)]
    items = (reasoning.statements[i] for i in min(sets, key=len, default=()))
    return tuple(f"{item.field} {item.quantity.text}" for item in items)


def _best_match(evidence: Evidence) -> BestMatch | None:
    """The known run that most of the claim's numbers were recognised in."""
    known = evidence.recognition
    cited = [(item.status, item.match.run) for item in known.numbers if item.match]
    runs = [run for how, run in cited if how == "elsewhere"] or [run for _, run in cited]
    if not runs:
        return None
    fits = {match.run.id: match.score for match in known.ranking}
    run = max(runs, key=lambda run: (runs.count(run), fits.get(run.id, -math.inf)))
    return BestMatch(
        id=run.id,
        subject=run.subject,
        scope=run.scope,
        standing=run.standing,
        margin_nats=None if run.subject == known.subject else known.margin,
        sources=run.sources,
    )


def _reasons(evidence: Evidence, why: str) -> tuple[str, ...]:
    remarks = [*([why] if why else []), *evidence.impossible]
    remarks += [
        _open(closure, evidence)
        for closure in evidence.closures
        if not closure.closes and _concerns(closure, evidence)
    ]
    remarks.extend(check.note for check in evidence.ratios)
    remarks.extend(_of_a_programme(evidence))
    if said := evidence.recognition.part_denied:
        remarks.append(said)
    remarks.extend(dimension_words(evidence.claim.text or "", evidence.priors.unit_words))
    return tuple(dict.fromkeys(remarks))


def _open(closure: Closure, evidence: Evidence) -> str:
    """What does not close: two figures by their words, a product by its numbers."""
    slip = f" ({closure.note})" if closure.note else ""
    sides = (closure.computed, closure.stated)
    if closure.fields == (closure.target,):
        same = [item for item in evidence.statements if item.field == closure.target]
        told = {item.value: item.quantity.text for item in same}
        first, second = (told.get(side, plain_number(side)) for side in sides)
        times = multiple(closure.computed / closure.stated)
        return (
            f"{field_words(closure.target)}: {first} is not {second}{slip or f', but {times} it'}"
        )
    first, second = map(plain_number, sides)
    return f"{closure.identity}: {first} computed, {second} printed{slip}"


def _of_a_programme(evidence: Evidence) -> Iterator[str]:
    """What a sum must cover that is more than single runs cost."""
    items, known = [evidence.statements[i] for i in evidence.mine], evidence.by_numbers
    if known is None or {item.field for item in items} != MONEY:
        return
    most, year = dearest_run(known.context, evidence.priors), known.context.year
    if min(item.interval[0] for item in items) > most:
        yield (
            f"no single run of {year} is known to have cost more than some ${most / 1e9:.1f}"
            " billion: such a sum is a programme's, with research, failed runs and staff"
        )


def _concerns(closure: Closure, evidence: Evidence) -> bool:
    """Whether an identity is between this claim's own numbers, or about one of them."""
    items = [evidence.statements[i] for i in evidence.mine]
    fields = {item.field for item in items}
    return closure.target == "text" or any(
        item.field == closure.target and math.isclose(item.value, closure.stated, rel_tol=1e-6)
        for item in items
        if fields.issuperset(closure.fields)
    )


def _sources(evidence: Evidence) -> tuple[Mapping[str, str], ...]:
    """Sources of the known runs that numbers were recognised in or denied by, each once."""
    runs = [item.match.run for item in evidence.recognition.numbers if item.match is not None]
    runs += [run for check in evidence.ratios for _, run in check.records]
    seen: dict[str, Mapping[str, str]] = {}
    for run in runs:
        for source in run.sources:
            seen.setdefault(source.get("url") or source.get("title", ""), source)
    return tuple(seen.values())


def _number_audits(evidence: Evidence, seen: Masses, verdict: Label) -> tuple[NumberAudit, ...]:
    """The audit of every number of a claim, its ratios last."""
    written = [
        _number(evidence, index, known, seen, verdict)
        for index, known in zip(evidence.mine, evidence.recognition.numbers, strict=True)
    ]
    told = written if evidence.recognition.told else []
    counted = zip(evidence.mine, written, strict=True)
    labels = {evidence.statements[index].note: number.verdict for index, number in counted}
    return (*told, *(_ratio_number(check, labels) for check in evidence.ratios))


def _number(
    evidence: Evidence, index: int, known: Recognised, seen: Masses, verdict: Label
) -> NumberAudit:
    item = evidence.statements[index]
    lost = evidence.with_digits.mass_on(index) if evidence.with_digits else 0.0
    is_denied = known.status == "contradicted" and verdict == "contradicts-record"
    if lost > 0.5 and not is_denied and not (known.is_on_record and verdict not in FAILING):
        labels, reason = _lost_number(index, known, seen, verdict)
    else:
        labels, reason = _held_number(evidence, index, known)
    repaired = seen.best[0] if seen.best and labels[0] == "unit-garbled" else None
    value, factor, field = _should_be(evidence, index, known, repaired)
    match = known.match
    misplaced = known.status == "elsewhere" or bool(evidence.recognition.gap)
    other = match is None or (match.run.worth.account and not match.run.worth.confirms)
    return NumberAudit(
        field=item.field,
        text=item.quantity.text,
        written=item.quantity.written,
        how=item.quantity.how,
        stated=item.value,
        unit=item.quantity.unit,
        found=value,
        factor=factor,
        labels=labels,
        probability=1.0 - lost,
        reason=reason or item.note,
        found_field=field,
        record=_published(match.run, match.field, match.figure) if match else None,
        own_records=_own_records(evidence, item.field) if misplaced or other else (),
    )


def _published(run: KnownRun, field: str, figure: Quantity) -> RecordFigure:
    """A known figure as the card shows it."""
    return RecordFigure(
        subject=run.subject,
        scope=run.scope,
        field=field,
        text=figure.text,
        value=figure.value,
        gpu=run.gpu or "",
        standing=_whose(run),
        asserts=run.worth.asserts,
        confirmed=run.worth.confirms,
        sources=run.sources_of(field),
        also=run.also.get(field, ""),
    )


def _whose(run: KnownRun) -> str:
    """Who says so where not the maker, a speaker by name."""
    if run.standing == "developer":
        return ""
    named = run.worth.named if "by" in run.tags else ""
    return named.format(**run.tags) or run.worth.words


def _own_records(evidence: Evidence, field: str) -> tuple[RecordFigure, ...]:
    """What is on record of a quantity of the named subject, the first of each stage.

    What its maker says comes first; a leak only where it says nothing.
    """
    stages: dict[str, RecordFigure] = {}
    told = [run for run in evidence.recognition.own if field in run.figures]
    leaked = [run for run in told if run.standing == "leak"]
    official = [run for run in told if run.worth.confirms]
    for run in official or leaked:
        stages.setdefault(run.stage, _published(run, field, run.figures[field]))
    return tuple(stages.values())


def _should_be(
    evidence: Evidence, index: int, known: Recognised, repaired: Explanation | None
) -> tuple[float | None, float | None, str | None]:
    """What a number should be, the factor to which that is known, and the quantity it is of."""
    reasoning, item, match = evidence.with_digits, evidence.statements[index], known.match
    edits = repaired.edits if repaired and known.status != "slip" else ()
    for edit in edits:
        if edit.statement == index and (value := edit.corrected(item)) is not None:
            return value, 1.0, edit.field
    if match is not None:
        return match.figure.value, 1.0, _moved(known, item.field)
    expected = reasoning.expected.get(index) if reasoning else None
    if expected is not None and expected.sd < math.log(PINNED):
        return exp(expected.mean), exp(NORMAL_DEVIATIONS * expected.sd), None
    product = reasoning.derived.get(index) if reasoning else None
    return (product.computed, 1.0, None) if product else (None, None, None)


def _lost_number(index: int, known: Recognised, seen: Masses, verdict: Label) -> tuple[Labels, str]:
    """Labels of a number that the numbers around it do not bear out, and why."""
    best = seen.best[0] if seen.best else None
    if best is not None and best.family == "garble" and index in best.touches:
        extra: tuple[Closeness, ...] = ("mis-scoped",) if known.status == "elsewhere" else ()
        return ("unit-garbled", *extra), best.name
    return (("mis-scoped",) if verdict == "mis-scoped" else ("implausible",)), ""


_STATUS_LABELS: Mapping[Status, Label] = {
    "elsewhere": "mis-scoped",
    "hypothetical": "mis-scoped",
    "crossed": "mis-scoped",
    "slip": "unit-garbled",
    "contradicted": "contradicts-record",
    "unpublished": "unverifiable",
}


def _held_number(evidence: Evidence, index: int, known: Recognised) -> tuple[Labels, str]:
    """Labels of a number that its neighbours bear out, and why."""
    match, reasoning = known.match, evidence.with_digits
    item = evidence.statements[index]
    told = item.factor is None and known.status not in {"slip", "contradicted"}
    how = (closeness(item.quantity, match.figure.value),) if match and told else ()
    if known.status in _STATUS_LABELS:
        reason = known.note
        if match is not None:
            reason = f"{match.figure.text} in {match.run.subject}, {match.run.scope}"
        return (_STATUS_LABELS[known.status], *how), reason
    if known.status in {"own", "named"} and match is not None:
        label: Label = "consistent" if not how or how[0] in {"exact", "approximate"} else "rounded"
        if match.run.standing == "executive" and len(evidence.mine) == 1:
            label = "under-specified"
        return (label, *how), f"{match.figure.text}: {match.run.scope}"
    if reasoning is not None and index in reasoning.derived:
        return ("consistent",), reasoning.derived[index].identity
    untestable = evidence.priors.verdicts["untestable"]
    loose = reasoning is None or reasoning.testability(index) > untestable
    return (("under-specified",) if loose else ("consistent",)), ""


def _ratio_number(check: RatioCheck, labels: Mapping[str, Label]) -> NumberAudit:
    """The audit of a ratio; everyday units have the verdict of the figure they stand for."""
    label: Label = "consistent" if check.status == "holds" else "unverifiable"
    if check.status == "fails":
        label = _failing(check)
    elif check.statement is not None:
        label = labels.get(check.statement.note, label)
    times = check.ratio.times
    known = [_published(run, check.ratio.of, figure) for figure, run in check.records]
    known.sort(key=lambda item: item.confirmed)
    return NumberAudit(
        field=check.ratio.of,
        to=check.ratio.to,
        text=check.said or times.text,
        stated=times.value,
        found=check.found,
        factor=None,
        labels=(label,),
        probability=None,
        reason=check.note,
        record=next(iter(known), None),
        own_records=tuple(known[1:]),
    )
