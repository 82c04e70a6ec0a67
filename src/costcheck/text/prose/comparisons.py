"""Comparisons in a sentence: with another model, in whatever wording, and with homes and cars."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from costcheck.text.everyday import ONES
from costcheck.text.everyday_units import Counted, Everyday
from costcheck.text.prose.figures import Figure
from costcheck.text.prose.names import Named, Sentence
from costcheck.text.prose.subjects import owner_of
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
    until: int = 0
    """Where the other model stands, if behind the number."""
    second: Figure | None = None
    """The other's figure of a pair behind it: "as PaLM, $78 million against $12 million"."""

    def has(self, figure: Figure) -> bool:
        """Whether a figure is the other's: "a third of the 9 MWh that GPT-3 took"."""
        is_between = self.place.end <= figure.start < self.until
        return self.of == figure.field and (is_between or figure == self.second)


class _Amount(NamedTuple):
    """How much of another model's figure a sentence says, before it is known which way."""

    start: int
    end: int
    number: str
    """With its hedge; empty where the text says none: "a fraction of"."""
    unit: Literal["x", "%"] = "x"
    is_part: bool = False
    """Whether it is a part, and the number how many of it make one."""
    in_words: bool = False
    """Whether its words may say something else: "it was trained twice"."""

    def times(self, sentence: Sentence, way: str) -> str:
        """The ratio as a claim states it, of which one's own side is less, more or the same."""
        if not self.is_part:
            same = "more" if self.unit == "%" and way == "more" else "as much"
            return f"{self.number}{self.unit} {'less' if way == 'less' else same}"
        bound = _hedge(sentence, self.start, is_part=way == "same")
        share = 100.0 / float(self.number)
        if way != "same":
            return f"{bound}{share:.3g}% {way}"
        # By the digit of "2x less" two fifths were a half.
        return f"{bound}{self.number}x less" if bound else f"about {share:#.3g}% as much"


def comparisons_in(
    sentence: Sentence,
    figures: Sequence[Figure],
    models: Sequence[Named],
    everyday: Everyday,
) -> tuple[list[Comparison], list[Figure]]:
    """Return the comparisons of a sentence, and the figures that are none of their numbers."""
    compared, unclear = _ratios(sentence, figures, models)
    compared += _plainly(sentence, figures, models, compared)
    counted = _everyday(sentence, figures, everyday)
    found = [item for item in (*counted, *compared) if _can_be(item.times, "times")]
    fields = dict.fromkeys((item.field for item in figures if item.field), 0)
    spoken = everyday.counted_in(sentence.text, fields)
    rest = [item for item in unclear if not _is_read(item, counted)]
    for said in everyday.unread_in(sentence.text, fields):
        start = sentence.text.find(said)
        told = Figure("", said, start, start + len(said), why="a comparison that was not checked")
        rest += [] if _is_read(told, counted) else [told]
    for figure in figures:
        is_told = _is_read(figure, found) or (not figure.field and _overlaps(figure, unclear))
        if not is_told and (figure.field or not _is_within(figure, spoken)):
            rest.append(_not_mine(sentence, _of_the_other(sentence, figure, compared), compared))
    return found, rest


def _of_the_other(sentence: Sentence, figure: Figure, compared: Sequence[Comparison]) -> Figure:
    """Read "a quarter of the 100,000 used for PaLM" and "PaLM's 1 million": the noun is before."""
    number = sentence.words["one"].search(sentence.text, figure.start, figure.end)
    if number is None or (figure.field and number[0] != figure.text):
        return figure
    for item in compared:
        unit = sentence.words.unit.get(item.of)
        its = rf"{re.escape(item.other)}{sentence.words.text('its')}\s"
        is_behind = re.fullmatch(its, sentence.text[item.until : figure.start])
        if unit and (is_behind or item.place.end <= figure.start < item.until):
            text = f"{number[0]} {unit.plain}".strip()
            is_figure = _can_be(text, unit.dimension)
            return figure._replace(field=item.of, text=text, why="") if is_figure else figure
    return figure


