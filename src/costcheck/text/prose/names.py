"""Which models and accelerators a sentence names, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

PART: Final = (
    r"(?:(?:TPU ?v\d\w{0,2}|TPUs? v\d\w?)|MI\d{3}\w?|Ascend ?9\d0\w?|Trainium ?\d?|Gaudi ?\d"
    r"|RTX ?\d{4}(?: Ti)?"
    r"|G[BH]\d{3}|[ABHLPV]\d{2,3}[SD]?|[ALPT]4|TPUv\d\w?)(?:[- ](?:SXM\d?|PCIe|NVL"
    r"|\d{2,3} ?GB))?"
)
"""An accelerator by its number, as prose writes it."""
_PART: Final = re.compile(rf"(?<![\w$.-])({PART})(?:s|’s|'s)?(?![\w])(?![-–]?parameter)")
_SUFFIXES: Final = (
    "Opus Haiku Sonnet Turbo Ultra Pro Flash Nano Mini mini Large Medium Small Base Instruct Chat"
    " Coder Code Thinking Heavy Preview Next Scout Maverick Behemoth Lightning Nemo XL Max"
)
_UNKNOWN: Final = re.compile(
    r"\b(?:(?:called|named|dubbed|christened|model,"
    r"|system,)\s+)(?P<called>[A-Z][\w.]*(?:[- ][\w.]*\d[\w.]*)?)"
    r"|\b(?P<sized>[A-Z][A-Za-z]*[A-Za-z](?:[- ][A-Z]?[A-Za-z]+)?[- ]\d+(?:\.\d+)?[BM])\b"
    r"|\b(?:its|the|their|['\u2019]s)\s(?P<owned>[A-Z][\w-]*(?: [A-Z]?[\w.]*\d[\w.]*)?)"
    r"\s(?:AI |language |reasoning |open |chat )*(?:models?|LLM|chatbot|system|family)\b"
    r"|\b(?P<numbered>[A-Z][A-Za-z]{2,}-?\d[\w.]*(?<!\.))(?![\w%])"
)
_NO_MODEL: Final = frozenset((
    "the", "its", "a", "an", "this", "that", "our", "their", "training", "another", "each", "both",
    "one", "new", "his", "her", "open", "about", "around", "over", "under", "some", "every", "all",
    "covid", "phase", "tier", "web", "table", "figure", "section", "step", "version", "level",
    "series", "chapter", "type", "class", "top", "fp", "int", "bf", "tpu", "gpu", "nvlink", "sxm",
    "openai", "chinese", "american", "european", "german", "french", "swiss", "us", "ai", "eu",
    "pcie", "dgx", "hgx", "cuda", "mmlu", "math", "swe", "codeforces", "aime", "fortune", "group",
    "ipod", "iphone", "windows", "part", "appendix", "in", "and", "with", "for", "using", "of",
))  # fmt: skip


_BY_SIZE: Final = re.compile(
    r"\b(?:[Tt]he|[Ii]ts)(?: \w+)? (?P<size>\d+(?:\.\d+)?)(?:(?P<letter>[BM])"
    r"|[- ](?P<scale>[bm]illion))"
    r"(?:[- ]parameter)?[- ](?:version|model|variant|one|sibling)\b"
)
"""A model of a family by its size alone: "the 7B version"."""
_WORDS: Final = frozenset((
    "chinchilla", "gopher", "falcon", "snowflake", "command", "trinity", "inflection", "luminous",
    "granite", "minerva", "koala", "alpaca", "vicuna", "transformer", "colossus", "chameleon",
    "gemini", "mistral", "intellect", "switch", "stable", "megatron", "pythia", "salamandra",
))  # fmt: skip
"""Names of families that are ordinary words in small letters."""


_COMMON: Final = re.compile(r"[Tt]ransformers?|LLMs?")
"""A kind of network, and no model unless more stands with it."""


class Named(NamedTuple):
    """One mention of a model or an accelerator."""

    name: str
    start: int
    end: int
    is_family: bool = False
    """A family or its maker alone, such as DeepSeek, which says less than a version does."""


@lru_cache(maxsize=8)
def pattern_of(known: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of names of known families, with the versions people put behind them."""
    stems = {found[0] for name in known if (found := re.match(r"[A-Za-z]{2,}", name))}
    short = {name for name in known if re.fullmatch(r"[A-Za-z]\d+", name)}
    spelled = {form for stem in stems for form in (stem, stem.capitalize(), stem.upper())}
    spelled -= {stem for stem in spelled if stem.islower() and (stem in _WORDS or len(stem) < 7)}
    words = sorted({re.escape(word) for word in spelled | short}, key=len, reverse=True)
    small = sorted({re.escape(stem.lower()) for stem in stems if stem.lower() not in _WORDS})
    version = (
        r"(?:v?\d[\d.]*\d[A-Za-z]{0,2}|v?\d[A-Za-z]{0,2}|[A-Z]\d[\d.]*\b|\d+x\d+B)(?!\w|,\d|\.\d)"
        r"(?!\s(?:times|x|percent|million|billion|trillion|GPUs?|years?|months?|days?)\b|%)"
    )
    suffix = "|".join(_SUFFIXES.split())
    return re.compile(
        rf"(?<![\w-])(?:{'|'.join(words)}|(?:{'|'.join(small)})(?=(?:-[a-z]+)*-?\d))"
        rf"(?:[- ]?(?:{version}|(?:{suffix})\b"
        rf"|(?<=-)[A-Za-z]+\b))*(?!\w)"
        r"|(?<![\w-])(?:[RVo][1-9](?:\.\d)?)(?:-(?:Zero|mini|pro))?(?![\w.]\d|\w)"
    )


def models_in(sentence: str, known: tuple[str, ...], parts: Iterable[Named] = ()) -> list[Named]:
    """Return the models a sentence names, in its order."""
    taken = [(part.start, part.end) for part in parts]
    found: list[Named] = []
    for match in pattern_of(known).finditer(sentence):
        if not _overlaps(match.span(), taken) and not _COMMON.fullmatch(match[0]):
            name = match[0].rstrip(".-")
            found.append(Named(name, *match.span(), _is_family(name, known)))
            taken.append(match.span())
    for match in _BY_SIZE.finditer(sentence):
        size = f"{match['size']}{(match['scale'] or match['letter'])[0].upper()}"
        found.append(Named(size, match.start("size"), match.start("size")))
    for match in _UNKNOWN.finditer(sentence):
        group = next(name for name, text in match.groupdict().items() if text)
        name, span = match[group], match.span(group)
        first = re.split(r"[\W\d_]", name)[0].lower()
        if first not in _NO_MODEL and not _overlaps(span, taken) and not _PART.fullmatch(name):
            found.append(Named(name, *span))
            taken.append(span)
    return sorted(found, key=lambda item: item.start)


def _is_family(name: str, known: tuple[str, ...]) -> bool:
    """Whether a name says which of a maker's models is meant: OPT does (OPT-175B), GPT does not."""
    if re.search(r"\d", name):
        return False
    own = rf"{re.escape(name)}(?:[- ]\d+(?:\.\d+)?[BMT])?"
    return not any(re.fullmatch(own, other, re.IGNORECASE) for other in known)


def parts_in(sentence: str) -> list[Named]:
    """Return the accelerators a sentence names, in its order."""
    return [Named(found[1], *found.span(1)) for found in _PART.finditer(sentence)]


def _overlaps(span: tuple[int, int], taken: Iterable[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in taken)
