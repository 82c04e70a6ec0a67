"""How people write the name of an accelerator, taken apart: model, form factor, memory."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

_MEMORY = re.compile(r"\b(\d+(?:\s*/\s*\d+)*)[\s-]*gi?b?\b")
_WORD = re.compile(r"[a-z0-9.]+")


class PartName(NamedTuple):
    """What a written accelerator name says; an empty field says nothing about it."""

    model: str
    form: str = ""
    memory_gb: tuple[float, ...] = ()


class PartWords:
    """The words of names that are no part's own, from ``configs/part-names.yaml``."""

    KEYS: Final = (
        "makers", "lines", "noise", "architectures", "form", "written", "read_as", "memory_slack",
    )  # fmt: skip

    def __init__(self, data: Mapping[str, Sequence[str]]) -> None:
        self._noise = frozenset((*data["makers"], *data["lines"], *data["noise"]))
        self._form = re.compile(data["form"][0])
        self._spellings = tuple(
            (re.compile(pattern), plain)
            for pattern, plain in zip(data["written"], data["read_as"], strict=True)
        )
        architectures = "|".join(data["architectures"])
        self._loose = re.compile(
            rf"[’']s\b|(?<=[a-z]\d\d)s\b|(?<=\d\d\d)s\b|\b(?:{architectures})\b"
        )
        self._slack = float(data["memory_slack"][0])

    def read(self, text: str) -> PartName:
        """Take a written name apart."""
        lower = text.lower().replace("_", " ")
        for pattern, plain in self._spellings:
            lower = pattern.sub(plain, lower)
        memory = tuple(
            float(size) for found in _MEMORY.findall(lower) for size in re.findall(r"\d+", found)
        )
        words = [w for w in _WORD.findall(_MEMORY.sub(" ", lower)) if w not in self._noise]
        forms = [w for w in words if self._form.fullmatch(w)]
        model = "".join(w for w in words if not self._form.fullmatch(w)).replace(".", "")
        if not model:  # "NVL72" or "DGXS" alone names a system
            return PartName("".join(words), "", memory)
        return PartName(model, _common_form(forms), memory)

    def relaxed(self, text: str) -> str:
        """Return a name as prose writes it without plural, possessive and architecture.

        For names that stand for nothing as they are: ``L40S`` is a part, ``Nvidia's H100s`` is not.
        """
        return self._loose.sub(" ", text.lower()).strip()

    def first_word(self, text: str) -> str:
        """Return the first word of a name that is not a vendor or a class of thing."""
        words = _WORD.findall(text.lower().replace("_", " "))
        return next((word for word in words if word not in self._noise), "")

    def agrees(self, query: PartName, part: PartName) -> bool:
        """Say whether a query names this part or leaves out what would tell it from others."""
        return (
            query.model == part.model
            and _form_agrees(query.form, part.form)
            and self._memory_agrees(query.memory_gb, part.memory_gb)
        )

    def _memory_agrees(self, query: tuple[float, ...], part: tuple[float, ...]) -> bool:
        if not query or not part:
            return True
        return any(abs(q - p) <= self._slack * p for q in query for p in part)


def _common_form(forms: list[str]) -> str:
    """Merge form words: an HGX or DGX board carries SXM modules."""
    plain = {"sxm" if form in {"hgx", "dgx"} else form for form in forms}
    if len(plain) > 1:
        plain.discard("sxm")
    return "+".join(sorted(plain))


def _form_agrees(query: str, part: str) -> bool:
    if not part:  # parts sold in one form only; a card without a form of its own is PCIe
        return query in {"", "pcie"}
    return not query or query == part or (query == "sxm" and part.startswith("sxm"))


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
