"""From an article to a claims file: sentences with training quantities, quoted and keyed.

Nothing is guessed silently: a quantity whose key is not clear is listed in a comment, and so is
every sentence with figures that was left out; the subject is only written where the sentence
names it, and marked for checking.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from costcheck.text.quantity import parse
from costcheck.text.quantity_grammar import QuantityProblem

_SENTENCE = re.compile(r"(?<=[.!?”\"])\s+(?=[A-Z“\"'])|\n+(?=[^a-z0-9$€~\s])|\n{2,}")
_ABOUT = re.compile(
    r"\b(train\w*|pre-?train\w*|GPUs?|H100s?|H800s?|A100s?|TPUs?|FLOPs?|compute|parameters?"
    r"|tokens?|cost\w*|energy|MWh|GWh|kWh|chips?|(?:creat|develop|build|buil)\w+\b[^.]{0,40}\bmodel"
    r"|model)\b",
    re.IGNORECASE,
)
_ACTIVATES = re.compile(r"activat\w+\s+(?:only\s+)?(?:about\s+)?$", re.IGNORECASE)
_FIGURE = re.compile(r"(?<![\w-])[$€~]?\d[\d,.]*(?:\s|%|x\b|[KMBT]\b|$)")
_SMALL = "one two three four five six seven eight nine ten eleven twelve"
_WORD_NUMBER = "|".join(_SMALL.split())
_N = r"\d[\d,]*(?:\.\d+)?"
_RANGE = rf"{_N}(?:\s?[-–—]\s?{_N})?"
_SIZE = r"(?:\s?(?:thousand|million|billion|trillion|[KMBT])\b)?"
_HEDGE = (
    r"(?:(?:just |only |a mere )?(?:about|around|approximately|roughly|nearly|some|an estimated|"
    r"estimated|under|over|less than|more than|at least|at most|up to|fewer than)\s+|[~≈<>]\s?)?"
)
_PARTS = r"(?:Nvidia |NVIDIA )?(?:[A-Z]{1,3}\d{2,4}\w*(?:-\w+)?\s+)?"


@dataclass(frozen=True, slots=True)
class _Pattern:
    field: str
    dimension: str
    pattern: re.Pattern[str]


def _compiled(field: str, dimension: str, body: str) -> _Pattern:
    return _Pattern(field, dimension, re.compile(rf"({_HEDGE}{body})", re.IGNORECASE))


_PATTERNS = (
    _compiled("gpu_hours", "gpu_hours",
              rf"{_RANGE}{_SIZE}\s(?:[A-Z]\w+[ -])?(?:GPU|TPU|chip)[- ](?:hours|days|weeks|years)"),
    _compiled("price", "price", rf"\$\s?{_RANGE}\s?(?:/|per |an |a )\s?(?:GPU[- ])?hour"),
    _compiled("gpus", "count", rf"{_RANGE}{_SIZE}\s{_PARTS}(?:GPUs|TPUs|chips|accelerators)\b"),
    _compiled("parameters", "params", rf"{_RANGE}{_SIZE}[- ](?:total |active )?parameters?\b"),
    _compiled("tokens", "tokens", rf"{_RANGE}{_SIZE}\stokens\b"),
    _compiled("energy", "energy", rf"{_RANGE}\s?(?:kWh|MWh|GWh|TWh)\b"),
    _compiled("carbon", "carbon", rf"{_RANGE}\s?(?:t|tonnes|tons|kg)\s(?:of\s)?CO2e?\b"),
    _compiled("water", "water", rf"{_RANGE}{_SIZE}\s?(?:litres|liters|gallons)\b"),
    _compiled("compute", "flop", rf"{_N}(?:e|x10\^)\d+\s?FLOPs?\b"),
    _compiled("cost", "money",
              rf"(?:US)?[$€]\s?{_RANGE}(?:\s?(?:thousand|million|billion|[KMB])\b)?\+?"),
    _compiled("duration", "duration",
              rf"(?:{_RANGE}|(?:{_WORD_NUMBER}))[- ](?:days?|weeks?|months?|hours?|years?)\b"),
)  # fmt: skip
_RATIO = re.compile(
    rf"({_RANGE}\s?(?:x|times))\s+(?:lower|less|cheaper|more|higher)[^.;]{{0,40}}?"
    r"\b(?:than|of)\s+([A-Z][\w.'’-]*(?:\s[\w.-]+)?)",
)
_PART = re.compile(
    r"\b(?:Nvidia |NVIDIA )?([HABV]\d{2,3}0?(?:\s?(?:SXM|PCIe))?|GB\d{3}|TPU ?v\d\w?)s?\b"
)
_COUNT_NOUN = re.compile(rf"\s{_PARTS}(?:GPUs|TPUs|chips|accelerators)$", re.IGNORECASE)
_SUBJECT = re.compile(
    r"\b((?:DeepSeek|GPT|Llama|LLaMA|Claude|Gemini|Grok|Qwen|Kimi|Mistral|Mixtral|Falcon|PaLM"
    r"|BLOOM|OPT|MPT|DBRX|Phi|Gemma|Nemotron|OLMo|R1|V3|o1|o3)(?:[- ]?[A-Z]?\d[\w.]*|\b))"
)
_NOT_COST = re.compile(
    r"\b(market cap|shares?|stock|valuation|revenue|funding|rais\w+|invest\w+ billions)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Drafted:
    """One candidate sentence with the quantities read from it."""

    text: str
    quantities: tuple[tuple[str, str], ...]
    ignored: tuple[str, ...]
    subjects: tuple[str, ...]
    """Models the sentence names, those with a version first."""
    gpu: str | None
    ratio: tuple[str, str] | None


def draft_claims(article_text: str) -> str:
    """A claims file, as YAML text with comments, drafted from an article."""
    drafted, skipped = [], []
    for sentence in sentences(article_text):
        found = read_sentence(sentence)
        if found.quantities or found.ratio:
            drafted.append(found)
        elif _FIGURE.search(sentence):
            skipped.append((sentence, found.ignored))
    lines = [
        "# Drafted from an article: check every line. Keys are explained by `costcheck schema`.",
        "# `about` is only filled in where the sentence itself names a model; it is not certain.",
        "claims:" if drafted else "claims: []",
    ]
    for number, item in enumerate(drafted, start=1):
        lines.extend(_entry(item, number))
    if skipped:
        lines.append("# Sentences with figures that were left out:")
        for sentence, reasons in skipped:
            why = f" ({'; '.join(reasons)})" if reasons else ""
            lines.append(f"# - {sentence}{why}")
    return "\n".join(lines) + "\n"


def sentences(text: str) -> list[str]:
    """The sentences of a text, white space folded."""
    return [" ".join(part.split()) for part in _SENTENCE.split(text) if part and part.strip()]


def read_sentence(sentence: str) -> Drafted:
    """The quantities of a sentence that a claim has keys for."""
    if not _ABOUT.search(sentence):
        return Drafted(sentence, (), ("nothing about training",), (), None, None)
    taken: list[tuple[int, int]] = []
    stated: dict[str, str] = {}
    ignored: list[str] = []
    match = _RATIO.search(sentence)
    ratio = None
    if match is not None:
        ratio = (match.group(1).replace(" times", "x"), match.group(2))
        taken.append(match.span(1))
    for kind, text, span in _found(sentence):
        if any(span[0] < end and start < span[1] for start, end in taken):
            continue
        taken.append(span)
        reason = _refusal(kind.field, sentence, span)
        field = kind.field
        before = sentence[max(span[0] - 20, 0) : span[0]]
        if field == "parameters" and (_ACTIVATES.search(before) or " active" in text):
            field = "active_parameters"
        if reason or field in stated:
            ignored.append(f"{text}: {reason or 'a second figure for ' + field}")
        else:
            stated[field] = text
    stated = _with_active(sentence, stated, taken)
    subjects = _subjects(sentence)
    part = _PART.search(sentence)
    return Drafted(
        text=sentence,
        quantities=tuple(stated.items()),
        ignored=tuple(ignored),
        subjects=subjects,
        gpu=part.group(1) if part else None,
        ratio=ratio,
    )


def _subjects(sentence: str) -> tuple[str, ...]:
    names = dict.fromkeys(m.group(1).strip(" .,") for m in _SUBJECT.finditer(sentence))
    return tuple(sorted(names, key=lambda name: not re.search(r"\d", name)))


def _with_active(
    sentence: str, stated: dict[str, str], taken: list[tuple[int, int]]
) -> dict[str, str]:
    """Add "activates only about 37 billion", which repeats no noun."""
    match = re.search(rf"activat\w+ (?:only )?({_HEDGE}{_N}{_SIZE})", sentence, re.IGNORECASE)
    if match is None or "active_parameters" in stated:
        return stated
    if any(match.start(1) < end and start < match.end(1) for start, end in taken):
        return stated
    return {**stated, "active_parameters": match.group(1).strip()}


def _found(sentence: str) -> Iterator[tuple[_Pattern, str, tuple[int, int]]]:
    """Yield every quantity the reader accepts, as it will be written in the file."""
    for kind in _PATTERNS:
        for match in kind.pattern.finditer(sentence):
            text = match.group(1).strip()
            if kind.field == "gpus":
                text = _COUNT_NOUN.sub("", text)
            if kind.field == "duration":
                # "Trained over 55 days" means during them.
                text = re.sub(r"^over\s+", "", text, flags=re.IGNORECASE)
            text = re.sub(r"^(?:just|only|a mere)\s+", "", text, flags=re.IGNORECASE)
            text = re.sub(rf"^({_WORD_NUMBER}|{_N})-(?=[a-z])", r"\1 ", text, flags=re.IGNORECASE)
            try:
                parse(text, kind.dimension)
            except QuantityProblem:
                continue
            yield kind, text, match.span(1)


def _refusal(field: str, sentence: str, span: tuple[int, int]) -> str:
    """Why a quantity is not a training quantity, or nothing."""
    around = sentence[max(span[0] - 80, 0) : span[1] + 60]
    if field == "cost" and _NOT_COST.search(around):
        return "not the cost of a run"
    if field == "duration" and re.search(r"\b(ago|old|last|less than \w+ years)\b", around):
        return "not the length of a run"
    return ""


def _entry(item: Drafted, number: int) -> list[str]:
    lines = [f"- id: draft-{number}", f"  text: {_quoted(item.text)}"]
    if item.subjects:
        first, *others = item.subjects
        also = f"; also named: {', '.join(others)}" if others else ""
        lines.append(f"  about: {_quoted(first)}  # named in the sentence; check{also}")
    else:
        lines.append("  # about: the sentence names no model")
    if item.gpu:
        lines.append(f"  gpu: {_quoted(item.gpu)}")
    lines.extend(f"  {field}: {_quoted(text)}" for field, text in item.quantities)
    if item.ratio:
        times, other = item.ratio
        lines.append(
            f"  ratios: [{{of: cost, to: {_quoted(other)}, times: {_quoted(times)}}}]"
            "  # of: check what is compared"
        )
    lines.extend(f"  # ignored: {reason}" for reason in item.ignored)
    return lines


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
