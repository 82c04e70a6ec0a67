"""The empirical prior: the MFU of runs of this kind where nothing says how fast this one is."""

from __future__ import annotations

from datetime import date

import numpy as np

from costcheck import units
from costcheck.estimate.compute import Compute
from costcheck.estimate.study import Study, central
from costcheck.estimate.timing import Speeds, count_node, peak_node
from costcheck.graph.nodes import Array, Node, Unknown, call
from costcheck.physics.architectures import routed_parameters
from costcheck.physics.prior import MfuPrior, RunFeatures, mfu_prior, mfu_spread

USUAL_FLEET = 1e3
"""Accelerators of a run that decide the scatter where the file does not state them."""


def prior_speeds(study: Study, compute: Compute) -> Speeds:
    """What published runs of this kind reach; nothing without an accelerator."""
    features = _features(study, compute)
    if not features:
        return Speeds()
    prior = study.known.mfu_prior
    median = study.let(
        "mfu/prior_median",
        "share",
        call(prior_median, prior=prior, **features),
        "median MFU, end to end, of published runs of this kind, size and hardware",
    )
    spread = mfu_spread(prior=prior, features=_central(study, features))
    residual = study.residual(
        "mfu/prior_residual",
        spread.scaled(1.0 / spread.central),
        "scatter of runs around the median, families left out of the fit",
        study.known.mfu_prior_sources,
    )
    why = "median of published runs times how far such runs scatter"
    return Speeds(end_to_end={"prior": study.let("mfu/prior", "share", median * residual, why)})


def _features(study: Study, compute: Compute) -> dict[str, Node]:
    """What the prior looks at; empty where it lacks something."""
    peak, count, hardware = peak_node(study), count_node(study), study.hardware
    bandwidth = hardware.entry.memory_bandwidth if hardware else None
    if bandwidth is None or any(isinstance(n, Unknown) for n in (peak, compute.training_flops)):
        return {}
    why = "1 for a mixture of experts"
    features: dict[str, Node] = {
        "training_flops": compute.training_flops,
        "peak_flops": peak,
        "memory_bytes_per_second": study.of_part(
            "gpu/memory_bandwidth", bandwidth, "B/s", "memory bandwidth of one accelerator"
        ),
        "moe": study.derived("mfu/mixture_of_experts", float(_is_moe(study)), "1", why),
        "year": study.derived("mfu/year", decimal_year(study.resolved.as_of), "year", "of the run"),
    }
    return features if isinstance(count, Unknown) else {**features, "accelerators": count}


def prior_median(
    *,
    training_flops: Array,
    peak_flops: Array,
    memory_bytes_per_second: Array,
    moe: Array,
    year: Array,
    prior: MfuPrior,
    accelerators: Array | float = np.nan,
) -> Array:
    """Median end-to-end MFU of runs with these features."""
    features = RunFeatures(
        training_flops=training_flops,
        moe=moe,
        peak_flops=peak_flops,
        memory_bytes_per_second=memory_bytes_per_second,
        accelerators=accelerators,
        year=year,
    )
    return mfu_prior(prior=prior, features=features).median


def decimal_year(day: str) -> float:
    """A date as a year with its fraction."""
    parsed = date.fromisoformat(day)
    return parsed.year + (parsed.timetuple().tm_yday - 1) / units.DAYS_PER_YEAR


def _central(study: Study, features: dict[str, Node]) -> RunFeatures:
    """The features at their central values: they decide how far such runs scatter."""
    fleet = study.stage.fleet
    # The FLOPs only stand in for an unknown fleet, which is given here.
    known = {k: v for k, v in features.items() if k not in ("training_flops", "accelerators")}
    count = fleet.count.value if fleet and fleet.count else USUAL_FLEET
    return RunFeatures(training_flops=1.0, accelerators=count, **central(known))


def _is_moe(study: Study) -> bool:
    model = study.of_stage.model
    if model is None:
        return False
    if model.architecture is not None:
        return routed_parameters(model.architecture) > 0
    parameters, active = model.parameters, model.active
    return parameters is not None and active is not None and active.value < parameters.value
