"""Rent by the price book: dated quotes of a part turned into one price with a 90 % range.

Quotes are taken in the order of how well they fit the date, the provider, the term and the part
that were asked for, until a few providers are covered; those made after the day that was asked for
only where there are none before it. What does not fit is carried over by the index of the market or
by measured ratios, widens the range by their measured spread, and is said in the notes. A price of
the user's own, from one provider, is the price.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from costcheck.catalog.defaults import Defaults
from costcheck.catalog.price_quotes import (
    PROVIDER_KINDS,
    Index,
    Quote,
    StandIn,
    belongs,
    decimal_year,
    quotes,
    read_index,
    stand_in_for,
)
from costcheck.diagnostics import near_names
from costcheck.units import NORMAL_DEVIATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costcheck.catalog.files import Catalog

DEFAULTS_FILE = "prices/defaults.yaml"
PROVIDERS_FILE = "prices/providers.yaml"
INDEXED_KINDS = ("neocloud", "marketplace")
"""Kinds of providers whose rents move with the market; lists of the others stand for years."""


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

    terms: dict[str, dict[str, _Ratio]]
    """By term and kind of provider."""
    kinds: dict[str, _Ratio]
    choice: dict[str, Any]
    between_variance: dict[str, float]
    """Log variance between providers of a kind."""
    prior_providers: float
    drift_variance_per_year: float
    other_part_variance: float
    unnamed_part_variance: float
    list_price_variance: float
    providers_wanted: int
    slack: float
    far_years: float


class _Wish(NamedTuple):
    """What was asked for; the spread of the pooled terms as a variance in logs."""

    gpu: str
    year: float
    kinds: tuple[str, ...]
    terms: tuple[str, ...]
    provider: str
    """A provider by name, empty where any of its kind will do."""
    market: Index
    pool_variance: float


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
    provider: str | None = None,
    term: str | None = None,
) -> PriceFound | PriceUnknown:
    """Find what an accelerator-hour cost, from a kind of provider or from one by its name."""
    lender = stand_in_for(catalog, gpu_id)
    own = list(quotes(catalog, gpu_id))
    lent = list(quotes(catalog, lender.part)) if lender else []
    if not own and not lent:
        return PriceUnknown(f"the price book has no quote for {gpu_id} and no part to stand in")
    rules = _read_rules(catalog)
    index = read_index(catalog, gpu_id if own or not lender else lender.part)
    wish = _wish(catalog, rules, index, gpu_id, as_of or catalog.date, provider, term)
    private = _known([q for q in own if q.overlaid and _is_wished(q, wish, provider, term)], wish)
    private = [quote for quote in private if quote.is_contract] or private
    if len({quote.provider for quote in private}) == 1:
        usual = [quote for quote in private if quote.term in wish.terms]
        return _contract((usual or [q for q in private if q.term != "spot"] or private)[-1])
    fitted = [_fit(rules, quote, wish, None) for quote in own]
    fitted += [_fit(rules, quote, wish, lender) for quote in lent]
    timely = set(_known([each.quote for each in fitted], wish))
    return _pooled(
        rules, wish, _nearest(rules, wish, [e for e in fitted if e.quote in timely]), lender
    )


def kind_of_provider(catalog: Catalog, name: str) -> str | None:
    """Return the kind a provider is of by any of its names, None for an unknown one."""
    if name in PROVIDER_KINDS:
        return name
    entry = _provider(catalog, name)
    return str(entry["kind"]) if entry else None


def near_providers(catalog: Catalog, name: str) -> list[str]:
    """Return names of kinds and providers that are written like this one."""
    known = [*PROVIDER_KINDS, *catalog.document(PROVIDERS_FILE)["providers"]]
    return near_names(name.lower(), known, 3)


def _provider(catalog: Catalog, name: str) -> dict[str, Any] | None:
    """Return the entry of a provider, one of the user's own price files included."""
    wanted = _plain(name)
    for key, entry in catalog.document(PROVIDERS_FILE)["providers"].items():
        if wanted in map(_plain, (key, *entry.get("aliases", ()))):
            return {"name": key, **entry}
    for path in catalog.overlaid_prices():
        for _, overlaid, rows in catalog.layers([path]):
            for row in rows if overlaid else ():
                if _plain(row.get("provider") or "") == wanted:
                    return {"name": row["provider"], "kind": row.get("provider_kind")}
    return None


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _is_wished(quote: Quote, wish: _Wish, provider: str | None, term: str | None) -> bool:
    """Say whether a price of the user's own is of the part, provider and term asked for."""
    if wish.gpu != quote.gpu and not wish.gpu.startswith(f"{quote.gpu}-"):
        return False
    whom = quote.provider == wish.provider if wish.provider else quote.provider_kind in wish.kinds
    return (provider is None or whom) and (term is None or quote.term == term)


