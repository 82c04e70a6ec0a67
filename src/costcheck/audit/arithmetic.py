"""What a reader gets with a pocket calculator: the values the printed numbers imply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from costcheck.audit.facts import Context
from costcheck.audit.statements import Statement
from costcheck.units import SECONDS_PER_HOUR

FLOP_PER_PARAMETER_TOKEN = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """One implied value with the arithmetic that gives it."""

    name: str
    value: float
    words: str


def implied_sums(statements: Sequence[Statement], context: Context) -> tuple[Sum, ...]:
    """Return GPU-hours, rent, utilisation, power and hardware value as the printed numbers imply.

    Only the first figure of each quantity is used, at its printed value.
    """
    stated: dict[str, float] = {}
    for item in statements:
        stated.setdefault(item.field, item.quantity.value)
    found: list[Sum] = []
    hours = _gpu_hours(stated, found)
    if hours and "cost" in stated:
        rent = stated["cost"] / hours
        found.append(
            Sum(
                name="usd_per_gpu_hour",
                value=rent,
                words=f"${stated['cost']:,.0f} / {hours:,.0f} GPU-hours = ${rent:.2f} per GPU-hour",
            )
        )
    if hours and "energy" in stated:
        power = stated["energy"] / hours
        words = f"{stated['energy']:,.0f} kWh / {hours:,.0f} GPU-hours = {power:.2f} kW per GPU"
        found.append(Sum(name="kw_per_gpu", value=power, words=words))
    if "capex" in stated and "gpus" in stated:
        each = stated["capex"] / stated["gpus"]
        words = f"${stated['capex']:,.0f} / {stated['gpus']:,.0f} GPUs = ${each:,.0f} per GPU"
        found.append(Sum(name="usd_per_gpu", value=each, words=words))
    utilisation = _utilisation(stated, context, hours)
    return (*found, *([utilisation] if utilisation else ()))


def _gpu_hours(stated: Mapping[str, float], found: list[Sum]) -> float | None:
    """Return the stated GPU-hours, else GPUs times hours, else per-trillion hours times tokens."""
    if "gpu_hours" in stated:
        return stated["gpu_hours"]
    if "gpus" in stated and "duration" in stated:
        hours = stated["gpus"] * stated["duration"]
        words = f"{stated['gpus']:,.0f} GPUs x {stated['duration']:,.0f} h = {hours:,.0f} GPU-hours"
        found.append(Sum(name="gpu_hours", value=hours, words=words))
        return hours
    if "gpu_hours_per_trillion_tokens" in stated and "tokens" in stated:
        return stated["gpu_hours_per_trillion_tokens"] * stated["tokens"] / 1e12
    return None


def _utilisation(stated: Mapping[str, float], context: Context, hours: float | None) -> Sum | None:
    """Return the job-average model FLOP utilisation over the dense peak."""
    peak = context.hardware.peak_flops_per_second if context.hardware else stated.get("peak")
    compute = stated.get("compute")
    source = "stated compute"
    if (
        compute is None
        and context.language_model
        and {"active_parameters", "tokens"} <= set(stated)
    ):
        compute = FLOP_PER_PARAMETER_TOKEN * stated["active_parameters"] * stated["tokens"]
        source = "6 x active parameters x tokens"
    per_trillion = stated.get("gpu_hours_per_trillion_tokens")
    if compute is None and per_trillion and "active_parameters" in stated:
        compute = FLOP_PER_PARAMETER_TOKEN * stated["active_parameters"] * 1e12
        hours, source = per_trillion, "6 x active parameters per token"
    if not compute or not hours or not peak:
        return None
    value = compute / (hours * SECONDS_PER_HOUR * peak)
    words = (
        f"{compute:.3g} FLOP ({source}) / ({hours:,.0f} GPU-hours x {peak / 1e12:,.0f} TFLOP/s)"
        f" = {value:.1%} MFU"
    )
    return Sum(name="mfu", value=value, words=words)
