"""What a reader gets with a pocket calculator: the values the printed numbers imply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from costcheck.audit.facts import ClaimContext
from costcheck.audit.network import fastest_of
from costcheck.audit.statements import Statement
from costcheck.estimate.claim_units import short
from costcheck.quantities import FLOP_PER_PARAMETER_TOKEN
from costcheck.units import HOURS_PER_DAY, SECONDS_PER_HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculation:
    """One implied value with the arithmetic that gives it."""

    name: str
    value: float
    words: str
    note: str = ""
    """Which bound the value passes."""


BY_RECORD = "by the GPU-hours on record"
"""The note of a price of hours that the text does not state."""


def calculations(
    statements: Sequence[Statement], context: ClaimContext, recorded: float | None = None
) -> tuple[Calculation, ...]:
    """GPU-hours, rent, power, hardware value and utilisation as the printed numbers imply.

    Only the first figure of each quantity is used, at its printed value. A cost without hours is
    divided by those on record.
    """
    stated: dict[str, float] = {}
    for item in statements:
        stated.setdefault(item.field, item.quantity.value)
    found = tuple(_calculations(stated, context))
    if "cost" not in stated or not recorded or _gpu_hours(stated):
        return found
    cost, value = stated["cost"], stated["cost"] / recorded
    words = (
        f"${short(cost, 4)} / {short(recorded, 4)} GPU-hours on record = ${value:.2f} per GPU-hour"
    )
    return (*found, Calculation(name="usd_per_gpu_hour", value=value, words=words, note=BY_RECORD))


_QUOTIENTS = (
    ("usd_per_gpu_hour", "cost", "GPU-hours", "", "$", "per GPU-hour"),
    ("kw_per_gpu", "energy", "GPU-hours", " kWh", "", "kW per GPU"),
    ("usd_per_gpu", "capex", "GPUs", "", "$", "per GPU"),
)
"""What a quantity is divided by, and how a reader writes it."""


def _calculations(stated: Mapping[str, float], context: ClaimContext) -> Iterator[Calculation]:
    hours, gpus = _gpu_hours(stated), stated.get("gpus")
    worked = f"{short(hours or 0.0, 4)} GPU-hours"
    if hours and gpus and "gpu_hours" not in stated and "duration" in stated:
        words = f"{_counted(gpus, 'GPU')} x {_time(stated['duration'])} = {worked}"
        yield Calculation(name="gpu_hours", value=hours, words=words)
    for name, field, by, unit, sign, each in _QUOTIENTS:
        amount, over = stated.get(field), gpus if by == "GPUs" else hours
        if amount is not None and over:
            value = amount / over
            shown, base = f"{value:.2f}", worked
            if by == "GPUs":
                shown, base = short(value), f"{over:,.0f} GPUs"
            words = f"{sign}{short(amount, 4)}{unit} / {base} = {sign}{shown} {each}"
            yield Calculation(name=name, value=value, words=words)
    yield from _utilisation(stated, context, hours)


def _time(hours: float) -> str:
    """Return a duration in days, one below a day in hours."""
    if hours < HOURS_PER_DAY:
        return _counted(hours, "hour")
    return _counted(hours / HOURS_PER_DAY, "day")


def _counted(number: float, noun: str) -> str:
    shown = f"{round(number, 1):,g}"
    return f"{shown} {noun}{'' if shown == '1' else 's'}"


def _gpu_hours(stated: Mapping[str, float]) -> float | None:
    """The stated GPU-hours, else GPUs times hours, else per-trillion hours times tokens."""
    if "gpu_hours" in stated:
        return stated["gpu_hours"]
    if "gpus" in stated and "duration" in stated:
        return stated["gpus"] * stated["duration"]
    if "gpu_hours_per_trillion_tokens" in stated and "tokens" in stated:
        return stated["gpu_hours_per_trillion_tokens"] * stated["tokens"] / 1e12
    return None


def _utilisation(
    stated: Mapping[str, float], context: ClaimContext, hours: float | None
) -> Iterator[Calculation]:
    """The job-average model FLOP utilisation over the dense peak."""
    what = "active parameters"
    peak = context.hardware.peak_flops_per_second if context.hardware else stated.get("peak")
    active, tokens = stated.get("active_parameters"), stated.get("tokens")
    total = stated.get("parameters")
    if active is None and total and context.mixture_share <= 0.5:
        active, what = total, "parameters"
    per_trillion = stated.get("gpu_hours_per_trillion_tokens")
    compute, source = stated.get("compute"), "stated compute"
    if compute is None and active and tokens and context.language_model:
        compute = FLOP_PER_PARAMETER_TOKEN * active * tokens
        source = f"6 x {what} x tokens"
    if compute is None and active and per_trillion:
        compute = FLOP_PER_PARAMETER_TOKEN * active * 1e12
        hours, source = per_trillion, f"6 x {what} per token"
    if not compute or not hours or not peak:
        return
    value = compute / (hours * SECONDS_PER_HOUR * peak)
    past = _past_peak(value, context)
    flop = f"{compute:.3g}".replace("e+", "e")
    words = (
        f"{flop} FLOP ({source}) / ({short(hours, 4)} GPU-hours x {peak / 1e12:,.0f} TFLOP/s)"
        f" = {value:.1%} of the peak (MFU){past}"
    )
    yield Calculation(name="mfu", value=value, words=words, note=past)


def _past_peak(utilisation: float, context: ClaimContext) -> str:
    """Which peak is passed, and what the fastest precision makes of it; nothing below the peak."""
    part, (fastest, times) = context.hardware, fastest_of(context)
    if utilisation <= 1.0 or part is None:
        return ""
    usual = f" in {part.peak_precision}"
    if times <= 1.0:
        return usual
    if utilisation <= times:
        return f"{usual}: it would need {fastest}"
    return f"{usual}, {utilisation / times:.1%} of the fastest, in {fastest}"
