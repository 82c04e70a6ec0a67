"""Hardware FLOPs: what the backward pass computes again on top of the model FLOPs."""

from collections.abc import Mapping

import numpy as np

from costcheck.estimate.compute import Compute
from costcheck.estimate.performance import Performance
from costcheck.estimate.study import Study
from costcheck.graph.nodes import Array, Node, call
from costcheck.physics.architectures.flops import recomputed_flops, training_flops
from costcheck.physics.layout import Recompute


def hfu_factor(
    study: Study, performance: Performance, compute: Compute, arguments: Mapping[str, Node]
) -> Node:
    """Hardware FLOPs over model FLOPs of a stage's layout."""
    factor = call(
        hardware_over_model_flops,
        recompute=arguments["recompute"],
        sequence_length=compute.sequence_length,
        architecture=performance.formula.architecture,
        mtp=performance.formula.mtp,
    )
    why = "hardware FLOPs over model FLOPs: what the backward pass computes again"
    return study.let("hfu/recomputed", "1", factor, why)


def hardware_over_model_flops(
    *, recompute: Array, sequence_length: Array, architecture: object, mtp: bool
) -> Array:
    """Hardware FLOPs over model FLOPs of a step.

    Notes
    -----
    Selective repeats the attention cores, full every layer, per-operator checkpointing half of the
    matrix products; recomputing norms and activation functions costs no matrix FLOPs.
    """
    known = {"architecture": architecture, "sequence_length": sequence_length, "mtp": mtp}
    model = training_flops(**known)  # type: ignore[arg-type]
    core = recomputed_flops(**known, recompute="selective")  # type: ignore[arg-type]
    full = recomputed_flops(**known, recompute="full")  # type: ignore[arg-type]
    again = np.select(
        [
            np.equal(recompute, Recompute.SELECTIVE),
            np.equal(recompute, Recompute.FULL),
            np.equal(recompute, Recompute.OPERATIONS),
        ],
        [core, full, 0.5 * (full - core)],
        0.0,
    )
    return np.asarray(1.0 + again / model)
