"""Which known runs a claim is about, and whose figures it repeats."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from costcheck.audit.facts import ClaimContext
from costcheck.audit.matching import RunMatch, agree, compare, diffuse
from costcheck.audit.priors import Priors, rules
from costcheck.audit.speakers import other_makers
from costcheck.audit.statements import Statement
from costcheck.audit.tense import is_told, speaks
from costcheck.catalog.files import catalog_of
from costcheck.catalog.known_runs import KnownRun, Registry, Standing, maker_of, runs_of, words
from costcheck.catalog.model_names import size_in_name
from costcheck.quantities import SIZES
from costcheck.scenario.claim import Claim, numbers
from costcheck.text.quantity import parse

GIVEN = frozenset({"developer", "agreed", "computed"})
"""Standings of figures that the maker gave, sums and products of them included."""
MAKERS = GIVEN | {"derived"}
"""Standings of figures that the maker gave, or that follow from those it gave."""


def resolved(
    statements: Sequence[Statement],
    ranking: Sequence[RunMatch],
    claim: Claim,
    context: ClaimContext,
    registry: Registry,
    priors: Priors,
) -> tuple[tuple[KnownRun, ...], float | None, RunMatch | None]:
    """The runs of the subject, another's margin over them, and that other where it is meant."""
    about = claim.about
    own = runs_of(about, registry) or _of_one_voice(statements, about, registry)
    margin = _margin(statements, own, ranking, about)
    whose = rival_of(statements, ranking, own, about, margin, priors)
    if whose and not own and _is_refuted(whose.run, statements, claim, context, registry):
        whose = None
    if whose is None or own or not _is_family_of(about, whose.run):
        return own, margin, whose
    # The name of a family says less than its figures do, and nothing else.
    own = runs_of(whose.run.subject, registry)
    return own, _margin(statements, own, ranking, whose.run.subject), None


def _is_refuted(
    run: KnownRun,
    statements: Sequence[Statement],
    claim: Claim,
    context: ClaimContext,
    registry: Registry,
) -> bool:
    """Whether a text that names no known model says what denies that a known run is meant.

    What is yet to run, ran on something else, is another's or of another size is no account of it;
    nor are figures that only come near it.
    """
    fits = (compare(item, run) for item in statements if item.field not in SIZES)
    printed = sum(fit is not None and fit.is_printed for fit in fits)
    return (
        is_told("planned", claim)
        or bool(other_part(context, (run,)))
        or printed < _needed(run, claim.about)
        or any(_is_denied(item, run.subject, registry) for item in statements)
        or _names_another(run, claim)
    )


def _is_denied(item: Statement, subject: str, registry: Registry) -> bool:
    """Whether a number is none of what is on record of a subject, or in its name."""
    fits = [fit for run in registry if run.subject == subject and (fit := compare(item, run))]
    named = sizes_by_name(subject)
    if fits or named is None:
        return bool(fits) and not any(fit.holds for fit in fits)
    size = named.figures.get(item.field)
    loose = math.log(rules("record")["nominal_size"])
    return size is not None and abs(item.log_value - math.log(size.value)) > loose


def _names_another(run: KnownRun, claim: Claim) -> bool:
    """Whether a text has names besides those of its subject and of a run, its part and maker."""
    maker = maker_of(run.subject, catalog_of())
    names = (claim.about, claim.gpu, run.subject, *run.names, run.gpu, maker)
    own = words(" ".join(name for name in names if name), whole=True)
    named = re.findall(rules("speaks_up")["name"], claim.text or "")
    return any(
        not re.search(r"\d|GPU", name) and set(own).isdisjoint(words(name)) for name in named
    )


def with_member(claim: Claim, registry: Registry) -> Claim:
    """A claim about all of a family, or about the one member that its text means by a size.

    The name may be the family's and the size elsewhere in the text, or the other way round. What
    another maker trained anew is that maker's run where one is on record.
    """
    about, text = words(claim.about or ""), words(claim.text or "")
    for maker in other_makers(claim.text or "", claim.about, how=("trains", "owns")):
        of_it = f"{claim.about} ({maker})"
        if runs_of(of_it, registry) != runs_of(claim.about, registry):
            return replace(claim, about=of_it)
    if speaks("family", claim.text):
        whole = (run.subject for run in registry if words(run.subject) == (*about, "family"))
        if family := next(whole, None):
            return replace(claim, about=family)
    stated = (item.value for field, item in numbers(claim) if field in SIZES)
    said = {f"{value / 1e9:g}b" for value in stated} | set(text)
    members: dict[str, int] = {}
    for name in {run.subject for run in registry} if about else ():
        parts = words(name)
        stem = tuple(word for word in parts if not _SIZE.fullmatch(word))
        size = parts[len(stem) :]
        of_family = stem == about and said.issuperset(size)
        by_size = size == about and f" {' '.join(stem)} " in f" {' '.join(text)} "
        if size and (of_family or by_size) and parts[: len(stem)] == stem:
            members[name] = len(stem)
    nearest = [name for name, length in members.items() if length == max(members.values())]
    return replace(claim, about=nearest[0]) if len(nearest) == 1 else claim


