"""What cannot be, whatever the numbers: rules without statistics."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from costcheck.audit.facts import ClaimContext
from costcheck.audit.hypotheses import Edit
from costcheck.audit.network import fastest_of
from costcheck.audit.priors import rules
from costcheck.audit.statements import Statement
from costcheck.audit.tense import is_told, speaks
from costcheck.catalog.files import catalog_of
from costcheck.estimate.claim_units import short
from costcheck.estimate.least_state import MOST_BYTES, leanest_bytes
from costcheck.quantities import FLOP_PER_PARAMETER_TOKEN
from costcheck.scenario.claim import Claim, ClaimSource
from costcheck.scenario.run import Adapter, Training
from costcheck.units import (
    BITS_PER_BYTE,
    HOURS_PER_DAY,
    HOURS_PER_YEAR,
    SECONDS_PER_HOUR,
    WATTS_PER_KILOWATT,
)

Bound = Callable[[str], float | None]
"""What the wording of a field allows, or its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimCase:
    """One claim as the hard rules see it."""

    claim: Claim
    context: ClaimContext
    statements: Sequence[Statement]
    released: dt.date | None
    """Release of the named model, where the registry knows it."""
    known_compute: float | None = None
    """FLOP that the named model's developer gave its training, at the least."""
    limits: Mapping[str, float]
    """What is too much: ``impossible`` of ``configs/audit/priors.yaml``."""

    @property
    def is_thought(self) -> bool:
        """Whether the text works out what a run would take, on one machine perhaps."""
        return is_told("thought", self.claim)

    def lowest(self, field: str) -> float | None:
        """The smallest value the wording of a field allows."""
        return next((_as_printed(s)[0] for s in self.statements if s.field == field), None)

    def stated(self, field: str) -> float | None:
        """The value a field is taken at."""
        return next((s.value for s in self.statements if s.field == field), None)

    def highest(self, field: str) -> float | None:
        """The largest value the wording of a field allows."""
        return next((_as_printed(s)[1] for s in self.statements if s.field == field), None)

    @property
    def published(self) -> dt.date | None:
        """The last day the run can have ended."""
        source = self.claim.source
        days = [self.released, source.date if isinstance(source, ClaimSource) else None]
        known = [day for day in days if day is not None]
        if isinstance(self.claim.as_of, dt.date):
            known.append(self.claim.as_of)
        elif isinstance(self.claim.as_of, int) and not known:
            known.append(dt.date(self.claim.as_of, 12, 31))
        return min(known) if known else None


def _as_printed(item: Statement) -> tuple[float, float]:
    """What the last printed digit of a number leaves open; its wording, where none is printed."""
    low, high = item.interval
    digits = re.search(r"\d[\d,]*(?:\.(\d+))?", item.quantity.text)
    if item.quantity.kind != "stated" or digits is None or low == high:
        return low, high
    number = float(digits[0].replace(",", ""))
    open_by = 0.5 * 10.0 ** -len(digits[1] or "") / number if number else 1.0
    return max(low, item.value * (1.0 - open_by)), min(high, item.value * (1.0 + open_by))


def hardware_in_time(case: ClaimCase) -> Iterator[str]:
    """Ask that the accelerator was on sale before the run ended, by the run's length."""
    part, end = case.context.hardware, case.published
    if part is None or part.released is None or end is None or case.is_thought:
        return
    hours = case.lowest("duration") or 0.0
    available = (end - part.released).days
    if available < 0:
        model = f"{case.claim.about} was released ({end})" if end == case.released else str(end)
        yield f"{part.name} was released on {part.released}, after {model}"
    elif case.released is not None and available < max(
        hours / HOURS_PER_DAY, case.limits["days_to_train"]
    ):
        yield (
            f"{part.name} was released on {part.released}, {available} days before the model"
            f" appeared on {end}: no time to train on it"
        )
    elif hours / HOURS_PER_DAY > available:
        yield (
            f"{hours / HOURS_PER_DAY:.0f} days do not fit between {part.name}'s release on"
            f" {part.released} and {end}"
        )


def weights_fit(case: ClaimCase) -> Iterator[str]:
    """All accelerators together must hold the weights."""
    part = case.context.hardware
    gpus, parameters = case.highest("gpus"), case.lowest("parameters")
    is_thought = case.is_thought and not speaks("fitting", case.claim.text)
    if part is None or part.memory_bytes is None or not gpus or not parameters or is_thought:
        return
    room = gpus * part.memory_bytes
    if room >= MOST_BYTES * parameters or (held := _least_held(case.claim)) is None:
        return
    need = held * parameters
    if room < need:
        size = f"{need / 1e9:,.0f} GB"
        takes = f"the weights alone need {size}, in {BITS_PER_BYTE * held:.2g} bits each"
        if held > case.limits["weights_bytes"]:
            states = "weights, gradients and the optimizer's states"
            takes = f"{states} need {size} at the least, {held:.2g} bytes a parameter"
        yield f"{gpus:,.0f} x {part.name} hold {room / 1e9:,.0f} GB, {takes}"


def _least_held(claim: Claim) -> float | None:
    """Bytes a training holds of each parameter at the least; none where they may lie elsewhere."""
    text = f"{claim.text} {claim.scope}"
    rows: Sequence[Mapping[str, Any]] = rules("held")
    said = next(row for row in rows if re.search(row["says"], text, re.IGNORECASE))
    if "training" not in said:
        return None
    training = replace(Training(**said["training"]), adapter=Adapter(base=said.get("base")))
    return leanest_bytes(training, catalog_of().document("performance/memory.yaml"))


