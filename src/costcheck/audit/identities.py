"""The products that printed numbers obey, read off the log forms of the quantities.

``cost = GPU-hours x price`` holds because the form of cost is the sum of the other two. Every
product of claim keys whose form differs from that of a claim key by nuisances alone is an
identity; what a nuisance may do to it, the row of the target says.
"""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from costcheck.quantities import (
    FLOP_PER_PARAMETER_TOKEN,
    MODEL_COMPUTE,
    NUISANCES,
    STATED,
    VARIABLES,
    Claimed,
    Gap,
)
from costcheck.units import SECONDS_PER_HOUR

Array = NDArray[np.float64]

_PLACES = tuple(VARIABLES)

_MOST_FACTORS = 4
"""As in GPUs x hours x peak x MFU."""


def form(*names: str) -> Array:
    """A linear form of the variables; a leading minus divides."""
    row = np.zeros(len(_PLACES))
    for name in names:
        row[_PLACES.index(name.removeprefix("-"))] += -1.0 if name.startswith("-") else 1.0
    return row


@dataclass(frozen=True, slots=True)
class LogForm:
    """ln of a claimed quantity as a linear form of the variables plus a constant."""

    form: Array
    constant: float


def _log_form(row: Claimed) -> LogForm:
    return LogForm(form(*row.over, *(f"-{name}" for name in row.under)), math.log(row.constant))


LOG_FORMS = {key: _log_form(row) for key, row in STATED.items()}
"""By claim key, in base units: h, GPU-hours, USD, FLOP, FLOP/s, W, kWh, kg, g/kWh, L."""

BALANCE = LOG_FORMS["compute"].form - form(*MODEL_COMPUTE)
"""Compute by the hardware less compute by the model."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """target = constant x product of factors."""

    target: str
    factors: tuple[str, ...]
    constant: float
    words: str
    """As a reader would write it, such as ``cost = GPU-hours x price``."""
    gap: Gap


@cache
def identities() -> tuple[Identity, ...]:
    """Every product of claim keys that is a claim key too, those of fewer factors first."""
    forms = np.array([item.form for item in LOG_FORMS.values()])
    nuisance = np.isin(_PLACES, NUISANCES)
    every: list[Identity] = []
    for size in range(2, _MOST_FACTORS + 1):
        chosen = np.array(list(combinations(range(len(forms)), size)))
        products = forms[chosen].sum(axis=1)
        # The compute of a language model can be written in two ways: an identity by itself.
        for target, times in product(LOG_FORMS, (0, -1, 1)):
            left = LOG_FORMS[target].form + times * BALANCE - products
            for row in np.flatnonzero(np.all((left == 0.0) | (nuisance & (left > 0.0)), axis=1)):
                factors = [tuple(LOG_FORMS)[k] for k in chosen[row]]
                between = {name for name, x in zip(_PLACES, left[row], strict=True) if x}
                identity = _identity(target, factors, between, times)
                if identity is not None and not _is_longer(identity, every):
                    every.append(identity)
    return tuple(every)


def _is_longer(identity: Identity, known: Sequence[Identity]) -> bool:
    """Whether it says what a shorter identity says, times a product that is one."""
    keys = {identity.target, *identity.factors}
    return identity.target in identity.factors or any(
        {other.target, *other.factors} < keys for other in known
    )


def _identity(
    target: str, factors: Sequence[str], between: Set[str], balanced: int
) -> Identity | None:
    """The identity, where the row of its target says what the nuisances `between` may do to it."""
    gaps = [STATED[target].gaps[name] for name in between if name in STATED[target].gaps]
    if between and not gaps:
        return None
    gaps += [STATED[name].gaps[""] for name in factors if "" in STATED[name].gaps]
    constant = STATED[target].constant / math.prod(STATED[name].constant for name in factors)
    constant *= SECONDS_PER_HOUR**balanced
    lead = FLOP_PER_PARAMETER_TOKEN if "intensity" in between else 1.0
    ordered = sorted(factors, key=lambda name: int(np.argmax(LOG_FORMS[name].form != 0.0)))
    return Identity(
        target=target,
        factors=tuple(ordered),
        constant=constant * lead,
        words=_words(target, ordered, constant, lead),
        gap=Gap(
            above=max((gap.above for gap in gaps), default=0.0),
            below=max((gap.below for gap in gaps), default=0.0),
            strict=all(gap.strict for gap in gaps),
        ),
    )


def _words(target: str, factors: Sequence[str], constant: float, lead: float) -> str:
    names = {name: STATED[name].factor or STATED[name].words for name in factors}
    for name in factors:
        size, converted = STATED[name].converted or (0.0, "")
        if math.isclose(constant, size):
            names[name] = converted
            break
    first = [f"{lead:g}"] if lead != 1.0 else []
    return f"{STATED[target].words} = {' x '.join([*first, *names.values()])}"
