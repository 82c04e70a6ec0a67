"""How far a run is from compute-optimal under the published laws, in parameters and dollars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costcheck.estimate.result import Figure
from costcheck.graph.nodes import Array, Call, Node, Unknown
from costcheck.physics import scaling as laws

if TYPE_CHECKING:
    from costcheck.estimate import Model
    from costcheck.estimate.stage import StageNodes
    from costcheck.physics.scaling import PublishedLaw

FAR = 0.25
"""Share of the compute that a better split would save from which on every report says so."""


class LawNodes(NamedTuple):
    """What one law says of a run, before it is evaluated."""

    law: str
    source: str
    nodes: Mapping[str, Node]


@dataclass(frozen=True, kw_only=True, eq=False)
class LawLine:
    """What one law says of a run."""

    law: str
    source: str
    figures: Mapping[str, Figure]
    """``parameters``, ``tokens`` and, where the law is a loss, ``equivalent_flops``, ``excess``
    (the share of the compute another split would save) and ``misallocated_usd``."""

    def central(self, name: str) -> float | None:
        """Return the central value of a figure, None where the law does not say."""
        found = self.figures.get(name)
        return None if found is None else found.central

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        figures = {name: figure.to_dict() for name, figure in self.figures.items()}
        return {"law": self.law, "source": self.source, **figures}


def scaling_nodes(model: Model) -> tuple[LawNodes, ...]:
    """Return the optimum under every reported law for the compute of the pre-training."""
    stage = next(
        (s for s in model.stages if s.resolved.stage.kind == "pre-training"), model.stages[0]
    )
    flops = stage.compute.six_nd_flops
    if isinstance(stage.results["parameters_active"], Unknown):
        flops = stage.compute.training_flops
    sources = model.known.scaling.sources
    return tuple(
        LawNodes(law.name, sources.get(law.source, law.source), _law_nodes(law, flops, stage))
        for law in laws.read_laws(model.known.scaling.data)
    )


def excess(lines: tuple[LawLine, ...]) -> tuple[float, float] | None:
    """Return the smallest and largest share of compute that a better split would save."""
    shares = [found for line in lines if (found := line.central("excess")) is not None]
    return (min(shares), max(shares)) if shares else None


def is_far(lines: tuple[LawLine, ...]) -> bool:
    """Return whether all laws agree that the run is far from its optimum."""
    found = excess(lines)
    return found is not None and found[0] > FAR


def optimal_parameters(*, training_flops: Array, law: PublishedLaw) -> Array:
    """Return the compute-optimal parameters of a budget [FLOP] under a law."""
    return np.asarray(laws.published_optimum(law=law, training_flops=training_flops).parameters)


def optimal_tokens(*, training_flops: Array, law: PublishedLaw) -> Array:
    """Return the compute-optimal tokens of a budget [FLOP] under a law."""
    return np.asarray(laws.published_optimum(law=law, training_flops=training_flops).tokens)


def excess_share(*, optimal_flops: Array, training_flops: Array) -> Array:
    """Return the share of the compute that the same loss at the optimum would not need [1]."""
    return 1.0 - optimal_flops / training_flops


def _law_nodes(law: PublishedLaw, flops: Node, stage: StageNodes) -> dict[str, Node]:
    path = f"scaling/{law.name}"
    found: dict[str, Node] = {
        "parameters": Call(
            name=f"{path}/parameters",
            unit="parameters",
            why="compute-optimal parameters for the same compute",
            function=optimal_parameters,
            arguments={"training_flops": flops},
            options={"law": law},
        ),
        "tokens": Call(
            name=f"{path}/tokens",
            unit="tokens",
            why="compute-optimal tokens for the same compute",
            function=optimal_tokens,
            arguments={"training_flops": flops},
            options={"law": law},
        ),
    }
    if law.loss is not None and flops is stage.compute.six_nd_flops:
        found |= _loss_nodes(law, flops, stage)
    return found


def _loss_nodes(law: PublishedLaw, flops: Node, stage: StageNodes) -> dict[str, Node]:
    path = f"scaling/{law.name}"
    tokens = stage.compute.tokens
    parameters = Call(
        name=f"{path}/parameters_of_run",
        unit="parameters",
        why="active parameters of the run: its 6ND compute over 6 x tokens",
        function=laws.parameters_for,
        arguments={"training_flops": flops, "tokens": tokens},
    )
    equivalent = Call(
        name=f"{path}/equivalent_flops",
        unit="FLOP",
        why="compute that reaches the same loss at the optimum",
        function=laws.equivalent_flops,
        arguments={"parameters": parameters, "tokens": tokens},
        options={"law": law.loss},
    )
    return {
        "equivalent_flops": equivalent,
        "excess": Call(
            name=f"{path}/excess",
            unit="share",
            why="share of the compute that the optimum would not need",
            function=excess_share,
            arguments={"optimal_flops": equivalent, "training_flops": flops},
        ),
        "misallocated_usd": Call(
            name=f"{path}/misallocated_usd",
            unit="USD",
            why="what that share costs; a small model buys cheaper inference with it",
            function=laws.misallocated_usd,
            arguments={
                "cost_usd": stage.results["cost_usd"],
                "training_flops": flops,
                "optimal_flops": equivalent,
            },
        ),
    }
