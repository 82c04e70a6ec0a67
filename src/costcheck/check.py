"""The gate for continuous integration: schema, feasibility, claims and budget of scenario files.

Whatever is wrong with a file becomes a diagnostic at the line that says it, so every format that
shows diagnostics shows the result of a check.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from costcheck.catalog.files import Catalog, catalog_of
from costcheck.codec import document
from costcheck.diagnostics import CostcheckError, Diagnostic, Place, Severity
from costcheck.estimate.result import CLAIM_VERDICTS, FAILING, UNCHECKED, ClaimVerdict, Finding
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.judgement import Judged, judge
from costcheck.quantities import field_words
from costcheck.scenario.folder import Members, members
from costcheck.scenario.load import Loaded, load

PASSED, FAILED, UNUSABLE, BUG = 0, 1, 2, 3
"""What a check comes to; also the exit codes, the largest of several files wins."""


@dataclass(frozen=True)
class Checked:
    """What the check of one file found."""

    path: str
    problems: tuple[Diagnostic, ...]
    """Everything wrong or doubtful, in the order of the file."""
    code: int
    """0 passed, 1 something does not hold, 2 unusable, 3 a bug of ours."""
    verdict: str | None = None
    """feasible, stretch, over-budget or infeasible; None where the file is unusable."""

    @property
    def passed(self) -> bool:
        """Return whether nothing failed; warnings do not fail."""
        return self.code == PASSED

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "path": self.path,
            "passed": self.passed,
            "code": self.code,
            "verdict": self.verdict,
            "problems": [problem.to_dict() for problem in self.problems],
        }


@dataclass(frozen=True)
class Report:
    """What the check of several files found."""

    files: tuple[Checked, ...]
    others: tuple[str, ...] = ()
    """YAML files of the folders that are no scenarios."""

    @property
    def code(self) -> int:
        """Return the worst code of all files."""
        return max((item.code for item in self.files), default=PASSED)

    @property
    def passed(self) -> bool:
        """Return whether every file passed."""
        return self.code == PASSED

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """Return the problems of all files, in their order."""
        return tuple(problem for item in self.files for problem in item.problems)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document."""
        files = [item.to_dict() for item in self.files]
        found = {"passed": self.passed, "code": self.code, "files": files}
        return document({**found, "skipped": list(self.others)})


def check(
    files: Sequence[str],
    *,
    assignments: Sequence[str] = (),
    catalog: Catalog | None = None,
    samples: int = DEFAULT_SAMPLES,
    seed: int = DEFAULT_SEED,
    exclude: Sequence[str] = (),
) -> Report:
    """Check scenario files; of folders only what is meant as a scenario."""
    catalog = catalog or catalog_of()
    checked: list[Checked] = []
    others: list[str] = []
    for path in files:
        found = members(path, exclude=exclude)
        checked += [
            check_file(name, assignments, catalog=catalog, samples=samples, seed=seed)
            for name in found.scenarios
        ] or [_nothing(path, found)]
        others += found.others
    return Report(tuple(checked), tuple(others))


def check_file(
    path: str,
    assignments: Sequence[str] = (),
    *,
    catalog: Catalog,
    text: bytes | None = None,
    samples: int = DEFAULT_SAMPLES,
    seed: int = DEFAULT_SEED,
) -> Checked:
    """Check one file; nothing is raised for what is in it."""
    try:
        loaded = load(path, assignments=assignments, catalog=catalog, text=text)
        return check_loaded(loaded, samples=samples, seed=seed)
    except CostcheckError as error:
        return Checked(path, error.diagnostics, UNUSABLE)
    except Exception as error:  # one file must not hide the result of the others
        message = f"internal error: {type(error).__name__}: {error}"
        advice = "this is a bug of ours; run `costcheck estimate --debug` on the file and report it"
        return Checked(path, (Diagnostic("CC999", "error", message, Place(path), advice),), BUG)


