"""Single figures for scripts: one bare value, or several separated by tabs."""

from __future__ import annotations

from collections.abc import Sequence

from costcheck.estimate.result import Estimate
from costcheck.quantities import result_named


def render(estimates: Sequence[Estimate], fields: str) -> str:
    """Return central values, one line per scenario; empty where a value is unknown."""
    names = [
        result_named(name.strip(), ("verdict", *estimates[0].figures)) for name in fields.split(",")
    ]
    return "".join("\t".join(_value(item, name) for name in names) + "\n" for item in estimates)


def _value(estimate: Estimate, name: str) -> str:
    if name == "verdict":
        return estimate.verdict
    central = estimate.figures[name].central
    return "" if central is None else repr(central)
