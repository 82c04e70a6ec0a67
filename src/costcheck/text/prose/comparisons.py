"""Comparisons in a sentence: with another model, by factor or percent, and with homes and cars."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from costcheck.text.everyday_units import Counted, Everyday
from costcheck.text.prose.figures import Figure
from costcheck.text.prose.names import Named, Sentence
from costcheck.text.prose.words import Words
from costcheck.text.quantity import QuantityProblem, parse


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One ratio as a claim states it."""

    of: str
    other: str
    times: str
    place: Figure
    said: str
    """It as the text words it."""


def comparisons_in(
    sentence: Sentence,
    figures: Sequence[Figure],
    models: Sequence[Named],
    everyday: Everyday,
) -> tuple[list[Comparison], list[Figure]]:
    """Return the comparisons of a sentence, and the figures that are none of their numbers."""
    fractions, rest = _fractions(sentence, figures, models)
    counted = _everyday(sentence, figures, everyday)
    found = [item for item in (*counted, *fractions) if _is_stated(item)]
    fields = dict.fromkeys((item.field for item in figures if item.field), 0)
    spoken = everyday.counted_in(sentence.text, fields)
    rest = [item for item in rest if not _is_read(item, counted)]
    for said in everyday.unread_in(sentence.text, fields):
        start = sentence.text.find(said)
        rest.append(Figure("", said, start, start + len(said), why="a comparison not checked"))
    for figure in figures:
        if _is_read(figure, found) or (not figure.field and _is_within(figure, spoken)):
            continue
        factor = None if figure.field else _factor(sentence, figure, figures, models)
        if not isinstance(factor, Comparison):
            rest.append(factor or figure)
        elif _is_stated(factor):
            found.append(factor)
        else:
            rest.append(figure)
    return found, rest


def _is_read(figure: Figure, found: Sequence[Comparison]) -> bool:
    """Whether a comparison takes the words of a figure."""
    return any(figure.start < done.place.end and done.place.start < figure.end for done in found)


def _is_within(figure: Figure, spoken: Sequence[Counted]) -> bool:
    """Whether a figure belongs to a comparison that its claim's text is read for."""
    return any(said.start <= figure.start < said.end for said in spoken)


def _is_stated(comparison: Comparison) -> bool:
    """Whether a claim can state the factor."""
    try:
        return parse(comparison.times, "times", quoted=True).value > 0.0
    except QuantityProblem:
        return False


def _factor(
    sentence: Sentence, figure: Figure, figures: Sequence[Figure], models: Sequence[Named]
) -> Comparison | Figure | None:
    """Read "10-50x lower training costs than o1" or "35 % less compute than Llama 2"."""
    unit = sentence.goes_on("factor", figure.end)
    is_share = figure.text.endswith("%")
    if unit is None and not is_share:
        return None
    number = re.match(r"[~<>\w\s.,\u2013\u2014-]*\d", figure.text)
    text = " ".join((figure.text if is_share or number is None else f"{number[0]}x").split())
    end = figure.end + (unit.end() if unit else 0)
    after = sentence.goes_on("compared", end)
    if after is None and is_share:
        return _share(sentence, figure, figures, models)
    if after is None:
        return figure._replace(text=text, why="what is compared is not said")
    before = sentence.text[max(figure.start - 60, 0) : figure.start]
    named = f"{after['less'] or after['more'] or ''} {after['middle']}"
    is_that = (after["of"] or "").lower() == "that of"
    of = _quantity(sentence.words, before if is_that else named)
    of = of or _nearest(sentence.words, before) or _last_field(figures, figure.start)
    other = next(
        (name for name in models if name.start >= end and name.start - end - after.end() < 60), None
    )
    if not of or other is None:
        return figure._replace(text=text, why="no other model to compare with")
    more = "more" if is_share and (after["more"] or "as")[:2].lower() != "as" else "as much"
    return Comparison(
        of=of,
        other=other.name,
        times=f"{text} {'less' if after['less'] else more}",
        place=Figure("", text, figure.start, end),
        said=sentence.text[figure.start : other.end].strip(),
    )


