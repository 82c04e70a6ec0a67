"""What each result rests on, in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from costcheck.estimate.resolve import ResolvedStage
from costcheck.quantities import RESULTS

if TYPE_CHECKING:
    from costcheck.estimate.compute import Compute
    from costcheck.estimate.stage import StageNodes
    from costcheck.estimate.timing import Timing

STATED_WAYS = ("gpu_hours", "count x duration", "mfu", "tokens per second")
"""Ways of knowing the time that somebody wrote down."""

REFERENCE_PRECISIONS = ("bf16", "fp16", "fp32")
"""MFU is measured against the first of these that a part has, whatever the run's precision."""


def stage_bases(
    stage: ResolvedStage, compute: Compute, timing: Timing, money: str
) -> dict[str, str]:
    """Return the bases of a stage's results."""
    exact = stage.model is not None and stage.model.architecture is not None
    sizes = "counted" if exact else "stated"
    way = timing.way
    hours = f"{way}, stated" if way in STATED_WAYS else f"MFU: {way}" if way else ""
    peak = f"of the dense {reference_precision(stage).upper()} peak"
    convention = "causal attention" if exact else "6ND"
    return {
        **{name: row.basis for name, row in RESULTS.items() if row.basis},
        "parameters_total": sizes,
        "parameters_active": sizes,
        "flops_per_token": compute.basis,
        "training_flops": compute.basis,
        "gpu_hours": hours,
        "days": hours,
        "mfu": f"{peak}; {hours}",
        "mfu_end_to_end": f"{convention}, {peak}",
        "mfu_end_to_end_6nd": f"6ND, {peak}",
        "cost_usd": money,
        "usd_per_gpu_hour": money,
    }


def reference_precision(stage: ResolvedStage) -> str:
    """Return the precision whose dense peak MFU is measured against."""
    if stage.hardware is None:
        return REFERENCE_PRECISIONS[0]
    peaks = stage.hardware.entry.peak
    found = (name for name in REFERENCE_PRECISIONS if getattr(peaks, name) is not None)
    return next(found, REFERENCE_PRECISIONS[0])


def joined_basis(name: str, stages: Sequence[StageNodes]) -> str:
    """Return the basis of a total: that of the stages, each named where they differ."""
    found: dict[str, list[str]] = {}
    for stage in stages:
        basis = stage.bases.get(name, "")
        if basis:
            found.setdefault(basis, []).append(stage.resolved.stage.name)
    if len(found) < 2:
        return next(iter(found), "")
    return "; ".join(f"{', '.join(names)}: {basis}" for basis, names in found.items())
