"""Read the scenarios a command names, all of them before anything is reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from costcheck.catalog.files import catalog_of
from costcheck.cli.streams import STANDARD, emit, read_bytes, show_problems
from costcheck.diagnostics import CostcheckError, Diagnostic
from costcheck.estimate.result import Estimate
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.scenario.load import Loaded, load

if TYPE_CHECKING:
    from costcheck.scenario.told import Told


def read_scenarios(
    files: Sequence[str],
    *,
    assignments: Sequence[str] | None = None,
    folders: Sequence[str] | None = None,
    flags: Mapping[str, str | None] | None = None,
    save: str | None = None,
    told: Mapping[str, Told] | None = None,
) -> list[Loaded]:
    """Read scenario files, or models with flags; problems of all come together."""
    catalog = catalog_of(folders)
    loaded: list[Loaded] = []
    problems: list[Diagnostic] = []
    for file in files:
        text: str | bytes | None = None
        name = "<stdin>" if file == STANDARD else file
        if told and file in told:
            name, text = told[file].name, told[file].text
        elif file == STANDARD:
            text = read_bytes(STANDARD)
        changes = list(assignments or ())
        spoken_of = flags is not None and (any(flags.values()) or not Path(file).exists())
        if spoken_of or file.endswith(".json"):
            from costcheck.cli.spoken import as_assignments, spoken

            said = spoken(file, flags or {}, catalog)
            changes += [] if said else as_assignments(flags or {})
            name, text = (said.name, said.text) if said else (name, text)
            if said and save:
                emit(said.text, save)
        try:
            loaded.append(load(name, assignments=changes, catalog=catalog, text=text))
        except CostcheckError as error:
            problems += error.diagnostics
    if problems:
        raise CostcheckError(problems)
    return loaded


def estimates_of(
    loaded: Sequence[Loaded],
    *,
    samples: int = DEFAULT_SAMPLES,
    seed: int = DEFAULT_SEED,
    quiet: bool = False,
) -> list[Estimate]:
    """Estimate scenarios; what is odd about them goes to standard error."""
    from costcheck.judgement import judged

    estimates = [judged(item, samples=samples, seed=seed) for item in loaded]
    for item in estimates:
        # Notes stand in the report already.
        problems = [problem for problem in item.diagnostics if problem.severity != "note"]
        if problems and not quiet:
            show_problems(problems)
    return estimates