def _not_mine(sentence: Sentence, figure: Figure, compared: Sequence[Comparison]) -> Figure:
    """A figure, but not where it is what its sentence compares with and nobody's it knows."""
    is_known = sentence.says("than_known", figure.start - len(" than the "), figure.start)
    if not (is_known and figure.field) or any(item.has(figure) for item in compared):
        return figure
    return figure._replace(field="", why="what it compares with is not said")


def _can_be(text: str, dimension: str) -> bool:
    """Whether a claim can state a text as so much of a dimension."""
    try:
        return parse(text, dimension, quoted=True).value > 0.0
    except QuantityProblem:
        return False


def _is_read(figure: Figure, found: Sequence[Comparison]) -> bool:
    """Whether a comparison takes the words of a figure."""
    return _overlaps(figure, [done.place for done in found])


def _overlaps(figure: Figure, others: Sequence[Figure]) -> bool:
    return any(figure.start < item.end and item.start < figure.end for item in others)


def _is_within(figure: Figure, spoken: Sequence[Counted]) -> bool:
    """Whether a figure belongs to a comparison that its claim's text is read for."""
    return any(said.start <= figure.start < said.end for said in spoken)


def _ratios(
    sentence: Sentence, figures: Sequence[Figure], models: Sequence[Named]
) -> tuple[list[Comparison], list[Figure]]:
    """Read what compares with another model, and what says so and cannot be read."""
    found, unclear = [], []
    for amount in (*_factors(sentence, figures), *_in_words(sentence, figures)):
        other, way = _other(sentence, amount, figures, models)
        said = _said(sentence, amount, other)
        of = _compared_by(sentence, figures, amount, other)
        if of and other is not None and amount.number:
            found.append(
                Comparison(
                    of=of,
                    other=other.name,
                    times=amount.times(sentence, way),
                    place=Figure("", said, amount.start, amount.end),
                    said=said,
                    until=other.start,
                    second=_second(sentence, figures, of, other),
                )
            )
        elif why := _unclear(sentence, amount, of, other):
            is_counted = other is None and not amount.in_words
            told = f"{amount.number}{amount.unit}" if is_counted else said
            unclear.append(Figure("", told, amount.start, amount.end, why))
    return found, unclear


def _second(sentence: Sentence, figures: Sequence[Figure], of: str, other: Named) -> Figure | None:
    """The second of two figures behind another model that are held against each other."""
    behind = [item for item in figures if item.field == of and item.start >= other.end]
    pairs = (
        second
        for first, second in pairwise(behind)
        if sentence.words["pair_against"].fullmatch(sentence.text[first.end : second.start])
    )
    return next(pairs, None)


def _unclear(sentence: Sentence, amount: _Amount, of: str, other: Named | None) -> str:
    """Why what may be a comparison is none that can be checked; empty where it is none."""
    link = sentence.goes_on("compared", amount.end)
    within = range(amount.end, amount.end + link.end()) if link else ()
    first = next(iter(sentence.models), None)
    is_own = first and first.start in within and sentence.goes_on("its", first.end)
    is_aside = amount.is_part and sentence.text[: amount.start].endswith(", ")
    is_open = (link is not None and not is_own) or (
        is_aside and sentence.goes_on("part_ends", amount.end) is not None
    )
    if other is not None:
        return "what is compared is not said" if amount.number else "no number that can be checked"
    if is_open and amount.number and (of or not (amount.unit == "%" or amount.in_words)):
        return "no other model to compare with"
    return "" if amount.unit == "%" or amount.in_words else "what is compared is not said"


