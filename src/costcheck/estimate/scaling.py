"""How far a run is from compute-optimal under the published laws, in parameters and dollars."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from costcheck.estimate.model import Model
from costcheck.estimate.result import LawLine
from costcheck.estimate.stage import StageNodes
from costcheck.estimate.study import Leaves, known_value
from costcheck.graph.nodes import Array, Node, Unknown, call
from costcheck.physics import scaling as laws
from costcheck.physics.scaling import PublishedLaw


@dataclass(frozen=True, kw_only=True, eq=False)
class LawNodes:
    """What one law says of a run, before it is evaluated."""

    law: str
    source: str
    nodes: Mapping[str, Node]


def scaling_nodes(model: Model) -> tuple[LawNodes, ...]:
    """The optimum under every reported law for the compute of a training from scratch."""
    stage = next((each for each in model.stages if _concerned(each, model)), None)
    if stage is None:
        return ()
    flops = stage.compute.six_nd_flops
    if isinstance(stage.results["parameters_active"], Unknown):
        flops = stage.compute.training_flops
    sources = model.known.scaling.sources
    return tuple(
        LawNodes(
            law=law.name,
            source=sources.get(law.source, law.source),
            nodes=_law_nodes(model, law, flops, stage),
        )
        for law in laws.read_laws(model.known.scaling.data)
    )


def _concerned(stage: StageNodes, model: Model) -> bool:
    """Whether the laws speak of a stage: from scratch, on as many tokens as they were fitted on."""
    tokens = stage.study.training.tokens
    fewest = model.known.scaling["fewest_tokens"].value
    network = stage.resolved.model.architecture if stage.resolved.model else None
    if network is not None and network.kind != "decoder":
        return False
    return stage.study.from_scratch and (tokens is None or tokens.value >= fewest)


def _leverage(model: Model, stage: StageNodes) -> Node | None:
    """Dense over a mixture's compute at equal loss, None where the model is dense."""
    sizes = ("parameters_total", "parameters_active")
    total, active = (known_value(stage.results[name]) for name in sizes)
    if total is None or active is None or total <= active:
        return None
    why = "compute of a dense model of the loss of a mixture of experts, over the mixture's"
    return model.leaves.assumed(
        "scaling/leverage", model.known.scaling["mixture_leverage"], "1", why
    )


def excess(lines: tuple[LawLine, ...]) -> tuple[float, float] | None:
    """The smallest and largest share of compute that a better split would save."""
    shares = [share for line in lines if (share := line.central("excess")) is not None]
    return (min(shares), max(shares)) if shares else None


def optimal_tokens(*, training_flops: Array, law: PublishedLaw) -> Array:
    """The compute-optimal tokens of a budget [FLOP] under a law."""
    return np.asarray(laws.published_optimum(law=law, training_flops=training_flops).tokens)


def excess_share(*, optimal_flops: Array, training_flops: Array) -> Array:
    """The share of the compute that the same loss at the optimum would not need [1]."""
    return 1.0 - optimal_flops / training_flops


def _law_nodes(model: Model, law: PublishedLaw, flops: Node, stage: StageNodes) -> dict[str, Node]:
    leaves, path, leverage = model.leaves, f"scaling/{law.name}", _leverage(model, stage)
    dense = flops
    if leverage is not None:
        why = "compute of a dense model of the same loss"
        dense = leaves.let("scaling/dense_flops", "FLOP", flops * leverage, why)
    tokens = leaves.let(
        f"{path}/tokens",
        "tokens",
        call(optimal_tokens, training_flops=dense, law=law),
        "compute-optimal tokens for the same compute",
    )
    why = "compute-optimal active parameters for the same compute"
    size = call(laws.parameters_for, training_flops=flops, tokens=tokens)
    nodes: dict[str, Node] = {
        "parameters": leaves.let(f"{path}/parameters", "parameters", size, why),
        "tokens": tokens,
    }
    if law.loss is None or flops is not stage.compute.six_nd_flops:
        return nodes
    return {**nodes, **_losses(leaves, law.loss, path, dense, stage)}


def _losses(
    leaves: Leaves, law: laws.LossLaw, path: str, dense: Node, stage: StageNodes
) -> dict[str, Node]:
    """What the loss of the run costs at the optimum, of its dense compute."""
    tokens, cost = stage.compute.tokens, stage.results["cost_usd"]
    parameters = leaves.let(
        f"{path}/parameters_of_run",
        "parameters",
        call(laws.parameters_for, training_flops=dense, tokens=tokens),
        "dense parameters of the loss of the run: its dense compute over 6 x tokens",
    )
    equivalent = leaves.let(
        f"{path}/equivalent_flops",
        "FLOP",
        call(laws.equivalent_flops, parameters=parameters, tokens=tokens, law=law),
        "compute that reaches the same loss at the optimum, of a dense model",
    )
    return {
        "equivalent_flops": equivalent,
        "excess": leaves.let(
            f"{path}/excess",
            "share",
            call(excess_share, optimal_flops=equivalent, training_flops=dense),
            "share of the compute that the optimum would not need",
        ),
        "misallocated_usd": leaves.let(
            f"{path}/misallocated_usd",
            "USD",
            call(
                laws.misallocated_usd, cost_usd=cost, training_flops=dense, optimal_flops=equivalent
            ),
            "what that share costs; a small model buys cheaper inference with it",
        ),
    }
