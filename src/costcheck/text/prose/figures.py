"""The numbers of a sentence, and which key of a claim each of them is, by unit and noun.

A number whose unit or noun no key fits is kept with the reason, so that nothing is lost unseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from costcheck.text.everyday import ONES, TENS
from costcheck.text.prose.money import UNSAID, money_key
from costcheck.text.prose.names import PART, Named
from costcheck.text.quantity import QuantityProblem, parse
from costcheck.text.quantity_grammar import HEDGE


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


class _Unit(NamedTuple):
    field: str
    dimension: str
    tail: re.Pattern[str]
    plain: str
    """The unit that stands in for the words of the text, where those cannot be read."""


_SCALE: Final = "hundred|thousand|million|billion|trillion|quadrillion|crore|lakh|dozen"
_SIGN: Final = (
    r"(?-i:[A-Z]{0,3}[$\u20ac\u00a3\u00a5\u20b9\u20a9]|(?:USD|EUR|GBP|CNY|RMB|JPY|INR"
    r"|KRW|CHF|CAD|AUD)(?=\s?\d))"
)
_LETTER: Final = r"(?-i:[KMBTkmb]|bn|mn|tn|mil)(?![A-Za-z])"
_POWER: Final = (
    r"(?:\s?[x\u00d7*]\s?10\s?(?:(?:\^|\*\*)\s?\{?\d+\}?|[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+)"
    r"|[eE]\+?\d+)"
)
_DIGITS: Final = (
    r"(?:10(?:\^|\*\*)\{?\d+\}?|10[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+"
    r"|[1-9]\d{0,2}(?: \d{3})+(?![\d,.])"
    rf"|\d+(?:,\d+)*(?:\.\d+)?{_POWER}?)"
)
_ENDING: Final = rf"(?:[\s-]?{_LETTER}|[\s-](?:{_SCALE})\b(?:\s(?:{_SCALE})\b)?)?"
_SMALL: Final = "|".join((*ONES[1:], *TENS))
_WORD: Final = (
    rf"(?:half an?|(?:a|one)[- ]quarter of an?|three[- ]quarters of an?|a couple of"
    rf"|(?:{'|'.join(TENS)})-(?:{'|'.join(ONES[1:10])})|{_SMALL}|an?)"
    rf"(?:[- ](?:{_SCALE})\b)*(?:(?:[- ]and[- ](?:a[- ])?(?:half|quarter"
    rf"|third))(?:[- ](?:{_SCALE})\b)?)?"
)
_VAGUE: Final = (
    r"(?:(?:a few|several) )?(?:tens|dozens|hundreds|thousands|millions|billions) of"
    r"(?: (?:thousands|millions|billions)(?: of)?)?|(?:a few|several)(?: (?:hundred|thousand"
    r"|million|billion))?"
)
_ONE: Final = rf"(?:(?:{_SIGN})\s?)?(?:{_DIGITS}{_ENDING}|(?:{_VAGUE})(?=\s)|\b{_WORD}\b)\+?"
_SEPARATOR: Final = (
    r"(?:x|%)?(?:\s?[-\u2013\u2014]\s?(?=[\d$\u20ac\u00a3])"
    r"|[\s-]to[\s-](?=(?:[\d$\u20ac\u00a3]|an?\b|{small}))"
    r"|[\s-]or[\s-](?=(?:{small})\b))"
)
_NUMBER: Final = re.compile(
    rf"(?<![\w.,$\u20ac\u00a3/-])(?P<hedge>{HEDGE})"
    rf"(?P<number>(?:(?<=between )(?:{_ONE})%?\s+and\s+)?{_ONE}"
    rf"(?:{_SEPARATOR.replace('{small}', _SMALL)}{_ONE})?)"
    r"(?![\d])",
    re.IGNORECASE,
)
_MAKER: Final = r"(?:(?:Nvidia|AMD|Google|Intel|Huawei|Amazon|Cerebras|Graphcore)(?:['\u2019]s)?\s)"
_KIND: Final = (
    r"(?:(?:Hopper|Blackwell|Ampere|Volta|Instinct|Tesla|AI|high-end|top-end|advanced|specialised"
    r"|specialized"
    r"|cutting-edge|powerful|expensive|latest|flagship|top-of-the-line|tensor[- ]core|server-grade"
    r"|rented|new|older|such"
    r"|of (?:its|the|their)|datacenter|data[- ]cent(?:er|re)|(?:40|80|32|16|64|96|141|180"
    r"|192)\s?GB|SXM\d?)[\s-])"
)
_BEFORE: Final = rf"(?:{_MAKER}|{_KIND}|(?:{PART})[\s-])*"
_THING: Final = (
    r"(?:GPUs?|graphics (?:processing units?|processors?|cards?|chips?)|TPUs?|NPUs?|IPUs?"
    r"|accelerators?|chips?"
    rf"|cards|processors|semiconductors|(?:{PART})s?)"
)
_DEVICES: Final = rf"{_BEFORE}{_THING}"
_TIME: Final = r"(?:hours?|hrs?|days?|weeks?|months?|years?)"
_CO2: Final = (
    r"(?:\s?(?:of\s)?(?:CO\s?2|CO\u2082)(?:[- ]?(?:eq(?:uivalent|uiv)?\.?|e))?(?:\s?emissions)?"
    r"|\s(?:of\s)?carbon(?:[- ]dioxide)?(?:[- ]equivalents?|\semissions)?"
    r"|\s(?:of\s)?(?:greenhouse[- ]gas(?:es)?|emissions))"
)
_TONS: Final = (
    r"(?:(?:metric|short|US|long)\s)?(?:kilo|mega)?(?:tonnes?|tons?|(?-i:[kM]?t)CO[2\u2082]?e?q?|kt|Mt"
    r"|t|kg|kilograms?|lbs?|pounds)\b"
)

_VOLUME: Final = r"(?:litres?|liters?|gallons?|cubic met(?:re|er)s?|m3|m\u00b3)"


def _unit(field: str, dimension: str, tail: str, plain: str = "") -> _Unit:
    return _Unit(field, dimension, re.compile(rf"[\s-]*(?:{tail})(?!\w)", re.IGNORECASE), plain)


_UNITS: Final = (
    _unit("gpu_hours_per_trillion_tokens", "gpu_hours_per_trillion_tokens",
          rf"{_BEFORE}(?:GPU|TPU|chip|{PART})[- ]hours? (?:per|for each"
          rf"|for every) trillion(?: training)? tokens"),
    _unit("gpu_hours", "gpu_hours",
          rf"{_BEFORE}(?:GPU|TPU|NPU|chip|accelerator|device|core|{PART})[\s-]{_TIME}"
          rf"|hours of {_BEFORE}(?:GPU|TPU|compute|{PART})(?: time)?", "GPU-hours"),
    _unit("tokens_per_second_per_gpu", "tokens_per_second",
          rf"tokens?(?:\s?/\s?|\sper\s|\sa\s)s(?:ec(?:ond)?)?\s?(?:/\s?|per |on each "
          rf"|for each ){_DEVICES}",
          "tokens/s"),
    _unit("throughput", "tokens_per_second",
          r"tokens?(?:\s?/\s?|\sper\s|\sa\s)s(?:ec(?:ond)?)?", "tokens/s"),
    _unit("tokens", "tokens",
          r"(?:(?:training|text|unique|multilingual|high-quality|multimodal|more|data|Chinese"
          r"|English|code|of)[\s-])*tokens?",
          "tokens"),
    _unit("active_parameters", "params",
          r"(?:are |is |being )?(?:active|activated)(?: (?:parameters?|params?))?|(?:parameters?"
          r"|params?) (?:that )?(?:are |were )?(?:active|activated)"
          r"|of (?:them|those|these|which)(?: are| were)? (?:active|activated)", "parameters"),
    _unit("parameters", "params",
          r"(?:(?:total|trainable|learnable|model|adjustable|internal|of its"
          r"|of the)[\s-])*(?:parameters?|params?|weights)"
          r"|(?:dense |sparse |language |open |open-weight |AI |base |foundation "
          r"|class )*(?:models?|LLMs?|version|variant|network"
          r"|transformer|MoE|mixture)(?![\s-]runs?)", "parameters"),
    _unit("words", "words", r"(?:(?:English|written)\s)?words(?: of (?:text|data))?", "words"),
    _unit("bytes", "bytes",
          r"(?:[KMGTP]B|(?:giga|tera|peta)bytes?) of (?:\w+[\s-]){0,3}"
          r"(?:text|data|code|documents)"),
    _unit("grid_intensity", "grid_intensity",
          rf"(?:g|grams?|kg|kilograms?)(?:{_CO2})?(?:\s?/\s?|\sper\s)(?:kWh|kilowatt[- ]hours?)"),
    _unit("energy", "energy",
          r"[kMGT]?W[- ]?h(?:ours?|rs?)?|(?:kilo|mega|giga|tera)?watt[- ]hours?|(?:giga"
          r"|tera)?joules"),
    _unit("power_per_gpu", "power",
          rf"(?:[kM]?W|(?:kilo)?watts?)\s?(?:/\s?|per |for each |each per )(?:{_DEVICES})|(?-i:W)"
          rf"|watts", "W"),
    _unit("site_power", "power", r"[MG]W|(?:mega|giga)watts?"),
    _unit("carbon", "carbon", rf"{_TONS}{_CO2}"),
    _unit("water", "water",
          rf"{_VOLUME}(?: of (?:\w+ )?(?:water|freshwater))?"),
    _unit("compute", "flop",
          r"(?:[TPEZY]|tera|peta|exa|zetta|yotta)?FLOPs?(?:/s)?[\s-]days?"
          r"|[EZY]?FLOPs?(?![/\w])(?! per second)|PF-days?"
          r"|floating[- ]point operations?(?! per second| a second)", "FLOP"),
    _unit("peak", "flop_rate",
          r"(?:[TPE]|tera|peta|exa)FLOPs?(?:/s|ps)(?:ec(?:ond)?)?|(?-i:[TPE]FLOPS)"
          r"|(?:[TP]|tera|peta)FLOPs?(?: per second)?(?=\s?(?:/|per |on |in |of |$|[,.;)]))"),
    _unit("gpus", "count",
          rf"(?:x\s?|\u00d7\s?){PART}s?"
          rf"|{_BEFORE}(?:GPUs|TPUs|NPUs|chips|accelerators|cards|processors"
          rf"|graphics (?:processing units|processors|cards|chips)"
          rf"|(?:{PART})s?(?![\s-](?:GPU|TPU|chip)?[\s-]?{_TIME}))(?![\s-]{_TIME})"),
    _unit("epochs", "ratio", r"(?:full |complete )?(?:epochs|passes over the data)", "x"),
    _unit("duration", "duration",
          r"(?:(?:calendar|wall-clock|straight|consecutive|full)\s)?"
          rf"(?:seconds?|minutes?|{_TIME})"),
)  # fmt: skip
_ACTIVATES: Final = re.compile(
    r"\b(?:activat\w+|active parameters?:?)\s(?:\w+\s){0,2}$", re.IGNORECASE
)
_NODES: Final = re.compile(
    r"[\s-]*(?:[\w-]+ )?(?:nodes|servers|machines|hosts|systems|boxes|racks)"
    r"\s?(?:of|with|\(|,(?: each (?:with|of))?)\s?"
    rf"(?P<each>\d+|{_SMALL})\b(?:\s(?:{_DEVICES}))?(?: each|\))?"
    rf"|\s?[x\u00d7]\s?(?P<times>\d+)\b\s?(?:{_DEVICES})?"
    rf"|\s(?P<sized>\d+|{_SMALL})-(?:GPU|card|way)[- ](?:nodes|servers|machines|systems)",
    re.IGNORECASE,
)
_BARE_NODES: Final = re.compile(
    rf"[\s-]*(?:{_BEFORE}(?:GPU )?)?(?:nodes|servers|machines|hosts|systems|racks|pods"
    rf"|instances)\b",
    re.IGNORECASE,
)
_HUGE: Final = re.compile(r"(?:[eE]\+?|10\s?(?:\^|\*\*)\s?\{?)2\d\}?$|10\u00b2[\u2070-\u2079]$")
"""So many of anything can only be FLOP."""
_PLUS: Final = re.compile(rf"\s(?:plus|\+)\s\d[\d,.]*\s{_TIME}|\sand (?:a|one) (?:half|quarter)\b")
_ANOTHER_LIFE: Final = 50_000.0
"""So many hours are 6 years: hours of accelerators, whatever the text calls them."""
_SINGLE: Final = re.compile(
    rf"\b(?:a single|one single|just one|only one)\s(?:{_MAKER}|{_KIND})?(?:{PART}|GPU|TPU)\b(?!-)",
    re.IGNORECASE,
)
_PEAK: Final = re.compile(r"\bpeak|\bdeliver|\brated|\bcapable|theoretical|\boffers", re.IGNORECASE)
_PERCENT: Final = re.compile(r"\s?(?:%|percent|per cent)(?!\w)")
_TIMES: Final = re.compile(r"\s?(?:x|\u00d7|times|-fold|fold)(?!\w)", re.IGNORECASE)
_MANY: Final = re.compile(
    r"\s?(?:x|times|fold)(?!\w)|\s(?:\w+\s){0,2}(?:cars|automobiles|vehicles|homes|households"
    r"|houses"
    r"|people|humans|citizens|flights|reactors|power plants|families)\b",
    re.IGNORECASE,
)
"""Behind a number in words that counts what figures are compared with."""
_MASS: Final = re.compile(rf"[\s-]*(?:{_TONS})", re.IGNORECASE)
_CARBON_NEAR: Final = re.compile(
    r"carbon|CO\s?2|CO\u2082|emi(?:t|ssion)|greenhouse|footprint", re.IGNORECASE
)
_UTILIZATION: Final = (
    ("hfu", re.compile(r"\bHFU\b|hardware FLOPs?[- ]utili[sz]ation", re.IGNORECASE)),
    ("mfu", re.compile(r"\bMFU\b|utili[sz]ation|of (?:the |its |their )?(?:theoretical )?peak"
                       r"|of what the (?:chips|GPUs)", re.IGNORECASE)),
)  # fmt: skip
_TRAINS: Final = re.compile(
    rf"\b{PART}\b|\b(?:pre-?)?train(?:ed|ing|s)?\b|\brun(?:s|ning)?\b|\bran\b|\btook\b|\btakes?\b"
    rf"|GPU|TPU|chips|comput\w+|\bfine-tun|\blasted\b"
    r"|\bfinish|\bcomplet|\bcost|\btokens\b", re.IGNORECASE
)  # fmt: skip
_NO_RUN: Final = re.compile(
    r"^\s?(?:ago|old|late|overdue|later|earlier|after (?:its|the|their) (?:launch|release)|-old"
    r"|in prison|away"
    r"|ahead|now|of (?:the )?"
    r"(?:year|history|data from|experience|research|development))|^\W*(?:per|a|each|every) (?:day"
    r"|month|year|week)"
    r"|^\s?(?:of household|of electricity for|of (?:\w+ and )?(?:use|usage|operation|service)\b)",
    re.IGNORECASE
)  # fmt: skip
_NO_RUN_BEFORE: Final = re.compile(
    r"(?:\b(?:past|last|next|previous|first|every|each|since|per|recent|few|coming|founded|within"
    r"|early"
    r"|these|those|another)\s*"
    r"|released |launched |came )$", re.IGNORECASE
)  # fmt: skip
_BUILT: Final = re.compile(
    r"\b(?:built|build|erect\w*|construct\w*|factory|assembl\w*|installed)\b", re.IGNORECASE
)
_CALENDAR: Final = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DATE: Final = re.compile(
    rf"\b{_CALENDAR}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?\b|\b\d{{1,2}}(?:st|nd|rd"
    rf"|th)?\s+{_CALENDAR}(?:,?\s+\d{{4}})?\b"
    rf"|\b{_CALENDAR},?\s+\d{{4}}\b|\b\d{{4}}-\d{{2}}(?:-\d{{2}})?\b|\b(?:Table|Figure|Fig\."
    rf"|Section|Chapter|Appendix|Step|Phase"
    r"|[Vv]ersion|Tier|Part|Round|Q)\s?\d[\d.]*\b|\[\d+\]|\bhttps?://\S+|\barXiv:?\s?\d+\.\d+"
    r"|\b24/7\b|\b\d+(?:st|nd|rd|th)\b"
    r"|\bv\d[\d.]*\b|\b(?:BF|FP|INT)\s?\d+\b|\b(?:bf|fp|int)\d+\b|\b\d+[- ]bit\b"
)
_YEAR: Final = re.compile(r"(?:19|20)\d\d(?:s|[-\u2013](?:\d\d){1,2})?")


def figures_in(sentence: str, models: Sequence[Named], parts: Sequence[Named]) -> list[Figure]:
    """Return every number of a sentence that is no part of a name or a date."""
    barred = [found.span() for found in _DATE.finditer(sentence)]
    barred += [(name.start, name.end) for name in (*models, *parts)]
    found = [*_single(sentence), *(item for item in _read(sentence, barred) if item.text)]
    found = _shared_units(sentence, [_size(sentence, item, models) for item in found])
    if not any(item.field in _OF_A_RUN for item in found):
        return found
    return [
        item._replace(field=key, why="")
        if (key := _BESIDE.get(item.why)) and (key == "carbon" or _stands_alone(sentence, item))
        else item
        for item in found
    ]


def _single(sentence: str) -> Iterator[Figure]:
    """Read "a single A100" as one."""
    if found := _SINGLE.search(sentence):
        yield Figure("gpus", "1", *found.span())


def _stands_alone(sentence: str, figure: Figure) -> bool:
    """Whether a list of figures names this one without more words."""
    left = re.split(r"[,;:()\u2013\u2014]\s", sentence[: figure.start])[-1]
    right = re.split(r"[,;:()\u2013\u2014.](?:\s|$)", sentence[figure.end :])[0]
    return len(f"{left} {right}".split()) <= 2


_OF_A_RUN: Final = frozenset(
    ("gpus", "gpu_hours", "tokens", "compute", "mfu", "energy", "parameters", "duration")
)
_UNSAID_RUN: Final = "not said to be the length of a training"
_A_MASS: Final = "a mass of what is not said"
_BESIDE: Final = {UNSAID: "cost", _UNSAID_RUN: "duration", _A_MASS: "carbon"}
"""What a time, an amount or a mass without a word is beside other figures of a training."""


def _shared_units(sentence: str, figures: list[Figure]) -> list[Figure]:
    """Give the numbers of a list the unit that its last one names: "7.5T, 7.8T or 12.9T tokens"."""
    shared: set[int] = set()
    for place in range(len(figures) - 2, -1, -1):
        item, after = figures[place], figures[place + 1]
        between = sentence[item.end : after.start]
        joined = re.fullmatch(r",?\s(?:or|vs\.?|versus)\s(?:even )?", between) or (
            place + 1 in shared and re.fullmatch(r",\s", between)
        )
        if item.field or not after.field or not joined:
            continue
        number = sentence[item.start : item.end].strip()
        unit = re.sub(
            r"^[^A-Za-z%]*\d[\d,.]*\s?(?-i:[KMBT]\b|thousand|million|billion|trillion)?",
            "",
            after.text.split("\n")[0],
        )
        alike = number[:1].isdigit() and bool(re.search(r"[A-Za-z]", number)) == bool(
            re.search(r"\d\s?(?:[KMBT]|\w+illion)\b", after.text)
        )
        dimension = next((unit.dimension for unit in _UNITS if unit.field == after.field), "ratio")
        if alike and after.field not in {"cost", "duration", "gpus"}:
            figures[place] = _checked(
                Figure(after.field, f"{number}{unit}", item.start, item.end), dimension
            )
            shared.add(place)
    return figures


def _size(sentence: str, figure: Figure, models: Sequence[Named]) -> Figure:
    """A bare "280B" right behind the name of a model is its size."""
    text = sentence[figure.start : figure.end]
    if figure.field or not re.fullmatch(r"\d[\d.]*\s?(?:[BM]|[bm]illion)", text):
        return figure
    behind = any(
        name.end <= figure.start
        and re.fullmatch(r"[\s:(,-]*(?:is |a |an )*", sentence[name.end : figure.start])
        for name in models
    )
    sized = figure._replace(field="parameters", text=text, why="")
    return _checked(sized, "params") if behind else figure


def _read(sentence: str, barred: Sequence[tuple[int, int]]) -> Iterator[Figure]:
    position = 0
    while found := _NUMBER.search(sentence, position):
        position = found.end()
        inside = next((end for start, end in barred if start <= found.start("number") < end), 0)
        if inside:
            position = max(inside, found.start() + 1)
            continue
        figure = _figure(sentence, found)
        if figure is not None:
            yield figure
            position = max(figure.end, position)


def _figure(sentence: str, found: re.Match[str]) -> Figure | None:
    """Return what one number is; none for a word such as "a" or "one" that counts nothing here."""
    number, end = found["number"], found.end()
    in_digits = any(map(str.isdigit, number))
    tail = sentence[end:]
    if in_digits and _YEAR.fullmatch(number) and not _any_unit(tail):
        return None
    known = (in_digits and _active(sentence, found)) or _counted(sentence, found)
    if known is None and number.lower() in ONES and _MANY.match(tail):
        return Figure("", f"{ONES.index(number.lower())}", found.start("number"), end, A_FACTOR)
    if known or not in_digits:
        return known or None
    if _HUGE.search(number) and re.search(r"FLOP|compute", sentence):
        return _checked(Figure("compute", f"{found['hedge']}{number}", found.start(), end), "flop")
    if number.isdigit() and len(number) == 1 and not re.match(r"\s?[A-Za-z]{1,}", tail):
        return None
    after = re.match(r"[\s-]?[A-Za-z-]{2,20}", tail)
    text = f"{found['hedge']}{number}{after[0] if after else ''}"
    return Figure("", text, found.start(), end, "no key of a claim says what this counts")


def _active(sentence: str, found: re.Match[str]) -> Figure | None:
    """Read "activates only about 37 billion", which repeats no noun."""
    if not _ACTIVATES.search(sentence[max(found.start() - 40, 0) : found.start()]):
        return None
    text = f"{found['hedge']}{found['number']}"
    figure = _checked(Figure("active_parameters", text, found.start(), found.end()), "params")
    return figure if figure.field else None


def _any_unit(tail: str) -> bool:
    return bool(_NODES.match(tail)) or any(unit.tail.match(tail) for unit in _UNITS)


def _counted(sentence: str, found: re.Match[str]) -> Figure | None:
    """Return a number under the key of its unit or noun."""
    tail, start = sentence[found.end() :], found.start()
    money = money_key(sentence, found.start("number"), found.end("number"))
    if money is not None:
        figure = Figure(money.field, f"{found['hedge']}{money.text}", start, money.end, money.why)
        return _checked(figure, money.dimension)
    if share := _PERCENT.match(tail):
        return _utilization(sentence, found, found.end() + share.end())
    nodes = _of_nodes(found, tail)
    return nodes if nodes is not None else _by_unit(sentence, found, tail)


def _by_unit(sentence: str, found: re.Match[str], tail: str) -> Figure | None:
    """Return a number under the key of its unit."""
    for unit in _UNITS:
        match = unit.tail.match(tail)
        if match is not None and not _is_another(unit, sentence, found):
            return _READERS.get(unit.field, _with_unit)(sentence, found, unit, match)
    match = _MASS.match(tail)
    if match is None:
        return None
    unit = next(unit for unit in _UNITS if unit.field == "carbon")
    figure = _with_unit(sentence, found, unit, match)
    if figure is None or not figure.field or _CARBON_NEAR.search(sentence):
        return figure
    return figure._replace(field="", why=_A_MASS)


def _of_nodes(found: re.Match[str], tail: str) -> Figure | None:
    """Return the GPUs of so many nodes, where their size is said."""
    start, end = found.start(), found.end()
    if nodes := _NODES.match(tail):
        each = nodes["each"] or nodes["times"] or nodes["sized"]
        text = f"{found['hedge']}{found['number']} nodes of {each}"
        return _checked(Figure("gpus", text, start, end + nodes.end()), "count")
    bare = _BARE_NODES.match(tail)
    if bare is None or not any(map(str.isdigit, found["number"])):
        return None
    why = "it does not say how many GPUs each has"
    return Figure("", f"{found['number']}{bare[0]}", start, end + bare.end(), why)


def _is_another(unit: _Unit, sentence: str, found: re.Match[str]) -> bool:
    """Whether the words of a unit mean something else here."""
    if (
        unit.field == "parameters"
        and "param" not in (unit.tail.match(sentence[found.end() :]) or [""])[0].lower()
    ):
        # "A 400B model" is a size; "three models" are a count.
        return "weight" not in sentence and not re.search(
            r"\d\s?(?:[BMT]|[bmt]illion)$", found["number"]
        )
    return False


def _utilization(sentence: str, found: re.Match[str], end: int) -> Figure | None:
    around = sentence[max(found.start() - 60, 0) : end + 50]
    if re.search(r"\bannual|of the year", around):
        around = ""
    number = re.sub(r"(?<=\d)(?=\s(?:and|to)\s)", "%", found["number"])
    text = f"{found['hedge']}{number}%"
    for field, pattern in _UTILIZATION:
        if pattern.search(around):
            return _checked(Figure(field, text, found.start(), end), "ratio")
    return Figure("", text, found.start(), end, "a share of what no key of a claim states")


def _with_unit(
    sentence: str, found: re.Match[str], unit: _Unit, match: re.Match[str]
) -> Figure | None:
    """Return a number as the text words it, or with the plain unit where that cannot be read."""
    number, hedge = found["number"], found["hedge"]
    end = found.end() + match.end()
    if number.lower() in {"a", "an"} or (number.lower() == "one" and unit.field in _NOUNS):
        return None
    words = match[0]
    if (short := _ALONE.get(unit.field)) is not None:
        words = re.match(rf"[\s-]*(?:{short})", words, re.IGNORECASE)[0]  # type: ignore[index]
    hedge = re.sub(_ARTICLE, "", hedge)
    written = _spaced(f"{hedge}{number}{words}")
    figure = _checked(Figure(unit.field, written, found.start(), end), unit.dimension)
    if figure.field or not unit.plain:
        return figure
    plain = _spaced(f"{hedge}{number} {unit.plain}")
    return _checked(Figure(unit.field, plain, found.start(), end), unit.dimension)


def _time(sentence: str, found: re.Match[str], unit: _Unit, match: re.Match[str]) -> Figure | None:
    """Return a time where it is the length of a run, hours of accelerators under their own key."""
    number, start, end = found["number"], found.start(), found.end() + match.end()
    why = _no_run(sentence, found.start("number") if found["hedge"].strip() else start, end)
    if why:
        text = f"{number}{match[0]}"
        return Figure("", text, start, end, why) if any(map(str.isdigit, number)) else None
    if number.lower() in {"a", "an"} and not _takes(sentence[:start], found["hedge"]):
        return None
    hedge = re.sub(r"^over\s+$", "", found["hedge"], flags=re.IGNORECASE)
    if "hour" in match[0] and _hours(number) >= _ANOTHER_LIFE:
        return _checked(Figure("gpu_hours", f"{hedge}{number} GPU-hours", start, end), "gpu_hours")
    more = _PLUS.match(sentence, end)
    text = f"{hedge}{number}{match[0]}{more[0] if more else ''}"
    figure = Figure("duration", _spaced(text), start, more.end() if more else end)
    return _checked(figure, unit.dimension)


def _rate(sentence: str, found: re.Match[str], unit: _Unit, match: re.Match[str]) -> Figure | None:
    """What a number of FLOP per second is: a chip's peak, a count in loose words, or neither."""
    text, end = f"{found['hedge']}{found['number']}{match[0]}", found.end() + match.end()
    if re.search(r"illion$", found["number"]) and "/" not in match[0]:
        return _checked(Figure("compute", _spaced(text), found.start(), end), "flop")
    if _PEAK.search(sentence[max(found.start() - 45, 0) : found.start()]) and re.match(
        r"[\s-]*[Tt]", match[0]
    ):
        return _with_unit(sentence, found, unit, match)
    why = "a rate that a fleet or a chip reached, which no key of a claim states"
    return Figure("", text, found.start(), end, why)


