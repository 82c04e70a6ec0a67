"""What makes a command fail: ``--fail-on 'cost>$6M,days>60,cost>+10%,infeasible,claim,budget'``."""

from __future__ import annotations

import operator
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from costcheck.diagnostics import CostcheckError, refusal
from costcheck.estimate.currency import dollars_only
from costcheck.estimate.result import Estimate, Figure
from costcheck.judgement import exceeded, failing_claims
from costcheck.quantities import GATES, RESULTS, label_of, result_named
from costcheck.report.views.figures import with_unit
from costcheck.text.quantity import QuantityProblem

WORDS = ("infeasible", "stretch", "claim", "budget")

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_TERM = re.compile(r"\s*([a-z_0-9]+)\s*(>=|<=|>|<)\s*([^<>=].*?)\s*")
_ADVICE = (
    "write terms such as infeasible, claim, budget, cost>$6M, days>60, "
    "and in a diff cost>+10%, separated by commas"
)


@dataclass(frozen=True)
class Condition:
    """One term: a word, or a result compared with a limit."""

    text: str
    name: str
    relation: str = ""
    limit: float = 0.0
    of: str = "value"
    """``value``, ``change`` (absolute) or ``ratio`` (relative change)."""


@dataclass(frozen=True)
class Measured:
    """What a condition looks at."""

    label: str
    figures: Mapping[str, Figure]
    before: Mapping[str, Figure] | None
    words: Mapping[str, str]
    """Words that hold, with what to say about them."""


def conditions(expression: str, names: Sequence[str]) -> tuple[Condition, ...]:
    """Read an expression."""
    terms = re.split(r",(?=\s*[A-Za-z]|\s*$)", expression)
    return tuple(_condition(term.strip(), names) for term in terms if term.strip())


def failures(estimates: Sequence[Estimate], expression: str) -> list[str]:
    """What fails, one sentence each."""
    names = list(estimates[0].figures) if estimates else []
    wanted = conditions(expression, names)
    return [sentence for estimate in estimates for sentence in failing(wanted, _measured(estimate))]


def say_failed(sentences: Sequence[str], *, quiet: bool) -> None:
    """Write what failed to standard error, a line each."""
    if not quiet:
        sys.stderr.write("".join(f"failed: {sentence}\n" for sentence in sentences))


def failing(wanted: Sequence[Condition], measured: Measured) -> list[str]:
    """The conditions that hold, each as a sentence."""
    found = (_holds(condition, measured) for condition in wanted)
    return [f"{measured.label}: {sentence}" for sentence in found if sentence]


def words_of(verdict: str, claims: Sequence[str], budget: Sequence[str]) -> dict[str, str]:
    """The words of the grammar that hold, with what to say about them."""
    found = {}
    if verdict == "infeasible":
        found["infeasible"] = "infeasible"
    if verdict in ("infeasible", "over-budget", "stretch"):
        found["stretch"] = verdict
    if claims:
        found["claim"] = f"claims that do not hold: {', '.join(claims)}"
    if budget:
        found["budget"] = f"over the budget: {', '.join(budget)}"
    return found


def _measured(estimate: Estimate) -> Measured:
    return Measured(
        label=estimate.path or estimate.name,
        figures=estimate.figures,
        before=None,
        words=words_of(estimate.verdict, failing_claims(estimate), exceeded(estimate)),
    )


def _condition(term: str, names: Sequence[str]) -> Condition:
    if term in WORDS:
        return Condition(term, term)
    match = _TERM.fullmatch(term)
    if match is None:
        raise _unreadable(f"{term!r} is no condition")
    name = result_named(GATES.get(match[1], match[1]), names, code="CC036", prefix="--fail-on: ")
    text = match[3]
    of = "value"
    if text[0] in "+-":
        of = "ratio" if text.endswith("%") else "change"
    return Condition(term, name, match[2], _limit(name, text, of), of)


def _limit(name: str, text: str, of: str) -> float:
    sign, size = (-1.0 if text[0] == "-" else 1.0), text.lstrip("+-")
    row = RESULTS[name]
    dimension, scale = ("ratio", 1.0) if of == "ratio" else (row.dimension, row.scale)
    try:
        return sign * float(size.replace(",", ""))
    except ValueError:
        pass
    try:
        return sign * dollars_only(size, dimension) * scale
    except QuantityProblem as problem:
        raise _unreadable(f"{text!r} is no limit of {name}: {problem.message}") from problem


def _unreadable(message: str, advice: str = _ADVICE) -> CostcheckError:
    return refusal("CC036", f"--fail-on: {message}", None, advice)


def _holds(condition: Condition, measured: Measured) -> str:
    """What to say where a condition holds; empty where it does not."""
    if not condition.relation:
        return measured.words.get(condition.name, "")
    if condition.of != "value":
        return _change_holds(condition, measured)
    figure = measured.figures.get(condition.name)
    if figure is None or figure.central is None:
        return f"{label_of(condition.name)} is unknown, so {condition.text} cannot be ruled out"
    if not _COMPARE[condition.relation](figure.central, condition.limit):
        return ""
    apart = with_unit(abs(figure.central - condition.limit), figure.unit)
    way = "too much" if condition.relation.startswith(">") else "too little"
    shown = with_unit(figure.central, figure.unit)
    return f"{condition.text}: {label_of(condition.name)} is {shown}, {apart} {way}"


def _change_holds(condition: Condition, measured: Measured) -> str:
    if measured.before is None:
        raise _unreadable(
            f"{condition.text!r} compares with an earlier state",
            "changes such as cost>+10% are for costcheck diff",
        )
    before, after = measured.before.get(condition.name), measured.figures.get(condition.name)
    if before is None or before.central is None or after is None or after.central is None:
        return f"{label_of(condition.name)} is unknown, so {condition.text} cannot be ruled out"
    change = after.central - before.central
    if condition.of == "ratio":
        if not before.central:
            return f"{condition.text}: {label_of(condition.name)} was zero" if change else ""
        change /= before.central
    if not _COMPARE[condition.relation](change, condition.limit):
        return ""
    shown = f"{change:+.1%}" if condition.of == "ratio" else with_unit(change, after.unit)
    return f"{condition.text}: {label_of(condition.name)} changes by {shown}"
