"""What an hour of a GPU you own costs: an annuity over the capital plus what running it takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from costcheck.physics.amount import Amount
from costcheck.units import HOURS_PER_YEAR, MONTHS_PER_YEAR, WATTS_PER_KILOWATT


@dataclass(frozen=True, kw_only=True, eq=False)
class Ownership:
    """The terms on which one GPU and its share of server, network and storage are owned.

    Every field may be an array; they broadcast against each other.
    """

    capital_usd: Amount
    """All-in IT capital per GPU [USD]: server, network and storage, never the bare card."""
    life_years: Amount
    cost_of_capital: Amount
    """Annual rate [1/year]; 0 is a loan without interest."""
    salvage_fraction: Amount
    """Value left at the end of life, as a share of the capital [1]."""
    maintenance_fraction: Amount
    """Spares and repair per year, as a share of the capital [1/year]."""
    staff_usd_per_year: Amount
    """Operations staff per GPU [USD/year]."""
    it_watts: Amount
    """Contracted IT power per GPU [W]."""
    load_fraction: Amount
    """Average over contracted power [1]."""
    pue: Amount
    electricity_usd_per_kwh: Amount
    colocation_usd_per_kw_month: Amount = 0.0
    """Rent of powered space; 0 where the building is owned."""
    building_usd_per_it_watt: Amount = 0.0
    """Capital of an owned building [USD/W]; 0 where space is rented."""
    building_life_years: Amount = 20.0
    utilization: Amount = 1.0
    """Share of the hours of a year that are sold or used [1]."""


class CapitalPrice(NamedTuple):
    """All-in IT capital per GPU of one part as of one date; ISO dates sort as time does."""

    match: str
    date: str
    usd: float
    low_usd: float
    high_usd: float
    source: str


def choose_capital(
    prices: Iterable[CapitalPrice], *, hardware: str, as_of: str
) -> CapitalPrice | None:
    """Return the newest capital known on a day for a part, else the first known after it.

    Parameters
    ----------
    prices : iterable of CapitalPrice
        Known capital; ``match`` is a part of the hardware's name, and the first that fits counts
        (GB200 stands before B200).
    hardware : str
        Name of the part.
    as_of : str
        ISO date.

    Returns
    -------
    CapitalPrice or None
        ``None`` where no row names the part: a server price times the network's share stands in.
    """
    rows = tuple(prices)
    name = next((row.match for row in rows if row.match in hardware), None)
    dated = sorted((row for row in rows if row.match == name), key=lambda row: row.date)
    known = [row for row in dated if row.date <= as_of]
    return known[-1] if known else next(iter(dated), None)


def capital_recovery_factor(*, cost_of_capital: Amount, life_years: Amount) -> Amount:
    """Return the yearly payment that repays one dollar with interest over its life.

    Parameters
    ----------
    cost_of_capital : float or array
        Annual rate [1/year]; 0 gives the straight line 1 / life.
    life_years : float or array
        Life [year].

    Returns
    -------
    float or array
        Annuity per dollar [1/year].

    Notes
    -----
    ``r / (1 - (1 + r)**-L)``, evaluated with ``expm1`` and ``log1p`` so that small rates keep
    their digits; the limit at ``r = 0`` is ``1 / L``.

    References
    ----------
    .. [1] Short, Packey, Holt (1995). A Manual for the Economic Evaluation of Energy Efficiency
       and Renewable Energy Technologies. NREL/TP-462-5173, eq. 2-11.
    """
    rate = np.asarray(cost_of_capital, dtype=float)
    safe_rate = np.where(rate == 0.0, 1.0, rate)
    annuity = -safe_rate / np.expm1(-np.asarray(life_years) * np.log1p(safe_rate))
    factor: NDArray[np.float64] = np.where(rate == 0.0, 1.0 / np.asarray(life_years), annuity)
    return factor


def capital_usd_per_year(
    *,
    capital_usd: Amount,
    salvage_fraction: Amount,
    cost_of_capital: Amount,
    life_years: Amount,
) -> Amount:
    """Return the yearly cost of capital that is sold for its salvage value at the end.

    Parameters
    ----------
    capital_usd : float or array
        Capital [USD].
    salvage_fraction : float or array
        Value left at the end of life over the capital [1].
    cost_of_capital : float or array
        Annual rate [1/year].
    life_years : float or array
        Life [year].

    Returns
    -------
    float or array
        Annuity [USD/year].

    Notes
    -----
    ``K (1 - s (1 + r)**-L) CRF(r, L)``: what salvage returns is worth less today.
    """
    discount = np.exp(-np.asarray(life_years) * np.log1p(cost_of_capital))
    factor = capital_recovery_factor(cost_of_capital=cost_of_capital, life_years=life_years)
    annuity: Amount = capital_usd * (1.0 - salvage_fraction * discount) * factor
    return annuity


def building_usd_per_year(
    *,
    usd_per_it_watt: Amount,
    it_watts: Amount,
    cost_of_capital: Amount,
    life_years: Amount,
) -> Amount:
    """Return the annuity of an owned building's share [USD/year] for a power of ``it_watts`` [W].

    Notes
    -----
    ``c W CRF(r, L)`` with the building's own life, which is longer than the servers'.
    """
    factor = capital_recovery_factor(cost_of_capital=cost_of_capital, life_years=life_years)
    return usd_per_it_watt * it_watts * factor


def colocation_usd_per_year(*, usd_per_kw_month: Amount, it_watts: Amount) -> Amount:
    """Return the rent of powered space [USD/year] for a contracted power of ``it_watts`` [W]."""
    return usd_per_kw_month * MONTHS_PER_YEAR * it_watts / WATTS_PER_KILOWATT


def electricity_usd_per_year(
    *, it_watts: Amount, load_fraction: Amount, pue: Amount, usd_per_kwh: Amount
) -> Amount:
    """Return the electricity bill [USD/year] of an average draw of ``it_watts * load_fraction``."""
    facility_kilowatts = it_watts * load_fraction * pue / WATTS_PER_KILOWATT
    return facility_kilowatts * HOURS_PER_YEAR * usd_per_kwh


def usd_per_used_hour(*, usd_per_year: Amount, utilization: Amount) -> Amount:
    """Return the cost of an hour of use [USD/h] when only a share of the year is used."""
    return usd_per_year / (HOURS_PER_YEAR * utilization)


def owned_usd_per_gpu_hour(*, ownership: Ownership) -> dict[str, Amount]:
    """Return the parts of an owned GPU-hour by name; their sum is the effective rate.

    Parameters
    ----------
    ownership : Ownership
        The terms, per GPU.

    Returns
    -------
    dict of str to float or array
        ``capital``, ``maintenance``, ``staff``, ``colocation``, ``building``, ``electricity``
        [USD per used GPU-hour].

    Notes
    -----
    ``(K (1 - s (1+r)^-L) CRF + m K + staff + 12 colo kW + building + kW load PUE 8766 kWh) /
    (8766 u)``. Everything is divided by the utilisation: an idle GPU keeps its bill.

    References
    ----------
    .. [1] SemiAnalysis (2025-08). H100 vs GB200 NVL72 training benchmarks: all-in capital per GPU.
    .. [2] NREL/TP-462-5173 for the annuity.
    """
    terms = ownership
    yearly: dict[str, Amount] = {
        "capital": capital_usd_per_year(
            capital_usd=terms.capital_usd,
            salvage_fraction=terms.salvage_fraction,
            cost_of_capital=terms.cost_of_capital,
            life_years=terms.life_years,
        ),
        "maintenance": terms.maintenance_fraction * terms.capital_usd,
        "staff": terms.staff_usd_per_year,
        "colocation": colocation_usd_per_year(
            usd_per_kw_month=terms.colocation_usd_per_kw_month, it_watts=terms.it_watts
        ),
        "building": building_usd_per_year(
            usd_per_it_watt=terms.building_usd_per_it_watt,
            it_watts=terms.it_watts,
            cost_of_capital=terms.cost_of_capital,
            life_years=terms.building_life_years,
        ),
        "electricity": electricity_usd_per_year(
            it_watts=terms.it_watts,
            load_fraction=terms.load_fraction,
            pue=terms.pue,
            usd_per_kwh=terms.electricity_usd_per_kwh,
        ),
    }
    return {
        part: usd_per_used_hour(usd_per_year=usd, utilization=terms.utilization)
        for part, usd in yearly.items()
    }


def break_even_capital_usd(*, rent_usd_per_gpu_hour: Amount, ownership: Ownership) -> Amount:
    """Return the all-in capital per GPU [USD] at which owning costs as much as renting.

    Parameters
    ----------
    rent_usd_per_gpu_hour : float or array
        The rent to match [USD/h].
    ownership : Ownership
        The terms; ``capital_usd`` only sets the shape and is not used.

    Returns
    -------
    float or array
        Capital per GPU [USD]; above it renting is cheaper. Negative where power, space and staff
        alone already cost more than the rent.

    Notes
    -----
    The rate is linear in the capital, so the answer is closed: what is left of the rent after the
    running costs, over the yearly cost of one dollar of capital.
    """
    unit = capital_usd_per_year(
        capital_usd=1.0,
        salvage_fraction=ownership.salvage_fraction,
        cost_of_capital=ownership.cost_of_capital,
        life_years=ownership.life_years,
    )
    parts = owned_usd_per_gpu_hour(ownership=ownership)
    running = sum(
        (parts[name] for name in ("staff", "colocation", "building", "electricity")), start=0.0
    )
    left = (rent_usd_per_gpu_hour - running) * HOURS_PER_YEAR * ownership.utilization
    return left / (unit + ownership.maintenance_fraction)
