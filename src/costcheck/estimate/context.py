"""What stands around an estimate: the ladder of scopes, thresholds, scaling laws.

None of it moves a headline figure, so each part is built only when a report or a file asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from costcheck.estimate.ranges import intervals
from costcheck.estimate.reading import figure_of
from costcheck.estimate.result import ClaimVerdict, Figure
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES
from costcheck.graph.evaluation import Evaluation, evaluate
from costcheck.graph.nodes import Array, Node, Sum

if TYPE_CHECKING:
    from costcheck.estimate.ladder import RungNode
    from costcheck.estimate.model import Model
    from costcheck.estimate.rungs import Rung
    from costcheck.estimate.scaling import LawLine
    from costcheck.estimate.thresholds import ThresholdLine


@dataclass(frozen=True, kw_only=True, eq=False)
class Climbed:
    """The ladder with the graph behind it."""

    rungs: tuple[Rung, ...] = ()
    nodes: tuple[Node, ...] = ()
    values: Mapping[Node, Array | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Weighed:
    """The scaling laws with the graph behind them."""

    laws: tuple[LawLine, ...] = ()
    nodes: tuple[Node, ...] = ()
    values: Mapping[Node, Array | None] = field(default_factory=dict)


class Context:
    """What an estimate is part of; every part is made when it is first asked for.

    Parameters
    ----------
    climb, weigh, cross : callable
        Make the ladder, the scaling laws and the thresholds.
    """

    def __init__(
        self,
        climb: Callable[[], Climbed] = Climbed,
        weigh: Callable[[], Weighed] = Weighed,
        cross: Callable[[], tuple[ThresholdLine, ...]] = tuple,
    ) -> None:
        self._climb = climb
        self._weigh = weigh
        self._cross = cross

    @property
    def ladder(self) -> tuple[Rung, ...]:
        """Scopes of cost, from the final run to the purchase of the fleet."""
        return self._climbed.rungs

    @property
    def scaling(self) -> tuple[LawLine, ...]:
        """Compute-optimal size and tokens, law by law."""
        return self._weighed.laws

    @cached_property
    def thresholds(self) -> tuple[ThresholdLine, ...]:
        """Rules that begin at a quantity of compute and existed on the day."""
        return self._cross()

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The graph behind the ladder and the laws."""
        return (*self._climbed.nodes, *self._weighed.nodes)

    @property
    def evaluation(self) -> Evaluation:
        """Central values of every node below `nodes` and below the headline results."""
        return Evaluation((), {**self._climbed.values, **self._weighed.values})

    @cached_property
    def _climbed(self) -> Climbed:
        return self._climb()

    @cached_property
    def _weighed(self) -> Weighed:
        return self._weigh()


def context_of(
    model: Model,
    flops: Figure,
    claims: tuple[ClaimVerdict, ...],
    *,
    samples: int,
    seed: int,
) -> Context:
    """Return the context of a scenario."""
    # These figures are shown to two or three digits, which the default settles.
    enough = min(samples, DEFAULT_SAMPLES)
    return Context(
        climb=lambda: _climbed(model, claims, samples=enough, seed=seed),
        weigh=lambda: _weighed(model, samples=enough, seed=seed),
        cross=lambda: _crossed(model, flops, samples=enough, seed=seed),
    )


def _crossed(model: Model, flops: Figure, *, samples: int, seed: int) -> tuple[ThresholdLine, ...]:
    from costcheck.estimate.thresholds import threshold_lines

    counted = [s for s in model.stages if s.resolved.stage.kind != "ablations"]
    if len(counted) < len(model.stages):
        # Rules count what goes into the model, data made for it included, research not.
        node = Sum(
            name="thresholds/training_flops",
            unit="FLOP",
            why="all stages but ablations",
            parts=tuple(stage.results["training_flops"] for stage in counted),
        )
        central = evaluate([node])
        ends = {} if central[node] is None else intervals([node], samples=samples, seed=seed)
        flops = figure_of(node, central, ends, "")
    return threshold_lines(flops, model.resolved.as_of, model.known)


def _climbed(model: Model, claims: tuple[ClaimVerdict, ...], *, samples: int, seed: int) -> Climbed:
    from costcheck.estimate.ladder import ladder_nodes
    from costcheck.estimate.rungs import Rung, about_the_run, with_claims

    rungs = ladder_nodes(model)
    nodes = tuple(node for rung in rungs for node in (rung.node, rung.share) if node is not None)
    central = evaluate([*model.roots(), *nodes])
    known = [node for node in nodes if central[node] is not None]
    ends = intervals(known, samples=samples, seed=seed)
    ladder = tuple(
        Rung(
            name=rung.name,
            figure=figure_of(rung.node, central, ends, _basis(rung, central)),
            sources=rung.sources,
        )
        for rung in rungs
    )
    own = about_the_run(model.resolved.scenario.claims)
    placed = tuple(claim for claim in claims if claim.id in own)
    return Climbed(rungs=with_claims(ladder, placed), nodes=nodes, values=central.values)


def _basis(rung: RungNode, central: Evaluation) -> str:
    share = None if rung.share is None else central[rung.share]
    if share is None:
        return rung.basis
    return f"{rung.basis}; the run uses {100.0 * float(share):.2g} % of it"


def _weighed(model: Model, *, samples: int, seed: int) -> Weighed:
    from costcheck.estimate.scaling import LawLine, scaling_nodes

    laws = scaling_nodes(model)
    nodes = tuple(node for law in laws for node in law.nodes.values())
    central = evaluate(nodes)
    known = [node for node in nodes if central[node] is not None]
    ends = intervals(known, samples=samples, seed=seed)
    lines = tuple(
        LawLine(
            law=law.law,
            source=law.source,
            figures={name: figure_of(node, central, ends, "") for name, node in law.nodes.items()},
        )
        for law in laws
    )
    shown = tuple(line for line in lines if line.central("parameters") is not None)
    return Weighed(laws=shown, nodes=nodes if shown else (), values=central.values)


def to_dict(context: Context) -> dict[str, Any]:
    """Return the JSON form: the keys ``ladder``, ``thresholds`` and ``scaling``."""
    return {
        "ladder": [rung.to_dict() for rung in context.ladder],
        "thresholds": [line.to_dict() for line in context.thresholds],
        "scaling": [line.to_dict() for line in context.scaling],
    }


def from_dict(data: Mapping[str, Any]) -> Context:
    """Return the context a saved result holds, without its graph."""
    from costcheck.estimate.rungs import Rung
    from costcheck.estimate.scaling import LawLine
    from costcheck.estimate.thresholds import ThresholdLine

    rungs = tuple(
        Rung(
            name=item["rung"],
            figure=_figure(item),
            sources=tuple(item["sources"]),
            claims=tuple(item["claims"]),
        )
        for item in data.get("ladder", ())
    )
    thresholds = tuple(
        ThresholdLine(**{**item, "sources": tuple(item["sources"])})
        for item in data.get("thresholds", ())
    )
    laws = tuple(
        LawLine(
            law=item["law"],
            source=item["source"],
            figures={key: _figure(value) for key, value in item.items() if isinstance(value, dict)},
        )
        for item in data.get("scaling", ())
    )
    return Context(lambda: Climbed(rungs=rungs), lambda: Weighed(laws=laws), lambda: thresholds)


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
