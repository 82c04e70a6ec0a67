"""The audit's prior beliefs as one typed value, and its reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LogSpread:
    """A median with one spread of ln below it and another above."""

    median: float
    below: float
    above: float


@dataclass(frozen=True, slots=True)
class Regime:
    """One way a quantity may be distributed, with its prior weight."""

    name: str
    weight: float
    spread: LogSpread


@dataclass(frozen=True, slots=True)
class Priors:
    """Everything in ``configs/audit/priors.yaml``, read once."""

    explanations: Mapping[str, float]
    speakers: Mapping[str, Mapping[str, float]]
    wording: Mapping[str, Any]
    quantities: Mapping[str, LogSpread]
    moe_share: float
    tokens_per_parameter: tuple[tuple[int, float], ...]
    mfu_classes: Mapping[str, LogSpread]
    mfu_low: Regime
    mfu_fp8: Regime
    mfu_other: LogSpread
    fp8_since: int
    unknown_hardware: Mapping[str, LogSpread]
    peak_sd: float
    rent_above: float
    """Spread of ln above the price book's own: list prices and small buyers."""
    frontier: Mapping[str, Mapping[str, float]]
    impossible: Mapping[str, float]
    """What is too much for any run."""
    verdicts: Mapping[str, float]

    def tokens_per_parameter_in(self, year: int) -> float:
        """Return the median ratio of tokens to active parameters in a year."""
        known = self.tokens_per_parameter
        best = known[0][1]
        for since, value in known:
            if since <= year:
                best = value
        return best


def read_priors(data: Mapping[str, Any]) -> Priors:
    """Return the priors of a parsed ``priors.yaml``."""
    quantities = dict(data["quantities"])
    moe_share = float(quantities.pop("moe_share"))
    mfu = data["mfu"]
    return Priors(
        explanations=data["explanations"],
        speakers=data["speakers"],
        wording=data["wording"],
        quantities={key: _spread(value) for key, value in quantities.items()},
        moe_share=moe_share,
        tokens_per_parameter=tuple(
            sorted(
                (int(year), float(value)) for year, value in data["tokens_per_parameter"].items()
            )
        ),
        mfu_classes={key: _spread(value) for key, value in mfu["classes"].items()},
        mfu_low=_regime("low", mfu["low"]),
        mfu_fp8=_regime("fp8", mfu["fp8"]),
        mfu_other=_spread(mfu["other"]),
        fp8_since=int(mfu["fp8_since"]),
        unknown_hardware={key: _spread(value) for key, value in data["unknown_hardware"].items()},
        peak_sd=float(data["peak_sd"]),
        rent_above=float(data["rent_above"]),
        frontier=data["frontier"],
        impossible=data["impossible"],
        verdicts=data["verdicts"],
    )


def _spread(data: Mapping[str, Any]) -> LogSpread:
    sd = float(data.get("sd", 0.0))
    return LogSpread(
        median=float(data.get("median", data.get("mode", 1.0))),
        below=float(data.get("below", sd)),
        above=float(data.get("above", sd)),
    )


def _regime(name: str, data: Mapping[str, Any]) -> Regime:
    return Regime(name=name, weight=float(data["weight"]), spread=_spread(data))
