"""What a claim's numbers cover: read from its words where it says, assumed where it does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from costcheck.audit.exact import Closure
from costcheck.audit.matching import FigureMatch, figure_of
from costcheck.audit.prose import as_said
from costcheck.catalog.known_runs import KnownRun, words
from costcheck.quantities import SIZES, having
from costcheck.scenario.claim import Claim

Scopes = Mapping[str, Any]
"""``scopes`` of ``configs/audit/priors.yaml``."""


def _text_of(claim: Claim) -> str:
    return f"{claim.scope or ''} {claim.text or ''}"


def scope_of(claim: Claim, fields: Iterable[str], scopes: Scopes) -> dict[str, str]:
    """The scope coordinates of a claim; assumed ones say so."""
    text, stated = _text_of(claim), set(fields)
    found: dict[str, str] = {}
    for name, row in scopes["coordinates"].items():
        if "of" not in row or not stated.isdisjoint(row["of"]):
            said = (
                value for value, cue in row["cues"].items() if re.search(cue, text, re.IGNORECASE)
            )
            found[name] = next(said, f"{row['assumed']} (assumed)")
    return found


def coverage_gap(
    claim: Claim, held: Sequence[FigureMatch], own: Sequence[KnownRun], scopes: Scopes
) -> str:
    """What a repeated figure covers, where the sentence claims it for something else.

    A stage on top of another maker's model is the whole where no account of the whole is known.
    """
    text, stages = _text_of(claim), scopes["stages"]
    for match in held:
        run, field = match.run, match.field
        if field in SIZES or field == "capex":
            continue
        gap = (
            _of_the_whole(match, held, own, text, scopes)
            or _of_a_part(match, held, own, text, scopes)
            or _of_more(match, text, scopes)
            or _of_scratch(match, text, scopes)
        )
        if gap:
            return gap
        said = None if _is_all(own, run.stage) else stages.get(run.stage)
        if said is None or re.search(said, text, re.IGNORECASE):
            continue
        if run.stage in scopes["more"]:
            return f"{_figure(match)} covers {run.scope}"
        whole = next((o for o in own if _is_whole(o, run, field, scopes)), None)
        if whole is not None:
            return _only(match, whole)
        base = run.tags.get("base", "")
        if base and words(base)[0] == words(run.subject)[0]:
            return f"these figures cover only {run.scope}, not the training of that model"
    return ""


def _of_more(match: FigureMatch, text: str, scopes: Scopes) -> str:
    """What the cost of a run covers, where the text gives it to all of the development."""
    is_run = match.run.stage != "programme" and match.run.worth.confirms
    if match.field != "cost" or not is_run or not re.search(scopes["developed"], text, re.I):
        return ""
    return f"{_figure(match)} covers {match.run.scope}, not all of the development"


def _of_scratch(match: FigureMatch, text: str, scopes: Scopes) -> str:
    """What a stage on a base model covers, where the text has all of it trained from scratch."""
    is_on_base = match.run.stage in scopes["on_base"] or "base" in match.run.tags
    if not is_on_base or not re.search(scopes["from_scratch"], text, re.IGNORECASE):
        return ""
    return f"on record is {match.run.scope}, no training from scratch"


def _is_all(own: Sequence[KnownRun], stage: str) -> bool:
    """Whether nothing but fleets is known of a subject: it is one."""
    return stage == "fleet" and all(run.stage == stage for run in own)


def _figure(match: FigureMatch) -> str:
    return as_said(match.field, match.figure.text)


def is_of_a_fleet(claim: Claim, fields: Iterable[str], scopes: Scopes) -> bool:
    """Whether a text is about where training happens, and about no training."""
    text = _text_of(claim)
    of_a_model = having("recipe").intersection(fields)
    trained = re.search(scopes["trained"], text, re.IGNORECASE)
    return not (of_a_model or trained) and bool(re.search(scopes["place"], text, re.IGNORECASE))


def _of_the_whole(
    match: FigureMatch,
    held: Sequence[FigureMatch],
    own: Sequence[KnownRun],
    text: str,
    scopes: Scopes,
) -> str:
    """What a figure of the whole training covers, where the text gives it to one stage alone."""
    field, printed = match.field, match.printed
    if match.run.stage in {*scopes["stages"], *scopes["alone"]}:
        return ""
    if re.search(scopes["in_all"], text, re.IGNORECASE):
        return ""
    for stage, cue in scopes["alone"].items():
        part = next((o for o in own if o.stage == stage and field in o.figures), None)
        if part is None or not part.is_account or not re.search(cue, text, re.IGNORECASE):
            continue
        figure = part.figures[field]
        told = printed.low <= figure.value <= printed.high
        if not told and all(other.run != part for other in held):
            return f"{_figure(match)} covers {match.run.scope}; {part.scope}: {figure.text}"
    return ""


def _of_a_part(
    match: FigureMatch,
    held: Sequence[FigureMatch],
    own: Sequence[KnownRun],
    text: str,
    scopes: Scopes,
) -> str:
    """What a figure of a part covers, where the text gives it to the whole."""
    field, part = match.field, scopes["alone"].get(match.run.stage)
    if field not in scopes["adds_up"] or re.search(scopes["less"], text, re.IGNORECASE):
        return ""
    alone = part and re.search(part, text, re.IGNORECASE)
    if alone and not re.search(scopes["beside"], text, re.IGNORECASE):
        return ""
    for whole in own:
        said = scopes["whole"].get(whole.stage)
        figure = whole.figures.get(field)
        if not said or figure is None or not whole.worth.confirms or whole.stage == match.run.stage:
            continue
        more = figure.value > max(match.figure.value, match.printed.high)
        told = any(other.run == whole and other.field == field for other in held)
        if more and not told and re.search(said, text, re.IGNORECASE):
            return _only(match, whole)
    return ""


def _only(match: FigureMatch, whole: KnownRun) -> str:
    """What a figure of a part covers, and the one of the whole."""
    covered, all_of_it = (run.scope.partition(";")[0] for run in (match.run, whole))
    figure = as_said(match.field, whole.figures[match.field].text)
    return f"{_figure(match)} is only for {covered}; the whole is {figure} ({all_of_it})"


def bill_alone(claim: Claim, closures: Sequence[Closure], scopes: Scopes) -> str:
    """That a cost is the bill of the electricity, where the text gives it to more."""
    bill = next((x for x in closures if "electricity_price" in x.fields and not x.is_bound), None)
    if (
        bill is None
        or not bill.closes
        or re.search(scopes["of_electricity"], _text_of(claim), re.I)
    ):
        return ""
    return f"the cost covers the electricity alone ({bill.identity})"


def whole_compute(claim: Claim, own: Sequence[KnownRun], scopes: Scopes) -> float | None:
    """The least FLOP of a developer's whole training, where the text speaks of no part of it."""
    text, stages = _text_of(claim), scopes["stages"]
    less = (said for stage, said in stages.items() if stage not in scopes["more"])
    if any(re.search(said, text, re.IGNORECASE) for said in less):
        return None
    whole = (run for run in own if run.standing == "developer" and run.stage not in stages)
    known = (figure_of(run, "compute") for run in whole)
    return min((figure.low for figure in known if figure), default=None)


def _is_whole(other: KnownRun, run: KnownRun, field: str, scopes: Scopes) -> bool:
    """Whether another account of the subject covers more than a stage, with another figure."""
    theirs = other.figures.get(field)
    return (
        other.stage not in scopes["stages"]
        and other.is_account
        and theirs is not None
        and theirs.value > scopes["much"] * run.figures[field].value
    )
