"""The identity network: which products the quantities of a training run obey."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from costcheck.audit.facts import ClaimContext
from costcheck.audit.identities import BALANCE, LOG_FORMS, form
from costcheck.audit.piecewise import Array, ceiling, gaussian, two_piece
from costcheck.audit.priors import LogSpread, Priors, rules
from costcheck.quantities import MODEL_COMPUTE, SIZES, STATED, VARIABLES, Prior
from costcheck.units import SECONDS_PER_HOUR

_LN_HOUR = math.log(SECONDS_PER_HOUR)
_NARROW = frozenset({"fp8", "mxfp8", "nvfp4"})


@dataclass(frozen=True, slots=True)
class Regime:
    """One discrete state of the world: prior weight and what it changes."""

    log_weight: float
    mfu: tuple[float, ...]
    sparsity: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The network before any claim speaks."""

    names: tuple[str, ...]
    rows: Array
    values: Array
    sds: Array
    site_names: tuple[str, ...]
    forms: Array
    factors: Array
    """Piecewise fields of every site, (sites, 6)."""
    regimes: tuple[Regime, ...]


MONEY = frozenset({"cost"})
"""A text that states nothing else may speak of a programme: research, failed runs and all."""


def skeleton(context: ClaimContext, priors: Priors, stated: frozenset[str]) -> Skeleton:
    """The prior rows, soft identities, sites and regimes for one subject.

    Priors that none of the `stated` fields can tell from a Gaussian enter as Gaussians, and
    ceilings that none can reach are left out.
    """
    if context.adapts:
        priors = replace(priors, quantities={**priors.quantities, **priors.adapting})
    rows = _gaussian_rows(context, priors)
    told = {name for key in stated for name in STATED[key].tells}
    sites = []
    for name, direction, factor in _sites(context, priors, stated):
        if name in told or name not in get_args(Prior):
            sites.append((name, direction, factor))
        elif factor[1] == factor[3] == 0.0 and factor[2] > 0.0:
            sd = 0.5 * (factor[2] ** -0.5 + factor[4] ** -0.5)
            rows.append((name, direction, factor[0], sd))
    return Skeleton(
        names=tuple(name for name, *_ in rows),
        rows=np.array([row[1] for row in rows]),
        values=np.array([row[2] for row in rows]),
        sds=np.array([row[3] for row in rows]),
        site_names=tuple(name for name, *_ in sites),
        forms=np.array([site[1] for site in sites]),
        factors=np.array([site[2] for site in sites]),
        regimes=_regimes(context, priors, stated),
    )


def hardware_prior(context: ClaimContext, priors: Priors, name: str) -> LogSpread:
    """Power, price or capex of the accelerator the text names, else of any."""
    if name == "price" and context.listed_price is not None:
        listed = priors.quantities["listed_price"].below
        return LogSpread(context.listed_price, listed, listed)
    known = getattr(context.hardware, name, None)
    return known if isinstance(known, LogSpread) else priors.unknown_hardware[name]


def _gaussian_rows(context: ClaimContext, priors: Priors) -> list[tuple[str, Array, float, float]]:
    part, peak = context.hardware, priors.unknown_hardware["peak"]
    if part is not None:
        peak = LogSpread(part.peak_flops_per_second, sd := priors.hardware["peak_sd"], sd)
    spreads = {name: priors.quantities[key] for name, key in VARIABLES.items() if key} | {
        "peak": peak
    }
    rows = [(name, form(name), math.log(x.median), x.below) for name, x in spreads.items()]
    rows.append(("sparsity", form("sparsity"), 0.0, 1.0))
    if context.language_model:
        closure = priors.quantities["compute_closure"].below
        rows.append(("closure", BALANCE, -_LN_HOUR, closure))
    return rows


