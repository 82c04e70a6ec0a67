"""What a claim's numbers cover: read from its words where it says, assumed where it does not."""

from __future__ import annotations

import re
from collections.abc import Iterable

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
