"""Comparisons in a sentence: with another model, by factor or percent, and with homes and cars."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from costcheck.text.prose.figures import A_FACTOR, Figure
from costcheck.text.prose.names import Named
from costcheck.text.quantity import QuantityProblem, parse


class Everyday(NamedTuple):
    """A unit of everyday comparison, such as the yearly electricity of a home."""

    id: str
    field: str
    noun: str
    """Pattern of the words that name it."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One ratio as a claim states it."""

    of: str
    other: str
    times: str
    place: Figure


_OF: Final = (
    ("gpu_hours", r"(?:GPU|TPU|chip)[ -]hours"),
    ("compute", r"comput\w+(?: power| resources)?|FLOPs?|processing power"),
    ("energy", r"energy|electricity|power"),
    ("carbon", r"carbon|CO2|emissions|footprint"),
    ("water", r"water"),
    ("gpus", r"GPUs|chips|accelerators|processors"),
    ("tokens", r"tokens|(?:training )?data"),
    ("parameters", r"parameters|larger|bigger|smaller|the size"),
    ("cost", r"cost\w*|cheap\w*|price\w*|expens\w+|money|spen[dt]\w*|bill|budget"),
    ("duration", r"faster|slower|longer|time"),
)
_LESS: Final = r"(?:lower|less|fewer|cheaper|smaller|faster|reduc\w+|savings?|cut|decrease)"
_MORE: Final = (
    r"(?:more|higher|greater|larger|bigger|longer|costlier|slower|increase|as (?:much"
    r"|many|expensive|large))"
)
_COMPARED: Final = re.compile(
    rf"^\s?(?:(?P<less>{_LESS})|(?P<more>{_MORE})|(?P<of>the|that of|what"
    rf"|of the))\b(?P<middle>[^.;]{{0,70}}?)"
    r"\b(?P<than>than|as|of|to|for|by|required)\b", re.IGNORECASE
)  # fmt: skip
_PARTS: Final = {
    "half": 2.0, "third": 3.0, "quarter": 4.0, "fifth": 5.0, "sixth": 6.0, "eighth": 8.0,
    "tenth": 10.0, "twelfth": 12.0, "twentieth": 20.0, "thirtieth": 30.0, "fiftieth": 50.0,
    "hundredth": 100.0,
}  # fmt: skip
_FRACTION: Final = re.compile(
    rf"\b(?:(?P<half>half)|(?:an?|one)[ -](?P<part>{'|'.join(_PARTS)})|1/(?P<digits>\d+)(?:th|rd"
    rf"|nd|st)?)\s(?:of\s)?(?:the|what)\s"
    r"(?P<middle>[^.;,]{0,50}?)\b(?:of|for|to|required)\b", re.IGNORECASE
)  # fmt: skip
_UNIT: Final = (
    r"\s+(?:(?:average|typical|ordinary|U\.?S\.?|American|new|gasoline-powered|petrol"
    r"|passenger|European|of|the|annual|yearly"
)
_UNIT_REST: Final = (
    r"|electricity|energy|emissions|consumption|use|usage|by|from|EU|French|British|European)\s+)*"
)

_PERIOD: Final = (
    r"(?:[^.;\d]{0,25}?\b(?:for|in|over|during|per|a|each)\s(?:an? |one )?"
    r"(?:whole |full |entire )?years?)?"
)


def comparisons_in(
    sentence: str, figures: Sequence[Figure], models: Sequence[Named], everyday: Sequence[Everyday]
) -> tuple[list[Comparison], list[Figure]]:
    """Return the comparisons of a sentence, and the figures that are none of their numbers."""
    offered = (*_everyday(sentence, figures, everyday), *_fractions(sentence, models))
    found = [item for item in offered if _is_stated(item)]
    rest = []
    for figure in figures:
        if any(figure.start < done.place.end and done.place.start < figure.end for done in found):
            continue
        factor = None if figure.field else _factor(sentence, figure, models)
        if not isinstance(factor, Comparison):
            rest.append(factor or figure)
        elif _is_stated(factor):
            found.append(factor)
        else:
            rest.append(figure)
    return found, rest


def _is_stated(comparison: Comparison) -> bool:
    """Whether a claim can state the factor."""
    try:
        return parse(comparison.times, "times", quoted=True).value > 0.0
    except QuantityProblem:
        return False


