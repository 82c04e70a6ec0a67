"""Hardware FLOPs: what the backward pass computes again on top of the model FLOPs."""

from collections.abc import Mapping

import numpy as np

from costcheck.estimate.compute import Compute
from costcheck.estimate.performance import Performance
from costcheck.estimate.study import Study
from costcheck.graph.nodes import Array, Node, call
from costcheck.physics.architectures.architecture import Architecture
from costcheck.physics.architectures.flops import recomputed_flops
from costcheck.physics.layout import Module, Recompute, repeats


def hfu_factor(
    study: Study, performance: Performance, compute: Compute, arguments: Mapping[str, Node]
) -> Node:
    """Hardware FLOPs over model FLOPs of a stage's layout."""
    factor = call(
        hardware_over_model_flops,
        recompute=arguments["recompute"],
        recompute_share=arguments["recompute_share"],
        sequence_length=compute.computed_length,
        flops_per_token=compute.flops_per_token,
        architecture=performance.formula.architecture,
        mtp=performance.formula.mtp,
    )
    why = "hardware FLOPs over model FLOPs: what the backward pass computes again"
    return study.let("hfu/recomputed", "1", factor, why)


def hardware_over_model_flops(
    *,
    recompute: Array,
    recompute_share: Array,
    sequence_length: Array,
    flops_per_token: Array,
    architecture: Architecture,
    mtp: bool,
) -> Array:
    """Hardware FLOPs over model FLOPs of a step.

    Notes
    -----
    Selective repeats the attention cores, full every layer it covers, per-operator checkpointing
    half of the matrix products; a listed module what it computes; recomputing norms and activation
    functions costs no matrix FLOPs.
    """
    known = {"architecture": architecture, "sequence_length": sequence_length, "mtp": mtp}
    core = recomputed_flops(**known, recompute="selective")  # type: ignore[arg-type]
    full = recomputed_flops(**known, recompute="full")  # type: ignore[arg-type]
    listed = sum(
        repeats(recompute, module) * block_flops(architecture, sequence_length, names)
        for module, names in _PRODUCTS.items()
    )
    again = np.select(
        [np.equal(recompute, Recompute.FULL), np.equal(recompute, Recompute.OPERATIONS)],
        [full * recompute_share, 0.5 * (full - core)],
        repeats(recompute, Module.CORE) * core + listed,
    )
    return np.asarray(1.0 + again / (flops_per_token * sequence_length))


_PRODUCTS = {
    Module.MLP: ("gate", "up", "down"),
    Module.MOE: ("router", "routed_gate", "routed_up", "routed_down"),
    Module.SHARED: ("shared_gate", "shared_up", "shared_down"),
}
"""Matrices that a module repeats."""


def block_flops(
    architecture: Architecture, sequence_length: Array, names: tuple[str, ...]
) -> Array:
    """Forward FLOP of one sequence in the feed-forward matrices of some names."""
    elements = sum(
        count * weight.multiply_adds_per_token
        for count, layer in architecture.schedule
        for block in layer.blocks
        for weight in block.weights()
        if weight.name in names
    )
    return np.asarray(2.0 * elements * sequence_length)