_SIZE = re.compile(r"a?[\d.]+[bmt]")
"""A size at the end of a name: 70b, a3b."""


def _of_one_voice(
    statements: Sequence[Statement], about: str | None, registry: Registry
) -> tuple[KnownRun, ...]:
    """The models of a version named without a size, where the same figures hold for each."""
    version = words(about or "")
    members = [run for run in registry if version and _is_size_of(version, words(run.subject))]
    if len({run.subject for run in members}) < 2:
        return ()
    for field in {item.field for item in statements}:
        known = [run.figures[field].value for run in members if field in run.figures]
        if known and not agree(max(known), min(known)):
            return ()
    return tuple(members)


def _is_size_of(version: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Whether a name is that of a version and a size: Qwen3, Qwen3-32B."""
    size = name[len(version) :]
    return name[: len(version)] == version and all(map(_SIZE.fullmatch, size))


def _margin(
    statements: Sequence[Statement],
    own: Sequence[KnownRun],
    ranking: Sequence[RunMatch],
    about: str | None,
) -> float | None:
    """How much better another subject's run fits; unknown subjects compete as diffuse."""
    rivals = [match for match in ranking if match.run not in own and match.run.is_account]
    if not rivals:
        return None
    best = rivals[0]
    if own:
        mine = max((m.score for m in ranking if m.run in own), default=None)
        return best.score - (mine if mine is not None else diffuse(len(statements)))
    kin = _is_kin(best.run, about)
    tried = sum(_is_kin(match.run, about) for match in ranking) if kin else len(ranking)
    return best.score - diffuse(len(statements)) - math.log(tried)


def _is_kin(run: KnownRun, about: str | None) -> bool:
    """Whether a run's subject has the first word of a name: GPT-3 and GPT-3.5."""
    return words(run.subject)[:1] == words(about or "")[:1]


def _is_family_of(about: str | None, run: KnownRun) -> bool:
    """Whether a name without a version begins that of a run's subject: DeepSeek, DeepSeek-V3."""
    family = words(about or "")
    longer = words(run.subject)
    return family == longer[: len(family)] and not re.search(r"\d", about or "")


def of_a_family(statements: Sequence[Statement], about: str | None, registry: Registry) -> str:
    """Whose figures these are where a text names a family of models alone."""
    members = [run for run in registry if about and _is_family_of(about, run)]
    if len({run.subject for run in members}) < 2:
        return ""
    whose = {
        run.subject
        for run in members
        if run.is_account
        and all((fit := compare(item, run)) is not None and fit.is_close for item in statements)
    }
    named = ", ".join(sorted(whose))
    told = f": these figures are those of {named}" if named else ", not one of it"
    return f"{about} names a family of models{told}"


def rival_of(
    statements: Sequence[Statement],
    ranking: Sequence[RunMatch],
    own: Sequence[KnownRun],
    about: str | None,
    margin: float | None,
    priors: Priors,
) -> RunMatch | None:
    """The other subject's run that the claim clearly means, if any.

    Bounds, ranges and sizes match too easily to count.
    """
    if margin is None or margin < priors.verdicts["margin_nats"]:
        return None
    best = next(m for m in ranking if m.run not in own and m.run.is_account)
    telling = [statements[i] for i in best.matched if statements[i].field not in SIZES]
    matched = {x.field for x in telling if x.factor is None and x.quantity.kind != "range"}
    needed = _needed(best.run, own[0].subject if own else about)
    return best if len(matched) >= needed else None


def _needed(run: KnownRun, about: str | None) -> int:
    """How many numbers of another run tell it: among so many, two may agree by accident."""
    return 2 if _is_kin(run, about) else 3


def parts_told(own: Sequence[KnownRun], standings: Collection[str] = MAKERS) -> list[str]:
    """The accelerators that runs were on, by those who know: the maker, where nobody is named."""
    return sorted({run.gpu for run in own if run.gpu and run.standing in standings})


def other_part(context: ClaimContext, own: Sequence[KnownRun]) -> str:
    """The accelerators of record when the text's is none of them: its maker's, else outsiders'."""
    counted = [run for run in own if "gpus" in run.figures]
    known = parts_told(own) or parts_told(counted, {run.standing for run in counted})
    if context.hardware is None or not known:
        return ""
    named = "".join(words(context.hardware.name))
    family = [
        "".join(words(name)[:2] if name.startswith("TPU") else words(name)[:1]) for name in known
    ]
    return "" if any(name in named for name in family) else ", ".join(known)


def sizes_by_name(name: str) -> KnownRun | None:
    """What the name of a model says of its size, as its maker's word."""
    sizes = {} if re.search(r"\d+e\b", name, re.IGNORECASE) else size_in_name(name)
    keys = {"parameters": "parameters", "active": "active_parameters"}
    if not sizes:
        return None
    return KnownRun(
        id=f"name/{name}",
        subject=name,
        names=(),
        stage="pre-training",
        scope="as its name says",
        standing="developer",
        worth=Standing(words="its name", confirms=True, account=True),
        released=None,
        gpu=None,
        figures={keys[key]: parse(str(text), "params") for key, text in sizes.items()},
        tags={},
        sources=(),
    )
