"""What a claim's numbers cover: read from its words where it says, assumed where it does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from costcheck.audit.matching import FigureMatch, figure_of
from costcheck.catalog.known_runs import KnownRun, words
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
    """What a repeated figure covers, where the sentence claims it for the whole training.

    A stage on top of another maker's model is the whole where no account of the whole is known.
    """
    text, stages = _text_of(claim), scopes["stages"]
    for match in held:
        run, field = match.run, match.field
        said = stages.get(run.stage)
        is_size = field in {"parameters", "active_parameters"}
        if said is None or is_size or re.search(said, text, re.IGNORECASE):
            continue
        if run.stage in scopes["more"]:
            return f"{match.figure.text} covers {run.scope}"
        whole = next((o for o in own if _is_whole(o, run, field, scopes)), None)
        if whole is not None:
            figure = whole.figures[field].text
            return f"{match.figure.text} covers only {run.scope}; {whole.scope}: {figure}"
        base = run.tags.get("base", "")
        if base and words(base)[0] == words(run.subject)[0]:
            return f"these figures cover only {run.scope}, not the training of that model"
    return ""


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
