"""The audit's prior beliefs as one typed value, and its reader."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from costcheck.catalog.files import catalog_of

_SECTIONS = (
    "explanations", "speakers", "wording", "frontier", "impossible", "verdicts", "truth", "record",
    "scopes", "unit_words", "hardware", "rent",
)  # fmt: skip
"""Tables of plain numbers, taken as they are."""


@cache
def rules(section: str) -> Any:
    """The numbers of a section of ``configs/audit/priors.yaml`` that no file overrules."""
    return catalog_of().document("audit/priors.yaml")[section]


@cache
def filled(section: str, pattern: str) -> str:
    """A pattern with those of a section that it names, ``{so}``, in their places."""
    rows = rules(section)
    return re.sub(r"\{([a-z]+)\}", lambda name: filled(section, rows[name[1]]), pattern)


@dataclass(frozen=True, slots=True)
class LogSpread:
    """A median with one spread of ln below it and another above."""

    median: float
    below: float
    above: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Priors:
    """Everything in ``configs/audit/priors.yaml``, read once."""

    explanations: Mapping[str, float]
    speakers: Mapping[str, Mapping[str, float]]
    wording: Mapping[str, Any]
    quantities: Mapping[str, LogSpread]
    adapting: Mapping[str, LogSpread]
    """What stands for some `quantities` in a stage on a trained model."""
    moe_share: tuple[Mapping[str, float], ...]
    """Shares of mixtures of experts, by year and size; the first row that applies counts."""
    tokens_per_parameter: Mapping[int, float]
    """Median ratio of tokens to active parameters, by the year from which it holds."""
    mfu: Mapping[str, LogSpread]
    """By class of hardware; also ``low``, ``fp8``, ``other`` and ``adapting``."""
    mfu_weights: Mapping[str, float]
    """Prior weights of the regimes ``low`` and ``fp8``."""
    fp8_since: int
    unknown_hardware: Mapping[str, LogSpread]
    hardware: Mapping[str, float]
    rent: Mapping[str, float]
    """What published costs do to the price book's spread: below its median, and above."""
    frontier: Mapping[str, Mapping[str, float]]
    impossible: Mapping[str, float]
    """What is too much for any run."""
    verdicts: Mapping[str, float]
    record: Mapping[str, Any]
    """How near to a published figure a number means it."""
    scopes: Mapping[str, Any]
    """What a sentence says its figures cover."""
    unit_words: Sequence[Mapping[str, str]]
    truth: Mapping[str, float]
    """Bayes factor on "true as worded" of what the record says, and the ends of the scale."""

    def moe_share_of(self, year: int, parameters: float) -> float:
        """The share of mixtures of experts among models of a year and size."""
        return next(
            row["share"]
            for row in self.moe_share
            if year <= row.get("until", math.inf) and parameters < row.get("below", math.inf)
        )

    def tokens_per_parameter_in(self, year: int) -> float:
        """The median ratio of tokens to active parameters in a year."""
        since = [start for start in sorted(self.tokens_per_parameter) if start <= year]
        return self.tokens_per_parameter[since[-1] if since else min(self.tokens_per_parameter)]


def read_priors(data: Mapping[str, Any]) -> Priors:
    """The priors of a parsed ``priors.yaml``."""
    mfu = data["mfu"]
    regimes = {key: mfu[key] for key in ("low", "fp8", "other", "adapting")}
    years = data["tokens_per_parameter"]
    return Priors(
        **{name: data[name] for name in _SECTIONS},
        quantities=_spreads(data["quantities"]),
        adapting=_spreads(data["adapting"]),
        moe_share=tuple(
            {key: float(value) for key, value in row.items()} for row in data["moe_share"]
        ),
        tokens_per_parameter={int(year): float(value) for year, value in years.items()},
        mfu=_spreads({**mfu["classes"], **regimes}),
        mfu_weights={key: float(regimes[key]["weight"]) for key in ("low", "fp8")},
        fp8_since=int(mfu["fp8_since"]),
        unknown_hardware=_spreads(data["unknown_hardware"]),
    )


def _spreads(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, LogSpread]:
    """Rows with a median or a mode and one spread, or one on each side; a gap stops the program."""
    return {
        key: LogSpread(
            median=float(row["median"] if "median" in row else row["mode"]),
            below=float(row["sd"] if "sd" in row else row["below"]),
            above=float(row["sd"] if "sd" in row else row["above"]),
        )
        for key, row in rows.items()
    }
