"""The numbers of a sentence, and which key of a claim each of them is, by unit and noun.

A number whose unit or noun no key fits is kept with the reason, so that nothing is lost unseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from costcheck.quantities import having
from costcheck.text.prose.money import OF_A_CHIP, PRICES, UNSAID, dollars, money_key
from costcheck.text.prose.names import Sentence
from costcheck.text.prose.words import Unit
from costcheck.text.quantity import QuantityProblem, parse
from costcheck.text.quantity_grammar import is_vague


class Figure(NamedTuple):
    """A number with the key it is stated under."""

    field: str
    """Empty where none fits; then `why` says so."""
    text: str
    """As a claims file states it."""
    start: int
    end: int
    why: str = ""


A_FACTOR: Final = "a factor in words, of what is not said"
_NO_MODEL: Final = "a size without a number, and no model is named"
_NO_KEY: Final = "no key of a claim says what this counts"
_NOT_ITS_LENGTH: Final = "not the length of a run"
_UNSAID_RUN: Final = "not said to be the length of a training"
_A_MASS: Final = "a mass of what is not said"
_BESIDE: Final = {UNSAID: "cost", _UNSAID_RUN: "duration", _A_MASS: "carbon"}
"""What a time, an amount or a mass without a word is beside other figures of a training."""
_NOUNS: Final = frozenset(("gpus", "parameters"))


def figures_in(sentence: Sentence) -> list[Figure]:
    """Return every number of a sentence that is no part of a name or a date."""
    found = [*_single(sentence), *(item for item in _read(sentence) if item.text)]
    found = _shared_units(sentence, [_size(sentence, item) for item in found])
    found = [_of_a_server(sentence, item, found) for item in found]
    found = [_beside_another(sentence, place, found) for place in range(len(found))]
    if not any(item.field in having("telling") for item in found):
        return found
    return [
        item._replace(field=key, why="")
        if (key := _BESIDE.get(item.why))
        and (
            key == "carbon"
            or _stands_alone(sentence, item)
            or (key == "cost" and sentence.says("in_return", 0, item.start))
        )
        else item
        for item in found
    ]


def _of_a_server(sentence: Sentence, item: Figure, found: Sequence[Figure]) -> Figure:
    """Read the size of a server that is priced as no fleet: "an 8xB200 server is $37 an hour"."""
    end = max([part.end for part in sentence.parts if part.start < item.end], default=item.end)
    is_priced = any(other.field == "price_per_node" for other in found)
    if item.field == "gpus" and is_priced and sentence.goes_on("server", end):
        return item._replace(field="", why="the size of the server that the price is for")
    return item


def _beside_another(sentence: Sentence, place: int, found: Sequence[Figure]) -> Figure:
    """What a number is by another of its sentence: said again, said before a change, a price."""
    item = found[place]
    after = next(iter(found[place + 1 :]), None)
    if item.why == _NO_KEY:
        said = sorted(
            (one for one in found[:place] if one.field), key=lambda one: one.field != "parameters"
        )
        return _said_again(sentence, item, said[-1]) if said else item
    if item.field == "cost" and (rate := _rate_beside(sentence, item, found)):
        return item._replace(field="", why=rate)
    number = sentence.words["one"].search(sentence.text, item.start, item.end)
    is_former = (
        after is not None
        and number is not None
        and item.field == after.field != ""
        and sentence.says("former", 0, number.start())
        and sentence.says("changed", *_span(sentence, item))
        and not any(item.end <= name.start < after.start for name in sentence.models)
    )
    return item._replace(field="", why="what it was before") if is_former else item


def _said_again(sentence: Sentence, item: Figure, before: Figure) -> Figure:
    """Read "2.8 million GPU hours, fewer than the 30.8 million of Llama"; the noun stands once."""
    number = sentence.words["one"].search(sentence.text, item.start, item.end)
    unit = sentence.words.unit.get(before.field)
    if number is None or unit is None or before.field == "duration":
        return item
    is_again = sentence.goes_on("part_of_it", number.end()) or (
        sentence.says("again_before", 0, number.start())
        and sentence.goes_on("again_ends", number.end())
    )
    if not is_again or not re.search(r"[,A-Za-z]", number[0]):
        return item
    text = f"{number[0]} {unit.plain}".strip()
    return _checked(Figure(before.field, text, *number.span()), sentence, unit.dimension)


def _rate_beside(sentence: Sentence, item: Figure, found: Sequence[Figure]) -> str:
    """Why an amount joined to a price is one too: "$2.50 per million tokens, against $0.27"."""
    own = sentence.clauses[sentence.clause(item.start)]
    if sentence.words["for_training"].search(own.text):
        return ""
    joined = sentence.words["joined_prices"]
    for other in found:
        one, two = sorted((item, other), key=lambda either: either.start)
        if other.why == OF_A_CHIP and sentence.told(other.start) != sentence.told(item.start):
            continue
        if (
            other.why in PRICES
            and joined.fullmatch(sentence.text[one.end : two.start])
            and not _is_of_another_size(sentence, item, other)
        ):
            return other.why
    return ""


def _is_of_another_size(sentence: Sentence, item: Figure, price: Figure) -> bool:
    """Whether an amount is so many times a price that it can be none: "at $2 and cost $5M"."""
    found = (sentence.words["one"].search(one.text) for one in (item, price))
    low, high = sorted(dollars(number[0]) if number else 0.0 for number in found)
    return low > 0.0 and high > low * sentence.words.most_between_prices


def _span(sentence: Sentence, item: Figure) -> tuple[int, int]:
    """The ends of the clause of a figure."""
    clause = sentence.clauses[sentence.clause(item.start)]
    return clause.start, clause.end


def _single(sentence: Sentence) -> Iterator[Figure]:
    """Read "a single A100" as one."""
    if found := sentence.says("single"):
        yield Figure("gpus", "1", *found.span())


def _stands_alone(sentence: Sentence, figure: Figure) -> bool:
    """Whether a list of figures names this one without more words."""
    left = re.split(r"[,;:]\s|[()\u2013\u2014]", sentence.text[: figure.start])[-1]
    right = re.split(r"[,;:.](?:\s|$)|[()\u2013\u2014]", sentence.text[figure.end :])[0]
    return len(f"{left} {right}".split()) <= 2


def _shared_units(sentence: Sentence, figures: list[Figure]) -> list[Figure]:
    """Give the numbers of a list the unit that its last one names: "7.5T, 7.8T or 12.9T tokens"."""
    shared: set[int] = set()
    for place in range(len(figures) - 2, -1, -1):
        item, after = figures[place], figures[place + 1]
        between = sentence.text[item.end : after.start]
        joined = re.fullmatch(r",?\s(?:and|or|vs\.?|versus)\s(?:even )?", between) or (
            place + 1 in shared and re.fullmatch(r",\s", between)
        )
        if item.field or not after.field or not joined:
            continue
        number = re.sub(r"(?i)^\s*the\s", "", sentence.text[item.start : item.end]).strip()
        unit = re.sub(
            r"^[^A-Za-z%]*\d[\d,.]*\s?(?-i:[KMBT]\b|thousand|million|billion|trillion)?",
            "",
            after.text.split("\n")[0],
        )
        alike = number[:1].isdigit() and bool(re.search(r"[A-Za-z]", number)) == bool(
            re.search(r"\d\s?(?:[KMBT]|\w+illion)\b", after.text)
        )
        if alike and (after.field not in {"cost", "duration", "gpus"} or sentence.says("in_turn")):
            row = sentence.words.unit.get(after.field)
            shared_one = Figure(after.field, f"{number}{unit}", item.start, item.end)
            figures[place] = _checked(shared_one, sentence, row.dimension if row else "ratio")
            shared.add(place)
    return figures


def _size(sentence: Sentence, figure: Figure) -> Figure:
    """A bare "280B" right behind the name of a model is its size, and that of "a 70B on"."""
    text = sentence.text[figure.start : figure.end]
    is_size = re.fullmatch(r"\d[\d.]*\s?(?:[BM]|[bm]illion)", text)
    is_other = sentence.says("again_before", 0, figure.start)
    if figure.field or not is_size or is_other or sentence.goes_on("of_things", figure.end):
        return figure
    behind = any(
        name.end <= figure.start
        and sentence.words["size_behind"].fullmatch(sentence.text[name.end : figure.start])
        for name in sentence.models
    )
    behind = behind or bool(
        sentence.says("article", figure.start - 6, figure.start)
        and sentence.goes_on("of_a_run", figure.end)
    )
    sized = figure._replace(field="parameters", text=text, why="")
    return _checked(sized, sentence, "params") if behind else figure


def _read(sentence: Sentence) -> Iterator[Figure]:
    barred = [found.span() for found in sentence.words["date"].finditer(sentence.text)]
    barred += [(name.start, name.end) for name in (*sentence.models, *sentence.parts)]
    position = 0
    while found := sentence.words["number"].search(sentence.text, position):
        position = found.end()
        start = found.start("number")
        inside = next((end for first, end in barred if first <= start < end), 0)
        if inside:
            position = max(inside, found.start() + 1)
            continue
        if year := sentence.goes_on("from_a_year", start):
            position = start + year.end()
            continue
        figure = _figure(sentence, found)
        if figure is not None:
            yield figure
            position = max(figure.end, position)


def _figure(sentence: Sentence, found: re.Match[str]) -> Figure | None:
    """Return what one number is; none for a word such as "a" or "one" that counts nothing here."""
    number, end = found["number"], found.end()
    in_digits = any(map(str.isdigit, number))
    if in_digits and sentence.words["year"].fullmatch(number) and not _any_unit(sentence, end):
        return None
    known = (in_digits and _active(sentence, found)) or _counted(sentence, found)
    if known is None and not in_digits and sentence.goes_on("many", end):
        return _factor_in_words(sentence, found)
    if known or not in_digits:
        return known or None
    return _labelled(sentence, found) or _unread(sentence, found)


def _factor_in_words(sentence: Sentence, found: re.Match[str]) -> Figure | None:
    """Read "more than a hundred" times; "a car" counts nothing."""
    if found["number"].lower() in {"a", "an"}:
        return None
    try:
        said = parse(found["number"], "ratio", quoted=True)
    except QuantityProblem:
        return None
    number = f"{said.low:.9g}-{said.high:.9g}" if said.kind == "range" else f"{said.value:.9g}"
    return Figure("", f"{found['hedge']}{number}", found.start(), found.end(), A_FACTOR)


def _unread(sentence: Sentence, found: re.Match[str]) -> Figure | None:
    """Return a number that no key fits; a digit alone counts nothing."""
    number, tail = found["number"], sentence.text[found.end() :]
    if number.isdigit() and len(number) == 1 and not re.match(r"\s?[A-Za-z]{1,}", tail):
        return None
    after = re.match(r"[\s-]?[A-Za-z-]{2,20}", tail)
    text = f"{found['hedge']}{number}{after[0] if after else ''}"
    return Figure("", text, found.start(), found.end(), _NO_KEY)


def _labelled(sentence: Sentence, found: re.Match[str]) -> Figure | None:
    """Read "Total parameters: 9.2B", whose noun stands before its number, and a count of FLOP."""
    if sentence.words["huge"].search(found["number"]) and (
        sentence.says("computes") or sentence.models
    ):
        figure = Figure("compute", f"{found['hedge']}{found['number']}", *found.span())
        return _checked(figure, sentence, "flop")
    is_last = sentence.goes_on("ends", found.end())
    is_reached = sentence.goes_on("reached_on", found.end())
    for field, noun in sentence.words.table("labels"):
        unit = sentence.words.unit[field]
        ends = is_last or (unit.dimension == "ratio" and is_reached)
        if ends and noun.search(sentence.text[: found.start()]):
            text = f"{found['hedge']}{unit.counted(found['number'])}"
            figure = Figure(field, text, found.start(), found.end())
            return _checked(figure, sentence, unit.dimension)
    return None


def _active(sentence: Sentence, found: re.Match[str]) -> Figure | None:
    """Read "activates only about 37 billion", which repeats no noun."""
    is_whole = sentence.says("whole_of", 0, found.start("number"))
    if is_whole or not sentence.says("activates", found.start() - 40, found.start()):
        return None
    stated = Figure(
        "active_parameters", f"{found['hedge']}{found['number']}", found.start(), found.end()
    )
    figure = _checked(stated, sentence, "params")
    return figure if figure.field else None


def _any_unit(sentence: Sentence, end: int) -> bool:
    return bool(sentence.goes_on("nodes", end)) or any(
        sentence.goes_on(unit.tail, end) for unit in sentence.words.units
    )


def _counted(sentence: Sentence, found: re.Match[str]) -> Figure | None:
    """Return a number under the key of its unit or noun."""
    start, end = found.start(), found.end()
    money = money_key(sentence, found.start("number"), found.end("number"))
    if money is not None:
        figure = Figure(money.field, f"{found['hedge']}{money.text}", start, money.end, money.why)
        if is_vague(found[0]) and sentence.says("generic"):
            return figure._replace(field="", why=_NO_MODEL)
        return _checked(figure, sentence, money.dimension)
    if share := sentence.goes_on("percent", end):
        return _utilization(sentence, found, end + share.end())
    nodes = _of_nodes(sentence, found)
    return nodes if nodes is not None else _by_unit(sentence, found)


def _by_unit(sentence: Sentence, found: re.Match[str]) -> Figure | None:
    """Return a number under the key of its unit."""
    for unit in sentence.words.units:
        match = sentence.goes_on(unit.tail, found.end())
        if unit.behind and not sentence.says(unit.behind, 0, found.start()):
            continue
        if match is not None and not _is_count(unit, sentence, found, match):
            return _READERS.get(unit.field, _with_unit)(sentence, found, unit, match)
    match = sentence.goes_on("mass", found.end())
    if match is None:
        return None
    figure = _with_unit(sentence, found, sentence.words.unit["carbon"], match)
    if figure is None or not figure.field or sentence.says("carbon_near"):
        return figure
    return figure._replace(field="", why=_A_MASS)


def _of_nodes(sentence: Sentence, found: re.Match[str]) -> Figure | None:
    """Return the GPUs of so many nodes, where their size is said."""
    start, end = found.start(), found.end()
    if nodes := sentence.goes_on("nodes", end):
        each = nodes["each"] or nodes["times"] or nodes["sized"]
        text = f"{found['hedge']}{found['number']} nodes of {each}"
        return _checked(Figure("gpus", text, start, end + nodes.end()), sentence, "count")
    bare = sentence.goes_on("bare_nodes", end)
    if bare is None or not any(map(str.isdigit, found["number"])):
        return None
    why = "it does not say how many GPUs each has"
    return Figure("", f"{found['number']}{bare[0]}", start, end + bare.end(), why)


def _is_count(unit: Unit, sentence: Sentence, found: re.Match[str], match: re.Match[str]) -> bool:
    """Whether "three models" counts models; "a 400B model" says a size."""
    if unit.field == "active_parameters" and sentence.says("whole_of", 0, found.start("number")):
        return True
    if unit.field != "parameters" or "param" in match[0].lower() or "weight" in sentence.text:
        return False
    return not re.search(r"\d\s?(?:[BMT]|[bmt]illion)$", found["number"])


def _utilization(sentence: Sentence, found: re.Match[str], end: int) -> Figure | None:
    own = sentence.goes_on("utilization_behind", end)
    around = (end, end + own.end()) if own else (found.start() - 60, end + 50)
    number = re.sub(r"(?<=\d)(?=\s(?:and|to)\s)", "%", found["number"])
    text = f"{found['hedge']}{number}%"
    if not (sentence.says("of_a_year", *around) or sentence.goes_on("higher", end)):
        for field in ("hfu", "mfu"):
            if sentence.says(field, *around):
                return _checked(Figure(field, text, found.start(), end), sentence, "ratio")
    return Figure("", text, found.start(), end, "a share of what no key of a claim states")


def _with_unit(
    sentence: Sentence, found: re.Match[str], unit: Unit, match: re.Match[str]
) -> Figure | None:
    """Return a number as the text words it, or with the plain unit where that cannot be read."""
    number, words = found["number"], match[0]
    end = found.end() + match.end()
    if number.lower() in {"a", "an"} or (number.lower() == "one" and unit.field in _NOUNS):
        return None
    if unit.alone:
        words = sentence.words[unit.alone].match(words)[0].rstrip(" -")  # type: ignore[index]
    hedge = re.sub(r"(?i)^the\s", "", found["hedge"])
    if why := _of_no_run(sentence, found, unit.field, end):
        return Figure("", f"{hedge}{number}{words}", found.start(), end, why)
    if unit.field == "tokens" and not sentence.says("given", 0, found.start()):
        hedge = re.sub(r"(?i)^over\s", "", hedge)
    stated = Figure(unit.field, _spaced(f"{hedge}{number}{words}"), found.start(), end)
    figure = _checked(stated, sentence, unit.dimension)
    if figure.field or not unit.plain:
        return figure
    plain = stated._replace(text=_spaced(f"{hedge}{unit.counted(number)}"))
    return _checked(plain, sentence, unit.dimension)


def _of_no_run(sentence: Sentence, found: re.Match[str], field: str, end: int) -> str:
    """Why parameters or tokens are none of a training, or nothing."""
    if field not in {"tokens", "parameters", "words"}:
        return ""
    if not (any(map(str.isdigit, found["number"])) or sentence.models) and is_vague(found[0]):
        return _NO_MODEL
    if field == "parameters" and sentence.says("models_with", found.start() - 60, found.start()):
        return _NO_MODEL
    before = sentence.says("batch_before", found.start() - 90, found.start())
    if field != "parameters" and (before or sentence.goes_on("batch_behind", end)):
        return "of a batch or an answer, not of a training"
    return ""


def _time(
    sentence: Sentence, found: re.Match[str], unit: Unit, match: re.Match[str]
) -> Figure | None:
    """Return a time where it is the length of a run, hours of accelerators under their own key."""
    number, start, end = found["number"], found.start(), found.end() + match.end()
    why = _no_run(sentence, found.start("number") if found["hedge"].strip() else start, end)
    if why:
        text = f"{number}{match[0]}"
        return Figure("", text, start, end, why) if any(map(str.isdigit, number)) else None
    before = f"{sentence.text[:start]}{found['hedge']}"
    if number.lower() in {"a", "an"} and not sentence.words["takes"].search(before):
        return None
    hedge = re.sub(r"(?i)^over\s+$", "", found["hedge"])
    if "hour" in match[0] and _hours(number) >= sentence.words.most_run_hours:
        text = _spaced(f"{hedge}{number}{match[0]}")
        return _checked(Figure("gpu_hours", text, start, end), sentence, "gpu_hours")
    more = sentence.words["and_more"].match(sentence.text, end)
    text = f"{hedge}{number}{match[0]}{more[0] if more else ''}"
    figure = Figure("duration", _spaced(text), start, more.end() if more else end)
    return _checked(figure, sentence, unit.dimension)


def _rate(
    sentence: Sentence, found: re.Match[str], unit: Unit, match: re.Match[str]
) -> Figure | None:
    """What a number of FLOP per second is: a chip's peak, a count in loose words, or neither."""
    text, end = f"{found['hedge']}{found['number']}{match[0]}", found.end() + match.end()
    if re.search(r"illion$", found["number"]) and "/" not in match[0]:
        return _checked(Figure("compute", _spaced(text), found.start(), end), sentence, "flop")
    said = sentence.says("states_peak", found.start() - 45, found.start())
    if said and sentence.parts and re.match(r"[\s-]*[Tt]", match[0]):
        return _with_unit(sentence, found, unit, match)
    why = "a rate that a fleet or a chip reached, which no key of a claim states"
    return Figure("", text, found.start(), end, why)


