"""What is judged of a scenario: one verdict per claim, what a gate needs, what makes it fail."""

from dataclasses import dataclass, replace

from costcheck.diagnostics import Diagnostic
from costcheck.estimate import build, estimate
from costcheck.estimate.budget import LIMITED, budget_findings
from costcheck.estimate.model import Model
from costcheck.estimate.ranges import intervals
from costcheck.estimate.reading import figure_of
from costcheck.estimate.result import ClaimVerdict, Estimate, Finding, Verdict
from costcheck.estimate.summary import all_findings, verdict_of
from costcheck.graph.evaluation import evaluate
from costcheck.scenario.load import Loaded


@dataclass(frozen=True)
class Judged:
    """What is judged about a scenario."""

    verdict: Verdict
    feasibility: tuple[Finding, ...]
    claims: tuple[ClaimVerdict, ...]
    budget: tuple[Finding, ...]
    diagnostics: tuple[Diagnostic, ...]


def judged(loaded: Loaded, *, samples: int, seed: int) -> Estimate:
    """The estimate of a scenario, its claims with the verdict of the audit."""
    found = estimate(loaded, samples=samples, seed=seed)
    if not found.claims:
        return found
    # Most files state no claims, and the audit would double the time they take.
    from costcheck.audit.scenario import audited_claims

    return replace(found, claims=audited_claims(loaded, found.claims))


def judge(loaded: Loaded, *, samples: int, seed: int) -> Judged:
    """Judge a scenario, computing no more than its verdicts need."""
    if loaded.scenario.claims:
        found = judged(loaded, samples=samples, seed=seed)
        return Judged(
            found.verdict, found.feasibility, found.claims, found.budget, found.diagnostics
        )
    model = build(loaded)
    central = evaluate(model.roots())
    feasibility = all_findings(model, central)
    budget = _budget(loaded, model, samples=samples, seed=seed)
    verdict = verdict_of((*feasibility, *budget), model, central)
    return Judged(verdict, feasibility, (), budget, model.resolved.problems)


def _budget(loaded: Loaded, model: Model, *, samples: int, seed: int) -> tuple[Finding, ...]:
    scenario = loaded.scenario
    if scenario.budget is None:
        return ()
    nodes = {row.name: model.totals[row.name] for row in LIMITED.values()}
    central = evaluate(nodes.values())
    known = [node for node in nodes.values() if central[node] is not None]
    ends = intervals(known, central.values, samples=samples, seed=seed)
    figures = {name: figure_of(node, central, ends, "") for name, node in nodes.items()}
    return budget_findings(scenario.budget, figures, scenario.currency_rates or {})


def failing_claims(found: Estimate) -> tuple[str, ...]:
    """The identifiers of the claims that do not hold."""
    return tuple(claim.id for claim in found.claims if claim.fails)


def exceeded(found: Estimate) -> tuple[str, ...]:
    """The limits of the budget that the central estimate exceeds."""
    return tuple(item.check for item in found.budget if item.verdict == "over-budget")