def throughput_below_peak(case: ClaimCase) -> Iterator[str]:
    """No run does more operations than its hardware can at its physical peak."""
    part = case.context.hardware
    compute = case.lowest("compute")
    by_size = _model_compute(case, case.lowest)
    least = compute or by_size or case.known_compute
    gpu_hours = _gpu_hours(case.highest)
    if part is None or not least or not gpu_hours or math.isinf(gpu_hours):
        return
    precision, times = fastest_of(case.context)
    rate = SECONDS_PER_HOUR * part.peak_flops_per_second * times
    if least > gpu_hours * rate * case.limits["over_ceiling"]:
        gpu_hours = _gpu_hours(case.stated)
        least = case.stated("compute") or _model_compute(case, case.stated) or least
        takes = "that model on those tokens" if by_size else "the training on record"
        said = "the text says" if compute else f"{takes} takes at least"
        yield (
            f"{gpu_hours:,.0f} hours of {part.name} are {gpu_hours * rate:.2g} FLOP at the most,"
            f" at its {precision} peak of {rate / SECONDS_PER_HOUR / 1e12:,.0f} TFLOP/s;"
            f" {said} {least:.2g}"
        )


def only_sparse(case: ClaimCase) -> str:
    """What the peak asks of a model that nobody calls dense: that it is a mixture of experts."""
    hours, tokens = _gpu_hours(case.stated), case.stated("tokens")
    part, size = case.context.hardware, case.stated("parameters")
    if part is None or not tokens or not size or not any(throughput_below_peak(_as_dense(case))):
        return ""
    precision, times = fastest_of(case.context)
    most = hours * SECONDS_PER_HOUR * part.peak_flops_per_second * times
    share = most / (FLOP_PER_PARAMETER_TOKEN * tokens * size)
    return (
        f"only a mixture of experts can have done it: with all its parameters at work on each token"
        f" the chips would run at {1.0 / share:.0%} of their fastest peak ({precision}); at it, no"
        f" more than {short(share * size)} of the {short(size)} could be active"
    )


def _as_dense(case: ClaimCase) -> ClaimCase:
    """A case whose model is dense unless somebody says otherwise."""
    return replace(case, context=replace(case.context, moe=case.context.moe or False))


def is_possible(case: ClaimCase, edits: Mapping[int, Edit]) -> bool:
    """Whether the hardware can do what the numbers of a case say once they are mended.

    `edits` are by the position of the number.
    """
    mended = (
        _mended(item, edits[place]) if place in edits else item
        for place, item in enumerate(case.statements)
    )
    case = replace(case, statements=tuple(item for item in mended if item is not None))
    return not any(throughput_below_peak(_as_dense(case)))


def _mended(item: Statement, edit: Edit) -> Statement | None:
    """A number as an edit has it; none where it carries no information."""
    if edit.widen is not None:
        return None
    said, times = item.quantity, math.exp(edit.shift)
    low, value, high = (end * times for end in (said.low, said.value, said.high))
    quantity = replace(said, low=low, value=value, high=high)
    return replace(item, field=edit.field or item.field, value=value, quantity=quantity)


def _gpu_hours(bound: Bound) -> float:
    """The GPU-hours of a text, the most of what its numbers make them."""
    fleet = (bound("gpus") or 0.0) * (bound("duration") or 0.0)
    return max(bound("gpu_hours") or 0.0, fleet)


def _model_compute(case: ClaimCase, bound: Bound) -> float | None:
    """The operations a language model takes at least, as often as it sees each token."""
    size, tokens, context = bound("active_parameters"), bound("tokens"), case.context
    if not size and (total := bound("parameters")):
        is_mixture = context.mixture_share > case.limits["mixture"]
        size = total / (case.limits["sparsity"] if is_mixture else 1.0)
    if not context.language_model or not size or not tokens:
        return None
    share = case.limits["forward"] if context.adapts else 1.0
    return share * FLOP_PER_PARAMETER_TOKEN * size * tokens


def share_of_peak(case: ClaimCase) -> Iterator[str]:
    """No chip does more than all of its peak."""
    for item in case.statements:
        is_share = item.field == "mfu" and "%" in item.quantity.text
        if is_share and 1.0 < item.interval[0] < case.limits["percent_of_percent"]:
            yield f"{item.quantity.text} of a peak: no chip does more than all of it"


def too_long(case: ClaimCase) -> Iterator[str]:
    """No training run lasts ten years."""
    years = (case.lowest("duration") or 0.0) / HOURS_PER_YEAR
    if not case.is_thought and years > case.limits["years"]:
        yield f"a run of {years:.0f} years"


def energy_within_site(case: ClaimCase) -> Iterator[str]:
    """A site cannot have used more energy than its power delivers in the stated time."""
    site, hours = case.claim.site_power, case.highest("duration")
    energy = case.lowest("energy")
    if site is None or not hours or not energy or math.isinf(hours) or math.isinf(site.high):
        return
    most = site.high * hours / WATTS_PER_KILOWATT
    if energy > most * case.limits["over_ceiling"]:
        yield (
            f"{site.text} for {hours:,.0f} hours deliver at most {most / 1e6:,.3g} GWh, the text"
            f" says {energy / 1e6:,.3g} GWh"
        )


RULES: tuple[Callable[[ClaimCase], Iterator[str]], ...] = (
    hardware_in_time,
    weights_fit,
    throughput_below_peak,
    share_of_peak,
    energy_within_site,
    too_long,
)
"""Every hard rule; add one here."""


def dimension_words(text: str, table: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Yield remarks on unit words that do not mean what the text needs."""
    return (row["remark"] for row in table if re.search(row["says"], text, re.IGNORECASE))


def impossibilities(case: ClaimCase) -> tuple[str, ...]:
    """Every hard rule the claim breaks, in words."""
    return tuple(found for rule in RULES for found in rule(case))
