"""What a claim's numbers cover: read from its words where it says, assumed where it does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from costcheck.audit.matching import FigureMatch, figure_of
from costcheck.catalog.known_runs import KnownRun, words
from costcheck.scenario.claim import Claim

_CUES: tuple[tuple[str, str, str], ...] = (
    ("stage", "reinforcement learning", r"\b(rl|reinforcement|r1-zero|grpo)\b"),
    ("stage", "fine-tuning", r"\bfine-?tun\w*|\bsft\b|\blora\b|instruction-tun\w*"),
    ("stage", "pre-training", r"\bpre-?train\w*"),
    ("stage", "all experiments", r"\b(research|experiments?|ablations?|development|programme)\b"),
    (
        "cost",
        "hardware purchase",
        r"\b(capex|hardware (?:cost|spend)|worth|purchase|buy(?:ing)?)\b",
    ),
    ("cost", "including staff or data", r"\b(salar\w+|staff|licen[cs]\w+|all-in|API data)\b"),
    ("cost", "rental list price", r"\b(cloud|market|list|on-demand|rental) (?:price|rate|cost)\w*"),
    ("energy", "facility", r"\bPUE\b|\bdata[- ]cent(?:er|re)s?\b"),
    ("tokens", "unique", r"\bunique tokens|corpus of\b"),
    ("base model", "included", r"\bfrom scratch\b"),
    ("base model", "excluded", r"\bon top of\b|\binitiali[sz]ed from\b|\bbase model\b"),
)

_ASSUMED = {
    "stage": "the final training run",
    "cost": "rental-equivalent of the run",
    "energy": "at the meter",
    "tokens": "seen in training",
    "base model": "included where there is one",
}


def scope_of(claim: Claim, fields: Iterable[str]) -> dict[str, str]:
    """The scope coordinates of a claim; assumed ones say so."""
    text = f"{claim.scope or ''} {claim.text or ''}"
    stated = set(fields)
    needed = {"stage", "base model"}
    needed |= {"cost"} if stated & {"cost", "capex", "price"} else set()
    needed |= {"energy"} if stated & {"energy", "carbon", "power_per_gpu"} else set()
    needed |= {"tokens"} if "tokens" in stated else set()
    found: dict[str, str] = {}
    for coordinate, value, pattern in _CUES:
        open_still = coordinate in needed and coordinate not in found
        if open_still and re.search(pattern, text, re.IGNORECASE):
            found[coordinate] = value
    return {
        name: found.get(name, f"{assumption} (assumed)")
        for name, assumption in _ASSUMED.items()
        if name in needed
    }


_ON_TOP = r"on top of|post-?train\w*|\bstages?\b|initiali[sz]ed from"
_SAID: Mapping[str, str] = {
    "rl": rf"\brl\b|reinforcement|grpo|r1-zero|{_ON_TOP}",
    "fine-tuning": rf"fine-?tun|\bsft\b|\bloras?\b|instruct|distill|{_ON_TOP}",
    "post-training": rf"fine-?tun|\bsft\b|{_ON_TOP}",
    "context-extension": rf"context|extension|{_ON_TOP}",
    "snapshot": r"snapshot|period|interrupt|fail|fault|of (?:its|the) (?:pre-?)?training",
    "continued-pre-training": rf"continu|further|{_ON_TOP}",
    "programme": r"all[- ]in\b|salar|staff|programme|\bmodels\b|effort",
    "life-cycle": r"life[- ]?cycle|\bus(?:e|age)\b|inference|serving|in service",
}
"""Stages that are less or more than the training of a model, and the words that say so."""
_MORE = frozenset({"life-cycle", "programme"})
"""Those of them that are more."""
_MUCH = 1.3
"""Two figures this far apart cover different things."""


def coverage_gap(claim: Claim, held: Sequence[FigureMatch], own: Sequence[KnownRun]) -> str:
    """What a repeated figure covers, where the sentence claims it for the whole training.

    A stage on top of another maker's model is the whole where no account of the whole is known.
    """
    text = f"{claim.scope or ''} {claim.text or ''}"
    for match in held:
        run, field = match.run, match.field
        said = _SAID.get(run.stage)
        if (
            said is None
            or re.search(said, text, re.IGNORECASE)
            or field in {"parameters", "active_parameters"}
        ):
            continue
        if run.stage in _MORE:
            return f"{match.figure.text} covers {run.scope}"
        whole = next((o for o in own if _is_whole(o, run, field)), None)
        if whole is not None:
            figure = whole.figures[field].text
            return f"{match.figure.text} covers only {run.scope}; {whole.scope}: {figure}"
        base = run.tags.get("base", "")
        if base and words(base)[0] == words(run.subject)[0]:
            return f"these figures cover only {run.scope}, not the training of that model"
    return ""


def whole_compute(claim: Claim, own: Sequence[KnownRun]) -> float | None:
    """The least FLOP of a developer's whole training, where the text speaks of no part of it."""
    text = f"{claim.scope or ''} {claim.text or ''}"
    if any(re.search(said, text, re.IGNORECASE) for said in _SAID.values()):
        return None
    whole = (run for run in own if run.standing == "developer" and run.stage not in _SAID)
    known = (figure_of(run, "compute") for run in whole)
    return min((figure.low for figure in known if figure), default=None)


def _is_whole(other: KnownRun, run: KnownRun, field: str) -> bool:
    """Whether another account of the subject covers more than a stage, with another figure."""
    theirs = other.figures.get(field)
    return (
        other.stage not in _SAID
        and other.is_account
        and theirs is not None
        and theirs.value > _MUCH * run.figures[field].value
    )
