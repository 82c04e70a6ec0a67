"""Epoch AI's third answer: the run on a committed cloud, at the quote a buyer would have found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from costcheck.physics.amortization import committed_usd_per_chip_hour


class CloudQuote(NamedTuple):
    """What one provider asked for one part on one day, by term."""

    day: float
    provider: str
    hardware: str
    usd_per_chip_hour: Mapping[str, float]


class CloudPrice(NamedTuple):
    """The price a run would have paid."""

    usd_per_chip_hour: float
    provider: str
    quoted_day: float
    quoted_term: str


class CloudMethod(NamedTuple):
    """The rules of the method's cloud approach, as read from its data file."""

    lag_days: float
    wanted_term: str
    providers: tuple[str, ...]
    provider_of: Mapping[str, str]
    default_provider: str
    tpu_provider: str
    discounts: Mapping[str, Mapping[str, float]]
    families: Mapping[str, tuple[str, ...]]
    quotes: tuple[CloudQuote, ...]


def read_cloud_method(data: Mapping[str, Any], *, quotes: Iterable[CloudQuote]) -> CloudMethod:
    """Return the rules from the ``cloud`` section of ``configs/costs/epoch.yaml``."""
    section = data["cloud"]
    return CloudMethod(
        lag_days=float(section["lag_days"]),
        wanted_term=str(section["wanted_term"]),
        providers=tuple(section["providers"]),
        provider_of=dict(section["provider_of"]),
        default_provider=str(section["default_provider"]),
        tpu_provider=str(section["tpu_provider"]),
        discounts={
            provider: {term: float(share) for term, share in terms.items()}
            for provider, terms in section["discounts"].items()
        },
        families={name: tuple(members) for name, members in section["families"].items()},
        quotes=tuple(quotes),
    )


def cloud_price(
    method: CloudMethod, *, hardware: str, organization: str, start_day: float
) -> CloudPrice | None:
    """Return the committed price of a chip-hour for a run that began on a day.

    Parameters
    ----------
    method : CloudMethod
        Rules and quotes.
    hardware : str
        Name of the part.
    organization : str
        Who trained; some organisations belong to a provider.
    start_day : float
        Day training began [day number].

    Returns
    -------
    CloudPrice or None
        ``None`` where nobody quoted the part.

    Notes
    -----
    The capacity is rented before training starts. The wanted term comes first, and within a term
    the organisation's own provider; of a provider the latest quote before that day, else the first
    after it. Another term is converted by the provider's usual discounts.

    References
    ----------
    .. [1] Cottier et al. (2024). arXiv:2405.21015, appendix A.
    """
    rented_day = start_day - method.lag_days
    providers = _providers(method, hardware=hardware, organization=organization)
    usual = method.discounts["other"]
    # After the wanted term, the one with the larger discount is the longer and nearer one.
    terms = sorted(usual, key=lambda term: (term != method.wanted_term, -usual[term]))
    chosen = {
        provider: _nearest(_quotes_of(method, provider, hardware), day=rented_day)
        for provider in providers
    }
    for term in terms:
        for provider in providers:
            quote = chosen[provider]
            if quote is not None and term in quote.usd_per_chip_hour:
                return _converted(method, quote, term=term)
    return None


def _providers(method: CloudMethod, *, hardware: str, organization: str) -> tuple[str, ...]:
    """Return the providers to ask, in order; Google alone rents TPUs."""
    if "TPU" in hardware:
        return (method.tpu_provider,)
    first = method.default_provider
    for name in organization.lower().split(","):
        first = next((p for word, p in method.provider_of.items() if word in name), first)
    everyone = (first, *method.providers, *(quote.provider for quote in method.quotes))
    return tuple(dict.fromkeys(everyone))


def _quotes_of(method: CloudMethod, provider: str, hardware: str) -> list[CloudQuote]:
    """Return a provider's quotes for a part, else for its family, else for a member of it."""
    family = next(
        (name for name, members in method.families.items() if hardware in (name, *members)), None
    )
    names: Sequence[str] = (
        (hardware,) if family is None else (hardware, family, *method.families[family])
    )
    for name in names:
        found = [q for q in method.quotes if q.provider == provider and q.hardware == name]
        if found:
            return found
    return []


def _nearest(quotes: list[CloudQuote], *, day: float) -> CloudQuote | None:
    """Return the latest quote up to a day, else the first after it."""
    ranked = sorted(quotes, key=lambda quote: (quote.day > day, abs(quote.day - day)))
    return ranked[0] if ranked else None


def _converted(method: CloudMethod, quote: CloudQuote, *, term: str) -> CloudPrice:
    discounts = method.discounts.get(quote.provider, method.discounts["other"])
    usd = committed_usd_per_chip_hour(
        usd_per_chip_hour=quote.usd_per_chip_hour[term],
        discount_stated=discounts[term],
        discount_wanted=discounts[method.wanted_term],
    )
    return CloudPrice(float(usd), quote.provider, quote.day, term)
