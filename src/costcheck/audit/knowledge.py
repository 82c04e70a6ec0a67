"""What an audit knows before it reads a claim, gathered from the catalog."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from costcheck.audit.facts import HardwareFacts
from costcheck.audit.garbles import Garbles, read_garbles
from costcheck.audit.priors import LogSpread, Priors, read_priors
from costcheck.catalog.files import Catalog
from costcheck.catalog.knowledge import knowledge
from costcheck.catalog.known_runs import KnownRun, load_registry, runs_of, words
from costcheck.catalog.models import Model, typed_entry
from costcheck.catalog.price_book import PriceFound, price
from costcheck.catalog.price_quotes import belongs, decimal_year, quotes
from costcheck.catalog.prose_words import everyday_units
from costcheck.catalog.purchases import purchase_prices
from costcheck.estimate.resolve import Hardware, accelerator
from costcheck.scenario.claim import Claim, year_of
from costcheck.text.dates import first_day
from costcheck.text.everyday_units import Everyday
from costcheck.units import NORMAL_DEVIATIONS

_KINDS = {"dense": False, "mixture of experts": True}
"""Kinds of models in the catalog that are, or are not, mixtures of experts."""


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """Everything an audit knows before it reads a claim."""

    hardware: Mapping[tuple[str, int], HardwareFacts]
    """By accelerator as the text names it, and year."""
    latest_year: int
    """Newest year of the catalog: assumed where a claim has no date."""
    registry: Sequence[KnownRun]
    priors: Priors
    garbles: Garbles
    everyday: Everyday = field(default_factory=Everyday)
    mixtures: Mapping[str, bool] = field(default_factory=dict)
    """Whether a model that claims are about is a mixture of experts, where the catalog has it."""
    notes: tuple[str, ...] = ()
    """Names that were not known, and what a family name was taken to mean."""

    def part(self, name: str, year: int) -> HardwareFacts | None:
        """An accelerator as the text names it, in the known year nearest to `year`."""
        years = [known for part, known in self.hardware if part == name]
        if not years:
            return None
        return self.hardware[name, min(years, key=lambda known: abs(known - year))]


def load_knowledge(
    catalog: Catalog, claims: Sequence[Claim], *, use_registry: bool = True
) -> Knowledge:
    """Read facts, known runs, priors and everyday units for these claims."""
    priors = read_priors(catalog.document("audit/priors.yaml"))
    hardware: dict[tuple[str, int], HardwareFacts] = {}
    notes: list[str] = []
    latest = int(catalog.date[:4])
    registry = load_registry(catalog) if use_registry else ()
    for claim in (claim for claim in claims if claim.cost is not None and claim.gpu is None):
        name, year = part_on_record(claim.about, registry), year_of(claim) or latest
        if name and (part := accelerator(catalog, name)):
            hardware[name, year] = _facts(catalog, part, year, priors)
    for name in dict.fromkeys(claim.gpu for claim in claims if claim.gpu):
        part = accelerator(catalog, name)
        if part is None:
            near = ", ".join(catalog.near("gpus", name)[:3])
            notes.append(f"no accelerator called {name}" + (f"; near: {near}" if near else ""))
            continue
        if part.assumption:
            notes.append(part.assumption)
        users = {claim.about for claim in claims if claim.gpu == name}
        for year in sorted({year_of(c) or latest for c in claims if c.about in users}):
            hardware[name, year] = _facts(catalog, part, year, priors)
    return Knowledge(
        hardware=hardware,
        latest_year=latest,
        registry=registry,
        priors=priors,
        garbles=read_garbles(catalog.document("audit/garbles.yaml")),
        everyday=everyday_units(catalog),
        mixtures=_mixtures(catalog, claims),
        notes=tuple(notes),
    )


def part_on_record(about: str | None, registry: Sequence[KnownRun]) -> str | None:
    """The accelerator of the GPU-hours on record of a model."""
    known = (run.gpu for run in runs_of(about, registry) if "gpu_hours" in run.figures)
    return next((part for part in known if part), None)


def _mixtures(catalog: Catalog, claims: Sequence[Claim]) -> dict[str, bool]:
    """What the catalog says of the models that claims are about: dense, or a mixture."""
    found: dict[str, bool] = {}
    for about in {claim.about for claim in claims if claim.about}:
        names = [about] if catalog.find("models", about) else _relatives(catalog, about)
        entries = [entry for name in names if (entry := catalog.find("models", name))]
        kinds = {_is_mixture(typed_entry(entry, Model)) for entry in entries}
        if len(kinds - {None}) == 1:
            found[about] = True in kinds
    return found


def _relatives(catalog: Catalog, about: str) -> list[str]:
    """The models of a family that a text names without a size."""
    stem = "".join(words(about))
    return [name for name in catalog.names("models") if "".join(words(name)).startswith(stem)]


def _is_mixture(model: Model) -> bool | None:
    """Whether a model is a mixture of experts; none where the catalog does not say."""
    sizes = model.published
    if sizes is not None and sizes.parameters and sizes.active_parameters:
        return sizes.active_parameters.value < sizes.parameters.value
    return _KINDS.get(model.kind)


def _facts(catalog: Catalog, part: Hardware, year: int, priors: Priors) -> HardwareFacts:
    entry, peak = part.entry, part.entry.peak
    wide = ((name, getattr(peak, name)) for name in ("bf16", "fp16", "tf32", "fp32"))
    usual = ("bf16", priors.unknown_hardware["peak"].median)
    precision, dense = next(((name, rate.value) for name, rate in wide if rate), usual)
    narrow = ((name, getattr(peak, name)) for name in ("fp8", "fp4"))
    least = priors.hardware["faster"] * dense
    return HardwareFacts(
        name=part.name,
        peak_flops_per_second=dense,
        peak_precision=precision.upper(),
        low_precision={k.upper(): rate.value for k, rate in narrow if rate and rate.value > least},
        has_bf16=peak.bf16 is not None,
        is_tpu=entry.is_tpu,
        power=_power(catalog, part, priors),
        memory_bytes=entry.memory.value if entry.memory else None,
        released=first_day(entry.released) if entry.released else None,
        price=_rent(catalog, part.id, year, priors),
        capex=_capex(catalog, part.id, year, priors),
        listed=_listed(catalog, part.id, year),
    )


def _rent(catalog: Catalog, part: str, year: int, priors: Priors) -> LogSpread:
    """The price book's rent, as far around it as published costs lie."""
    rent = price(catalog, part, f"{year}-07-01")
    if not isinstance(rent, PriceFound):
        return priors.unknown_hardware["price"]
    sd = math.log(rent.high / rent.low) / (2.0 * NORMAL_DEVIATIONS) * priors.rent["narrower"]
    return LogSpread(rent.usd_per_gpu_hour, sd, math.hypot(sd, priors.rent["above"]))


