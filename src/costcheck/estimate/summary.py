"""From an evaluated graph to the values that people hold."""

from collections.abc import Iterator, Mapping, Sequence

from costcheck.estimate.architecture_counts import architecture_counts
from costcheck.estimate.budget import budget_findings
from costcheck.estimate.claims import claim_verdict, excluded
from costcheck.estimate.context import context_of
from costcheck.estimate.feasibility import findings
from costcheck.estimate.idle_keys import idle_diagnostics, idle_keys, idle_lines
from costcheck.estimate.model import Model
from costcheck.estimate.ranges import intervals
from costcheck.estimate.reading import claimable_figures, figure_of, supports
from costcheck.estimate.result import (
    SEVERITY,
    ClaimVerdict,
    Estimate,
    Figure,
    Finding,
    InputLine,
    StageEstimate,
    Support,
    Verdict,
)
from costcheck.estimate.stage import StageNodes
from costcheck.estimate.study import known_value
from costcheck.estimate.totals import joined_basis
from costcheck.graph.evaluation import Evaluation
from costcheck.graph.nodes import Node, leaves
from costcheck.scenario.claim import Claim, about_the_run
from costcheck.scenario.load import Loaded


def summarize(
    loaded: Loaded, model: Model, central: Evaluation, *, samples: int, seed: int
) -> Estimate:
    """The estimate of an evaluated graph."""
    ends = intervals(_known_results(model, central), central.values, samples=samples, seed=seed)
    support = supports(model.stages)
    figures = {
        name: figure_of(node, central, ends, joined_basis(name, model.stages), support)
        for name, node in model.totals.items()
    }
    found = all_findings(model, central)
    idle = idle_keys(model, loaded)
    scenario = loaded.scenario
    budget = budget_findings(scenario.budget, figures, scenario.currency_rates or {})
    claims = _claims(loaded, model, central, figures)
    return Estimate(
        name=scenario.name or loaded.path,
        path=loaded.path,
        catalog=loaded.catalog.date,
        title=scenario.name or loaded.path or "scenario",
        subtitle=_subtitle(model),
        verdict=verdict_of((*found, *budget), model, central),
        figures=figures,
        stages=tuple(_stage(stage, central, ends, support) for stage in model.stages),
        feasibility=found,
        claims=claims,
        budget=budget,
        inputs=tuple(input_lines(model.roots())),
        diagnostics=(*model.resolved.problems, *idle_diagnostics(idle, loaded)),
        excludes=excluded(scenario, adapts=_adapts(model)),
        notes=_notes(model, idle),
        root=model.totals,
        evaluation=central,
        source=loaded,
        architecture=_architecture(model),
        samples=samples,
        seed=seed,
        context_of=lambda: context_of(model, figures, claims, samples=samples, seed=seed),
    )


def _claims(
    loaded: Loaded, model: Model, central: Evaluation, figures: Mapping[str, Figure]
) -> tuple[ClaimVerdict, ...]:
    """Compare every claim about the subject that the file names first."""
    scenario = loaded.scenario
    if not scenario.claims:
        return ()
    from costcheck.estimate.claim_units import restated

    claimable = {**figures, **claimable_figures(model.stages, central)}
    about_this = about_the_run(scenario.claims)
    return tuple(
        claim_verdict(
            restated(claim, scenario.currency_rates, loaded.catalog),
            claimable,
            excluded(scenario, adapts=_adapts(model)),
            about_this=claim.id in about_this and not _is_of_another(claim, loaded),
        )
        for claim in scenario.claims
    )


def _is_of_another(claim: Claim, loaded: Loaded) -> bool:
    """Whether the catalog knows a claim's subject as another model than the file's."""
    names = (claim.about, loaded.scenario.model)
    found = [loaded.catalog.find("models", x) for x in names if isinstance(x, str)]
    ids = {entry.id for entry in found if entry is not None}
    return len(ids) > 1


def _adapts(model: Model) -> bool:
    """Whether every stage adapts a trained model."""
    return all(stage.study.fine_tunes for stage in model.stages)


def _known_results(model: Model, central: Evaluation) -> list[Node]:
    wanted = [*model.totals.values()]
    for stage in model.stages:
        wanted += stage.results.values()
    return [node for node in dict.fromkeys(wanted) if central[node] is not None]


def _stage(
    stage: StageNodes,
    central: Evaluation,
    ends: Mapping[Node, tuple[float, float]],
    support: Mapping[str, Support],
) -> StageEstimate:
    hardware = stage.resolved.hardware
    return StageEstimate(
        name=stage.resolved.stage.name,
        kind=stage.resolved.stage.kind,
        gpu=hardware.name if hardware else "",
        figures={
            name: figure_of(node, central, ends, stage.bases.get(name, ""), support)
            for name, node in stage.results.items()
        },
        notes=stage.notes,
    )


def all_findings(model: Model, central: Evaluation) -> tuple[Finding, ...]:
    """The feasibility findings of all stages."""
    return tuple(finding for stage in model.stages for finding in findings(stage, central))


def verdict_of(found: Sequence[Finding], model: Model, central: Evaluation) -> Verdict:
    """The worst verdict of the findings; none where nothing is found and nothing is known."""
    verdicts = (model.least_verdict(central), *(finding.verdict for finding in found))
    return max(verdicts, key=SEVERITY.__getitem__)


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
            value=leaf.number,
            unit=leaf.unit,
            place=source.place,
            line=int(line) if line.isdigit() else None,
            sources=source.sources,
            low=leaf.spread.low if leaf.spread else None,
            high=leaf.spread.high if leaf.spread else None,
            source=source.origin,
        )


def _architecture(model: Model) -> dict[str, object] | None:
    main = model.stages[0].resolved
    network = main.model.architecture if main.model else None
    if network is None or main.model is None:
        return None
    tokens = round(known_value(model.stages[0].compute.sequence_length) or 0.0)
    return architecture_counts(main.model.name, network, sequence_length=tokens)


def _subtitle(model: Model) -> str:
    main = model.stages[0].resolved
    parts = []
    if main.model is not None:
        training = main.stage.training
        stated = training.tokens.said.replace(" tokens", "") if training and training.tokens else ""
        parts.append(main.model.name + (f", {stated} tokens" if stated else ""))
    if main.hardware is not None:
        count = main.stage.fleet.count if main.stage.fleet else None
        parts.append(f"{count.said} x {main.hardware.name}" if count else main.hardware.name)
    return " on ".join(parts)


def _notes(model: Model, idle: Mapping[str, str]) -> tuple[str, ...]:
    notes = [note for stage in model.stages for note in stage.notes]
    if model.resolved.as_of_assumed:
        notes.append(f"prices as of {model.resolved.as_of}, the catalog's date (assumed)")
    return tuple(dict.fromkeys([*notes, *idle_lines(idle)]))
