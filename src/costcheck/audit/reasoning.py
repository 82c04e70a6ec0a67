"""One subject's statements through the network: explanations, testability, conflicts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from costcheck.audit.alternatives import Expected, Weighing, alternatives, as_stated
from costcheck.audit.exact import Closure, check, derived
from costcheck.audit.facts import ClaimContext
from costcheck.audit.garbles import Garbles, Scene
from costcheck.audit.hypotheses import Edit, Explanation, Judged, judge
from costcheck.audit.identities import LOG_FORMS
from costcheck.audit.inference import leave_one_out
from costcheck.audit.network import Skeleton, skeleton
from costcheck.audit.piecewise import Array
from costcheck.audit.priors import Priors, rules
from costcheck.audit.statements import Statement
from costcheck.quantities import CLAIMED, IMPLIED
from costcheck.units import NORMAL_DEVIATIONS

_LARGEST = 690.0
"""ln of the largest number printed."""
PINNED = 30.0
"""An implied value known no better than this factor is not worth printing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Implied:
    """What the numbers imply for a quantity the reader can judge."""

    value: float
    factor: float
    """Known to within this factor either way (90 %)."""
    note: str = ""
    """Which bound it passes, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasoning:
    """Everything the numbers and the priors say about one subject's statements."""

    statements: tuple[Statement, ...]
    closures: tuple[Closure, ...]
    derived: Mapping[int, Closure]
    judged: Judged
    expected: Mapping[int, Expected]
    """What the rest says about each live statement."""
    implied: Mapping[str, Implied]
    settle: tuple[str, float] | None
    """The number that would pin the others best, and the factor they would be known to."""
    context: ClaimContext

    @property
    def probabilities(self) -> Array:
        """The posterior over explanations."""
        return self.judged.probabilities

    @property
    def explanations(self) -> tuple[Explanation, ...]:
        """The explanations, as stated first."""
        return self.judged.explanations

    def mass_on(self, index: int) -> float:
        """Posterior mass of the explanations that change one statement."""
        pairs = zip(self.explanations, self.probabilities.tolist(), strict=True)
        lost = (p for item, p in pairs if index in item.touches and item.family != "bridge")
        return float(min(sum(lost), 1.0))

    def testability(self, index: int) -> float:
        """The factor to which the rest pins a statement."""
        known = self.expected.get(index)
        return exp(NORMAL_DEVIATIONS * known.sd) if known else 1.0


DigitEvidence = Callable[[Statement, Edit], float]
"""ln of the Bayes factor that known figures lend to an edit: its digits found again."""


def with_digits(reasoning: Reasoning, evidence: DigitEvidence) -> Reasoning:
    """The reasoning with the evidence of known figures on its garbles."""
    judged = reasoning.judged
    extra = [
        evidence(reasoning.statements[item.edits[0].statement], item.edits[0])
        if item.family == "garble" and len(item.edits) == 1
        else 0.0
        for item in judged.explanations
    ]
    return replace(reasoning, judged=replace(judged, log_joint=judged.log_joint + np.array(extra)))


def cleared(reasoning: Reasoning, borne: Set[int]) -> Reasoning:
    """The reasoning once the record bears some statements out: what is wrong is another one.

    How likely it is that nothing is wrong stays, as do differences of definition.
    """
    judged = reasoning.judged
    blames = np.array([item.family not in {"stated", "bridge"} for item in judged.explanations])
    free = np.array([item.touches.isdisjoint(borne) for item in judged.explanations])
    if not (blames & free).any() or not (blames & ~free).any():
        return reasoning
    every, kept = (np.logaddexp.reduce(judged.log_joint[x]) for x in (blames, blames & free))
    moved = np.where(free, judged.log_joint + (every - kept), -np.inf)
    return replace(
        reasoning, judged=replace(judged, log_joint=np.where(blames, moved, judged.log_joint))
    )


def exp(log_value: float) -> float:
    """The value of a logarithm, cut off where floating point ends."""
    return math.exp(max(min(log_value, _LARGEST), -_LARGEST))


def reason(
    statements: Sequence[Statement],
    *,
    context: ClaimContext,
    priors: Priors,
    garbles: Garbles,
    text: str,
    speakers: Sequence[str | None],
) -> Reasoning:
    """The posterior over explanations of one subject's statements."""
    closures = check(statements, text)
    gone = derived(statements, closures)
    live = [i for i in range(len(statements)) if i not in gone]
    scene = Scene(statements=statements, context=context, text=text)
    weighing = Weighing(
        scene=scene,
        priors=priors,
        garbles=garbles,
        closures=closures,
        derived=gone,
        speakers=speakers,
    )
    prior = skeleton(context, priors, frozenset(item.field for item in statements))
    stated = as_stated(weighing)
    first = judge(prior, statements, [stated], live)
    expected = _rest(first, statements)
    judged = judge(prior, statements, [stated, *alternatives(weighing, expected)], live)
    return Reasoning(
        statements=tuple(statements),
        closures=closures,
        derived=gone,
        judged=judged,
        expected=expected,
        implied=_implied(first, prior),
        settle=_settle(first, [statements[i] for i in live]),
        context=context,
    )


def _likeliest(judged: Judged) -> int:
    return int(np.argmax(judged.regime_weights[0]))