def _factor(sentence: str, figure: Figure, models: Sequence[Named]) -> Comparison | Figure | None:
    """Read "10-50x lower training costs than o1" or "35 % less compute than Llama 2"."""
    unit = re.match(r"\s?(?:x|\u00d7|times|-fold|fold)(?!\w)", sentence[figure.end :])
    is_share = figure.text.endswith("%")
    if unit is None and not is_share:
        return None
    number = re.match(r"[~<>\w\s.,\u2013\u2014-]*\d", figure.text)
    text = figure.text if is_share or number is None else number[0]
    end = figure.end + (unit.end() if unit else 0)
    after = _COMPARED.match(sentence[end:])
    if after is None:
        return (
            None
            if is_share
            else figure._replace(text=f"{text}x", why="what is compared is not said")
        )
    of = _quantity(f"{after['less'] or after['more'] or ''} {after['middle']}")
    other = next(
        (name for name in models if name.start >= end and name.start - end - after.end() < 60), None
    )
    if not of or other is None:
        return figure._replace(
            text=text if is_share else f"{text}x", why="no other model to compare with"
        )
    times = _times(text, is_share=is_share, less=bool(after["less"]))
    if times is None:
        return None
    place = Figure("", text, figure.start, end)
    return Comparison(of=of, other=other.name, times=times, place=place)


def _times(text: str, *, is_share: bool, less: bool) -> str | None:
    """The other's value over this one's, as text."""
    if less and not is_share:
        return f"{' '.join(text.split())}x"
    try:
        said = parse(text if is_share else f"{text}x", "ratio", quoted=True).value
    except QuantityProblem:
        return None
    if is_share:
        factor = 1.0 - said if less else 1.0 + said
        return f"{1.0 / factor:.3g}x" if factor > 0.0 else None
    return f"{1.0 / said:.3g}x" if said else None


def _quantity(words: str) -> str:
    return next(
        (key for key, noun in _OF if re.search(rf"\b(?:{noun})\b", words, re.IGNORECASE)), ""
    )


def _fractions(sentence: str, models: Sequence[Named]) -> list[Comparison]:
    """Read "a tenth of the cost of GPT-4"."""
    found = []
    for match in _FRACTION.finditer(sentence):
        of = _quantity(match["middle"])
        other = next((name for name in models if 0 <= name.start - match.end() < 40), None)
        if not of or other is None:
            continue
        size = (
            2.0
            if match["half"]
            else _PARTS.get((match["part"] or "").lower()) or float(match["digits"])
        )
        place = Figure("", match[0], *match.span())
        found.append(Comparison(of=of, other=other.name, times=f"{size:g}x", place=place))
    return found


def _everyday(
    sentence: str, figures: Sequence[Figure], everyday: Sequence[Everyday]
) -> list[Comparison]:
    """Read "the yearly electricity of 120 American homes", of the figure printed before it."""
    found = []
    for figure in (figure for figure in figures if not figure.field or figure.field == "gpus"):
        number = re.match(_COUNTED, figure.text)
        tail = sentence[figure.start :]
        before = [item.field for item in figures if item.field and item.start < figure.start]
        others = [item.field for item in figures if item.field and item.start > figure.start]
        order = [*reversed(before), *others, *_verbs(sentence)]
        matches = [
            (order.index(unit.field), -len(unit.noun), unit, match)
            for unit in everyday
            if number is not None and unit.field in order
            if (match := re.match(_everyday_pattern(figure, number[0], unit), tail, re.IGNORECASE))
        ]
        if matches and number is not None:
            *_, unit, match = min(matches, key=lambda item: item[:2])
            place = Figure("", number[0], figure.start, figure.start + match.end())
            found.append(
                Comparison(of=unit.field, other=unit.id, times=f"{number[0]}x", place=place)
            )
    return found


def _verbs(sentence: str) -> list[str]:
    """What a sentence compares that prints no figure of it: "that is what 117 cars emit"."""
    return [field for field, verb in _VERBS if re.search(verb, sentence, re.IGNORECASE)]


_VERBS: Final = (
    ("carbon", r"\bemi(?:t|ssion)|carbon|CO2"),
    ("energy", r"electricity|\bpower\b"),
    ("water", r"\bwater\b"),
)
_COUNTED: Final = r"[~<>\s\w.,\u2013-]*?[\d.,]*\d(?:\s(?:thousand|million|billion))?"


def _everyday_pattern(figure: Figure, number: str, unit: Everyday) -> str:
    """The words of so many units; a number in words stands there in words."""
    said = re.escape(number) if figure.why != A_FACTOR else r"\w+"
    return rf"(?:\w+ )?{said}{_UNIT}{_UNIT_REST}{unit.noun}{_PERIOD}"
