"""Scenario files in, report cards out: the audit of the claims that files state."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from costcheck.audit.arithmetic import BY_RECORD
from costcheck.audit.beside import beside_estimate
from costcheck.audit.engine import audit, context_of
from costcheck.audit.identities import identities
from costcheck.audit.knowledge import Knowledge, load_knowledge, part_on_record
from costcheck.audit.network import hardware_prior
from costcheck.audit.priors import Priors
from costcheck.audit.result import ClaimAudit, as_plain
from costcheck.audit.speakers import speaker_of, unchecked
from costcheck.audit.statements import energy_meant
from costcheck.audit.typical import Typical, typical_values
from costcheck.catalog.known_runs import maker_of
from costcheck.catalog.models import Model, typed_entry
from costcheck.codec import SCHEMA_VERSION
from costcheck.diagnostics import CostcheckError, Diagnostic
from costcheck.estimate import estimate
from costcheck.estimate.claim_units import restated, without_effect
from costcheck.estimate.claims import excluded
from costcheck.estimate.result import FAILING, UNCHECKED, ClaimVerdict
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.quantities import SIZES, field_words
from costcheck.scenario.claim import Claim, stated_digits, unstated
from costcheck.scenario.load import Loaded
from costcheck.scenario.run import Fleet, Sizes
from costcheck.units import NORMAL_DEVIATIONS
from costcheck.version import VERSION

if TYPE_CHECKING:
    from costcheck.scenario.claims_draft import Drafting
    from costcheck.scenario.told import Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The report card of one claim with what a reader needs beside it."""

    audit: ClaimAudit
    path: str
    """The file that states the claim."""
    typical: Mapping[str, Typical]
    """What is typical of each implied quantity."""
    excludes: tuple[str, ...]
    """What the cost leaves out, where one is stated."""
    use_registry: bool = True
    maker: str = ""
    """Who makes the model that the claim names, where that is known."""
    speaker: str = ""
    """Whom the sentence has say so, where it names them."""
    usual_cost: tuple[float, float, float] | None = None
    """Stated or implied GPU-hours, and what they cost at the least and the most usual rent."""
    unread: tuple[str, ...] = ()
    """Numbers of the sentence that became no figure, and why."""
    compared: ClaimVerdict | None = None
    """What the file's own estimate says of it, where the file has a model."""

    @property
    def fails(self) -> bool:
        """Whether it does not hold: as the audit tells it, or beside the file's estimate."""
        found = self.audit
        compared = self.compared.verdict if self.compared else ""
        is_denied = not found.holds and found.headline != UNCHECKED
        return is_denied or not FAILING.isdisjoint({found.verdict, compared})

    @property
    def tells_growth(self) -> bool:
        """Whether the text tells no figure of a training, only how fast something grows."""
        return bool(self.unread) and not self.audit.numbers

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            **self.audit.to_dict(),
            "file": self.path,
            "usual": as_plain(self.typical),
            "excludes": list(self.excludes),
            "fails": self.fails,
            "not_read": list(self.unread),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """The report cards of all claims of some files, in the order of the files."""

    cards: tuple[Card, ...]
    catalog: str
    """Date of the catalog."""
    joint: bool
    use_registry: bool
    notes: tuple[str, ...]
    """Names that were not known, and what a family name was taken to mean."""
    readings: tuple[Drafting, ...] = ()
    """How sentences and articles were read."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON document, as DESIGN fixes it."""
        readings = [item.to_dict() for item in self.readings]
        return {
            "schema_version": SCHEMA_VERSION,
            "tool": {"name": "costcheck", "version": VERSION, "catalog": self.catalog},
            "joint": self.joint,
            "registry": self.use_registry,
            "claims": [card.to_dict() for card in self.cards],
            "notes": list(self.notes),
            **({"readings": readings} if readings else {}),
        }


