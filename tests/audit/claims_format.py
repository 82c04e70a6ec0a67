"""Labelled claims turned into claims as a scenario file words them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from costcheck.scenario.claim import Claim
from costcheck.text import reader, yaml_text

FIELDS = {
    "usd": "cost", "gpus": "gpus", "hours": "duration", "chip_hours": "gpu_hours",
    "usd_per_h": "price", "flops": "compute", "params_active": "active_parameters",
    "params_total": "parameters", "tokens": "tokens", "mfu": "mfu", "capex": "capex",
    "kwh": "energy", "tco2": "carbon", "kgco2_kwh": "grid_intensity",
    "kw_per_gpu": "power_per_gpu", "tok_s_gpu": "tokens_per_second_per_gpu", "peak": "peak",
    "chip_hours_per_Ttok": "gpu_hours_per_trillion_tokens", "water_l": "water",
}  # fmt: skip
UNITS = {
    "MUSD": "${}M", "KUSD": "${}K", "BUSD": "${}B", "USD": "${}", "count": "{}", "B": "{}B",
    "T": "{}T", "K": "{}K", "FLOP": "{} FLOP", "day": "{} days", "h": "{} h",
    "month": "{} months", "min": "{} minutes", "week": "{} weeks", "M h": "{}M GPU-hours",
    "K h": "{}K GPU-hours", "percent": "{}%", "fraction": "{}", "MWh": "{} MWh", "GWh": "{} GWh",
    "kWh": "{} kWh", "TWh": "{} TWh", "t": "{} t", "kg/kWh": "{} kg/kWh", "L": "{} L",
    "gal": "{} gallons", "chip-year": "{} GPU-years", "K GPU-week": "{}K GPU-weeks",
    "GPU-day": "{} GPU-days", "TFLOP/s": "{} TFLOP/s", "PFLOP/s": "{} PFLOP/s",
    "FLOP/s": "{} FLOP/s", "kW": "{} kW", "tok/s": "{}",
}  # fmt: skip
HEDGES = {
    "exact": "{}", "about": "about {}", "over": "over {}", "under": "under {}",
    "upto": "up to {}", "est": "an estimated {}", "few": "about {}", "range": "{}",
}  # fmt: skip
TPU = {"TPUv3": "TPU v3", "TPUv4": "TPU v4"}


@dataclass(frozen=True)
class Labelled:
    """A claim with what a careful analyst says about it."""

    claim: Claim
    verdict: str
    numbers_only: str
    repair: tuple[str, float] | None = None
    """The number that is wrong, by its key, and what it should be in base units."""

    @property
    def is_true(self) -> bool:
        """Return whether the analyst holds the claim for true and its numbers for sound."""
        return self.verdict in {"consistent", "rounded"}


def read_labelled(path: Path) -> list[Labelled]:
    """Return the labelled claims of a file, read by the scenario reader."""
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))["claims"]
    claims = read_claims({"claims": [as_scenario(row) for row in rows]})
    return [
        Labelled(claim, row["verdict"], row["expected_from_numbers_only"], _repair(row))
        for claim, row in zip(claims, rows, strict=True)
    ]


def _repair(row: dict[str, Any]) -> tuple[str, float] | None:
    repair = row.get("repair")
    return (repair["field"], float(repair["value"])) if repair else None


def read_claims(data: dict[str, Any]) -> tuple[Claim, ...]:
    """Return claims from plain data, failing on any diagnostic."""
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=1000)
    return read_claims_text(text)


def read_claims_text(text: str) -> tuple[Claim, ...]:
    """Return the claims of a claims file, failing on any diagnostic."""
    document = yaml_text.parse(text, "claims.yaml")
    result = reader.read(document, ("claims",), tuple[Claim, ...])
    problems = [*document.diagnostics, *result.diagnostics]
    assert not problems, problems
    assert result.value is not None
    return result.value


def as_scenario(row: dict[str, Any]) -> dict[str, Any]:
    """Return one labelled row with the keys and the wording of a scenario file."""
    claim = {"id": row["id"], "text": row["claim"], "about": row["subject"]}
    if "fields" in row:
        return claim | row["fields"]
    claim |= _context(row["context"])
    for stated in row["stated"]:
        field = FIELDS.get(stated["quantity"])
        if field is None or stated.get("of"):
            continue
        text = wording(stated)
        if field in claim:
            earlier = claim[field]
            claim[field] = [*(earlier if isinstance(earlier, list) else [earlier]), text]
        else:
            claim[field] = text
    return claim


def _context(context: dict[str, Any]) -> dict[str, Any]:
    """Return the keys that are not numbers."""
    hardware = context["hardware"]
    known = hardware not in {"unknown", "?"}
    keys = {
        "gpu": TPU.get(hardware, hardware) if known else None,
        "as_of": context.get("price_year"),
        "moe": context.get("moe"),
        "language_model": False if context.get("token_model") is False else None,
        "precision": context.get("precision"),
    }
    return {key: value for key, value in keys.items() if value is not None}


def wording(stated: dict[str, Any]) -> str:
    """Return a stated number as a text would print it."""
    unit, quantity = stated["unit"], stated["quantity"]
    form = UNITS.get(unit, "{}")
    if quantity == "usd_per_h":
        form = "${}/GPU-hour"
    elif quantity == "chip_hours" and unit == "h":
        form = "{} GPU-hours"
    elif quantity == "chip_hours_per_Ttok":
        form = "{}K"
    number = _printed(stated["value"])
    if "value_hi" in stated:
        number = f"{number}-{_printed(stated['value_hi'])}"
    return HEDGES[stated["qualifier"]].format(form.format(number))


def _printed(value: float) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e7:
        return str(int(value))
    return f"{value:.10g}" if isinstance(value, float) else str(value)
