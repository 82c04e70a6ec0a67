"""Rent by the price book: dated quotes of a part turned into one price with a 90 % range.

Quotes are taken in the order of how well they fit the date, the kind of provider, the term and
the part that were asked for, until a few providers are covered. What does not fit is scaled by
measured ratios, widens the range by their measured spread, and is said in the notes.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from costcheck.catalog.defaults import Defaults
from costcheck.catalog.price_quotes import (
    Quote,
    StandIn,
    belongs,
    decimal_year,
    quotes,
    stand_in_for,
)
from costcheck.units import NORMAL_DEVIATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costcheck.catalog.files import Catalog

DEFAULTS_FILE = "prices/defaults.yaml"
_FAR_YEARS = 0.75
"""Quotes further away than this are called distant in the notes."""


class PriceFound(NamedTuple):
    """A rent per accelerator-hour with where it comes from."""

    usd_per_gpu_hour: float
    low: float
    """5 % point."""
    high: float
    """95 % point."""
    basis: str
    """What was averaged, in one line."""
    quotes: tuple[Quote, ...]
    notes: tuple[str, ...]
    """Every stand-in that was used, one sentence each; empty when the quotes fit as they are."""
    sources: tuple[str, ...]


class PriceUnknown(NamedTuple):
    """No rent can be said."""

    reason: str


class _Ratio(NamedTuple):
    """How a term or kind of provider compares with the usual one, in logs."""

    log: float
    variance: float


class _Rules(NamedTuple):
    """The numbers of prices/defaults.yaml."""

    terms: dict[str, _Ratio]
    kinds: dict[str, _Ratio]
    choice: dict[str, Any]
    between_variance: dict[str, float]
    """Log variance between providers of a kind."""
    prior_providers: float
    drift_variance_per_year: float
    other_part_variance: float
    unnamed_part_variance: float
    providers_wanted: int
    slack: float


class _Wish(NamedTuple):
    """What was asked for; the pooled terms as their mean and variance in logs."""

    gpu: str
    year: float
    kinds: tuple[str, ...]
    terms: tuple[str, ...]
    pool: _Ratio


class _Fitted(NamedTuple):
    """A quote carried over to the wish: log price, added log variance, why it does not fit."""

    quote: Quote
    log_usd: float
    variance: float
    misfits: tuple[str, ...]


@lru_cache(maxsize=512)
def price(
    catalog: Catalog,
    gpu_id: str,
    as_of: str | None = None,
    provider_kind: str | None = None,
    term: str | None = None,
) -> PriceFound | PriceUnknown:
    """Find what an accelerator-hour cost."""
    lender = stand_in_for(catalog, gpu_id)
    own = list(quotes(catalog, gpu_id))
    lent = list(quotes(catalog, lender.part)) if lender else []
    if not own and not lent:
        return PriceUnknown(f"the price book has no quote for {gpu_id} and no part to stand in")
    rules = _read_rules(catalog)
    wish = _wish(rules, gpu_id, as_of or catalog.date, provider_kind, term)
    fitted = [_fit(rules, quote, wish, None) for quote in own]
    fitted += [_fit(rules, quote, wish, lender) for quote in lent]
    return _pooled(rules, wish, _nearest(rules, fitted), lender)


@lru_cache(maxsize=4)
def _read_rules(catalog: Catalog) -> _Rules:
    defaults = Defaults(catalog, DEFAULTS_FILE)

    def ratios(table: str) -> dict[str, _Ratio]:
        return {
            name: _Ratio(math.log(float(entry["value"])), float(entry["log_sd"]) ** 2)
            for name, entry in defaults.entry(table).items()
        }

    def number(name: str) -> float:
        return float(defaults.entry(f"spread.{name}")["value"])

    return _Rules(
        terms=ratios("terms"),
        kinds=ratios("kinds"),
        choice=defaults.entry("choice"),
        between_variance={
            name: float(entry["between"]) ** 2 for name, entry in defaults.entry("kinds").items()
        },
        prior_providers=number("provider_weight"),
        drift_variance_per_year=number("drift_per_year"),
        other_part_variance=number("other_part") ** 2,
        unnamed_part_variance=number("unnamed_part") ** 2,
        providers_wanted=int(number("providers_wanted")),
        slack=number("slack"),
    )


def _wish(
    rules: _Rules, gpu_id: str, as_of: str, provider_kind: str | None, term: str | None
) -> _Wish:
    kinds, terms = _usual(rules, gpu_id, as_of)
    terms = (term,) if term else terms
    logs = [rules.terms[name].log for name in terms]
    mean = sum(logs) / len(logs)
    return _Wish(
        gpu=gpu_id,
        year=decimal_year(as_of),
        kinds=(provider_kind,) if provider_kind else kinds,
        terms=terms,
        pool=_Ratio(mean, sum((each - mean) ** 2 for each in logs) / len(logs)),
    )


def _pooled(
    rules: _Rules, wish: _Wish, fitted: list[_Fitted], stand_in: StandIn | None
) -> PriceFound:
    """Average over providers in logs and predict the range of one more deal."""
    by_provider: dict[str, list[_Fitted]] = {}
    for each in fitted:
        by_provider.setdefault(each.quote.provider, []).append(each)
    means = [_weighted([(e.log_usd, e.variance) for e in group]) for group in by_provider.values()]
    usual = rules.between_variance[wish.kinds[0]]
    weights = [1 / (variance + usual) for _, variance in means]
    centre = sum(w * x for w, (x, _) in zip(weights, means, strict=True)) / sum(weights)
    prior = rules.prior_providers
    scatter = sum((x - centre) ** 2 for x, _ in means)
    between = (prior * usual + scatter) / (prior + len(means) - 1)
    misfit = sum(w * v for w, (_, v) in zip(weights, means, strict=True)) / sum(weights)
    deviation = math.sqrt(between * (1 + 1 / len(means)) + misfit + wish.pool.variance)
    width = math.exp(NORMAL_DEVIATIONS * deviation)
    usd = math.exp(centre)
    return PriceFound(
        usd_per_gpu_hour=usd,
        low=usd / width,
        high=usd * width,
        basis=_basis(wish, fitted, len(means)),
        quotes=tuple(each.quote for each in fitted),
        notes=_notes(wish, fitted, len(means), stand_in),
        sources=tuple(dict.fromkeys(f"{e.quote.source} {e.quote.url}".strip() for e in fitted)),
    )


def _weighted(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return mean log price and the smallest added variance of one provider's quotes.

    Quotes of one provider repeat each other, so more of them do not make the provider surer.
    """
    floor = 0.01
    weights = [1 / (variance + floor) for _, variance in pairs]
    mean = sum(w * x for w, (x, _) in zip(weights, pairs, strict=True)) / sum(weights)
    return mean, min(variance for _, variance in pairs)