def audit_scenarios(
    scenarios: Sequence[Loaded],
    *,
    joint: bool = False,
    use_registry: bool = True,
    said: Iterable[Told] = (),
    compared: Sequence[ClaimVerdict | None] | None = None,
) -> Audited:
    """Audit the claims of scenarios; of prose among them it is known how it was read.

    Where the estimate was made already, its claims are `compared`.
    """
    stated = [claim for item in scenarios for claim in item.scenario.claims]
    if not stated:
        raise CostcheckError([_nothing(item) for item in scenarios])
    catalog = scenarios[0].catalog
    assumed = [claim for item in scenarios if (claim := _of_the_file(item)) is not None]
    known = load_knowledge(catalog, [*stated, *assumed], use_registry=use_registry)
    groups = [scenarios] if joint else [[item] for item in scenarios]
    cards: list[Card] = []
    for group in groups:
        cards += _cards(group, known, joint=joint, use_registry=use_registry)
    if compared is None:
        compared = [each for item in scenarios for each in _compared(item)]
    cards = list(map(partial(_beside, priors=known.priors), cards, compared))
    readings = {item.name: item.drafting for item in said if item.drafting}
    return Audited(
        cards=tuple(map(partial(_with_unread, readings=readings), cards, stated)),
        catalog=catalog.date,
        joint=joint,
        use_registry=use_registry,
        notes=known.notes,
        readings=tuple(readings.values()),
    )


def _compared(loaded: Loaded) -> Sequence[ClaimVerdict | None]:
    """The claims of a file beside its own estimate; none where it states no model."""
    scenario = loaded.scenario
    if scenario.model is None and not scenario.stages:
        return [None] * len(scenario.claims)
    return estimate(loaded, samples=DEFAULT_SAMPLES, seed=DEFAULT_SEED).claims


def _beside(card: Card, compared: ClaimVerdict | None, *, priors: Priors) -> Card:
    if compared is None:
        return card
    return replace(card, audit=beside_estimate(card.audit, compared, priors), compared=compared)


def _with_unread(card: Card, claim: Claim, readings: Mapping[str, Drafting]) -> Card:
    """A card with the numbers of its sentence that became no figure, or none that is weighed."""
    drafts = readings[card.path].drafts if card.path in readings else ()
    unread = next((draft.left_out for draft in drafts if draft.id == card.audit.id), card.unread)
    return replace(
        card,
        unread=(
            *unread,
            *without_effect(energy_meant(claim)),
            *_uncompared(card.audit),
            *unchecked(card.audit),
            *_loose(card.audit),
        ),
    )


def _uncompared(found: ClaimAudit) -> Iterator[str]:
    """The comparisons of a claim that nobody can check, where the rest of it holds."""
    for item in found.numbers if found.holds else ():
        if item.is_comparison and item.verdict == "unverifiable":
            yield f"{item.text}: {item.reason}"


def _loose(found: ClaimAudit) -> Iterator[str]:
    """The figures that neither a record nor another figure of the claim says anything about."""
    tied = {field for rule in identities() for field in (rule.target, *rule.factors)}
    tied.update(*(item.fields for item in found.findings), SIZES)
    for item in found.numbers if len(found.numbers) > 1 else ():
        known = item.record or item.own_records or item.estimated or item.is_comparison
        if item.field not in tied and not known:
            yield f"{field_words(item.field)} {item.text}: nothing else stated depends on it"


def audited_claims(loaded: Loaded, compared: Sequence[ClaimVerdict]) -> tuple[ClaimVerdict, ...]:
    """Compared claims with the verdict of the audit; the comparison stays beside it."""
    cards = audit_scenarios([loaded], compared=compared).cards
    return tuple(
        replace(
            claim,
            verdict=card.audit.verdict,
            comparison=claim.verdict,
            headline=card.audit.headline,
            probability_true=card.audit.probability_true,
            probability_as_stated=card.audit.probability_as_stated,
            reasons=card.audit.why,
            is_unconfirmed=card.audit.is_unconfirmed,
        )
        for claim, card in zip(compared, cards, strict=True)
    )


def _nothing(loaded: Loaded) -> Diagnostic:
    advice = "state them under `claims:`; `costcheck init --claims article.txt` drafts such a file"
    return loaded.problem("CC039", "no claims to audit", key="claims", help=advice)


