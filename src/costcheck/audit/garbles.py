"""Named ways in which numbers get garbled, each with the condition under which it applies.

A garble is a generator over the statements of one subject; adding one is a function and a line in
`GARBLES`. Weights are relative within a statement.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from costcheck.audit.facts import ClaimContext
from costcheck.audit.hypotheses import Edit
from costcheck.audit.statements import Statement
from costcheck.quantities import CLAIMED
from costcheck.units import DAYS_PER_MONTH, DAYS_PER_WEEK, DAYS_PER_YEAR, HOURS_PER_DAY

LITRES_PER_GALLON = 3.785411784
POUNDS_PER_KILOGRAM = 2.20462262
CARBON_DIOXIDE_PER_CARBON = 44.0 / 12.0
TOKENS_PER_WORD = 4.0 / 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Garble:
    """One named garble of one or two statements."""

    name: str
    edits: tuple[Edit, ...]
    weight: float
    after: bool = False
    """A slip of transmission: made after derived numbers were computed, so products break."""
    scope: bool = False
    """The number is right but covers something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a garble may look at to decide whether it applies."""

    statements: Sequence[Statement]
    context: ClaimContext
    text: str

    def has(self, *fields: str) -> bool:
        """Return whether every one of these fields is stated."""
        stated = {item.field for item in self.statements}
        return stated.issuperset(fields)

    def each(self, *fields: str) -> Iterator[tuple[int, Statement]]:
        """Yield the statements of these fields with their indices."""
        for index, item in enumerate(self.statements):
            if item.field in fields:
                yield index, item

    def says(self, pattern: str) -> bool:
        """Return whether the claim's text contains a cue."""
        return re.search(pattern, self.text, re.IGNORECASE) is not None


def _one(
    index: int,
    name: str,
    weight: float,
    *,
    field: str | None = None,
    factor: float = 1.0,
    after: bool = False,
    scope: bool = False,
) -> Garble:
    edit = Edit(statement=index, field=field, shift=math.log(factor))
    return Garble(name=name, edits=(edit,), weight=weight, after=after, scope=scope)


_SCALED = tuple(key for key, row in CLAIMED.items() if row.claimed and row.claimed.scales)


def thousand(scene: Scene) -> Iterator[Garble]:
    """Thousand for million and the like."""
    for index, item in scene.each(*_SCALED):
        weight = 0.4 if item.field == "gpus" else 1.0
        yield _one(index, "thousand for million (x1,000)", weight, factor=1e3, after=True)
        yield _one(index, "million for thousand (/1,000)", weight, factor=1e-3, after=True)


def ten(scene: Scene) -> Iterator[Garble]:
    """Yield slips of a decimal point or digit by one place."""
    for index, _ in scene.each(*_SCALED, "duration", "tokens_per_second_per_gpu"):
        yield _one(index, "decimal slipped (x10)", 0.5, factor=10.0, after=True)
        yield _one(index, "decimal slipped (/10)", 0.5, factor=0.1, after=True)


def gpus_for_gpu_hours(scene: Scene) -> Iterator[Garble]:
    """Yield counts of GPU-hours printed as counts of GPUs."""
    for index, item in scene.each("gpus"):
        if item.value < 16:
            continue
        yield _one(index, "GPUs were GPU-hours", 1.0, field="gpu_hours")
        yield _one(index, "GPUs were thousand GPU-hours", 1.5, field="gpu_hours", factor=1e3)


def nodes_for_gpus(scene: Scene) -> Iterator[Garble]:
    """Nodes of eight counted as GPUs, or the other way round."""
    if scene.context.hardware is not None and scene.context.hardware.is_tpu:
        return
    for index, item in scene.each("gpus"):
        yield _one(index, "nodes of 8 counted as GPUs", 1.0, factor=8.0)
        if round(item.value) >= 8 and round(item.value) % 8 == 0:
            yield _one(index, "GPUs counted 8 for 1 (nodes multiplied twice)", 0.5, factor=0.125)


def tpu_parts(scene: Scene) -> Iterator[Garble]:
    """Cores, chips and four-chip devices of TPUs, alone and on count and price together."""
    if scene.context.hardware is None or not scene.context.hardware.is_tpu:
        return
    for index, _ in scene.each("gpus"):
        yield _one(index, "cores counted as chips (2 per chip)", 1.0, factor=0.5)
        yield _one(index, "4-chip devices counted as chips", 1.0, factor=4.0)
        for other, _ in scene.each("price"):
            edits = (
                Edit(statement=index, shift=math.log(0.5)),
                Edit(statement=other, shift=-math.log(4.0)),
            )
            yield Garble(
                name="cores counted as chips at the price of a device", edits=edits, weight=0.3
            )
    for index, _ in scene.each("price"):
        yield _one(index, "price of a 4-chip device taken per chip", 1.5, factor=0.25)


