"""Parameters and FLOPs of a stage, from the exact architecture or from the size alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costcheck.estimate.desk import StageDesk
from costcheck.estimate.model_source import ResolvedModel
from costcheck.graph.nodes import Array, Call, Node, Product, Select, Sum, Unknown
from costcheck.physics.architectures import (
    Architecture,
    active_parameters,
    active_parameters_without_input_embedding,
    core_flops,
    matmul_parameters,
    parameter_tree,
)
from costcheck.scenario.run import Training
from costcheck.text.quantity import Quantity

PASSES = 3.0
"""Forward, and a backward pass of twice the forward's matmuls."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Compute:
    """The nodes of a stage that do not depend on where it runs."""

    parameters_total: Node
    parameters_active: Node
    flops_per_token: Node
    training_flops: Node
    six_nd_flops: Node
    tokens: Node
    sequence_length: Node
    basis: str
    """How the FLOPs were counted."""


def compute_nodes(
    model: ResolvedModel | None, training: Training, sequence_length: Node, desk: StageDesk
) -> Compute:
    """Return parameters, FLOPs per token and training FLOPs of a stage."""
    if model is None:
        missing: Node = desk.unknown("model", "1", "no model is named")
        total, active, per_token, six_n = (missing,) * 4
        basis = ""
    elif model.architecture is not None:
        total, active, six_n = _counted(model, desk)
        per_token = _counted_flops(model.architecture, training, sequence_length, desk)
        basis = "exact architecture, causal"
    else:
        total, active = _sizes(model, desk)
        six_n = active
        per_token = Product(
            name=desk("flops_per_token"),
            unit="FLOP/token",
            why="6 FLOP per active parameter: attention scores are not known from a size",
            over=(desk.derived("flops/per_parameter", 6.0, "FLOP", "6ND rule"), active),
        )
        basis = "6 x active parameters x tokens"
    per_token_known = not isinstance(per_token, Unknown)
    tokens, flops = _amount(training, per_token if per_token_known else None, desk)
    if training.compute is not None and not (training.tokens and per_token_known):
        basis = "as stated"
    return Compute(
        parameters_total=total,
        parameters_active=active,
        flops_per_token=per_token,
        training_flops=flops,
        six_nd_flops=_six_nd(six_n, tokens, desk),
        tokens=tokens,
        sequence_length=sequence_length,
        basis=basis,
    )


def _six_nd(six_n: Node, tokens: Node, desk: StageDesk) -> Node:
    return Product(
        name=desk("flops/six_nd"),
        unit="FLOP",
        why="the 6ND rule of thumb, for comparison",
        over=(desk.derived("flops/per_parameter", 6.0, "FLOP", "6ND rule"), six_n, tokens),
    )


def _counted(model: ResolvedModel, desk: StageDesk) -> tuple[Node, Node, Node]:
    network = model.architecture
    assert network is not None  # noqa: S101 - the caller chose this branch
    lines = tuple(
        desk.derived(f"parameters/{line.name}", float(line.value), "parameters", "", model.sources)
        for line in parameter_tree(network).children
        if line.value
    )
    total = Sum(
        name=desk("parameters_total"),
        unit="parameters",
        why="stored parameters, tied weights once, prediction modules apart",
        parts=lines,
    )
    active = desk.derived(
        "parameters_active",
        active_parameters(network),
        "parameters",
        "parameters one token meets: embedding, head and the routed experts it visits",
        model.sources,
    )
    six_n = desk.derived(
        "parameters_six_n",
        active_parameters_without_input_embedding(network),
        "parameters",
        "active parameters less the input table, which is only looked up",
        model.sources,
    )
    return total, active, six_n


def _counted_flops(
    network: Architecture, training: Training, sequence_length: Node, desk: StageDesk
) -> Node:
    mtp = bool(training.mtp)
    matmuls = _matmuls(matmul_parameters(network, mtp=mtp), desk)
    cores = Call(
        name=desk("flops/attention"),
        unit="FLOP/token",
        why="scores and scans without weights, causal, windows respected",
        function=attention_flops_per_token,
        arguments={"sequence_length": sequence_length},
        options={"architecture": network, "mtp": mtp},
    )
    forward = Sum(
        name=desk("flops/forward"),
        unit="FLOP/token",
        why="one forward pass",
        parts=(matmuls, cores),
    )
    return Product(
        name=desk("flops_per_token"),
        unit="FLOP/token",
        why="model FLOPs of one trained token: forward and backward, causal attention",
        over=(
            desk.derived("flops/passes", PASSES, "1", "forward and twice that backward"),
            forward,
        ),
    )


def _matmuls(weights: int, desk: StageDesk) -> Node:
    why = "weights one token is multiplied with in the forward pass"
    return Product(
        name=desk("flops/matmuls"),
        unit="FLOP/token",
        why="2 FLOP per weight a token is multiplied with; look-ups are free, the head counts",
        over=(
            desk.derived("flops/per_weight", 2.0, "FLOP", "a multiplication and an addition"),
            desk.derived("parameters_matmul", weights, "parameters", why),
        ),
    )


def attention_flops_per_token(
    *, sequence_length: Array, architecture: Architecture, mtp: bool
) -> Array:
    """Return the forward FLOPs of the weightless cores per token."""
    flops = core_flops(architecture, sequence_length=sequence_length, convention="causal", mtp=mtp)
    return np.asarray(flops / sequence_length)


def _sizes(model: ResolvedModel, desk: StageDesk) -> tuple[Node, Node]:
    total = _size(model.parameters, "parameters_total", "all parameters", model, desk)
    if model.active is None or model.active is model.parameters:
        return total, total
    why = "parameters one token meets"
    return total, _size(model.active, "parameters_active", why, model, desk)


def _size(
    quantity: Quantity | None, path: str, why: str, model: ResolvedModel, desk: StageDesk
) -> Node:
    if quantity is None:
        return desk.unknown(path, "parameters", f"{model.name}: nobody published it")
    return desk.stated(path, quantity, "parameters", why, sources=model.sources)


def _amount(training: Training, per_token: Node | None, desk: StageDesk) -> tuple[Node, Node]:
    options: dict[str, Node] = {}
    if training.compute is not None:
        why = "training compute as stated"
        options["stated"] = desk.stated("flops/stated", training.compute, "FLOP", why)
    tokens = _tokens(training, per_token, options.get("stated"), desk)
    if training.tokens is not None and per_token is not None:
        counted = Product(
            name=desk("flops/counted"),
            unit="FLOP",
            why="tokens times FLOPs per token",
            over=(tokens, per_token),
        )
        options = {"counted": counted, **options}
    if not options:
        missing = "the tokens" if per_token is not None else "the model"
        why = f"needs {missing}, or training.compute"
        return tokens, desk.unknown("training_flops", "FLOP", why)
    flops = Select(
        name=desk("training_flops"),
        unit="FLOP",
        why="model FLOPs of the whole stage",
        options=options,
        chosen=next(iter(options)),
    )
    return tokens, flops


def _tokens(
    training: Training, per_token: Node | None, compute: Node | None, desk: StageDesk
) -> Node:
    if training.tokens is not None:
        return desk.stated("tokens", training.tokens, "tokens", "tokens seen in training")
    if compute is None or per_token is None:
        return desk.unknown("tokens", "tokens", "no token count is stated")
    return Product(
        name=desk("tokens"),
        unit="tokens",
        why="follows from the stated compute",
        over=(compute,),
        under=(per_token,),
    )
