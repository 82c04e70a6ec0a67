"""Architectures as blocks, and the exact parameters and FLOPs that follow from them.

What every decoder needs is here; rarer kinds are imported from their modules
(`latent_attention`, `linear_attention`, `state_space`) by who reads them, which keeps start-up
short.
"""

from costcheck.physics.architectures.architecture import (
    Architecture,
    Embedding,
    Head,
    Layer,
    distinct_layers,
    run_lengths,
)
from costcheck.physics.architectures.attention import Attention, SoftmaxCore
from costcheck.physics.architectures.feed_forward import Experts, FeedForward, Projection
from costcheck.physics.architectures.flops import (
    core_flops,
    forward_flops,
    recomputed_flops,
    six_n_flops_per_token,
    training_flops,
    training_flops_per_token,
)
from costcheck.physics.architectures.norm import Norm
from costcheck.physics.architectures.parameters import (
    Line,
    active_parameters,
    active_parameters_without_input_embedding,
    embedding_parameters,
    head_parameters,
    matmul_parameters,
    mtp_parameters,
    parameter_tree,
    routed_parameters,
    total_parameters,
)
from costcheck.physics.architectures.weights import (
    Block,
    Convention,
    Core,
    Count,
    Weight,
    vector,
)

__all__ = [
    "Architecture",
    "Attention",
    "Block",
    "Convention",
    "Core",
    "Count",
    "Embedding",
    "Experts",
    "FeedForward",
    "Head",
    "Layer",
    "Line",
    "Norm",
    "Projection",
    "SoftmaxCore",
    "Weight",
    "active_parameters",
    "active_parameters_without_input_embedding",
    "core_flops",
    "distinct_layers",
    "embedding_parameters",
    "forward_flops",
    "head_parameters",
    "matmul_parameters",
    "mtp_parameters",
    "parameter_tree",
    "recomputed_flops",
    "routed_parameters",
    "run_lengths",
    "six_n_flops_per_token",
    "total_parameters",
    "training_flops",
    "training_flops_per_token",
    "vector",
]
