"""What an hour of a GPU you own costs: an annuity over the capital plus what running it takes."""

import numpy as np
from numpy.typing import NDArray

from costcheck.arrays import Amount
from costcheck.units import MONTHS_PER_YEAR, WATTS_PER_KILOWATT


def capital_recovery_factor(*, cost_of_capital: Amount, life_years: Amount) -> Amount:
    """The yearly payment that repays one dollar with interest over its life [1/year].

    Notes
    -----
    ``r / (1 - (1 + r)**-L)``, evaluated with ``expm1`` and ``log1p`` so that small rates keep
    their digits; the limit at ``r = 0`` is ``1 / L``.

    References
    ----------
    .. [1] Short, Packey, Holt (1995). A Manual for the Economic Evaluation of Energy Efficiency
       and Renewable Energy Technologies. NREL/TP-462-5173, eq. 2-11.
    """
    free = np.equal(cost_of_capital, 0.0)
    rate = np.where(free, 1.0, cost_of_capital)
    annuity = -rate / np.expm1(-life_years * np.log1p(rate))
    factor: NDArray[np.float64] = np.where(free, 1.0 / life_years, annuity)
    return factor


def capital_usd_per_year(
    *, capital_usd: Amount, salvage_fraction: Amount, cost_of_capital: Amount, life_years: Amount
) -> Amount:
    """The yearly cost of capital that is sold for its salvage value at the end.

    Notes
    -----
    ``K (1 - s (1 + r)**-L) CRF(r, L)``: what salvage returns is worth less today.
    """
    discount = np.exp(-life_years * np.log1p(cost_of_capital))
    factor = capital_recovery_factor(cost_of_capital=cost_of_capital, life_years=life_years)
    annuity: Amount = capital_usd * (1.0 - salvage_fraction * discount) * factor
    return annuity


def colocation_usd_per_year(*, usd_per_kw_month: Amount, it_watts: Amount) -> Amount:
    """The rent of powered space [USD/year] for a contracted power of ``it_watts`` [W]."""
    return usd_per_kw_month * MONTHS_PER_YEAR * it_watts / WATTS_PER_KILOWATT


def resale_fraction(
    *, value_kept_per_year: Amount, years: Amount, capital_over_server: Amount = 1.0
) -> Amount:
    """The share of the all-in capital that accelerators and servers bring second-hand.

    The network and the installation, which `capital_over_server` counts, are not sold on.
    """
    fraction: Amount = np.power(value_kept_per_year, years) / capital_over_server
    return fraction