def _known(listed: list[Quote], wish: _Wish) -> list[Quote]:
    """Quotes of the day that was asked for and before, oldest first; later ones without any."""
    before = [q for q in listed if decimal_year(q.date) <= wish.year]
    return sorted(before or listed, key=lambda quote: quote.date)


def _contract(quote: Quote) -> PriceFound:
    """Take a price of the user's own as it is written."""
    return PriceFound(
        usd_per_gpu_hour=quote.median_usd,
        low=quote.low_usd,
        high=quote.high_usd,
        basis=f"{quote.provider}, {quote.term}: the price of your catalog, {quote.date}",
        quotes=(quote,),
        notes=(),
        sources=(f"{quote.source} {quote.url}".strip(),),
    )


@lru_cache(maxsize=4)
def _read_rules(catalog: Catalog) -> _Rules:
    defaults = Defaults(catalog, DEFAULTS_FILE)

    def ratio(entry: dict[str, Any]) -> _Ratio:
        return _Ratio(math.log(float(entry["value"])), float(entry["log_sd"]) ** 2)

    def number(name: str) -> float:
        return float(defaults.entry(f"spread.{name}")["value"])

    return _Rules(
        terms={
            term: {kind: ratio(entry) for kind, entry in kinds.items()}
            for term, kinds in defaults.entry("terms").items()
        },
        kinds={kind: ratio(entry) for kind, entry in defaults.entry("kinds").items()},
        choice=defaults.entry("choice"),
        between_variance={
            name: float(entry["between"]) ** 2 for name, entry in defaults.entry("kinds").items()
        },
        prior_providers=number("provider_weight"),
        drift_variance_per_year=number("drift_per_year"),
        other_part_variance=number("other_part") ** 2,
        unnamed_part_variance=number("unnamed_part") ** 2,
        list_price_variance=number("list_price") ** 2,
        providers_wanted=int(number("providers_wanted")),
        slack=number("slack"),
        far_years=number("far_years"),
    )


def _wish(
    catalog: Catalog,
    rules: _Rules,
    index: Index,
    gpu_id: str,
    as_of: str,
    provider: str | None,
    term: str | None,
) -> _Wish:
    kinds, terms = _usual(rules, gpu_id, as_of)
    entry = _provider(catalog, provider) if provider and provider not in PROVIDER_KINDS else None
    if provider is not None:
        kinds = (str(entry["kind"]) if entry else provider,)
    terms = (term,) if term else (str(entry.get("term", "on-demand")),) if entry else terms
    year = decimal_year(as_of)
    logs = [_term_log(rules, index, name, kinds[0], year) for name in terms]
    mean = sum(logs) / len(logs)
    return _Wish(
        gpu=gpu_id,
        year=year,
        kinds=kinds,
        terms=terms,
        provider=str(entry["name"]) if entry else "",
        market=index,
        pool_variance=sum((each - mean) ** 2 for each in logs) / len(logs),
    )