def _sites(
    context: ClaimContext, priors: Priors, stated: frozenset[str]
) -> Iterator[tuple[str, Array, tuple[float, ...]]]:
    yield "mfu", form("mfu"), gaussian(0.0, 1.0)  # each regime writes its own
    for name in ("price", "power", "capex"):
        yield name, form(name), _two_piece(hardware_prior(context, priors, name))
    yield "slack", form("slack"), _two_piece(priors.quantities["slack"])
    spread = priors.quantities["tokens_per_parameter"]
    usual = priors.tokens_per_parameter_in(context.year)
    ratio = LogSpread(usual, spread.below, spread.above)
    yield "ratio", form("tokens", "-active"), _two_piece(ratio)
    budget = "programme" if stated <= MONEY else "cost"
    compute, gpus, cost = (priors.frontier[name] for name in ("compute", "gpus", budget))
    top = compute["flop"] * compute["margin"]
    yield "compute", form(*MODEL_COMPUTE), _frontier(top, compute, context.year)
    yield "fleet", form("gpus"), _frontier(gpus["count"], gpus, context.year)
    yield "budget", LOG_FORMS["cost"].form, _frontier(cost["usd"], cost, context.year)


def _frontier(top: float, row: Mapping[str, float], year: int) -> tuple[float, ...]:
    """The soft ceiling that grows by the year, at the end of one."""
    return ceiling(math.log(_grown(top, row, year)), row["edge"])


def _grown(top: float, row: Mapping[str, float], year: int) -> float:
    return top * float(row["growth"] ** (year + 1.0 - row["year"]))


def dearest_run(context: ClaimContext, priors: Priors) -> float:
    """About what the dearest single run costs by the end of a text's year [USD]."""
    row = priors.frontier["cost"]
    return _grown(row["usd"], row, context.year)


def _two_piece(spread: LogSpread) -> tuple[float, ...]:
    return two_piece(math.log(spread.median), spread.below, spread.above)


def _regimes(context: ClaimContext, priors: Priors, stated: frozenset[str]) -> tuple[Regime, ...]:
    dense, mixture = priors.quantities["sparsity_dense"], priors.quantities["sparsity_moe"]
    unsized = context.moe is None and SIZES.isdisjoint(stated)
    share = 0.0 if unsized else context.mixture_share
    return tuple(
        Regime(
            math.log(weight * part),
            _two_piece(mfu),
            (math.log(sparsity.median), sparsity.below),
        )
        for weight, mfu in utilisation(context, priors)
        for part, sparsity in ((1.0 - share, dense), (share, mixture))
        if weight * part > 0.0
    )


def utilisation(context: ClaimContext, priors: Priors) -> list[tuple[float, LogSpread]]:
    """The utilisation regimes of a context with their weights."""
    if context.adapts or not context.language_model:
        return [(1.0, priors.mfu["adapting" if context.adapts else "other"])]
    part, precision = context.hardware, context.precision
    low, fast = priors.mfu_weights["low"], priors.mfu_weights["fp8"]
    if precision in _NARROW:
        fast = 1.0 - low
    elif precision or context.year < priors.fp8_since or (part is not None and not part.is_fast):
        fast = 0.0
    usual = priors.mfu[part.mfu_class if part else "unknown"]
    weights = [(1.0 - low - fast, usual), (low, priors.mfu["low"]), (fast, priors.mfu["fp8"])]
    return [(weight, spread) for weight, spread in weights if weight > 0.0]


def fastest_of(context: ClaimContext) -> tuple[str, float]:
    """The fastest precision a run can have used, and its peak over the usual (BF16) one."""
    part, precision = context.hardware, context.precision
    if part is None:
        return "FP8", float(rules("hardware")["unnamed"])
    known = {part.peak_precision: part.peak_flops_per_second}
    if not precision or precision in _NARROW:
        known |= part.low_precision
    if precision in _NARROW - {"nvfp4"}:
        known.pop("FP4", None)
    name = max(known, key=lambda name: known[name])
    return name, known[name] / part.peak_flops_per_second


def ceiling_of(context: ClaimContext) -> float:
    """The utilisation no run can exceed, over the dense BF16 peak."""
    return fastest_of(context)[1]
