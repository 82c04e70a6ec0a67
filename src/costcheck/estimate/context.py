"""What stands around an estimate: the ladder of scopes, thresholds, scaling laws.

None of it moves a headline figure, so it is built only when a report or a file asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from costcheck.core.evaluation import Evaluation, evaluate
from costcheck.core.graph import Node
from costcheck.core.records import record
from costcheck.estimate.ladder import Rung, ladder_nodes, with_claims
from costcheck.estimate.ranges import intervals
from costcheck.estimate.result import ClaimVerdict, Figure
from costcheck.estimate.scaling import LawLine, scaling_nodes
from costcheck.estimate.summary import figure_of
from costcheck.estimate.thresholds import ThresholdLine, threshold_lines

if TYPE_CHECKING:
    from costcheck.estimate import Model


@record
class Context:
    """What an estimate is part of.

    Parameters
    ----------
    ladder : tuple of Rung
        Scopes of cost, from the final run to the purchase of the fleet.
    thresholds : tuple of ThresholdLine
        Rules that begin at a quantity of compute and existed on the day.
    scaling : tuple of LawLine
        Compute-optimal size and tokens, law by law.
    nodes : mapping of str to Node
        The graph behind the ladder and the laws, by the names of the nodes.
    evaluation : Evaluation or None
        Central values of every node below them and below the headline results.
    """

    ladder: tuple[Rung, ...] = ()
    thresholds: tuple[ThresholdLine, ...] = ()
    scaling: tuple[LawLine, ...] = ()
    nodes: Mapping[str, Node] = field(default_factory=dict)
    evaluation: Evaluation | None = None


def context_of(
    model: Model,
    flops: Figure,
    claims: tuple[ClaimVerdict, ...],
    *,
    samples: int,
    seed: int,
) -> Context:
    """Return the context of a scenario.

    Parameters
    ----------
    model : Model
        The graph of the scenario, built.
    flops : Figure
        Training compute of all stages.
    claims : tuple of ClaimVerdict
        Claims to place on the ladder.
    samples, seed : int
        Draws behind the intervals.
    """
    rungs, laws = ladder_nodes(model), scaling_nodes(model)
    wanted = [rung.node for rung in rungs]
    wanted += [node for law in laws for node in law.nodes.values()]
    central = evaluate([*model.roots(), *wanted])
    known = [node for node in dict.fromkeys(wanted) if central[node] is not None]
    ends = intervals(known, samples=samples, seed=seed)
    ladder = tuple(
        Rung(
            name=rung.name,
            figure=figure_of(rung.node, central, ends, rung.basis),
            sources=rung.sources,
        )
        for rung in rungs
    )
    scaling = tuple(
        LawLine(
            law=law.law,
            source=law.source,
            figures={name: figure_of(node, central, ends, "") for name, node in law.nodes.items()},
        )
        for law in laws
    )
    return Context(
        ladder=with_claims(ladder, claims),
        thresholds=threshold_lines(flops, model.resolved.as_of, model.known),
        scaling=tuple(line for line in scaling if line.central("parameters") is not None),
        nodes={node.name: node for node in wanted},
        evaluation=central,
    )


def to_dict(context: Context) -> dict[str, Any]:
    """Return the JSON form: the keys ``ladder``, ``thresholds`` and ``scaling``."""
    return {
        "ladder": [rung.to_dict() for rung in context.ladder],
        "thresholds": [line.to_dict() for line in context.thresholds],
        "scaling": [line.to_dict() for line in context.scaling],
    }


def from_dict(data: Mapping[str, Any]) -> Context:
    """Return the context a saved result holds, without its graph."""
    return Context(
        ladder=tuple(
            Rung(
                name=item["rung"],
                figure=_figure(item),
                sources=tuple(item["sources"]),
                claims=tuple(item["claims"]),
            )
            for item in data.get("ladder", ())
        ),
        thresholds=tuple(
            ThresholdLine(**{**item, "sources": tuple(item["sources"])})
            for item in data.get("thresholds", ())
        ),
        scaling=tuple(
            LawLine(
                law=item["law"],
                source=item["source"],
                figures={k: _figure(v) for k, v in item.items() if isinstance(v, dict)},
            )
            for item in data.get("scaling", ())
        ),
    )


def _figure(item: Mapping[str, Any]) -> Figure:
    return Figure(
        low=item["low"],
        central=item["central"],
        high=item["high"],
        unit=item["unit"],
        basis=item.get("basis", ""),
        reason=item.get("reason", ""),
        assumed=item.get("assumed", False),
        partial=item.get("at_least", False),
    )
