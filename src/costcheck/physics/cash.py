"""Money over time: what is paid between two moments, its present value, what makes plans equal."""

import numpy as np

from costcheck.arrays import Amount
from costcheck.units import MONTHS_PER_YEAR


def paid_between(*, usd: Amount, first: Amount, last: Amount, start: Amount, end: Amount) -> Amount:
    """What of an amount falls between the months `start` and `end`.

    It is paid evenly from the month `first` to `last`, or at once where these are the same: then it
    counts where that is after `start` and not after `end`.
    """
    length = np.subtract(last, first)
    at_once = np.logical_and(np.less(start, first), np.less_equal(first, end))
    overlap = np.clip(np.minimum(last, end) - np.maximum(first, start), 0.0, None)
    share = np.where(length > 0.0, overlap / np.where(length > 0.0, length, 1.0), at_once)
    part: Amount = usd * share
    return part


def present_value(*, usd: Amount, first: Amount, last: Amount, cost_of_capital: Amount) -> Amount:
    """The value at the start of an amount that is paid later, as in `paid_between`.

    Notes
    -----
    ``K (1+r)**-t`` at once; evenly ``a (A(t1) - A(t0))`` with ``A(t) = (1 - (1+r)**-t) / r``, the
    annuity by which an owned hour is priced, so that both agree.

    References
    ----------
    .. [1] Short, Packey, Holt (1995). A Manual for the Economic Evaluation of Energy Efficiency
       and Renewable Energy Technologies. NREL/TP-462-5173, eq. 2-10.
    """
    years = np.subtract(last, first) / MONTHS_PER_YEAR
    safe = np.where(years > 0.0, years, 1.0)
    begin, end = (_annuity(m / MONTHS_PER_YEAR, cost_of_capital) for m in (first, last))
    at_once = np.power(1.0 + cost_of_capital, -first / MONTHS_PER_YEAR)
    value: Amount = usd * np.where(years > 0.0, (end - begin) / safe, at_once)
    return value


def break_even_resale(
    *, owned_before_resale: Amount, rented: Amount, capital_at_end: Amount
) -> Amount:
    """The share of the capital that has to come back for owning to cost what renting does [1].

    All in present values [USD], the capital as if all of it came back at the end. Below 0 owning
    is cheaper with nothing back; above 1 it is dearer even if everything comes back.
    """
    return (owned_before_resale - rented) / capital_at_end


def _annuity(years: Amount, cost_of_capital: Amount) -> Amount:
    free = np.equal(cost_of_capital, 0.0)
    rate = np.where(free, 1.0, cost_of_capital)
    value: Amount = np.where(free, years, -np.expm1(-years * np.log1p(rate)) / rate)
    return value
