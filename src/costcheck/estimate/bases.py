"""What each result rests on, in a few words."""

from __future__ import annotations

from costcheck.estimate.compute import Compute
from costcheck.estimate.resolve import ResolvedStage
from costcheck.estimate.study import REFERENCE_PRECISIONS, reference_precision
from costcheck.estimate.timing import Timing
from costcheck.quantities import RESULTS

STATED_WAYS = ("gpu_hours", "count x duration", "mfu", "tokens per second")
"""Ways of knowing the time that somebody wrote down."""


def stage_bases(
    stage: ResolvedStage, compute: Compute, timing: Timing, money: str
) -> dict[str, str]:
    """The bases of a stage's results."""
    exact = stage.model is not None and stage.model.architecture is not None
    sizes = "counted" if exact else "stated"
    way = timing.way
    hours = f"{way}, stated" if way in STATED_WAYS else f"by {way}" if way else ""
    precision = reference_precision(stage.hardware) or REFERENCE_PRECISIONS[0]
    peak = f"of the dense {precision.upper()} peak"
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