def _no_run(sentence: Sentence, start: int, end: int) -> str:
    """Why a time is not the length of a run, or nothing."""
    is_years = "year" in sentence.text[start:end]
    if is_of_building(sentence, start):
        return ""
    if (
        sentence.goes_on("no_run", end)
        or sentence.says("no_run_before", start - 30, start)
        or _of_building(sentence, start)
        or sentence.says("enough_for", 0, start)
        or _of_recordings(sentence, start, end)
        or ("years" in sentence.text[start:end] and not sentence.says("takes_years", 0, start))
    ):
        return _NOT_ITS_LENGTH
    near = (start - 45, end) if is_years else (start - 110, end + 80)
    return "" if sentence.says("trains", *near) else _UNSAID_RUN


def _of_building(sentence: Sentence, start: int) -> bool:
    """Whether a time is that of building a site; a model is built, too."""
    models = [name for name in sentence.models if not sentence.words["site"].match(name.name)]
    return sentence.says("built", start - 80, start) is not None and (
        not models or sentence.says("a_site") is not None
    )


def _of_recordings(sentence: Sentence, start: int, end: int) -> bool:
    """Whether hours are those of speech or music that is trained on."""
    return (
        "hour" in sentence.text[start:end]
        and sentence.says("recordings", start - 60, end + 40) is not None
        and sentence.says("takes", start - 20, start) is None
    )


