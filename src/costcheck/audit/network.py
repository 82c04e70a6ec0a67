"""The identity network: which products the quantities of a training run obey."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from costcheck.audit.facts import ClaimContext
from costcheck.audit.identities import LOG_FORMS, form
from costcheck.audit.piecewise import Array, ceiling, gaussian, two_piece
from costcheck.audit.priors import LogSpread, Priors
from costcheck.quantities import MODEL_COMPUTE
from costcheck.units import SECONDS_PER_HOUR

HARDWARE_COMPUTE = LOG_FORMS["compute"].form
BALANCE = HARDWARE_COMPUTE - form(*MODEL_COMPUTE)
"""Compute by the hardware less compute by the model."""
_LN_HOUR = math.log(SECONDS_PER_HOUR)


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


_LISTENERS: dict[str, frozenset[str]] = {
    "price": frozenset({"cost", "price", "capex"}),
    "power": frozenset({"energy", "carbon", "water", "power_per_gpu"}),
    "capex": frozenset({"cost", "capex"}),
    "slack": frozenset({"gpu_hours", "cost", "energy"}),
    "ratio": frozenset({"tokens", "parameters", "active_parameters", "compute"}),
    "fleet": frozenset({"gpus", "cost", "energy", "capex"}),
    "budget": frozenset({"cost", "price", "capex"}),
}
"""Fields that can tell a two-sided prior from a Gaussian; without them it is one."""


def skeleton(context: ClaimContext, priors: Priors, stated: frozenset[str]) -> Skeleton:
    """Return the prior rows, soft identities, sites and regimes for one subject.

    Priors that none of the `stated` fields can tell from a Gaussian enter as Gaussians, and
    ceilings that none can reach are left out.
    """
    rows = _gaussian_rows(context, priors)
    sites = []
    for name, direction, factor in _sites(context, priors):
        if name not in _LISTENERS or _LISTENERS[name] & stated:
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


def _gaussian_rows(context: ClaimContext, priors: Priors) -> list[tuple[str, Array, float, float]]:
    known, loose = context.hardware, priors.unknown_hardware
    peak = LogSpread(known.peak_flops_per_second, priors.peak_sd, 0.0) if known else loose["peak"]
    simple = {
        "gpus": "gpus",
        "hours": "duration",
        "goodput": "goodput",
        "active": "active_parameters",
        "intensity": "flop_per_parameter_token",
        "grid": "grid_intensity",
        "water": "water",
    }
    rows = []
    for name, key in simple.items():
        spread = priors.quantities[key]
        rows.append((name, form(name), math.log(spread.median), spread.below))
    rows.append(("peak", form("peak"), math.log(peak.median), peak.below))
    rows.append(("sparsity", form("sparsity"), 0.0, 1.0))
    if context.language_model:
        closure = priors.quantities["compute_closure"].below
        rows.append(("closure", BALANCE, -_LN_HOUR, closure))
    return rows


def _sites(context: ClaimContext, priors: Priors) -> list[tuple[str, Array, tuple[float, ...]]]:
    known, loose = context.hardware, priors.unknown_hardware
    price = known.price if known else loose["price"]
    capex = known.capex if known else loose["capex"]
    watts = known.power if known and known.power else loose["power"]
    power = two_piece(math.log(watts.median), watts.below, watts.above)
    slack = priors.quantities["slack"]
    spread = priors.quantities["tokens_per_parameter"]
    usual = math.log(priors.tokens_per_parameter_in(context.year))
    limits = priors.frontier
    growth = limits["compute"]
    years = context.year + 1.0 - growth["year"]
    top = math.log(growth["flop"] * growth["margin"]) + years * math.log(growth["growth"])
    return [
        ("mfu", form("mfu"), gaussian(0.0, 1.0)),
        ("price", form("price"), two_piece(math.log(price.median), price.below, price.above)),
        ("power", form("power"), power),
        ("capex", form("capex"), two_piece(math.log(capex.median), capex.below, capex.above)),
        ("slack", form("slack"), two_piece(0.0, slack.below, slack.above)),
        ("ratio", form("tokens", "-active"), two_piece(usual, spread.below, spread.above)),
        ("compute", form(*MODEL_COMPUTE), ceiling(top, growth["edge"])),
        (
            "fleet",
            form("gpus"),
            ceiling(math.log(limits["gpus"]["count"]), limits["gpus"]["edge"]),
        ),
        (
            "budget",
            LOG_FORMS["cost"].form,
            ceiling(math.log(limits["cost"]["usd"]), limits["cost"]["edge"]),
        ),
    ]


def _regimes(context: ClaimContext, priors: Priors, stated: frozenset[str]) -> tuple[Regime, ...]:
    dense = priors.quantities["sparsity_dense"]
    mixture = priors.quantities["sparsity_moe"]
    shares = {True: 1.0, False: 0.0, None: priors.moe_share}[context.moe]
    if context.moe is None and not stated & {"parameters", "active_parameters"}:
        shares = 0.0
    spars = [
        (1.0 - shares, math.log(dense.median), dense.below),
        (shares, math.log(mixture.median), mixture.below),
    ]
    return tuple(
        Regime(
            math.log(weight * share),
            two_piece(math.log(mode.median), mode.below, mode.above),
            (middle, sd),
        )
        for weight, mode in utilisation(context, priors)
        for share, middle, sd in spars
        if weight * share > 0.0
    )


def utilisation(context: ClaimContext, priors: Priors) -> list[tuple[float, LogSpread]]:
    """Return the utilisation regimes of a context with their weights."""
    if not context.language_model:
        return [(1.0, priors.mfu_other)]
    known = context.hardware
    usual = priors.mfu_classes[known.mfu_class if known else "unknown"]
    low, fast = priors.mfu_low, priors.mfu_fp8
    precision = (context.precision or "").lower()
    can = known is None or known.low_precision_flops_per_second is not None
    share = fast.weight if can and context.year >= priors.fp8_since else 0.0
    if precision in {"fp8", "mxfp8", "nvfp4"}:
        share = 1.0 - low.weight
    elif precision:
        share = 0.0
    weights = [(1.0 - low.weight - share, usual), (low.weight, low.spread), (share, fast.spread)]
    return [(weight, spread) for weight, spread in weights if weight > 0.0]


def ceiling_of(context: ClaimContext) -> float:
    """Return the utilisation no run can exceed, over the dense BF16 peak."""
    known = context.hardware
    precision = (context.precision or "").lower()
    if known and known.low_precision_flops_per_second and precision in {"", "fp8", "mxfp8"}:
        return known.low_precision_flops_per_second / known.peak_flops_per_second
    return 2.0 if known is None else 1.0
