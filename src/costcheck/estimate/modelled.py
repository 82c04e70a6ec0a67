"""The MFU where nobody stated it: predicted from a layout, else the empirical prior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from costcheck import units
from costcheck.estimate.compute import Compute
from costcheck.estimate.desk import StageDesk
from costcheck.estimate.knowledge import Knowledge
from costcheck.estimate.resolve import Resolved, ResolvedStage
from costcheck.graph.nodes import Array, Call, Input, Node, Product, Provenance, Unknown
from costcheck.physics.prior import MfuPrior, RunFeatures, mfu_prior, mfu_spread

if TYPE_CHECKING:
    from costcheck.graph.distributions import Spread


class Modelled(NamedTuple):
    """MFU that nobody stated, by where it comes from, best first.

    Parameters
    ----------
    step : mapping of str to Node
        MFU of a step; failures and checkpoints come on top.
    end_to_end : mapping of str to Node
        MFU of whole runs as they are reported, everything lost included.
    hours : mapping of str to Node
        Accelerator-hours that follow from another stage, everything lost included.
    """

    step: Mapping[str, Node] = {}
    end_to_end: Mapping[str, Node] = {}
    hours: Mapping[str, Node] = {}


@dataclass(frozen=True, kw_only=True, eq=False)
class Place:
    """The accelerators of a stage as nodes."""

    peak: Node
    """Dense peak of one accelerator that MFU is measured against."""
    count: Node


def modelled_mfu(
    stage: ResolvedStage,
    *,
    compute: Compute,
    place: Place,
    resolved: Resolved,
    known: Knowledge,
    desk: StageDesk,
) -> Modelled:
    """Return what the models say of a stage; nothing without an accelerator."""
    arguments = _features(stage, compute, place, resolved, desk)
    if not arguments:
        return Modelled()
    median = Call(
        name=desk("mfu/prior_median"),
        unit="share",
        why="median MFU, end to end, of published runs of this kind, size and hardware",
        function=prior_median,
        arguments=arguments,
        options={"prior": known.mfu_prior},
    )
    residual = desk.file(_residual(known, _central(stage, resolved)))
    prior = Product(
        name=desk("mfu/prior"),
        unit="share",
        why="median of published runs times how far such runs scatter",
        over=(median, residual),
    )
    return Modelled(end_to_end={"prior": prior})


def _features(
    stage: ResolvedStage, compute: Compute, place: Place, resolved: Resolved, desk: StageDesk
) -> dict[str, Node]:
    """Return what the prior looks at; empty where it lacks something."""
    bandwidth = stage.hardware.entry.memory_bandwidth if stage.hardware else None
    unknown = isinstance(place.peak, Unknown) or isinstance(compute.training_flops, Unknown)
    if stage.hardware is None or bandwidth is None or unknown:
        return {}
    features: dict[str, Node] = {
        "training_flops": compute.training_flops,
        "peak_flops": place.peak,
        "memory_bytes_per_second": desk.stated(
            "gpu/memory_bandwidth",
            bandwidth,
            "B/s",
            "memory bandwidth of one accelerator",
            sources=stage.hardware.sources,
        ),
        "moe": desk.derived(
            "mfu/mixture_of_experts", float(_is_moe(stage)), "1", "1 for a mixture of experts"
        ),
        "year": desk.derived("mfu/year", decimal_year(resolved.as_of), "year", "of the run"),
    }
    if not isinstance(place.count, Unknown):
        features["accelerators"] = place.count
    return features


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
    """Return the median end-to-end MFU of runs with these features."""
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
    """Return a date as a year with its fraction."""
    found = date.fromisoformat(day)
    return found.year + (found.timetuple().tm_yday - 1) / units.DAYS_PER_YEAR


def _residual(known: Knowledge, features: RunFeatures) -> Input:
    spread: Spread = mfu_spread(prior=known.mfu_prior, features=features)
    return Input(
        name="mfu/prior_residual",
        unit="1",
        why="scatter of runs around the median, families left out of the fit",
        value=1.0,
        spread=spread.scaled(1.0 / spread.central),
        provenance=Provenance("default", "1", "", known.mfu_prior_sources),
    )


def _central(stage: ResolvedStage, resolved: Resolved) -> RunFeatures:
    """Return the features at their central values: they decide the spread of the residual."""
    assert stage.hardware is not None  # noqa: S101 - the caller found features
    peaks, bandwidth = stage.hardware.entry.peak, stage.hardware.entry.memory_bandwidth
    rate = peaks.bf16 or peaks.fp16 or peaks.fp32
    assert rate is not None  # noqa: S101 - there is a reference peak
    assert bandwidth is not None  # noqa: S101 - the caller found features
    fleet = stage.stage.fleet
    return RunFeatures(
        training_flops=1.0,  # only stands in for an unknown fleet, which is given below
        moe=float(_is_moe(stage)),
        peak_flops=rate.value,
        memory_bytes_per_second=bandwidth.value,
        accelerators=fleet.count.value if fleet and fleet.count else 1e3,
        year=decimal_year(resolved.as_of),
    )


def _is_moe(stage: ResolvedStage) -> bool:
    model = stage.model
    if model is None:
        return False
    if model.architecture is not None:
        from costcheck.physics.architectures import routed_parameters

        return routed_parameters(model.architecture) > 0
    total, active = model.parameters, model.active
    return total is not None and active is not None and active.value < total.value