def _said(sentence: Sentence, amount: _Amount, other: Named | None) -> str:
    """A comparison as the text words it."""
    start, end = amount.start, amount.end
    if other is None:
        behind = sentence.goes_on("compared", end)
        end += behind.end() if behind and amount.in_words else 0
    elif other.start < start and (link := sentence.goes_on("open_ended", end)):
        end += link.end()
    elif other.start < start:
        before = sentence.says("before_other", other.start - _NEAR, other.start)
        start = other.start - len(before[0] if before else "")
    else:
        end = other.end
        if sentence.goes_on("its", end) or sentence.text[: other.start].endswith("the "):
            behind = sentence.goes_on("its_amount", end) or sentence.goes_on("its", end)
            end += behind.end() if behind else 0
    return sentence.text[start:end].strip()


def _factors(sentence: Sentence, figures: Sequence[Figure]) -> Iterator[_Amount]:
    """Yield numbers that are multiples or shares: "10-50x", "thirty times", "35 %"."""
    for figure in figures:
        unit = None if figure.field else sentence.goes_on("factor", figure.end)
        text = " ".join(figure.text.split())
        if unit is not None:
            number = re.match(r"[~<>\w\s.,\u2013\u2014-]*\d", text)
            end = figure.end + unit.end()
            yield _Amount(figure.start, end, number[0] if number else text)
        elif not figure.field and text.endswith("%"):
            yield _Amount(figure.start, figure.end, text.removesuffix("%"), "%")


def _in_words(sentence: Sentence, figures: Sequence[Figure]) -> Iterator[_Amount]:
    """Yield parts and multiples in words: "two thirds", "twice", "an order of magnitude"."""
    for found in sentence.words["amount"].finditer(sentence.text):
        others = (item for item in figures if item.start < found.end() and found.start() < item.end)
        if any(item.field or item.end - item.start > len(found[0]) for item in others):
            continue
        size, is_part = _size(sentence, found)
        hedge = "" if is_part or not size else _hedge(sentence, found.start(), is_part=False)
        yield _Amount(*found.span(), f"{hedge}{size}", is_part=is_part, in_words=True)


def _size(sentence: Sentence, found: re.Match[str]) -> tuple[str, bool]:
    """The number of words of an amount, and whether it is of a part; none where it is vague."""
    if part := found["part"] or found["alone"]:
        count, each = (found["count"] or "a").lower(), sentence.words.parts[part.lower()]
        size = each / (ONES.index(count) if count in ONES else 1)
        return f"{size if size > 1.0 else 1.0 / size:.4g}", size > 1.0
    if found["under"]:
        size = float(found["over"]) / max(float(found["under"]), 1.0)
        return f"{size:.4g}", True
    if found["vague"]:
        return "", False
    word = found["fold"] or found["orders"] or found["factor"] or "one"
    try:
        plain = re.sub(r"^(?=hundred|thousand)", "one ", re.sub(r"^an?$", "one", word.lower()))
        value = parse(plain, "ratio", quoted=True).value
    except QuantityProblem:  # 1e400
        return "", False
    if found["fold"] or found["factor"]:
        return f"{value:.4g}", False
    return f"{10.0 ** (value - 0.5):.3g}-{10.0 ** (value + 0.5):.3g}", False


def _other(
    sentence: Sentence, amount: _Amount, figures: Sequence[Figure], models: Sequence[Named]
) -> tuple[Named | None, str]:
    """The model that an amount compares with, and whether one's own side is less or more."""
    behind = next((name for name in models if name.start >= amount.end), None)
    if behind is not None:
        between = sentence.text[amount.end : behind.start]
        link = sentence.words["to_other"].fullmatch(between)
        if link and (link["bare"] is None or _is_of_two(sentence, amount, behind, link, figures)):
            is_same = (link["more"] or "").lower().startswith("as ")
            less, more = link["less"] or link["below"], link["more"] or link["above"]
            return behind, "less" if less else "more" if more and not is_same else "same"
    for name in models:
        end = max(amount.start, name.end)
        before = sentence.says("before_other", name.start - _NEAR, name.start)
        if before and sentence.words["behind_other"].fullmatch(sentence.text[name.end : end]):
            return name, "less" if before["less"] else "more"
    return _before(sentence, amount, models)


