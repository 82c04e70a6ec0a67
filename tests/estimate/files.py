"""Scenarios of the tests around money, as a person writes them."""

from __future__ import annotations

from typing import Any

from costcheck.api import load
from costcheck.estimate import build, estimate
from costcheck.estimate.model import Model
from costcheck.estimate.result import Estimate

DEEPSEEK_V3: dict[str, Any] = {
    "name": "DeepSeek-V3",
    "as_of": "2024-12-26",
    "model": "deepseek-v3",
    "training": {"tokens": "14.8T"},
    "fleet": {"gpu": "h800", "count": "2,048"},
    "gpu_hours": "2.788M GPU-hours",
    "pricing": {"rent": "$2/GPU-hour"},
}
"""arXiv:2412.19437, table 1: 2.788M H800-hours, assumed at 2 USD."""

MEASURED_OWNER: dict[str, str] = {
    "capital": "$31,250/GPU",
    "life": "5 years",
    "cost_of_capital": "8.5%",
    "salvage": "0%",
    "colocation": "$130/kW-month",
    "power": "1.4 kW",
    "load": "80%",
    "electricity": "$0.083/kWh",
    "pue": "1.25",
    "maintenance": "2%",
    "staff": "$350/GPU-year",
    "utilization": "90%",
}
"""The worked H100 of the note on ownership."""


def estimated(scenario: dict[str, Any], *, samples: int = 8192, **changes: Any) -> Estimate:
    """Return the estimate of a scenario with some top-level keys replaced."""
    return estimate(load({**scenario, **changes}), samples=samples)


def built(scenario: dict[str, Any], **changes: Any) -> Model:
    """Return the graph of a scenario with some top-level keys replaced."""
    return build(load({**scenario, **changes}))
