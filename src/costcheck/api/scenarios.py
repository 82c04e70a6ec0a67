"""Read scenarios, estimate them, put them side by side, audit what they claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costcheck.api.results import AuditResult, Result
from costcheck.catalog.files import Catalog
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.scenario.load import Loaded

if TYPE_CHECKING:
    from costcheck.compare import Comparison
    from costcheck.sensitivity import Sensitivity

Scenario = Loaded | str | Path | Mapping[str, Any]
"""A scenario in any of the forms the library takes."""


def load(
    source: str | Path | Mapping[str, Any],
    *,
    set: Sequence[str] = (),
    catalog: str | Path | Sequence[str | Path] = (),
) -> Loaded:
    """Read a scenario.

    Parameters
    ----------
    source : str, Path or mapping
        A file, or the same content as Python data.
    set : sequence of str
        ``key.path=value`` overrides, typed like the file.
    catalog : path or sequence of paths
        Folders with your own GPUs, prices and models, laid over ours.

    Returns
    -------
    Loaded
        For `estimate`.

    Raises
    ------
    CostcheckError
        With every problem of the file.
    """
    from costcheck.scenario.load import load as load_scenario

    folders = (catalog,) if isinstance(catalog, str | Path) else tuple(catalog)
    return load_scenario(source, assignments=set, catalog=Catalog(folders))


def estimate(
    scenario: Loaded | str | Path | Mapping[str, Any],
    *,
    samples: int = DEFAULT_SAMPLES,
    seed: int = DEFAULT_SEED,
) -> Result:
    """Estimate what a training run takes.

    Parameters
    ----------
    scenario : Loaded, path or mapping
        A scenario.
    samples : int
        Stratified draws behind the 90 % intervals.
    seed : int
        Seed of the draws.

    Returns
    -------
    Result
        Figures with low, central and high.

    Raises
    ------
    CostcheckError
        If the scenario is unusable.
    """
    from costcheck.estimate import estimate as estimate_loaded

    loaded = scenario if isinstance(scenario, Loaded) else load(scenario)
    found = estimate_loaded(loaded, samples=samples, seed=seed)
    if found.claims:
        from costcheck.audit.scenario import with_verdicts

        found = with_verdicts(found)
    return Result(found)


def audit(
    claims: Scenario | Sequence[Scenario],
    *,
    joint: bool = False,
    registry: bool = True,
) -> AuditResult:
    """Say whether public claims hold and, if not, what probably happened to them.

    Parameters
    ----------
    claims : Loaded, path, mapping, or a sequence of them
        Files, or the same content as Python data, that state claims.
    joint : bool
        Audit the claims of all files about one subject together.
    registry : bool
        False: leave known runs out, and judge by the numbers and the priors alone.

    Returns
    -------
    AuditResult
        A report card for each claim.

    Raises
    ------
    CostcheckError
        If a file is unusable or none states a claim.
    """
    from costcheck.audit.scenario import audit_scenarios

    given = (claims,) if isinstance(claims, Loaded | str | Path | Mapping) else claims
    loaded = [item if isinstance(item, Loaded) else load(item) for item in given]
    return AuditResult(audit_scenarios(loaded, joint=joint, use_registry=registry))


def sensitivity(
    scenario: Loaded | str | Path | Mapping[str, Any],
    *,
    of: str = "cost_usd",
    samples: int = DEFAULT_SAMPLES,
    seed: int = DEFAULT_SEED,
) -> Sensitivity:
    """Return which uncertain inputs drive the range of a result.

    Parameters
    ----------
    scenario : Loaded, path or mapping
        A scenario.
    of : str
        A result by its JSON name, or any quantity by its path.
    samples, seed : int
        Draws behind the interval and their seed.

    Returns
    -------
    Sensitivity
        Drivers, the strongest first, with their shares of the variance.

    Raises
    ------
    CostcheckError
        If the scenario is unusable or the result unknown.
    """
    from costcheck.sensitivity import sensitivity as drivers

    loaded = scenario if isinstance(scenario, Loaded) else load(scenario)
    return drivers(loaded, of=of, samples=samples, seed=seed)


def compare(
    *scenarios: Result | Loaded | str | Path | Mapping[str, Any], by: str | None = None
) -> Comparison:
    """Put scenarios side by side.

    Parameters
    ----------
    *scenarios : Result, Loaded, path or mapping
        Scenarios, estimated already or not.
    by : str, optional
        Result that decides which is best; absent: the cost where all have one.

    Returns
    -------
    Comparison
        Figures beside each other, the best of each, and whether ranges overlap.
    """
    from costcheck.compare import compare as side_by_side

    results = [item if isinstance(item, Result) else estimate(item) for item in scenarios]
    return side_by_side([result.estimate for result in results], by=by)
