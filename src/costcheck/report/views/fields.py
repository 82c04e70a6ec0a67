"""Single figures for scripts: one bare value, or several separated by tabs."""

from __future__ import annotations

from collections.abc import Sequence

from costcheck.estimate.result import Estimate
from costcheck.quantities import result_named


def names_of(fields: str | None, estimates: Sequence[Estimate]) -> tuple[str, ...]:
    """JSON names of the results asked for, by any of their names."""
    known = ("verdict", *estimates[0].figures)
    return tuple(result_named(name.strip(), known) for name in fields.split(",")) if fields else ()


def render(estimates: Sequence[Estimate], fields: str) -> str:
    """Return central values, one line per scenario; empty where a value is unknown."""
    names = names_of(fields, estimates)
    return "".join("\t".join(_value(item, name) for name in names) + "\n" for item in estimates)


def _value(estimate: Estimate, name: str) -> str:
    if name == "verdict":
        return estimate.verdict
    central = estimate.figures[name].central
    return "" if central is None else repr(central)