def _before(
    sentence: Sentence, amount: _Amount, models: Sequence[Named]
) -> tuple[Named | None, str]:
    """The one other model that is named before: "BLOOM took 9 MWh, and GPT-3 ten times more"."""
    link = sentence.goes_on("open_ended", amount.end)
    own = owner_of(sentence, Figure("", "", amount.start, amount.end), models)
    others = [name for name in models if name.end <= amount.start and name.name != own]
    if link is None or not own or len({name.name for name in others}) != 1:
        return None, ""
    return others[-1], "less" if link["less"] else "more" if link["more"] else "same"


def _plainly(
    sentence: Sentence,
    figures: Sequence[Figure],
    models: Sequence[Named],
    ratios: Sequence[Comparison],
) -> Iterator[Comparison]:
    """Yield comparisons without a number: "less energy than GPT-3", "as many tokens as PaLM"."""
    for other in models:
        found = sentence.says("plainly", other.start - 2 * _NEAR, other.start)
        if found is None or any(item.other == other.name for item in ratios):
            continue
        start = other.start - len(found[0])
        last = next((item for item in figures[::-1] if item.field and item.end <= start), None)
        is_next = last is not None and sentence.words["right_behind"].fullmatch(
            sentence.text[last.end : start]
        )
        noun = found["noun"] or ""
        its = (item.field for item in figures if item.field and start < item.start < other.start)
        of = next(its, "") or _quantity(sentence.words, noun)
        if (
            is_next
            and last is not None
            and (not noun or sentence.words["same_amount"].search(noun))
        ):
            of = of or last.field
        way = next(key for key in _PLAIN if found[key])
        if of:
            place = Figure("", found[0].strip(), start, start + found.end("than") - found.start())
            said = sentence.text[start : other.end]
            yield Comparison(
                of=of,
                other=other.name,
                times=_PLAIN[way],
                place=place,
                said=said,
                until=other.start,
            )


_PLAIN: Final = {"less": "over 1x less", "more": "over 1x more", "same": "about 1x as much"}
"""The ratio of a comparison without a number, by its words."""


def _is_of_two(
    sentence: Sentence,
    amount: _Amount,
    other: Named,
    link: re.Match[str],
    figures: Sequence[Figure],
) -> bool:
    """Whether a part "of GPT-3's" is held beside it: "5 % of GPT-3's cost" may be a share of it."""
    noun = sentence.goes_on("its_amount", other.end)
    fields = {item.field for item in figures if item.field and item.end <= amount.start}
    of = _quantity(sentence.words, noun[0]) if noun else ""
    if noun and not of and not sentence.words["same_amount"].search(noun[0]):
        return any(item.field in fields for item in figures if other.end <= item.start)
    is_told = any(name.end <= amount.start for name in sentence.models if name.name != other.name)
    is_told = is_told or sentence.goes_on("pronoun", 0) is not None
    is_direct = link["bare"] == " " and amount.is_part and amount.number != "2"
    return not is_direct and (of in fields if of and not is_told else bool(fields) or is_told)


def _compared_by(
    sentence: Sentence, figures: Sequence[Figure], amount: _Amount, other: Named | None
) -> str:
    """The quantity of a comparison, by its own words, else by those before it."""
    words, end = sentence.words, amount.end
    behind = other.start if other and other.start > end else end
    noun = sentence.goes_on("its_amount", other.end) if other else None
    if other is None and (link := sentence.goes_on("compared", end)):
        behind += link.end()
    own = _quantity(words, f"{sentence.text[end:behind]} {noun[0] if noun else ''}")
    before = sentence.text[max(amount.start - _NEAR, 0) : amount.start]
    last = next((x for x in figures[::-1] if x.field and x.end <= amount.start), None)
    if own or (last and not words["verb"].search(sentence.text[last.end : amount.start])):
        return own or (last.field if last else "")
    return _nearest(words, before) or (last.field if last else "")


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


_NEAR: Final = 60
"""Characters around an amount in which words of its comparison are looked for."""
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
