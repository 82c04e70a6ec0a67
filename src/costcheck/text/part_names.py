"""How people write the name of an accelerator, taken apart: model, form factor, memory."""

from __future__ import annotations

import re
from typing import NamedTuple

_NOISE = frozenset((
    "nvidia", "amd", "intel", "google", "aws", "amazon", "huawei", "fujitsu", "cerebras", "tesla",
    "geforce", "radeon", "instinct", "quadro", "tensor", "core", "gpu", "gpus", "accelerator",
    "accelerators", "chip", "chips", "card", "cards", "nvlink", "series", "the",
))  # fmt: skip
_FORMS = re.compile(r"sxm\d?|pcie|nvl\d*|dgxs|[hd]gx")
_SPELLINGS = (
    (re.compile(r"\bpci[\s-]?e(?:xpress)?(?:[\s-]?\d(?:\.0)?)?\b"), " pcie "),
    (re.compile(r"\btpu[\s-]*v?(?=\d)"), " tpuv"),
    (re.compile(r"\bascend[\s-]*(?=\d)"), " ascend"),
)
_MEMORY = re.compile(r"\b(\d+(?:\s*/\s*\d+)*)[\s-]*gi?b?\b")
_WORD = re.compile(r"[a-z0-9.]+")
_LOOSE = re.compile(
    r"[’']s\b|(?<=[a-z]\d\d)s\b|(?<=\d\d\d)s\b"
    r"|\b(?:kepler|maxwell|pascal|volta|turing|ampere|ada|lovelace|hopper|blackwell)\b"
)
_MEMORY_SLACK = 0.08
"""Names print GB for GiB, announced for usable: 192 for 180, 144 for 141, 32 for 34.36."""


class PartName(NamedTuple):
    """What a written accelerator name says; an empty field says nothing about it."""

    model: str
    form: str = ""
    memory_gb: tuple[float, ...] = ()


def read_part_name(text: str) -> PartName:
    """Take a written name apart."""
    lower = text.lower().replace("_", " ")
    for pattern, plain in _SPELLINGS:
        lower = pattern.sub(plain, lower)
    memory = tuple(
        float(size) for found in _MEMORY.findall(lower) for size in re.findall(r"\d+", found)
    )
    words = [w for w in _WORD.findall(_MEMORY.sub(" ", lower)) if w not in _NOISE]
    forms = [w for w in words if _FORMS.fullmatch(w)]
    model = "".join(w for w in words if not _FORMS.fullmatch(w)).replace(".", "")
    form = _common_form(forms)
    if not model:  # "NVL72" or "DGXS" alone names a system
        return PartName("".join(words), "", memory)
    return PartName(model, form, memory)


def relaxed(text: str) -> str:
    """Return a name as prose writes it without plural, possessive and architecture.

    For names that stand for nothing as they are: ``L40S`` is a part, ``Nvidia's H100s`` is not.
    """
    return _LOOSE.sub(" ", text.lower()).strip()


def first_word(text: str) -> str:
    """Return the first word of a name that is not a vendor or a class of thing."""
    words = _WORD.findall(text.lower().replace("_", " "))
    return next((word for word in words if word not in _NOISE), "")


def _common_form(forms: list[str]) -> str:
    """Merge form words: an HGX or DGX board carries SXM modules."""
    plain = {"sxm" if form in {"hgx", "dgx"} else form for form in forms}
    if len(plain) > 1:
        plain.discard("sxm")
    return "+".join(sorted(plain))


def agrees(query: PartName, part: PartName) -> bool:
    """Say whether a query names this part or leaves out what would tell it from others."""
    return (
        query.model == part.model
        and _form_agrees(query.form, part.form)
        and _memory_agrees(query.memory_gb, part.memory_gb)
    )


def _form_agrees(query: str, part: str) -> bool:
    if not part:  # parts sold in one form only; a card without a form of its own is PCIe
        return query in {"", "pcie"}
    return not query or query == part or (query == "sxm" and part.startswith("sxm"))


def _memory_agrees(query: tuple[float, ...], part: tuple[float, ...]) -> bool:
    if not query or not part:
        return True
    return any(abs(q - p) <= _MEMORY_SLACK * p for q in query for p in part)


def memory_is_exact(query: PartName, part: PartName) -> bool:
    """Say whether the query states no memory, or the memory of the part."""
    return not query.memory_gb or query.memory_gb == part.memory_gb


def covers(family: PartName, query: PartName) -> bool:
    """Say whether a family name is the query, or the query with less said.

    A family name without memory stands for the usual memory of its part, so it also covers a
    query that names several sizes; whether the part fits the query is checked apart.
    """
    return (
        family.model == query.model
        and family.form in {"", query.form}
        and (not family.memory_gb or family.memory_gb == query.memory_gb)
    )