def _takes(before: str, hedge: str) -> bool:
    return bool(
        re.search(r"\b(?:in|for|took|within|takes|lasted|over)\s+(?:\w+\s)?$", f"{before}{hedge}")
    )


def _no_run(sentence: str, start: int, end: int) -> str:
    """Why a time is not the length of a run, or nothing."""
    if _NO_RUN.match(sentence[end:]) or _NO_RUN_BEFORE.search(sentence[max(start - 30, 0) : start]):
        return "not the length of a run"
    if _BUILT.search(sentence[max(start - 80, 0) : start]):
        return "not the length of a run"
    reach = 45 if "year" in sentence[start:end] else 110
    near = sentence[max(start - reach, 0) : end + (0 if reach < 50 else 80)]
    return "" if _TRAINS.search(near) else _UNSAID_RUN


_ARTICLE: Final = re.compile(r"^the\s", re.IGNORECASE)
_FEWEST: Final = {"tokens": 1e6}
"""So few tokens are an answer or a context."""
_READERS: Final = {"peak": _rate, "duration": _time}
_NOUNS: Final = frozenset(("gpus", "parameters"))
_ALONE: Final = {"carbon": _TONS, "water": _VOLUME, "bytes": r"\w+", "gpus": r""}
"""What of the words behind a number the reader of claims takes."""


def _hours(number: str) -> float:
    try:
        return parse(f"{number} h", "duration", quoted=True).value
    except QuantityProblem:
        return 0.0


def _spaced(text: str) -> str:
    """A text without the hyphens of a compound: "55-day", "671-billion-parameter"."""
    plain = re.sub(rf"(?<=\d)-(?=(?:{_SCALE}|[a-zA-Z]))|(?<=[a-z])-(?=(?:{_SCALE}|parameter|day"
                   rf"|week|month|hour|year))",
                   " ", text)  # fmt: skip
    return " ".join(plain.split())


def _checked(figure: Figure, dimension: str) -> Figure:
    """A figure whose text the reader of claims accepts; one it refuses keeps the reason."""
    if not figure.field:
        return figure
    if dimension == "words":
        dimension = "count"
        text = re.sub(r"\s*words.*", "", figure.text, flags=re.IGNORECASE)
    else:
        text = figure.text
    try:
        value = parse(text, dimension, quoted=True).value
        if value <= _FEWEST.get(figure.field, 0.0):
            return figure._replace(field="", why="too few for a training")
    except QuantityProblem as problem:
        return figure._replace(field="", why=problem.message)
    return figure._replace(text=" ".join(figure.text.split()))