def _cards(
    group: Sequence[Loaded], known: Knowledge, *, joint: bool, use_registry: bool
) -> Iterator[Card]:
    digits = {id(item): stated_digits(item.scenario.claims) for item in group}
    stated = [
        (restated(claim, item.scenario.currency_rates, item.catalog), item)
        for item in group
        for claim in item.scenario.claims
    ]
    given = [_of_the_file(item) if claim.about is None else None for claim, item in stated]
    audits = audit(
        [claim for claim, _ in stated], known, joint=joint, use_registry=use_registry, given=given
    )
    for found, (claim, item), assumed in zip(audits, stated, given, strict=True):
        yield Card(
            audit=found,
            path=item.path,
            typical=_typical(found, claim, known, assumed),
            excludes=excluded(item.scenario) if claim.cost is not None else (),
            use_registry=use_registry,
            maker=maker_of(found.about or "", item.catalog),
            speaker=_speaker(found),
            usual_cost=_usual_cost(found, claim, known),
            unread=_unread(claim, digits[id(item)]),
        )


def _speaker(found: ClaimAudit) -> str:
    """Whom a sentence has say the figures of a claim, where it names them."""
    speaker = speaker_of(found.text, found.about, [x.written or x.text for x in found.numbers])
    return speaker.name if speaker else ""


def _of_the_file(loaded: Loaded) -> Claim | None:
    """What a file says of its run: to a claim that names no model, as good as stated."""
    scenario = loaded.scenario
    sizes, fleet, training = _sizes(loaded), scenario.fleet or Fleet(), scenario.training
    if scenario.stages or sizes is None or any(claim.about for claim in scenario.claims):
        return None
    return Claim(
        parameters=sizes.parameters,
        active_parameters=sizes.active,
        moe=sizes.active is not None,
        tokens=training.tokens if training else None,
        gpus=fleet.count,
        gpu=fleet.gpu if isinstance(fleet.gpu, str) else None,
        precision=training.precision if training else None,
    )


def _sizes(loaded: Loaded) -> Sizes | None:
    """The size of a file's model, by the file or as its developer published it."""
    model = loaded.scenario.model
    if isinstance(model, Sizes):
        return model
    entry = loaded.catalog.find("models", model) if isinstance(model, str) else None
    published = typed_entry(entry, Model).published if entry else None
    if published is None or published.parameters is None:
        return None
    total, active = published.parameters, published.active_parameters
    return Sizes(parameters=total, active=active if active and active.value < total.value else None)


def _usual_cost(
    found: ClaimAudit, claim: Claim, known: Knowledge
) -> tuple[float, float, float] | None:
    """What the hours of a claim cost at usual rents, where it states no cost and no price."""
    said = {item.field: item.stated for item in found.numbers}
    hours = said.get("gpu_hours") or said.get("gpus", 0.0) * said.get("duration", 0.0)
    if not hours or not said.keys().isdisjoint({"cost", "price"}):
        return None
    rent = hardware_prior(context_of([claim], known), known.priors, "price")
    low, high = (rent.median * math.exp(sd * NORMAL_DEVIATIONS) for sd in (-rent.below, rent.above))
    return hours, hours * low, hours * high


def _unread(claim: Claim, held: frozenset[str]) -> tuple[str, ...]:
    """The figures of a claim's sentence that the file leaves out, as one remark."""
    figures = unstated(claim, held)
    they = "it" if len(figures) == 1 else "them"
    return (f"{', '.join(figures)}: no key of a claim holds {they}",) if figures else ()


def _typical(
    found: ClaimAudit, claim: Claim, known: Knowledge, assumed: Claim | None
) -> dict[str, Typical]:
    implied = {name: item.value for name, item in found.implied.items()}
    if any(item.note == BY_RECORD for item in found.implied.values()):
        claim = replace(claim, gpu=claim.gpu or part_on_record(claim.about, known.registry))
    members = [claim, *([assumed] if assumed else [])]
    return typical_values(implied, context_of(members, known), known.priors)
