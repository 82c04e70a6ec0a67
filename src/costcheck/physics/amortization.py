"""What a run wears off the hardware it uses: amortised capital plus energy, after Epoch AI.

Days are day numbers, counted from any origin; the caller knows the calendar.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from costcheck.arrays import Amount
from costcheck.units import DAYS_PER_YEAR, HOURS_PER_DAY, HOURS_PER_YEAR


@dataclass(frozen=True)
class PurchasePrice:
    """One dated price of an accelerator."""

    day: float
    hardware: str
    usd_per_chip: float
    chips: float
    """How many chips the quote was for; 0 where it does not say."""
    note: str
    source: str


def matching_alias(*, hardware: str, aliases: Sequence[str]) -> str | None:
    """The first alias that is part of the hardware's name, case kept.

    Notes
    -----
    Epoch's rule, with its consequences: "Quadro GP100" is a P100 and "Quadro K4000" a K40.
    """
    return next((alias for alias in aliases if alias in hardware), None)


def choose_purchase_price(*, prices: Iterable[PurchasePrice], alias: str) -> PurchasePrice | None:
    """The earliest price quoted for a whole DGX server, else the earliest of the alias.

    References
    ----------
    .. [1] Cottier et al. (2024). The rising costs of training frontier AI models.
       arXiv:2405.21015, appendix A.
    """
    dated = sorted((row for row in prices if alias in row.hardware), key=lambda row: row.day)
    servers = (row for row in dated if "DGX" in row.note)
    return next(servers, dated[0] if dated else None)


def is_bare_chip(price: PurchasePrice) -> bool:
    """Whether a price says that it is of one chip without its server (Epoch's rule)."""
    return "single-unit" in price.note.lower()


def lacks_server(price: PurchasePrice) -> bool:
    """Whether nothing about a price says that it includes a server (our rule).

    Notes
    -----
    Shops that quote one card rarely say "single-unit"; who sells a server says so.
    """
    return price.chips <= 1.0 and not any(word in price.note for word in ("GPU", "DGX", "HGX"))


def acquisition_day(*, price_day: Amount, release_day: Amount, delay_days: Amount) -> Amount:
    """The day hardware can have been bought: nobody gets it within the first months."""
    day: Amount = np.maximum(price_day, release_day + delay_days)
    return day


def training_start_day(
    *, publication_day: Amount, training_hours: Amount, lag_days: Amount
) -> Amount:
    """The day training began: publication less the lag and the whole hours of training."""
    start: Amount = publication_day - lag_days - np.floor(training_hours) / HOURS_PER_DAY
    return start


def value_at_start(
    *, price_usd: Amount, acquired_day: Amount, start_day: Amount, progress_ooms_per_year: Amount
) -> Amount:
    """What hardware is worth [USD] when a run begins, given what better hardware costs by then.

    Notes
    -----
    ``P 10**(-k years)`` over whole days. A start before the purchase raises the value above the
    price; whether that can be is the caller's knowledge (Google used TPUs before it sold them).

    References
    ----------
    .. [1] Hobbhahn, Heim, Aydos (2023). Trends in Machine Learning Hardware. Epoch AI: 0.14.
    """
    years = np.floor(np.asarray(start_day) - acquired_day) / DAYS_PER_YEAR
    value: Amount = price_usd * np.power(10.0, -progress_ooms_per_year * years)
    return value


def server_usd_per_chip_hour(*, value_usd: Amount, progress_ooms_per_year: Amount) -> Amount:
    """What an hour wears off a chip with its server [USD/h].

    Notes
    -----
    ``V k ln 10 / 8766``: with hardware improving by ``k`` decades a year, ``k ln 10`` of its value
    is the yearly price of not waiting.

    References
    ----------
    .. [1] Sevilla et al. (2022). The longest training run. Epoch AI.
    """
    hourly: Amount = value_usd * progress_ooms_per_year * np.log(10.0) / HOURS_PER_YEAR
    return hourly


def interconnect_usd(*, server_usd: Amount, cluster_share: Amount) -> Amount:
    """The network between servers that is ``cluster_share`` of the whole cluster's cost."""
    return server_usd * cluster_share / (1.0 - cluster_share)


def amortized_usd(
    *,
    chip_hours: Amount,
    value_usd: Amount,
    progress_ooms_per_year: Amount,
    cluster_share: Amount,
    facility_kwh: Amount,
    usd_per_kwh: Amount,
) -> dict[str, Amount]:
    """Cost of a run by part [USD]: amortised servers and interconnect, and energy of the facility.

    References
    ----------
    .. [1] Cottier et al. (2024). arXiv:2405.21015, section 2.2.
    """
    hourly = server_usd_per_chip_hour(
        value_usd=value_usd, progress_ooms_per_year=progress_ooms_per_year
    )
    servers = hourly * chip_hours
    return {
        "servers": servers,
        "interconnect": interconnect_usd(server_usd=servers, cluster_share=cluster_share),
        "energy": facility_kwh * usd_per_kwh,
    }