def price_basis(scene: Scene) -> Iterator[Garble]:
    """Yield prices of a node taken as prices of a GPU."""
    for index, _ in scene.each("price"):
        if scene.context.hardware is None or not scene.context.hardware.is_tpu:
            yield _one(index, "price of an 8-GPU node taken per GPU", 1.0, factor=0.125)
            yield _one(index, "price per day taken per hour", 0.3, factor=1.0 / HOURS_PER_DAY)


_TIME = {
    "minutes": 1.0 / 60.0,
    "hours": 1.0,
    "days": HOURS_PER_DAY,
    "weeks": DAYS_PER_WEEK * HOURS_PER_DAY,
    "months": DAYS_PER_MONTH * HOURS_PER_DAY,
    "years": DAYS_PER_YEAR * HOURS_PER_DAY,
}
_TIME_WORDS = {
    "minutes": r"min",
    "hours": r"h(?:\b|r|our)",
    "days": r"d(?:\b|ay)",
    "weeks": r"w(?:\b|k|eek)",
    "months": r"mo",
    "years": r"y(?:\b|r|ear)",
}


def time_units(scene: Scene) -> Iterator[Garble]:
    """One unit of time printed for another."""
    order = list(_TIME)
    for index, item in scene.each("duration"):
        text = re.sub(r"^[^A-Za-z]*", "", re.sub(r".*\d", "", item.quantity.text)).strip()
        written = next((u for u in order if re.match(_TIME_WORDS[u], text or "h", re.I)), "hours")
        for meant in order:
            distance = abs(order.index(meant) - order.index(written))
            if meant == written or distance > 2:
                continue
            yield _one(
                index,
                f"{written} printed for {meant}",
                0.5 / distance,
                factor=_TIME[meant] / _TIME[written],
            )


def gpu_hours_basis(scene: Scene) -> Iterator[Garble]:
    """GPU-hours per trillion tokens, GPU-days, or GPUs printed as GPU-hours."""
    for index, _ in scene.each("gpu_hours"):
        if scene.context.language_model:
            yield _one(
                index,
                "GPU-hours per trillion tokens, not in total",
                1.0,
                field="gpu_hours_per_trillion_tokens",
            )
        yield _one(index, "GPU-days printed as GPU-hours", 0.7, factor=HOURS_PER_DAY)
        if not scene.has("gpus"):
            yield _one(index, "GPU-hours were GPUs", 0.7, field="gpus")


def cost_basis(scene: Scene) -> Iterator[Garble]:
    """Run cost, hardware value, per GPU, per hour."""
    for index, _ in scene.each("cost"):
        if scene.has("gpus"):
            yield _one(index, "hardware value, not run cost", 1.0, field="capex")
        yield _one(index, "cost per GPU, not in total", 0.3, field="capex_per_gpu")
    for index, _ in scene.each("capex"):
        yield _one(index, "run cost, not hardware value", 2.0, field="cost")


_EXPORT_VARIANT = re.compile(r"(h800|a800|h20\b|ascend|910)", re.IGNORECASE)
_CURRENCIES = (
    ("yuan taken as dollars", 7.2, r"\b(rmb|cny|yuan|renminbi)\b|¥|元"),
    ("rupees taken as dollars", 83.0, r"\b(inr|rupees?|crore|lakh)\b|₹"),
    ("yen taken as dollars", 150.0, r"\b(jpy|yen)\b"),
)


def currency(scene: Scene) -> Iterator[Garble]:
    """Yield amounts in another currency printed with a dollar sign."""
    known = scene.context.hardware
    chinese = known is not None and _EXPORT_VARIANT.search(known.name) is not None
    for name, rate, cue in _CURRENCIES:
        said = scene.says(cue)
        if not said and not (chinese and rate == 7.2):
            continue
        for index, _ in scene.each("cost", "capex", "price"):
            yield _one(index, name, 2.0 if said else 0.3, factor=1.0 / rate)


def parameter_kind(scene: Scene) -> Iterator[Garble]:
    """Active for total parameters, and tokens for parameters."""
    sparse = scene.context.moe is not False
    for index, _ in scene.each("active_parameters"):
        if sparse:
            yield _one(index, "total parameters taken as active", 1.0, field="parameters")
        yield _one(index, "tokens printed as parameters", 0.5, field="tokens")
    for index, _ in scene.each("parameters"):
        if sparse:
            yield _one(index, "active parameters taken as total", 0.7, field="active_parameters")
        yield _one(index, "tokens printed as parameters", 0.5, field="tokens")
    for index, _ in scene.each("tokens"):
        yield _one(index, "parameters printed as tokens", 0.4, field="active_parameters")
        if scene.says(r"\bwords?\b"):
            yield _one(index, "words taken as tokens", 1.0, factor=TOKENS_PER_WORD)


