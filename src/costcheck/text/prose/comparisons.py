"""Comparisons in a sentence: with another model, by factor or percent, and with homes and cars."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from costcheck.text.prose.figures import A_FACTOR, Figure
from costcheck.text.prose.names import Named, Sentence
from costcheck.text.prose.words import Words
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
    said: str = ""
    """An everyday comparison as the text words it."""


def comparisons_in(
    sentence: Sentence,
    figures: Sequence[Figure],
    models: Sequence[Named],
    everyday: Sequence[Everyday],
) -> tuple[list[Comparison], list[Figure]]:
    """Return the comparisons of a sentence, and the figures that are none of their numbers."""
    fractions, rest = _fractions(sentence, models)
    offered = (*_everyday(sentence, figures, everyday), *fractions)
    found = [item for item in offered if _is_stated(item)]
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


def _factor(
    sentence: Sentence, figure: Figure, models: Sequence[Named]
) -> Comparison | Figure | None:
    """Read "10-50x lower training costs than o1" or "35 % less compute than Llama 2"."""
    unit = sentence.goes_on("factor", figure.end)
    is_share = figure.text.endswith("%")
    if unit is None and not is_share:
        return None
    number = re.match(r"[~<>\w\s.,\u2013\u2014-]*\d", figure.text)
    text = figure.text if is_share or number is None else number[0]
    end = figure.end + (unit.end() if unit else 0)
    after = sentence.goes_on("compared", end)
    if after is None:
        return (
            None
            if is_share
            else figure._replace(text=f"{text}x", why="what is compared is not said")
        )
    before = sentence.text[max(figure.start - 60, 0) : figure.start]
    named = f"{after['less'] or after['more'] or ''} {after['middle']}"
    is_that = (after["of"] or "").lower() == "that of"
    of = _quantity(sentence.words, before if is_that else named)
    of = of or _nearest(sentence.words, before)
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


def _quantity(words: Words, text: str) -> str:
    return next((key for key, noun in words.table("compared_by") if noun.search(text)), "")


def _nearest(words: Words, text: str) -> str:
    """What the last words of a text compare by: "it cost" ten times less."""
    found = [
        (match.end(), key)
        for key, noun in words.table("compared_by")
        for match in noun.finditer(text)
    ]
    return max(found, default=(0, ""))[1]


def _fractions(
    sentence: Sentence, models: Sequence[Named]
) -> tuple[list[Comparison], list[Figure]]:
    """Read "a tenth of the cost of GPT-4", and what says no model to compare with."""
    found, rest = [], []
    for match in sentence.words["fraction"].finditer(sentence.text):
        before = sentence.text[max(match.start() - 60, 0) : match.start()]
        of = _quantity(sentence.words, match["middle"]) or _quantity(sentence.words, before)
        other = next((name for name in models if 0 <= name.start - match.end() < 40), None)
        parts = sentence.words.parts
        size = float(match["digits"] or parts[(match["part"] or "half").lower()])
        place = Figure("", match[0].strip(), *match.span(), why="no other model to compare with")
        if of and other is not None:
            found.append(Comparison(of=of, other=other.name, times=f"{size:.4g}x", place=place))
        elif of:
            rest.append(place)
    return found, rest


def _everyday(
    sentence: Sentence, figures: Sequence[Figure], everyday: Sequence[Everyday]
) -> list[Comparison]:
    """Read "the yearly electricity of 120 American homes", of the figure printed before it."""
    found = []
    for figure in figures:
        if figure.field not in {"", "gpus"} or sentence.says("off_year", 0, figure.start):
            continue
        number = sentence.words["counted"].match(figure.text)
        tail = sentence.text[figure.start :]
        before = [item.field for item in figures if item.field and item.start < figure.start]
        others = [item.field for item in figures if item.field and item.start > figure.start]
        order = [*reversed(before), *_verbs(sentence), *others]
        matches = [
            (order.index(unit.field), -len(unit.noun), unit, match)
            for unit in everyday
            if number is not None and unit.field in order
            if (
                match := re.match(
                    _everyday_pattern(sentence.words, figure, number[0], unit), tail, re.IGNORECASE
                )
            )
        ]
        if matches and number is not None:
            *_, unit, match = min(matches, key=lambda item: item[:2])
            count, said = number[0], match[0].strip(" ,")
            place = Figure("", count, figure.start, figure.start + match.end())
            times = f"{count}x" if count[-1].isdigit() else f"{count} x"
            of, other = unit.field, unit.id
            found.append(Comparison(of=of, other=other, times=times, place=place, said=said))
    return found


def _verbs(sentence: Sentence) -> list[str]:
    """What a sentence compares that prints no figure of it: "that is what 117 cars emit"."""
    return [key for key, verb in sentence.words.table("verbs") if verb.search(sentence.text)]


def _everyday_pattern(words: Words, figure: Figure, number: str, unit: Everyday) -> str:
    """The words of so many units; a number in words stands there in words."""
    said = re.escape(number) if figure.why != A_FACTOR else r"\w+"
    return (
        rf"(?:\w+ )?{said}{words.text('everyday_before')}{unit.noun}{words.text('everyday_period')}"
    )