def _term_log(rules: _Rules, index: Index, term: str, kind: str, year: float) -> float:
    """A term over the on-demand rent of a kind in logs: by the index of the day, else usually."""
    there = index.level(term, year) if kind in INDEXED_KINDS else None
    usual = index.level("on-demand", year)
    if there is not None and usual is not None:
        return there - usual
    return rules.terms[term][kind].log


def _pooled(
    rules: _Rules, wish: _Wish, fitted: list[_Fitted], stand_in: StandIn | None
) -> PriceFound:
    """Average over providers in logs and predict the range of one more deal."""
    by_provider: dict[str, list[_Fitted]] = {}
    for each in fitted:
        by_provider.setdefault(each.quote.provider, []).append(each)
    means = [_weighted([(e.log_usd, e.variance) for e in group]) for group in by_provider.values()]
    spoken = [max(e.quote.providers for e in group) for group in by_provider.values()]
    usual = rules.between_variance[wish.kinds[0]]
    weights = [1 / (v + usual / n) for (_, v), n in zip(means, spoken, strict=True)]
    centre = sum(w * x for w, (x, _) in zip(weights, means, strict=True)) / sum(weights)
    scatter = sum(n * (x - centre) ** 2 for (x, _), n in zip(means, spoken, strict=True))
    count = sum(spoken)
    between = (rules.prior_providers * usual + scatter) / (rules.prior_providers + count - 1)
    misfit = sum(w * v for w, (_, v) in zip(weights, means, strict=True)) / sum(weights)
    deal = between * (1 + 1 / count)
    if wish.provider and set(by_provider) == {wish.provider}:
        deal = rules.list_price_variance
    width = math.exp(NORMAL_DEVIATIONS * math.sqrt(deal + misfit + wish.pool_variance))
    usd = math.exp(centre)
    return PriceFound(
        usd_per_gpu_hour=usd,
        low=usd / width,
        high=usd * width,
        basis=_basis(wish, fitted, count),
        quotes=tuple(each.quote for each in fitted),
        notes=_notes(wish, fitted, count, stand_in),
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


def _nearest(rules: _Rules, wish: _Wish, fitted: list[_Fitted]) -> list[_Fitted]:
    """Keep the quotes that fit best, until enough providers are covered; by name, the newest."""
    named = [each for each in fitted if each.quote.provider == wish.provider]
    if named:
        fitting = [each for each in named if set(each.misfits) <= {"date"}] or named
        newest = max(each.quote.date for each in fitting)
        return [each for each in fitting if each.quote.date == newest]
    ranked = sorted(fitted, key=lambda e: (e.variance, e.quote))
    spoken: dict[str, int] = {}
    limit = 0.0
    for each in ranked:
        if sum(spoken.values()) >= rules.providers_wanted:
            break
        spoken[each.quote.provider] = each.quote.providers
        limit = each.variance
    return [each for each in ranked if each.variance <= limit + rules.slack]


def _fit(rules: _Rules, quote: Quote, wish: _Wish, stand_in: StandIn | None) -> _Fitted:
    """Carry a quote over to the wished date, kind, term and part."""
    misfits: list[str] = []
    year = decimal_year(quote.date)
    variance = rules.drift_variance_per_year * abs(year - wish.year)
    if quote.high_usd > quote.low_usd:
        variance += (math.log(quote.high_usd / quote.low_usd) / (2 * NORMAL_DEVIATIONS)) ** 2
    if abs(year - wish.year) > rules.far_years:
        misfits.append("date")
    log_usd = math.log(quote.median_usd) + _carried(rules, wish, quote, year)
    if quote.term not in wish.terms:
        misfits.append("term")
        variance += rules.terms[quote.term][quote.provider_kind].variance
        variance += max(rules.terms[name][wish.kinds[0]].variance for name in wish.terms)
    if quote.provider_kind not in wish.kinds:
        misfits.append("kind")
        variance += rules.kinds[quote.provider_kind].variance + rules.kinds[wish.kinds[0]].variance
    if wish.provider and quote.provider != wish.provider:
        misfits.append("provider")
    factor, unsure, misfit = _other_part(rules, quote, wish, stand_in)
    misfits += [misfit] if misfit else []
    return _Fitted(quote, log_usd + math.log(factor), variance + unsure, tuple(misfits))


def _other_part(
    rules: _Rules, quote: Quote, wish: _Wish, stand_in: StandIn | None
) -> tuple[float, float, str]:
    """Factor, added log variance and misfit of a quote for the part that was asked for."""
    if stand_in is not None:
        return stand_in.factor, stand_in.log_sd**2, "stand-in"
    if wish.gpu.startswith(f"{quote.gpu}-"):
        return 1.0, rules.unnamed_part_variance, ""
    return (1.0, 0.0, "") if quote.gpu == wish.gpu else (1.0, rules.other_part_variance, "part")


def _carried(rules: _Rules, wish: _Wish, quote: Quote, year: float) -> float:
    """What a quote changes by from its day, kind and term to those of the wish, in logs."""
    kind, wanted = quote.provider_kind, wish.kinds[0]
    moved = 0.0 if kind in wish.kinds else rules.kinds[wanted].log - rules.kinds[kind].log
    series = "on-demand"
    if (quote.term,) == wish.terms:
        # A term with an index of its own moves by that one.
        series = quote.term if wish.market.level(quote.term, year) is not None else series
    else:
        logs = [_term_log(rules, wish.market, term, wanted, wish.year) for term in wish.terms]
        moved += sum(logs) / len(logs) - _term_log(rules, wish.market, quote.term, kind, year)
    then, now = wish.market.level(series, year), wish.market.level(series, wish.year)
    if kind in INDEXED_KINDS and then is not None and now is not None:
        moved += now - then
    return moved


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
    count = sum(max(each.quote.rows, each.quote.providers) for each in fitted)
    kinds = wish.provider if _all_named(wish, fitted) else " or ".join(wish.kinds)
    terms = " or ".join(wish.terms)
    span = dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"
    quotes = "one quote" if count == 1 else f"{count} quotes"
    if _all_named(wish, fitted):
        return f"{kinds}, {terms}: {quotes}, {span}"
    whom = "one provider" if providers == 1 else f"{providers} providers"
    return f"{kinds}, {terms}: mean of {quotes} from {whom}, {span}"


def _all_named(wish: _Wish, fitted: list[_Fitted]) -> bool:
    return bool(wish.provider) and all(e.quote.provider == wish.provider for e in fitted)


def _notes(
    wish: _Wish, fitted: list[_Fitted], providers: int, stand_in: StandIn | None
) -> tuple[str, ...]:
    """Say each way in which the quotes do not fit the wish."""
    notes = []
    for misfit, sentence in (
        ("stand-in", _lent_sentence(wish, stand_in)),
        ("part", f"quotes of other variants stand in for {wish.gpu}"),
        ("provider", f"no quote of {wish.provider} is known; others stand in"),
        ("kind", f"other providers stand in for {' or '.join(wish.kinds)}, by the usual ratio"),
        ("term", f"other terms stand in for {' or '.join(wish.terms)}, by the usual ratio"),
        ("date", "quotes are more than nine months away"),
    ):
        count = sum(misfit in each.misfits for each in fitted)
        if count:
            notes.append(f"{sentence} ({count} of {len(fitted)} rows); the range is wider for it")
    if providers == 1 and not _all_named(wish, fitted):
        notes.append("only one provider is quoted; the range is that between providers elsewhere")
    return tuple(notes)


def _lent_sentence(wish: _Wish, stand_in: StandIn | None) -> str:
    if stand_in is None:
        return ""
    part = stand_in.part.upper()
    return f"{part} quotes x {stand_in.factor:g} stand in for {wish.gpu}: {stand_in.reason}"
