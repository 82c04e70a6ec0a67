"""The counts of an architecture, with every convention named."""

from typing import Any

from costcheck.physics.architectures.architecture import Architecture
from costcheck.physics.architectures.flops import (
    forward_flops,
    six_n_flops_per_token,
    training_flops_per_token,
)
from costcheck.physics.architectures.parameters import (
    Line,
    active_parameters,
    active_parameters_without_input_embedding,
    embedding_parameters,
    head_parameters,
    mtp_parameters,
    parameter_tree,
)


def architecture_counts(
    name: str, network: Architecture, *, sequence_length: int
) -> dict[str, Any]:
    """Parameters and FLOPs of a network by their JSON names."""
    tree = parameter_tree(network)
    full = forward_flops(network, sequence_length=sequence_length, convention="full")
    causal = forward_flops(network, sequence_length=sequence_length, convention="causal")
    per_token = float(training_flops_per_token(network, sequence_length=sequence_length))
    six_n = six_n_flops_per_token(network)
    return {
        "name": name,
        "layers": network.layers,
        "sequence_length": sequence_length,
        "sample": network.sample,
        "kind": network.kind,
        "parameters_total": int(tree.value),
        "parameters_active": active_parameters(network),
        "parameters_active_without_input_embedding": active_parameters_without_input_embedding(
            network
        ),
        "parameters_embedding": embedding_parameters(network),
        "parameters_head": head_parameters(network),
        "parameters_mtp": mtp_parameters(network),
        "parameters": _line(tree),
        "forward_matmul_flops_per_sequence": int(full.value),
        "forward_causal_flops_per_sequence": int(causal.value),
        "forward_flops": _line(full),
        "flops_per_token": per_token,
        "flops_per_token_with_mtp": float(
            training_flops_per_token(network, sequence_length=sequence_length, mtp=True)
        ),
        "flops_per_token_6n": float(six_n),
        "six_n_error": six_n / per_token - 1.0,
    }


def _line(line: Line) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": line.name, "value": int(line.value)}
    if line.occurrences > 1:
        shown["occurrences"] = line.occurrences
    if line.children:
        shown["children"] = [_line(child) for child in line.children]
    return shown