def swapped_sizes(scene: Scene) -> Iterator[Garble]:
    """Parameters and tokens, or active and total parameters, exchanged."""
    pairs = (
        ("active_parameters", "tokens"),
        ("parameters", "tokens"),
        ("active_parameters", "parameters"),
    )
    for left, right in pairs:
        for first, _ in scene.each(left):
            for second, _ in scene.each(right):
                edits = (Edit(statement=first, field=right), Edit(statement=second, field=left))
                name = f"{left.replace('_', ' ')} and {right} exchanged"
                yield Garble(name=name, edits=edits, weight=0.3)


def utilisation_basis(scene: Scene) -> Iterator[Garble]:
    """Percent as a fraction, sparse or FP8 peak, and efficiencies that are not utilisation."""
    for index, item in scene.each("mfu"):
        if item.value > 1.0:
            yield _one(index, "percent printed as a fraction", 3.0, factor=0.01)
        yield _one(index, "utilisation over a sparse or FP8 peak", 0.7, factor=2.0)
        if item.value > 0.65:
            edit = Edit(statement=index, widen=0.5, shift=math.log(0.45))
            yield Garble(
                name="scaling efficiency, not utilisation", edits=(edit,), weight=1.0, scope=True
            )


def peak_basis(scene: Scene) -> Iterator[Garble]:
    """Sparse or low-precision peak rates quoted as dense BF16."""
    known = scene.context.hardware
    fast = known is not None and known.low_precision_flops_per_second is not None
    for index, _ in scene.each("peak"):
        yield _one(index, "sparse peak taken as dense (x2)", 2.0, factor=0.5)
        if fast:
            yield _one(index, "sparse FP8 peak taken as dense BF16 (x4)", 1.5, factor=0.25)
    for index, _ in scene.each("compute"):
        yield _one(index, "compute over a sparse peak (x2)", 0.4, factor=0.5)


def base_model(scene: Scene) -> Iterator[Garble]:
    """Compute or tokens that include the base model, hardware that does not."""
    if not scene.has("compute") and not scene.has("tokens"):
        return
    if not any(scene.has(field) for field in ("gpu_hours", "gpus", "cost")):
        return
    for index, _ in scene.each("compute", "tokens"):
        edit = Edit(statement=index, shift=-math.log(100.0), widen=2.0)
        yield Garble(
            name="the base model's training is included here only",
            edits=(edit,),
            weight=1.0,
            scope=True,
        )


def energy_units(scene: Scene) -> Iterator[Garble]:
    """Joules, facility against IT, primary energy, power for a server."""
    for index, _ in scene.each("energy"):
        yield _one(index, "primary energy printed as electricity", 0.2, factor=1.0 / 2.6)
    for index, _ in scene.each("power_per_gpu"):
        yield _one(index, "power of an 8-GPU server taken per GPU", 1.0, factor=0.125)
        yield _one(index, "kilowatt printed for watt", 0.7, factor=1e-3, after=True)
        yield _one(index, "watt printed for kilowatt", 0.7, factor=1e3, after=True)


def carbon_units(scene: Scene) -> Iterator[Garble]:
    """Pounds for kilograms, carbon for carbon dioxide, energy and carbon in the same wrong unit."""
    for index, _ in scene.each("carbon"):
        yield _one(index, "pounds printed as kilograms", 0.7, factor=1.0 / POUNDS_PER_KILOGRAM)
        yield _one(index, "carbon printed as carbon dioxide", 0.3, factor=CARBON_DIOXIDE_PER_CARBON)
        for other, _ in scene.each("energy"):
            for name, shift in (("(x1,000)", math.log(1e3)), ("(/1,000)", -math.log(1e3))):
                edits = (Edit(statement=index, shift=shift), Edit(statement=other, shift=shift))
                yield Garble(
                    name=f"energy and carbon in the wrong unit {name}", edits=edits, weight=0.3
                )


def water_units(scene: Scene) -> Iterator[Garble]:
    """Gallons and litres."""
    for index, _ in scene.each("water"):
        yield _one(index, "litres printed as gallons", 0.7, factor=1.0 / LITRES_PER_GALLON)
        yield _one(index, "gallons printed as litres", 0.7, factor=LITRES_PER_GALLON)


GARBLES: tuple[Callable[[Scene], Iterator[Garble]], ...] = (
    thousand,
    ten,
    gpus_for_gpu_hours,
    nodes_for_gpus,
    tpu_parts,
    price_basis,
    time_units,
    gpu_hours_basis,
    cost_basis,
    currency,
    parameter_kind,
    swapped_sizes,
    utilisation_basis,
    peak_basis,
    base_model,
    energy_units,
    carbon_units,
    water_units,
)
"""Every named garble; add one here."""
