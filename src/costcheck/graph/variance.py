"""Which inputs drive the spread of a result: shares of its variance, first order and total.

The first-order share of an input is the part of the variance that knowing it alone would remove;
the total share is what would be left if all others were known. In a product of independent inputs
the variance of the logarithm splits exactly, and both shares follow from the elasticities.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from costcheck.arrays import FloatArray
from costcheck.graph.distributions import Spread
from costcheck.graph.draw_defaults import DEFAULT_SEED
from costcheck.graph.sampling import InputDraws, prepare

Evaluate = Callable[[Mapping[str, FloatArray]], FloatArray]
"""A result from the draws of its inputs by name, shape (draws,) in and out."""

DEFAULT_BASE = 32_768
_SECOND_SAMPLE = "second sample of "
_STEP = 1e-4


@dataclass(frozen=True)
class VarianceShares:
    """VarianceShares of the variance of one result by input."""

    first_order: dict[str, float]
    total: dict[str, float]


@dataclass(frozen=True)
class Swing:
    """A result with one input at the ends of its 90 % interval, all others at their medians."""

    low: float
    high: float


def variance_shares(
    evaluate: Evaluate,
    spreads: Mapping[str, Spread],
    *,
    base: int = DEFAULT_BASE,
    seed: int = DEFAULT_SEED,
    logarithmic: bool = False,
) -> VarianceShares:
    """The variance shares of any function by Saltelli's scheme; zero where it does not vary.

    It takes ``base * (inputs + 2)`` evaluations. `logarithmic` splits the variance of the logarithm
    of a positive result.

    Notes
    -----
    With ``A`` and ``B`` two independent samples and ``AB_i`` the sample A with input i from B:
    first order ``mean(f(B) (f(AB_i) - f(A))) / V`` with f centred (Saltelli), total
    ``mean((f(A) - f(AB_i))^2) / (2 V)`` (Jansen).

    References
    ----------
    .. [1] Saltelli et al., "Variance based sensitivity analysis of model output", Computer
       Physics Communications 181 (2010) 259-270.
    .. [2] Jansen, "Analysis of variance designs for model output", Computer Physics
       Communications 117 (1999) 35-43.
    """
    first = _sample(prepare(spreads, total=base, seed=seed), base)
    renamed = {_SECOND_SAMPLE + name: spread for name, spread in spreads.items()}
    second = {
        name.removeprefix(_SECOND_SAMPLE): draws
        for name, draws in _sample(prepare(renamed, total=base, seed=seed), base).items()
    }
    exact = {n: np.full(base, float(s.central)) for n, s in spreads.items() if n not in first}

    def result(inputs: Mapping[str, FloatArray]) -> FloatArray:
        value = np.broadcast_to(evaluate({**exact, **inputs}), base)
        return np.log(value) if logarithmic else value

    of_first, of_second = result(first), result(second)
    both = np.concatenate((of_first, of_second))
    variance = float(np.var(both))
    shares = VarianceShares(dict.fromkeys(spreads, 0.0), dict.fromkeys(spreads, 0.0))
    if variance <= _negligible(both):
        return shares
    centred = of_second - both.mean()
    for name, draws in second.items():
        mixed = result({**first, name: draws})
        shares.first_order[name] = float(np.mean(centred * (mixed - of_first))) / variance
        shares.total[name] = float(np.mean(np.square(of_first - mixed))) / (2.0 * variance)
    return shares


def product_shares(
    evaluate: Evaluate, spreads: Mapping[str, Spread], *, strata: int = 512
) -> VarianceShares:
    """The shares of the variance of the logarithm, exact for products of powers of positive inputs.

    `evaluate` is called once, with an array of twice the inputs; `strata` are the quantiles by
    which the variance of each input's logarithm is found. First order and total are the same.

    Notes
    -----
    ``share_i = e_i^2 Var(ln x_i) / sum_j e_j^2 Var(ln x_j)`` with the elasticities
    ``e_i = d ln f / d ln x_i`` at the medians.
    """
    slopes = elasticities(evaluate, spreads)
    parts = {
        name: slopes[name] ** 2 * float(np.var(np.log(spread.strata(strata))))
        for name, spread in spreads.items()
    }
    whole = sum(parts.values())
    shares = {name: part / whole if whole > 0.0 else 0.0 for name, part in parts.items()}
    return VarianceShares(shares, dict(shares))


def elasticities(evaluate: Evaluate, spreads: Mapping[str, Spread]) -> dict[str, float]:
    """``d ln f / d ln x`` of a positive result by input, central differences at the medians."""
    count = len(spreads)
    up, down = np.exp(_STEP), np.exp(-_STEP)
    values = {}
    for place, (name, spread) in enumerate(spreads.items()):
        column = np.full(2 * count, float(spread.central))
        column[place] *= up
        column[count + place] *= down
        values[name] = column
    logarithm = np.log(np.broadcast_to(evaluate(values), 2 * count))
    slopes = (logarithm[:count] - logarithm[count:]) / (2.0 * _STEP)
    return dict(zip(spreads, slopes.tolist(), strict=True))


def swings(evaluate: Evaluate, spreads: Mapping[str, Spread]) -> dict[str, Swing]:
    """The result at each input's 5 % and 95 % points, the widest bar of the tornado first."""
    count = len(spreads)
    values = {}
    for place, (name, spread) in enumerate(spreads.items()):
        column = np.full(2 * count, float(spread.central))
        column[place], column[count + place] = spread.low, spread.high
        values[name] = column
    results = np.broadcast_to(evaluate(values), 2 * count)
    bars = {
        name: Swing(float(results[place]), float(results[count + place]))
        for place, name in enumerate(spreads)
    }
    return dict(sorted(bars.items(), key=lambda bar: -abs(bar[1].high - bar[1].low)))


def _sample(prepared: Mapping[str, InputDraws], base: int) -> dict[str, FloatArray]:
    return {name: ready.slice(0, base) for name, ready in prepared.items()}


def _negligible(values: FloatArray) -> float:
    """The variance that rounding alone can give a constant."""
    return float(np.square(np.finfo(np.float64).eps * 16.0 * np.max(np.abs(values))))