def _rest(judged: Judged, statements: Sequence[Statement]) -> dict[int, Expected]:
    """Leave-one-out predictions of every live statement in the likeliest regime."""
    at = _likeliest(judged)
    left, posterior = leave_one_out(judged.network, judged.posterior), judged.posterior
    expected: dict[int, Expected] = {}
    for index, row in judged.rows.items():
        constant = LOG_FORMS[statements[index].field].constant
        mean, sd = float(left.predicted[at, row] + constant), float(left.sd[at, row])
        expected[index] = Expected(mean=mean, sd=sd)
    for index, site in judged.sites.items():
        constant = LOG_FORMS[statements[index].field].constant
        mean = float(posterior.cavity_mean[at, site] + constant)
        sd = math.sqrt(posterior.cavity_variance[at, site])
        expected[index] = Expected(mean=mean, sd=sd)
    return expected


def _implied(judged: Judged, prior: Skeleton) -> dict[str, Implied]:
    """What the numbers without their own priors imply for MFU, rent, power and capex."""
    at = _likeliest(judged)
    implied: dict[str, Implied] = {}
    for figure in IMPLIED:
        if figure.variable not in prior.site_names:
            continue
        column = prior.site_names.index(figure.variable)
        mean = float(judged.posterior.cavity_mean[at, column])
        sd = math.sqrt(judged.posterior.cavity_variance[at, column])
        factor = exp(NORMAL_DEVIATIONS * sd)
        if factor < PINNED:
            value = exp(mean) * figure.per_variable
            implied[figure.name] = Implied(value=value, factor=factor)
    return implied


def _settle(judged: Judged, kept: Sequence[Statement]) -> tuple[str, float] | None:
    """The unstated number that would pin the stated ones best."""
    covariance = judged.posterior.covariance[_likeliest(judged)]
    limits = rules("reasoning")
    stated = {item.field for item in kept}
    best: tuple[str, float] | None = None
    for field, row in CLAIMED.items():
        if field in stated or row.claimed is None or not row.claimed.asked:
            continue
        form = LOG_FORMS[field].form
        spread = covariance @ form
        updated = covariance - np.outer(spread, spread) / (form @ spread + limits["asked"] ** 2)
        factor = _mean_factor(updated, kept)
        if best is None or factor < best[1] * limits["better"]:
            best = (field, factor)
    return best


def _mean_factor(covariance: Array, kept: Sequence[Statement]) -> float:
    """The geometric mean of the factors to which the rest pins each statement."""
    logs, limits = [], rules("reasoning")
    for item in kept:
        form = LOG_FORMS[item.field].form
        own = max(_sd(item), limits["least"])
        variance = float(form @ covariance @ form)
        rest = 1.0 / max(1.0 / max(variance, limits["loosest"] ** 2) - own**-2, limits["loosest"])
        logs.append(NORMAL_DEVIATIONS * math.sqrt(rest))
    return exp(sum(logs) / max(len(logs), 1))


def _sd(item: Statement) -> float:
    """The spread of a statement as a Gaussian, a bound's included."""
    return item.sd if item.factor is None else float(rules("reasoning")["bound"])


def conflicts(reasoning: Reasoning, priors: Priors) -> tuple[tuple[int, ...], ...]:
    """The minimal sets of up to three statements that the priors cannot reconcile.

    The prior predictive of the statements is Gaussian after one pass of expectation
    propagation; a set is in conflict when its chi-square is past the level and no smaller one
    inside it is.
    """
    live = [i for i in range(len(reasoning.statements)) if i not in reasoning.derived]
    stated = frozenset(item.field for item in reasoning.statements)
    prior = skeleton(reasoning.context, priors, stated)
    empty = judge(prior, [], [Explanation(name="", family="stated", log_prior=0.0)], [])
    at = _likeliest(empty)
    mean, covariance = empty.posterior.mean[at], empty.posterior.covariance[at]
    items = [reasoning.statements[i] for i in live]
    forms = np.array([LOG_FORMS[s.field].form for s in items]).reshape(len(items), -1)
    sds = np.array([_sd(item) for item in items])
    centres = np.array([s.log_value - LOG_FORMS[s.field].constant for s in items]) - forms @ mean
    total = forms @ covariance @ forms.T + np.diag(sds**2)
    found: list[tuple[int, ...]] = []
    for size in range(1, min(3, len(items)) + 1):
        subsets = np.array(list(combinations(range(len(items)), size)))
        blocks = total[subsets[:, :, None], subsets[:, None, :]]
        off = centres[subsets]
        chi2 = np.einsum("si,si->s", off, np.linalg.solve(blocks, off[:, :, None])[:, :, 0])
        for subset, value in zip(subsets.tolist(), chi2.tolist(), strict=True):
            smaller = any(set(known) <= set(subset) for known in found)
            if not smaller and tail(value, size) < priors.verdicts["conflict_alpha"]:
                found.append(tuple(subset))
    return tuple(tuple(live[k] for k in subset) for subset in found)


def tail(chi2: float, freedom: int) -> float:
    """The upper tail of chi-square with 1, 2 or 3 degrees of freedom."""
    half = chi2 / 2.0
    if freedom == 2:
        return math.exp(-half)
    one = math.erfc(math.sqrt(half))
    return one if freedom == 1 else one + math.sqrt(2.0 * chi2 / math.pi) * math.exp(-half)