def is_of_building(sentence: Sentence, start: int) -> bool:
    """Whether a time is how long a site took to build, which its record may have."""
    near = max(start - 80, 0)
    is_told = sentence.says("built", near, start) or sentence.goes_on("to_build", start)
    return bool(is_told and sentence.says("site", near, start + 80))


_READERS: Final = {"peak": _rate, "duration": _time}


def _hours(number: str) -> float:
    try:
        return parse(f"{number} h", "duration", quoted=True).value
    except QuantityProblem:
        return 0.0


def _spaced(text: str) -> str:
    """A text without the hyphens of a compound: "55-day", "671-billion-parameter"."""
    return " ".join(re.sub(r"(?<=\d)-(?=[a-zA-Z])|(?<=[a-z])-(?=[a-z])", " ", text).split())


def value_of(text: str, dimension: str) -> float:
    """What the reader of claims takes a text for."""
    if dimension == "words":
        dimension, text = "count", re.sub(r"(?i)\s*words.*", "", text)
    return parse(text, dimension, quoted=True).value


def _checked(figure: Figure, sentence: Sentence, dimension: str) -> Figure:
    """A figure whose text the reader of claims accepts; one it refuses keeps the reason."""
    if not figure.field:
        return figure
    try:
        value = value_of(figure.text, dimension)
        unit = sentence.words.unit.get(figure.field)
        if unit is not None and value <= unit.fewest:
            return figure._replace(field="", why=unit.few)
    except QuantityProblem as problem:
        return figure._replace(field="", why=problem.message)
    return figure._replace(text=" ".join(figure.text.split()))