def check_loaded(
    loaded: Loaded, *, samples: int = DEFAULT_SAMPLES, seed: int = DEFAULT_SEED
) -> Checked:
    """Check a scenario that was read already."""
    judged = judge(loaded, samples=samples, seed=seed)
    found = (*judged.diagnostics, *_judged(loaded, judged))
    problems = tuple(_of_the_checked(loaded, problem) for problem in found)
    failed = any(problem.severity == "error" for problem in problems)
    return Checked(loaded.path, problems, FAILED if failed else PASSED, judged.verdict)


def _of_the_checked(loaded: Loaded, problem: Diagnostic) -> Diagnostic:
    """What another file states is judged of this one: it stands at the line that extends it."""
    place = problem.place
    if place is None or not place.line or not loaded.path or place.file == loaded.path:
        return problem
    here = loaded.document.place(("extends",), key=True) or Place(loaded.path)
    message = f"{problem.message} (inherited from {place.file}:{place.line})"
    excerpt = loaded.document.excerpt(here)
    return replace(problem, message=message, place=here, excerpt=excerpt)


def _nothing(path: str, found: Members) -> Checked:
    advice = "check the path or the pattern; folders are searched for .yaml and .yml"
    if found.others:
        advice += f"; {len(found.others)} there have other keys than a scenario's"
    problem = Diagnostic("CC035", "error", f"no scenario files in {path}", Place(path), advice)
    return Checked(path, (problem,), UNUSABLE)


def _judged(loaded: Loaded, judged: Judged) -> Iterator[Diagnostic]:
    for finding in judged.feasibility:
        stage = f"{finding.stage}: " if finding.stage else ""
        yield from _finding(loaded, finding, ("CC501", "CC502"), lead=stage, key="fleet")
    for claim in judged.claims:
        yield from _claim(loaded, claim)
    for finding in judged.budget:
        key = f"budget.{finding.check}"
        yield from _finding(loaded, finding, ("CC505", "CC506"), lead="budget: ", key=key)


def _finding(
    loaded: Loaded, finding: Finding, codes: tuple[str, str], *, lead: str, key: str
) -> Iterator[Diagnostic]:
    """An error under the first code where something cannot be, a warning where it may not."""
    severities: dict[str, tuple[str, Severity]] = {
        "infeasible": (codes[0], "error"),
        "over-budget": (codes[0], "error"),
        "stretch": (codes[1], "warning"),
    }
    if finding.verdict in severities:
        code, severity = severities[finding.verdict]
        message = f"{lead}{finding.message}"
        yield loaded.problem(code, message, key=key, severity=severity, help=finding.help)


def _claim(loaded: Loaded, claim: ClaimVerdict) -> Iterator[Diagnostic]:
    """One problem for a claim that does not hold, at its first number that does not."""
    standing = CLAIM_VERDICTS[claim.verdict]
    wrong = [number for number in claim.numbers if number.verdict in FAILING]
    ids = [item.id for item in loaded.scenario.claims]
    key = f"claims.{ids.index(claim.id)}.{wrong[0].field if wrong else 'id'}"
    advice = f"`costcheck audit {loaded.path}` weighs the explanations"
    compared = "compared with the estimate, " + "; ".join(
        f"{field_words(number.field)} {number.stated}: {number.why}" for number in wrong
    )
    if not claim.fails:
        if standing == "doubtful":
            message = f"claim {claim.id}: {claim.told}"
            yield loaded.problem("CC504", message, key=key, severity="warning", help=advice)
        return
    said = [compared] if wrong else []
    if standing == "fails" or (standing == "doubtful" and claim.headline != UNCHECKED):
        said.insert(0 if standing == "fails" else 1, claim.told)
    if claim.verdict == claim.comparison:
        said = [claim.told]
    yield loaded.problem("CC503", f"claim {claim.id}: {'; '.join(said)}", key=key, help=advice)
