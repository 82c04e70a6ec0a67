"""From an evaluated graph to the values that people hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from costcheck.core.evaluation import Evaluation
from costcheck.core.graph import Input, Node, Unknown, leaves, walk
from costcheck.estimate.architecture_counts import architecture_counts
from costcheck.estimate.budget import budget_findings
from costcheck.estimate.claims import claim_verdict, excluded
from costcheck.estimate.feasibility import Case, findings
from costcheck.estimate.ranges import intervals
from costcheck.estimate.result import (
    SEVERITY,
    ClaimVerdict,
    Estimate,
    Figure,
    Finding,
    InputLine,
    StageEstimate,
    Verdict,
)
from costcheck.estimate.stage import StageNodes
from costcheck.scenario.load import Loaded

if TYPE_CHECKING:
    from costcheck.estimate import Model
    from costcheck.estimate.context import Context


def summarize(
    loaded: Loaded, model: Model, central: Evaluation, *, samples: int, seed: int
) -> Estimate:
    """Return the estimate of an evaluated graph.

    Parameters
    ----------
    loaded : Loaded
        The scenario as read.
    model : Model
        Its graph.
    central : Evaluation
        The graph at the central inputs, every node recorded.
    samples, seed : int
        Draws behind the intervals.
    """
    wanted = [*model.totals.values()]
    for stage in model.stages:
        wanted += stage.results.values()
    known = [node for node in dict.fromkeys(wanted) if central[node] is not None]
    ends = intervals(known, samples=samples, seed=seed)
    figures = {
        name: figure_of(node, central, ends, model.stages[0].bases.get(name, ""))
        for name, node in model.totals.items()
    }
    stages = tuple(
        StageEstimate(
            name=stage.resolved.stage.name,
            kind=stage.resolved.stage.kind,
            gpu=stage.resolved.hardware.name if stage.resolved.hardware else "",
            figures={
                name: figure_of(node, central, ends, stage.bases.get(name, ""))
                for name, node in stage.results.items()
            },
            notes=stage.notes,
        )
        for stage in model.stages
    )
    found = tuple(
        finding
        for stage in model.stages
        for finding in findings(
            Case(stage=stage, resolved=model.resolved, known=model.known, evaluation=central)
        )
    )
    scenario = loaded.scenario
    rates = scenario.currency_rates or {}
    budget = budget_findings(scenario.budget, figures, rates)
    claimable = figures | _claimable(model.stages, central)
    claims = tuple(
        claim_verdict(claim, claimable, scenario.overheads, rates) for claim in scenario.claims
    )
    return Estimate(
        name=scenario.name or loaded.path,
        path=loaded.path,
        catalog=loaded.catalog.date,
        title=scenario.name or loaded.path or "scenario",
        subtitle=_subtitle(model),
        verdict=worst((*found, *budget)),
        figures=figures,
        stages=stages,
        feasibility=found,
        claims=claims,
        budget=budget,
        inputs=tuple(input_lines(model.roots())),
        diagnostics=model.resolved.problems,
        excludes=excluded(scenario.overheads),
        notes=_notes(model),
        root=model.totals,
        evaluation=central,
        source=loaded,
        architecture=_architecture(model),
        samples=samples,
        seed=seed,
        context_of=lambda: _context(model, figures["training_flops"], claims, samples, seed),
    )


def _context(
    model: Model, flops: Figure, claims: tuple[ClaimVerdict, ...], samples: int, seed: int
) -> Context:
    from costcheck.estimate.context import context_of

    return context_of(model, flops, claims, samples=samples, seed=seed)


def worst(found: Sequence[Finding]) -> Verdict:
    """Return the worst verdict of the findings."""
    verdicts = [finding.verdict for finding in found]
    return max(verdicts, key=lambda verdict: SEVERITY[verdict], default="feasible")


def input_lines(roots: Sequence[Node]) -> Iterator[InputLine]:
    """Yield every input below the roots that somebody stated or assumed."""
    for leaf in leaves(roots):
        source = leaf.provenance
        if source.origin == "derived":
            continue
        line = source.place.rpartition(":")[2]
        yield InputLine(
            path=leaf.name,
            text=source.text,
            value=_scalar(leaf),
            unit=leaf.unit,
            origin=source.origin,
            place=source.place,
            line=int(line) if line.isdigit() else None,
            sources=source.sources,
            low=leaf.spread.low if leaf.spread else None,
            high=leaf.spread.high if leaf.spread else None,
        )


def _scalar(leaf: Input) -> float:
    return leaf.value if isinstance(leaf.value, float | int) else float("nan")


def figure_of(
    node: Node,
    central: Evaluation,
    ends: Mapping[Node, tuple[float, float]],
    basis: str,
) -> Figure:
    """Return a result with its interval, or with the reason why it is unknown."""
    value = central[node]
    if value is None:
        return Figure(
            low=None, central=None, high=None, unit=node.unit, reason=reason_of(node, central)
        )
    middle = float(value)
    if not isfinite(middle):
        return _exactly(None, node.unit, _barred(node, central))
    low, high = ends.get(node, (middle, middle))
    bound = central.partial.get(node)
    return Figure(
        low=min(low, middle),
        central=middle,
        high=max(high, middle),
        unit=node.unit,
        basis=f"a part is unknown; {basis}" if bound == "incomplete" else basis,
        assumed=any(leaf.provenance.assumed for leaf in leaves([node])),
        partial=bound == "at least",
    )


def _barred(node: Node, central: Evaluation) -> str:
    """Return why a result has no finite value."""
    return "; ".join(central.infeasible(node)) or "too large to be computed from what is stated"


def reason_of(node: Node, central: Evaluation) -> str:
    """Return why a node is unknown: the reason of the first unknown below it."""
    for below in walk([node]):
        if isinstance(below, Unknown):
            return below.why
    return "cannot be computed from what is stated"


def _exactly(value: float | None, unit: str, reason: str = "") -> Figure:
    return Figure(low=value, central=value, high=value, unit=unit, reason=reason)


def _claimable(stages: Sequence[StageNodes], central: Evaluation) -> dict[str, Figure]:
    main = stages[0]
    extra = {
        "count": main.timing.count,
        "tokens": main.compute.tokens,
    }
    found = {}
    for name, node in extra.items():
        value = central[node]
        shown = None if value is None else float(value)
        reason = "" if value is not None else reason_of(node, central)
        found[name] = _exactly(shown, node.unit, reason)
    for node in walk([main.timing.peak_flop]):
        if node.name.endswith("gpu/peak"):
            peak = central[node]
            shown = None if peak is None else float(peak)
            found["peak"] = _exactly(shown, node.unit)
    return found


def _architecture(model: Model) -> dict[str, object] | None:
    main = model.stages[0].resolved
    network = main.model.architecture if main.model else None
    if network is None or main.model is None:
        return None
    length = model.stages[0].compute.sequence_length
    tokens = int(length.value) if isinstance(length, Input) else 0  # type: ignore[arg-type]
    return architecture_counts(main.model.name, network, sequence_length=tokens)


def _subtitle(model: Model) -> str:
    main = model.stages[0].resolved
    parts = []
    if main.model is not None:
        parts.append(main.model.name)
    if main.hardware is not None:
        count = main.stage.fleet.count if main.stage.fleet else None
        parts.append(f"{count.text} x {main.hardware.name}" if count else main.hardware.name)
    return " on ".join(parts)


def _notes(model: Model) -> tuple[str, ...]:
    notes = [note for stage in model.stages for note in stage.notes]
    if model.resolved.as_of_assumed:
        notes.append(f"prices as of {model.resolved.as_of}, the catalog's date (assumed)")
    return tuple(dict.fromkeys(notes))
