"""From worded quantities to observations: what a number says about ln of the true value."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from costcheck.audit.piecewise import at_least, at_most, gaussian
from costcheck.audit.priors import Priors
from costcheck.scenario.claim import Claim, numbers
from costcheck.text.quantity import Quantity

EXACT_FIELDS = frozenset({"gpus", "price", "peak", "power_per_gpu"})
"""Counts, assumed rates and spec-sheet values carry no rounding."""

_FEW = re.compile(r"\b(a few|several)\b", re.IGNORECASE)
_UP_TO = re.compile(r"\b(up to|as much as|as many as)\b", re.IGNORECASE)
_ESTIMATED = re.compile(r"\b(est\.?|estimated|estimate|reportedly)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One stated number, ready for the network."""

    claims: tuple[int, ...]
    """Indices of the claims that state it; copies of one story are one statement."""
    field: str
    quantity: Quantity
    log_value: float
    """ln of the value taken as stated."""
    sd: float
    """Spread of ln the wording allows."""
    factor: tuple[float, ...] | None = None
    """One-sided wording as a piecewise factor in ln of the true value; none: Gaussian."""
    note: str = ""
    """Where the number comes from when it is not written as such."""

    @property
    def value(self) -> float:
        """Return the value as stated, in base units."""
        return math.exp(self.log_value)

    @property
    def interval(self) -> tuple[float, float]:
        """Return what the wording allows by rounding alone."""
        quantity = self.quantity
        if quantity.kind in {"exact", "stated"} and self.field in EXACT_FIELDS:
            return (quantity.value, quantity.value)
        if _UP_TO.search(quantity.text):
            return (quantity.value * 0.5, quantity.value)
        return (quantity.low, quantity.high)

    @property
    def is_hedged(self) -> bool:
        """Return whether the text itself says the number is not exact."""
        return self.quantity.kind not in {"exact", "stated"} or bool(
            _FEW.search(self.quantity.text) or _ESTIMATED.search(self.quantity.text)
        )


def observe(field: str, quantity: Quantity, *, priors: Priors, speaker: str | None) -> Statement:
    """Return the statement a quantity makes about `field`."""
    wording = priors.wording
    spread = float(priors.speakers[speaker]["spread"]) if speaker else 1.0
    log_value = math.log(max(quantity.value, 1e-30))
    own = math.hypot(_rounding(field, quantity, wording), wording["floor"])
    sd = math.hypot(own, wording["conventions"].get(field, 0.0)) * spread
    text = quantity.text
    factor = None
    if quantity.kind == "range":
        low, high = math.log(max(quantity.low, 1e-30)), math.log(quantity.high)
        log_value = (low + high) / 2.0
        sd = max((high - low) / 2.0 / wording["range_coverage"], 2.0 * wording["floor"]) * spread
    elif _UP_TO.search(text):
        sd = math.hypot(sd, wording["up_to"])
    elif quantity.kind == "at_most":
        limit = math.log(quantity.high)
        log_value = limit
        factor = at_most(limit, wording["at_most"]["scale"], wording["at_most"]["edge"])
    elif quantity.kind == "at_least":
        limit = math.log(quantity.low)
        log_value = limit
        factor = at_least(limit, wording["at_least"]["scale"], wording["at_least"]["edge"])
    elif _FEW.search(text):
        sd = math.hypot(sd, wording["few"])
    elif _ESTIMATED.search(text):
        sd = math.hypot(sd, wording["estimated"] * spread)
    elif quantity.kind == "approx":
        sd = math.hypot(sd, wording["approx"] * spread)
    return Statement(
        claims=(), field=field, quantity=quantity, log_value=log_value, sd=sd, factor=factor
    )


def _rounding(field: str, quantity: Quantity, wording: Mapping[str, Any]) -> float:
    """Return the sd of ln that rounding to the printed digits leaves."""
    if field in EXACT_FIELDS or quantity.kind != "stated":
        return 0.0
    half = (quantity.high - quantity.low) / 2.0 / max(quantity.value, 1e-30)
    return min(half / math.sqrt(3.0), float(wording["cap"]))


def state(
    claims: Sequence[Claim], indices: Sequence[int], *, priors: Priors
) -> tuple[Statement, ...]:
    """Return the statements of claims about one subject, copies counted once.

    Two claims that print the same value for the same quantity repeat one story: the tighter
    wording stays and remembers every claim that carries it.
    """
    merged: dict[tuple[str, str], Statement] = {}
    for index, claim in zip(indices, claims, strict=True):
        for field, quantity in numbers(claim):
            if not 0.0 < quantity.value < math.inf:
                continue
            new = replace(
                observe(field, quantity, priors=priors, speaker=claim.speaker), claims=(index,)
            )
            key = (field, f"{quantity.value:.6g} {quantity.kind in {'at_most', 'at_least'}}")
            old = merged.get(key)
            if old is None:
                merged[key] = new
                continue
            kept = old if old.sd <= new.sd else new
            merged[key] = replace(kept, claims=tuple(sorted({*old.claims, index})))
    return tuple(merged.values())


def as_factor(statement: Statement, shift: float, widen: float | None) -> tuple[float, ...]:
    """Return a one-sided statement's factor, moved by `shift` or opened to a broad Gaussian."""
    if widen is not None or statement.factor is None:
        sd = math.hypot(statement.sd, widen or 0.0)
        return gaussian(statement.log_value + shift, sd)
    knot, *rest = statement.factor
    return (knot + shift, *rest)
