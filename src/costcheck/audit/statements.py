"""From worded quantities to observations: what a number says about ln of the true value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from costcheck.audit.piecewise import at_least, at_most, gaussian
from costcheck.audit.priors import Priors, rules
from costcheck.audit.tense import is_told, speaks
from costcheck.scenario.claim import Claim, numbers
from costcheck.text.quantity import Quantity
from costcheck.units import HOURS_PER_YEAR, WATTS_PER_KILOWATT

_PRINTED = frozenset({"exact", "stated"})
"""Kinds of quantities that are printed without a hedge."""
_SMALLEST = 1e-30


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One stated number, ready for the network."""

    claims: tuple[int, ...]
    """Indices of the claims that state it; copies of one story are one statement."""
    field: str
    quantity: Quantity
    value: float
    """The value taken as stated, in base units: the bound of a bound, the middle of a range."""
    sd: float
    """Spread of ln the wording allows."""
    factor: tuple[float, ...] | None = None
    """One-sided wording as a piecewise factor in ln of the true value; none: Gaussian."""
    note: str = ""
    """Where the number comes from when it is not written as such."""
    up_to: float = 0.5
    """Share of the printed figure that "up to" may leave of it."""

    @property
    def log_value(self) -> float:
        """Ln of the value taken as stated."""
        return math.log(self.value)

    @property
    def interval(self) -> tuple[float, float]:
        """What the wording allows by rounding alone."""
        quantity = self.quantity
        if quantity.kind in _PRINTED and self.field in rules("wording")["exact"]:
            return (quantity.value, quantity.value)
        if speaks("up_to", quantity.text):
            return (quantity.value * self.up_to, quantity.value)
        return (quantity.low, quantity.high)


def observe(field: str, quantity: Quantity, *, priors: Priors, speaker: str | None) -> Statement:
    """The statement a quantity makes about `field`."""
    wording = priors.wording
    spread = float(priors.speakers[speaker]["spread"]) if speaker else 1.0
    convention = float(wording["conventions"].get(field, 0.0))
    sd = math.hypot(_rounding(field, quantity, wording), convention, wording["floor"] * spread)
    text, kind = quantity.text, quantity.kind
    low, value, high = (max(x, _SMALLEST) for x in (quantity.low, quantity.value, quantity.high))
    factor = None
    if kind == "range":
        value, half = math.sqrt(low * high), math.log(high / low) / 2.0
        sd = max(half / wording["range_coverage"], 2.0 * wording["floor"]) * spread
    elif speaks("up_to", text):
        sd = math.hypot(sd, wording["up_to"]["sd"])
    elif kind in {"at_most", "at_least"}:
        value, density = (high, at_most) if kind == "at_most" else (low, at_least)
        factor = density(math.log(value), wording[kind]["scale"], wording[kind]["edge"])
    elif speaks("few", text):
        sd = math.hypot(sd, wording["few"])
    elif speaks("estimated", text):
        sd = math.hypot(sd, wording["estimated"] * spread)
    elif kind == "approx":
        sd = math.hypot(sd, wording["approx"] * spread)
    return Statement(
        claims=(),
        field=field,
        quantity=quantity,
        value=value,
        sd=sd,
        factor=factor,
        up_to=wording["up_to"]["lowest"],
    )


def _rounding(field: str, quantity: Quantity, wording: Mapping[str, Any]) -> float:
    """The sd of ln that rounding to the printed digits leaves."""
    if field in wording["exact"] or quantity.kind != "stated":
        return 0.0
    half = (quantity.high - quantity.low) / 2.0 / quantity.value
    return min(half / math.sqrt(3.0), float(wording["cap"]))


def state(
    claims: Sequence[Claim], indices: Sequence[int], *, priors: Priors
) -> tuple[Statement, ...]:
    """The statements of claims about one subject, copies counted once.

    Two claims that print the same value for the same quantity repeat one story: the tighter
    wording stays and remembers every claim that carries it.
    """
    merged: dict[tuple[str, str, bool], Statement] = {}
    for index, claim in zip(indices, claims, strict=True):
        for field, quantity in _by_device(claim, priors.impossible["years"]):
            if not 0.0 < quantity.value < math.inf:
                continue
            new = observe(field, quantity, priors=priors, speaker=claim.speaker)
            key = (field, f"{quantity.value:.6g}", quantity.kind in {"at_most", "at_least"})
            old = merged.get(key, new)
            kept = old if old.sd <= new.sd else new
            merged[key] = replace(kept, claims=tuple(sorted({*old.claims, index})))
    return tuple(merged.values())


def _by_device(claim: Claim, years: float) -> tuple[tuple[str, Quantity], ...]:
    """The numbers of a claim, the time that one device would take as its device-hours."""
    stated = _as_seen(claim)
    said = dict(stated)
    gpus, time = said.get("gpus"), said.get("duration")
    alone = gpus is not None and gpus.value == 1.0 and len(stated) == len(said)
    if not alone or time is None or "gpu_hours" in said:
        return stated
    if not is_told("thought", claim) and time.low < years * HOURS_PER_YEAR:
        return stated
    work = replace(time, dimension="gpu_hours", text=f"{time.text} of one device")
    changed = (("gpu_hours", work) if key == "duration" else (key, q) for key, q in stated)
    return tuple(item for item in changed if item[0] != "gpus")


def _as_seen(claim: Claim) -> tuple[tuple[str, Quantity], ...]:
    """The numbers of a claim; of tokens that are told once each, the training saw no fewer."""
    is_least = claim.epochs is None and speaks("once", claim.text)
    return tuple(
        (key, replace(said, kind="at_least", low=said.value, high=math.inf))
        if is_least and key == "tokens" and said.is_point
        else (key, said)
        for key, said in numbers(claim)
    )


def energy_meant(claim: Claim) -> Claim:
    """A claim whose power is told as what was used, with that figure as its energy.

    The figure keeps its dimension, by which it is recognised.
    """
    power = claim.site_power
    if power is None or claim.energy is not None or claim.gpus is not None:
        return claim
    if not speaks("used_up", claim.text) or speaks("power", claim.text):
        return claim
    value, low, high = (end / WATTS_PER_KILOWATT for end in (power.value, power.low, power.high))
    energy = replace(power, value=value, low=low, high=high)
    return replace(claim, energy=energy, site_power=None)


def as_factor(statement: Statement, shift: float, widen: float | None) -> tuple[float, ...]:
    """A one-sided statement's factor, moved by `shift` or opened to a broad Gaussian."""
    if widen is not None or statement.factor is None:
        sd = math.hypot(statement.sd, widen or 0.0)
        return gaussian(statement.log_value + shift, sd)
    knot, *rest = statement.factor
    return (knot + shift, *rest)
