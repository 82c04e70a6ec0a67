"""What can be printed of a claim: one plain paragraph that can be pasted into an article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from costcheck.audit.prose import as_said, by_name
from costcheck.audit.result import ClaimAudit, NumberAudit, RecordFigure
from costcheck.audit.scenario import Card
from costcheck.catalog.known_runs import words
from costcheck.estimate.result import UNCHECKED
from costcheck.quantities import SIZES, STATED, field_words
from costcheck.report.views.figures import compact, money

_UNITS = r"(?:/|per )?GPU-hours?|GPUs?\b(?!-)|FLOP|tokens\b"
"""Units that the clauses say in other words."""
_TENS = {"1": "", "10": "tens of ", "100": "hundreds of "}
_LETTERS = {"M": "million", "B": "billion", "T": "trillion"}
_SPELLED = {"kt": "thousand tonnes", "t": "tonnes", "m3": "cubic metres"}
_WORKED_OUT = " (worked out)"
"""What stands behind a figure that nobody printed."""
_MOST = 3
"""Runs told of in one paragraph."""
_EXPLAINED = {
    "chip-hour": "A chip-hour is one chip working for one hour.",
    " tokens": "A token is a piece of a word.",
}
"""Words that no reader needs to know."""


def to_print(card: Card) -> str:
    """The paragraph: what is on record and who says so, else what may be said without it."""
    found = card.audit
    if not card.use_registry:
        return "Nothing by this card alone: no record was looked up."
    printed = [item for item in found.numbers if not item.is_comparison]
    told = list(_recorded(found, sizes=found.holds or not any(map(is_of_run, printed))))
    if not told:
        told = list(_unrecorded(card))
    elif found.headline == UNCHECKED and silent_ones(found):
        told += _unsaid(card)
    text = " ".join(told)
    return " ".join([text, *(said for word, said in _EXPLAINED.items() if word in text)])


def is_of_run(item: NumberAudit | RecordFigure) -> bool:
    """Whether a figure is of a training, not of the model that it made."""
    return item.field not in SIZES


def known_of(item: NumberAudit) -> RecordFigure | None:
    """The figure on record beside a number: the one it was recognised in, else its maker's."""
    return item.record or next(iter(item.own_records), None)


def silent_ones(found: ClaimAudit) -> Sequence[NumberAudit]:
    """The figures that nothing is on record of: sizes only where nothing else is stated."""
    asked = [item for item in found.numbers if is_of_run(item)] or found.numbers
    return [x for x in asked if known_of(x) is None and not is_of_name(x, found)]


def is_of_name(item: NumberAudit, found: ClaimAudit) -> bool:
    """Whether a figure is the size that the model's name states."""
    return not is_of_run(item) and item.text.lower() in words(found.about or "")


def parts_of(record: RecordFigure) -> str:
    """Which accelerators a count of them is of, to stand behind it."""
    return f" {record.gpu}" if record.field == "gpus" and record.gpu else ""


def lay(text: str) -> str:
    """A figure in the words of an article: 2.788 million, more than $100 million, 54.2 days."""
    plain = re.sub(r" ?\([^)]*\)", "", text)
    plain = re.sub(rf"\s*(?:{_UNITS})", "", plain).strip()
    plain = re.sub(r"\$(10*)M's", lambda m: f"{_TENS[m[1]]}millions of dollars", plain)
    plain = re.sub(r"(\d+(?:\.\d+)?)K\b", lambda m: f"{float(m[1]) * 1e3:,.0f}", plain)
    plain = re.sub(r"(?<=\d)\s?([MBT])(?![A-Za-z'])", lambda m: f" {_LETTERS[m[1]]}", plain)
    plain = re.sub(r"\d{1,3}(?:,\d{3})*,000,000\b", _in_millions, plain)
    for unit, word in _SPELLED.items():
        plain = re.sub(rf"(?<=\d) ?{unit}\b", f" {word}", plain)
    plain = plain.replace("GPU-", "chip-")
    return f"more than {plain.removesuffix('+')}" if plain.endswith("+") else plain


def _in_millions(found: re.Match[str]) -> str:
    return f"{found[0].removesuffix(',000,000')} million"