def _listed(catalog: Catalog, part: str, year: int) -> tuple[float, float] | None:
    """The lowest and the highest rent listed for a part from a year before to the year's end."""
    rents = [
        (quote.low_usd, quote.high_usd)
        for quote in quotes(catalog, part)
        if belongs(part, quote.gpu) or quote.gpu == part
        if year - 1 <= decimal_year(quote.date) < year + 1
    ]
    return (min(low for low, _ in rents), max(high for _, high in rents)) if rents else None


def _capex(catalog: Catalog, part: str, year: int, priors: Priors) -> LogSpread:
    """The purchase price per accelerator with its share of the server."""
    ownership, unknown = knowledge(catalog).ownership, priors.unknown_hardware["capex"]
    server_over_chip = ownership["server_over_chip"].value
    family = _family(part)
    logs = []
    for quote in purchase_prices(catalog):
        if (
            family.search(quote.hardware.lower())
            and date.fromordinal(int(quote.day)).year <= year + 1
        ):
            of_server = (quote.chips or 1.0) >= priors.hardware["server_gpus"]
            logs.append(math.log(quote.usd_per_chip * (1.0 if of_server else server_over_chip)))
    if not logs:
        return unknown
    middle = sorted(logs)[len(logs) // 2]
    # A handful of quotes: shrink their spread toward what unknown hardware has.
    squares = sum((log - middle) ** 2 for log in logs) + unknown.below**2
    sd = math.sqrt(squares / (len(logs) + 1))
    # Texts also value bare chips, and whole clusters with their network.
    cluster_over_server = ownership["cluster_over_server"].value
    return LogSpread(
        math.exp(middle),
        math.hypot(sd, math.log(server_over_chip)),
        math.hypot(sd, math.log(cluster_over_server)),
    )


def _family(part: str) -> re.Pattern[str]:
    """What the quotes call a part: the words of its name up to its number, as words."""
    words = part.split("-")
    numbered = next((k for k, word in enumerate(words, 1) if re.search(r"\d", word)), len(words))
    return re.compile(rf"\b{r'[^a-z0-9]*'.join(map(re.escape, words[:numbered]))}\b")


def _power(catalog: Catalog, part: Hardware, priors: Priors) -> LogSpread | None:
    """Power at the meter over the three bases texts report it on."""
    entry, known = part.entry, knowledge(catalog)
    if entry.tdp is None:
        return None
    draw, pue = known.draw(part.name), known.pue().value
    rated = entry.tdp.value * known.server_over_chip(part.name).value
    server = (entry.server_power.value if entry.server_power else rated) * draw.value
    bases = [entry.tdp.value * known.chip_draw(part.name).value, server, server * pue]
    measured = known.server_watts(part.name)
    if measured is not None:
        bases.append(measured.value * pue)
    low, high = math.log(min(bases)), math.log(max(bases))
    load = math.log(draw.spread.high / draw.spread.low) if draw.spread else 0.0
    sd = math.hypot(
        (high - low) / 2.0 / priors.hardware["all_bases"], load / (2.0 * NORMAL_DEVIATIONS)
    )
    return LogSpread(math.exp((low + high) / 2.0), sd, sd)
