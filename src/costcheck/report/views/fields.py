"""Single figures for scripts: one bare value, or several separated by tabs."""

from __future__ import annotations

from collections.abc import Sequence

from costcheck.diagnostics import CostcheckError, Diagnostic
from costcheck.estimate.result import Estimate


def render(estimates: Sequence[Estimate], fields: str) -> str:
    """Return central values, one line per scenario; empty where a value is unknown."""
    names = [name.strip() for name in fields.split(",")]
    known = {"verdict", *estimates[0].figures}
    stray = [name for name in names if name not in known]
    if stray:
        from difflib import get_close_matches

        near = get_close_matches(stray[0], known)
        hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(sorted(known))}"
        message = f"no result is called {', '.join(stray)}"
        raise CostcheckError([Diagnostic("CC021", "error", message, None, hint)])
    return "".join("\t".join(_value(item, name) for name in names) + "\n" for item in estimates)


def _value(estimate: Estimate, name: str) -> str:
    if name == "verdict":
        return estimate.verdict
    central = estimate.figures[name].central
    return "" if central is None else repr(central)
