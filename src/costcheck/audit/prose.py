"""Figures and reasons of an audit in words."""

from __future__ import annotations

import re

from costcheck.estimate.claim_units import short
from costcheck.quantities import CLAIMED, STATED, field_words
from costcheck.units import HOURS_PER_DAY

_LONG = 1e15
"""Numbers from here on are read as powers of ten."""


_UNITS = {
    "energy": ((1e6, "GWh"), (1e3, "MWh"), (1.0, "kWh")),
    "carbon": ((1e3, "t"), (1.0, "kg")),
    "water": ((1.0, "L"),),
    "duration": ((HOURS_PER_DAY, "days"), (1.0, "hours")),
    "gpu_hours": ((1.0, "GPU-hours"),),
    "gpus": ((1.0, "GPUs"),),
    "power_per_gpu": ((1.0, "W"),),
    "grid_intensity": ((1.0, "g/kWh"),),
}
"""Units in which people tell figures of a claim, with their base units, the largest first."""
_BARE = re.compile(r"(?:[a-z ]+ )?[\d.,]+(?:-[\d.,]+)?\s?[KMBT]?")
"""A figure that is printed without its unit."""


def as_said(field: str, text: str) -> str:
    """A figure on record as a sentence has it: 2,048 GPUs, 20.4 kt of CO2, $5.58M."""
    if _BARE.fullmatch(text):
        return f"{text} {field_words(field)}"
    return STATED[field].said.format(text) if field in STATED else text


def plain_number(value: float) -> str:
    """A number as arithmetic shows it: grouped, short if small, a power of ten if long."""
    if 1000.0 <= abs(value) < _LONG:
        return f"{value:,.0f}"
    return f"{value:.4g}".replace("e+", "e")


def multiple(ratio: float) -> str:
    """A ratio as words that "it" may follow: 3.2 times, 1/3.2 of."""
    many = short(float(f"{max(ratio, 1.0 / ratio):.2g}"))
    return f"{many} times" if ratio > 1.0 else f"1/{many} of"


_HYPHEN = re.compile(r"(?<=[a-z]{3})-(?![A-Z]\d)|(?<=[ .-]\d)-(?=[A-Z][a-z]|[\d.]+B\b)")
"""A hyphen of the record that people write as a space: Llama 3.1 405B, but GPT-4, DeepSeek-V3."""


def by_name(subject: str) -> str:
    """A model as a sentence names it, or all of a family."""
    family = subject.removesuffix("-family")
    name = _HYPHEN.sub(" ", family)
    return name if family == subject else f"the {name} family"


def amount(value: float, field: str) -> str:
    """A figure in the unit of which it has ten or more."""
    if field not in _UNITS:
        _, sign, per = CLAIMED[field].unit.rpartition("USD")
        return f"${short(value)}{per}" if sign else short(value)
    size, unit = next(row for row in _UNITS[field] if value >= 10.0 * row[0] or row[0] == 1.0)
    count = float(f"{value / size:.4g}")
    return f"{count:,.0f} {unit}" if count >= 1e3 else f"{count:.3g} {unit}"