def _recorded(found: ClaimAudit, *, sizes: bool) -> Iterator[str]:
    """A sentence for each source whose figures numbers were held against.

    A source of the model's size alone is told where `sizes` are what the text is about, one of a
    right comparison where nothing is wrong.
    """
    runs: dict[tuple[str, ...], dict[str, RecordFigure]] = {}
    telling = (x for x in found.numbers if sizes or not x.is_comparison or not x.is_right)
    for item in telling:
        for record in (item.record, *item.own_records):
            if record is not None:
                key = (record.subject, record.scope, _title(record))
                runs.setdefault(key, {})[record.field] = record
    every = [list(each.values()) for each in runs.values()]
    of_run = [each for each in every if any(map(is_of_run, each))]
    told: dict[str, list[str]] = {}
    named: set[str] = set()
    for records in (of_run or every if sizes else of_run)[:_MOST]:
        first = records[0]
        titles = [source["title"] for source in first.sources]
        again = len(titles) > 1 and named.issuperset(titles)
        named.update(titles)
        told.setdefault(_who(first, again=again), []).append(_what(records))
    for who, sentences in told.items():
        yield f"{who[:1].upper()}{who[1:]}{'; '.join(sentences)}."


def _who(record: RecordFigure, *, again: bool) -> str:
    """Who says so, as a sentence begins; several sources that were named are not named again."""
    source = "" if again else _title(record)
    quoted = f" ({source})" if source else ""
    if not record.standing:
        return f"according to {source}, " if source else ""
    if record.confirmed:
        return f"{record.standing}{quoted}: "
    if record.asserts:
        return f"{record.standing}{quoted}, which its maker has not confirmed, has it that "
    is_named = record.standing.startswith("a ")
    who = f"{record.standing}, not" if is_named else f"a reckoning of {record.standing}, not of"
    return f"{who} what happened{quoted}, gives "


def _title(record: RecordFigure) -> str:
    return " and ".join(f'"{source["title"]}"' for source in record.sources)


def _what(records: Sequence[RecordFigure]) -> str:
    first = records[0]
    is_told = first.confirmed or first.asserts
    clauses = [_clause(x) if is_told else as_said(x.field, lay(x.text)) for x in records]
    said = " and ".join([", ".join(clauses[:-1]), clauses[-1]] if clauses[1:] else clauses)
    covers = [first.scope.partition(";")[0], *(item.also for item in records if item.also)]
    name = by_name(first.subject)
    return f"{f'{name} {said}' if is_told else f'{said} for {name}'} ({'; '.join(covers)})"


def _clause(record: RecordFigure) -> str:
    pattern = STATED[record.field].clause or f"had {field_words(record.field)} of {{}}"
    how = _WORKED_OUT if _WORKED_OUT in record.text else ""
    text = f"{lay(record.text)}{parts_of(record)}{how}"
    named = "chip-" in text  # chip-years, or chip-days
    return (pattern.replace(" chip-hours", "") if named else pattern).format(text)


def _unrecorded(card: Card) -> Iterator[str]:
    """What may be said where no record was found for any number."""
    found = card.audit
    if found.holds:
        yield "The sentence as it stands, with its source."
    elif found.headline == UNCHECKED or {x.verdict for x in found.numbers} == {"unverifiable"}:
        yield from _unsaid(card)
    else:
        yield "Not these figures as they stand: ask their author first."


def _asked_of(field: str, subject: str) -> str:
    """What a figure answers: what a model cost, how long its training took."""
    return (STATED[field].question or f"the {field_words(field)} of {{}}").format(subject)


def _unsaid(card: Card) -> Iterator[str]:
    """That nobody has said it, and what it would usually cost."""
    found = card.audit
    if card.tells_growth:
        yield "Nothing as a fact: quote it as its author's word, with the source."
        return
    silent = silent_ones(found)
    things = dict.fromkeys(item.field for item in silent if not item.is_comparison)
    if not found.about:
        yield "Nothing as a fact: no model is named whose record could be looked up."
    elif silent and not things:
        yield "No published figure known to costcheck bears the comparison out."
    else:
        few = list(things) if len(things) < _MOST else []
        subjects = (found.about, *["it"] * len(things))
        asked = map(_asked_of, few, subjects)
        told = " or ".join(asked) or f"figures like these of {found.about}"
        if {item.verdict for item in silent} == {"unverifiable"}:  # on record is that none is
            yield f"{card.maker or 'Its maker'} has not published {told}."
        elif few:
            yield f"No published figure known to costcheck says {told}."
        else:
            yield f"No published {told} are known to costcheck."
    if card.usual_cost is not None:
        hours, low, high = card.usual_cost
        yield (
            f"At usual prices {lay(compact(hours, 2))} chip-hours would cost"
            f" {lay(money(low, 2))} to {lay(money(high, 2))}."
        )