def _nearest(rules: _Rules, fitted: list[_Fitted]) -> list[_Fitted]:
    """Keep the quotes that fit best, until enough providers are covered."""
    ranked = sorted(fitted, key=lambda e: (e.variance, e.quote))
    providers: set[str] = set()
    limit = 0.0
    for each in ranked:
        if len(providers) >= rules.providers_wanted:
            break
        providers.add(each.quote.provider)
        limit = each.variance
    return [each for each in ranked if each.variance <= limit + rules.slack]


def _fit(rules: _Rules, quote: Quote, wish: _Wish, stand_in: StandIn | None) -> _Fitted:
    """Carry a quote over to the wished date, kind, term and part."""
    misfits: list[str] = []
    years = abs(decimal_year(quote.date) - wish.year)
    variance = rules.drift_variance_per_year * years
    if quote.high_usd > quote.low_usd:
        variance += (math.log(quote.high_usd / quote.low_usd) / (2 * NORMAL_DEVIATIONS)) ** 2
    if years > _FAR_YEARS:
        misfits.append("date")
    term = rules.terms[quote.term]
    log_usd = math.log(quote.median_usd) + wish.pool.log - term.log
    if quote.term not in wish.terms:
        misfits.append("term")
        variance += term.variance + max(rules.terms[name].variance for name in wish.terms)
    if quote.provider_kind not in wish.kinds:
        misfits.append("kind")
        kind, wanted = rules.kinds[quote.provider_kind], rules.kinds[wish.kinds[0]]
        log_usd += wanted.log - kind.log
        variance += kind.variance + wanted.variance
    if stand_in is not None:
        misfits.append("stand-in")
        log_usd += math.log(stand_in.factor)
        variance += stand_in.log_sd**2
    elif wish.gpu.startswith(f"{quote.gpu}-"):
        variance += rules.unnamed_part_variance
    elif quote.gpu != wish.gpu:
        misfits.append("part")
        variance += rules.other_part_variance
    return _Fitted(quote, log_usd, variance, tuple(misfits))


def _usual(rules: _Rules, gpu_id: str, as_of: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the kinds and terms a run on this part usually rents by."""
    for exception in rules.choice["exceptions"]:
        parts = exception.get("parts")
        concerned = parts is None or any(belongs(gpu_id, part) for part in parts)
        if concerned and as_of < exception.get("before", "9999"):
            return tuple(exception["kinds"]), tuple(exception["terms"])
    return tuple(rules.choice["kinds"]["value"]), tuple(rules.choice["terms"]["value"])


def _basis(wish: _Wish, fitted: list[_Fitted], providers: int) -> str:
    dates = sorted(each.quote.date[:7] for each in fitted)
    count = sum(each.quote.rows for each in fitted)
    kinds = " or ".join(wish.kinds)
    terms = " or ".join(wish.terms)
    span = dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"
    quotes = "one quote" if count == 1 else f"{count} quotes"
    whom = "one provider" if providers == 1 else f"{providers} providers"
    return f"{kinds}, {terms}: mean of {quotes} from {whom}, {span}"


def _notes(
    wish: _Wish, fitted: list[_Fitted], providers: int, stand_in: StandIn | None
) -> tuple[str, ...]:
    """Say each way in which the quotes do not fit the wish."""
    notes = []
    for misfit, sentence in (
        ("stand-in", _lent_sentence(wish, stand_in)),
        ("part", f"quotes of other variants stand in for {wish.gpu}"),
        ("kind", f"other providers stand in for {' or '.join(wish.kinds)}, by the usual ratio"),
        ("term", f"other terms stand in for {' or '.join(wish.terms)}, by the usual ratio"),
        ("date", "quotes are more than nine months away"),
    ):
        count = sum(misfit in each.misfits for each in fitted)
        if count:
            notes.append(f"{sentence} ({count} of {len(fitted)} rows); the range is wider for it")
    if providers == 1:
        notes.append("only one provider is quoted; the range is that between providers elsewhere")
    return tuple(notes)


def _lent_sentence(wish: _Wish, stand_in: StandIn | None) -> str:
    if stand_in is None:
        return ""
    part = stand_in.part.upper()
    return f"{part} quotes x {stand_in.factor:g} stand in for {wish.gpu}: {stand_in.reason}"