def _share(
    sentence: Sentence, figure: Figure, figures: Sequence[Figure], models: Sequence[Named]
) -> Comparison | None:
    """Read "2.4 % of the GPT-3 footprint" behind a figure of what is shared."""
    printed = {item.field for item in figures if item.field and item.start < figure.start}
    for other in models:
        between = sentence.text[figure.end : max(other.start, figure.end)]
        amount = sentence.goes_on("its_amount", other.end)
        of = _quantity(sentence.words, amount[0]) if amount else ""
        if amount and of in printed and sentence.words["of_what"].fullmatch(between):
            text = " ".join(figure.text.split())
            return Comparison(
                of=of,
                other=other.name,
                times=f"{text} as much",
                place=Figure("", text, figure.start, figure.end),
                said=sentence.text[figure.start : other.end + amount.end()].strip(),
            )
    return None


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


def _last_field(figures: Sequence[Figure], before: int) -> str:
    """The quantity of the last figure before a place: "9 MWh, ten times what GPT-3 took"."""
    return next((item.field for item in figures[::-1] if item.field and item.start < before), "")


def _fractions(
    sentence: Sentence, figures: Sequence[Figure], models: Sequence[Named]
) -> tuple[list[Comparison], list[Figure]]:
    """Read "a tenth of the cost of GPT-4", and what says no model to compare with."""
    found, rest = [], []
    for match in sentence.words["fraction"].finditer(sentence.text):
        before = sentence.text[max(match.start() - 60, 0) : match.start()]
        of = _quantity(sentence.words, match["middle"]) or _quantity(sentence.words, before)
        of = of or _last_field(figures, match.start())
        other = next(
            (name for name in models if match.start() < name.start < match.end() + 40), None
        )
        parts = sentence.words.parts
        size = float(match["digits"] or parts[(match["part"] or "half").lower()])
        place = Figure("", match[0].strip(), *match.span(), why="no other model to compare with")
        if of and other is not None and size > 0.0:
            hedge = _hedge(sentence, match.start(), is_part=size > 1.0)
            times = f"{size:.4g}x less" if size > 1.0 else f"{1.0 / size:.4g}x as much"
            said = sentence.text[match.start() : max(match.end(), other.end)].strip()
            found.append(
                Comparison(of=of, other=other.name, times=f"{hedge}{times}", place=place, said=said)
            )
        elif of:
            rest.append(place)
    return found, rest


def _hedge(sentence: Sentence, start: int, *, is_part: bool) -> str:
    """The words of a bound before a part or a multiple, turned round with a part."""
    before = sentence.text[:start].split()[-_HEDGE:]
    for place in range(len(before)):
        try:
            kind = parse(" ".join((*before[place:], "10x")), "ratio", quoted=True).kind
        except QuantityProblem:
            continue
        if kind in _BOUNDS:
            return f"{_BOUNDS[kind][is_part]} "
        return "about " if kind == "approx" else ""
    return ""


_HEDGE: Final = 4
"""Words that a bound has at most: "no more than about"."""
_BOUNDS: Final = {"at_most": ("under", "over"), "at_least": ("over", "under")}
"""How a bound of a multiple is written, and that of a part: less than a tenth is over 10x less."""


def _everyday(
    sentence: Sentence, figures: Sequence[Figure], everyday: Everyday
) -> list[Comparison]:
    """Read "the yearly electricity of 120 American homes", of the figure printed before it."""
    found = []
    for figure in figures:
        number = sentence.words["counted"].match(figure.text)
        is_free = figure.field in {"", "gpus"} and not sentence.says("off_year", 0, figure.start)
        if number is None or not is_free:
            continue
        before = [item.field for item in figures if item.field and item.start < figure.start]
        others = [item.field for item in figures if item.field and item.start > figure.start]
        order = [*reversed(before), *_verbs(sentence), *others]
        places = {field: order.index(field) for field in order}
        found += [
            _counted(sentence, figure, said, number[0])
            for said in everyday.counted_in(sentence.text, places)
            if figure.start <= said.number < figure.end
        ]
    return found


def _counted(sentence: Sentence, figure: Figure, said: Counted, number: str) -> Comparison:
    """So many units of the figure that counts them, which keeps its hedge."""
    start = min(said.start, figure.start)
    count = f"{float(f'{said.times:.3g}'):.15g}" if said.is_worked_out else number
    return Comparison(
        of=said.unit.field,
        other=said.unit.id,
        times=f"{count}x" if count[-1].isdigit() else f"{count} x",
        place=Figure("", count, start, said.end),
        said=sentence.text[start : said.end].strip(" ,"),
    )


def _verbs(sentence: Sentence) -> list[str]:
    """What a sentence compares that prints no figure of it: "that is what 117 cars emit"."""
    return [key for key, verb in sentence.words.table("verbs") if verb.search(sentence.text)]
