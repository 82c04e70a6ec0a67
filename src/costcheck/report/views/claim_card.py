"""The card of a claim in one screen: does it hold, why, what to print, what to ask."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from costcheck.audit.arithmetic import BY_RECORD
from costcheck.audit.exact import Closure
from costcheck.audit.priors import rules
from costcheck.audit.prose import as_said, by_name, plain_number
from costcheck.audit.result import (
    ClaimAudit,
    ExplanationAudit,
    Headline,
    NumberAudit,
    RecordFigure,
)
from costcheck.audit.scenario import Card
from costcheck.audit.typical import Typical
from costcheck.estimate.result import UNCHECKED, ClaimedNumber, chance, headline_words
from costcheck.quantities import CLAIMED, IMPLIED, field_words
from costcheck.report.views.blocks import (
    Block,
    Cell,
    Column,
    Listing,
    Paragraph,
    Table,
    Title,
    Tone,
    cells,
    filled,
    numeric,
)
from costcheck.report.views.claim_print import (
    is_of_name,
    is_of_run,
    known_of,
    parts_of,
    silent_ones,
    to_print,
)
from costcheck.report.views.figures import DIGITS, figure, significant, span, with_unit

_ANSWERS: Mapping[Headline, tuple[str, Tone]] = {
    "holds": ("Yes.", "good"),
    "holds-rounded": ("Yes, rounded.", "good"),
    "cannot-be-checked": ("Nobody can say.", "warn"),
}
"""What a headline answers to "does it hold?", where not "no"."""
_GROWS = "It tells a growth rate, no figure of one training, and growth is not checked"
_PARTLY_KNOWN = "ON RECORD IN PART, THE REST NOBODY CAN CHECK"
_SUMS = 2
_SHORT = 1000.0
"""Smaller figures show as many digits as they have."""
_SURE = 0.5
"""From here on an explanation is told as what happened."""
_CERTAIN = 0.95
_LEFT_OUT = 4
_PLAINLY = {
    "research, ablations and failed runs": "research, trials and failed runs",
    "egress": "moving data out",
}
"""Lines of a bill in words that need no explanation."""
_SAME = 0.005
"""Figures this near to each other are printed once."""


def summary_blocks(card: Card) -> Iterator[Block]:
    """The card in one screen."""
    found = card.audit
    answer, tone = _ANSWERS.get(found.headline, ("No.", "bad"))
    title = headline_words(
        found.headline,
        is_unconfirmed=found.is_unconfirmed,
        is_partial=_is_partial(card),
    )
    if parts := _in_part(found):
        if found.headline == UNCHECKED:
            title = _PARTLY_KNOWN
        title += f": {', '.join(dict.fromkeys(item.name for item in parts[1]))}"
    file = "" if found.text.startswith(card.path.removesuffix("...")) else card.path
    yield Title(title, Cell(found.id, "faint"), file)
    if found.text:
        source = f" ({found.source})" if found.source else ""
        yield Paragraph(f'"{found.text}"{source}', quote=True)
    notes = _Notes()
    table = _table(card, notes)
    verdict = ("Does it hold?", tone, _verdict(card, answer))
    yield _lines([verdict, *_wrong(found), *_not_read(card)])
    if table is not None:
        yield table
    after: list[tuple[str, Tone, str]] = [
        ("Right to print", "", to_print(card)),
        *_sums(card),
        *_converted(found),
        *_usual(card),
        *_left_out(card),
        *_question(found, card.speaker),
    ]
    yield _lines(after)
    if notes.lines:
        yield Listing("", tuple(notes.lines))


class _Notes:
    """The numbered sources of a card, each run once."""

    def __init__(self) -> None:
        self.lines: list[tuple[Cell, str]] = []
        self._numbers: dict[tuple[str, ...], str] = {}
        self._cited: dict[str, str] = {}

    def mark(self, record: RecordFigure) -> str:
        """The number of a run's note, such as ``[1]``."""
        key = (record.subject, record.scope, *(source["title"] for source in record.sources))
        if key not in self._numbers:
            number = self._numbers[key] = f"[{len(self._numbers) + 1}]"
            titles = [source["title"] for source in record.sources]
            if titles[1:] and self._cited.keys() >= set(titles):
                above = " and ".join(self._cited[title] for title in titles)
                said = f"{record.scope}: from {above}"
            else:
                said = _cited(record)
            self._cited.update(dict.fromkeys(titles, number) | self._cited)
            self.lines.append((Cell(number, "faint"), said))
        return self._numbers[key]


def _cited(record: RecordFigure) -> str:
    """Whose figure it is, what it covers, who says so and where."""
    places = (
        ", ".join(source[k] for k in ("title", "url") if source.get(k)) for source in record.sources
    )
    place = "; ".join(places)
    who = f"{record.standing}: " if record.standing else ""
    return f"{who}{record.scope}{f': {place}' if place else ''}"


def _lines(items: Sequence[tuple[str, Tone, str]]) -> Listing:
    width = max(len(label) for label, _, _ in items)
    return Listing("", tuple((Cell(label.ljust(width), tone), text) for label, tone, text in items))


def _is_partial(card: Card) -> bool:
    """Whether something of the sentence was held against nothing."""
    found = card.audit
    is_open = any(x.is_comparison and x.verdict == "unverifiable" for x in found.numbers)
    return bool(card.unread) or is_open or _has_unborne(found)


def _has_unborne(found: ClaimAudit) -> bool:
    """Whether beside figures on record one is on none and follows from no others."""
    printed = [x for x in found.numbers if is_of_run(x) and not x.is_comparison]
    is_borne = any(item.record for item in printed)
    return is_borne and any(
        known_of(item) is None and not item.reason and not _is_counted(item) for item in printed
    )


def _in_part(found: ClaimAudit) -> tuple[Sequence[NumberAudit], Sequence[NumberAudit]] | None:
    """What is on record as printed and what is not or does not hold, where there are both."""
    right = [x for x in found.numbers if x.is_right and x.record and is_of_run(x)]
    wrong = [x for x in found.numbers if x.is_wrong]
    if found.headline == UNCHECKED:
        right = [x for x in right if not x.is_comparison]
        wrong = [x for x in found.numbers if not (x.record or x.is_comparison) and is_of_run(x)]
    return (right, wrong) if right and wrong and not found.holds else None


def _verdict(card: Card, answer: str) -> str:
    found = card.audit
    if parts := _in_part(found):
        told, untold = (_listed(map(_in_words, each)) for each in parts)
        if found.headline == UNCHECKED:
            return f"In part. On record: {told}. Not on record: {untold}."
        answer = f"In part. On record as printed: {told}; not: {untold}."
    elif found.is_unconfirmed and found.holds:
        answer = "Only as an estimate of others."
    elif found.holds and _is_partial(card):
        answer = f"{answer.rstrip('.')}, as far as it was checked."
    reason = _GROWS if card.tells_growth else _reason(found, use_registry=card.use_registry)
    why = f"{reason}." if reason else ""
    chances = f"Chance that it is true as worded: {chance(found.probability_true)}."
    is_told = found.holds and not (found.is_unconfirmed or _has_unborne(found))
    return " ".join(part for part in (answer, why, chances if is_told else "") if part)


def _reason(found: ClaimAudit, *, use_registry: bool) -> str:
    """Why, in one sentence; what a known run covers is told in its note."""
    wrong = found.asked
    if wrong is not None and wrong.is_comparison and wrong.reason not in wrong.text:
        return _begun(wrong.reason)
    if found.headline == "wrong-by-a-factor" and wrong is not None:
        return _not_meant(found, wrong)
    if found.holds and not any(map(_is_settled, found.numbers)):
        return _held(found, use_registry=use_registry)
    told = {item.text.lower() for item in found.numbers if item.is_comparison}
    if reasons := [reason for reason in found.reasons if reason.lower() not in told]:
        reason = reasons[0]
        for record in (item.record for item in found.numbers if item.record):
            reason = reason.replace(f" ({record.scope})", "").replace(f", {record.scope}", "")
    elif found.headline == UNCHECKED:
        reason = _known_of(found, use_registry)
    else:
        said = (item.partition(" ") for item in found.conflict)
        items = "; ".join(f"{field_words(name)} {text}".strip() for name, _, text in said)
        reason = _overworked(found) or f"{items or 'the numbers'} do not go together"
    return _begun(reason)


def _begun(text: str) -> str:
    """A sentence with its first letter large, unless a name begins so: xAI."""
    return text if text[1:2].isupper() else f"{text[:1].upper()}{text[1:]}"


def _held(found: ClaimAudit, *, use_registry: bool) -> str:
    """What bears a claim out: the record of its figures, that of a comparison, or itself."""
    compared = [item for item in found.numbers if item.is_comparison and item.is_right]
    printed = [item for item in found.numbers if not item.is_comparison]
    asked = [item for item in printed if is_of_run(item)]
    told = [item for item in asked or printed if known_of(item)]
    if not told:
        why = "The numbers fit each other" + ("; no record bears them out" if use_registry else "")
        return ". ".join(_begun(item.reason) for item in compared) or why
    silent = [item for item in asked if item not in told]
    groups: dict[str, list[NumberAudit]] = {}
    for item in told:
        groups.setdefault(_by_whom(known_of(item)), []).append(item)
    is_one = len(groups) == 1 and not silent
    they = "The figures are" if len(printed) > 1 else "The figure is"
    parts = [f"{they if is_one else _these(items)} on record{who}" for who, items in groups.items()]
    follow = [item for item in silent if item.reason]
    parts += [f"{_these(follow)} worked out from the others"] if follow else []
    alone = [item for item in silent if not item.reason]
    parts += [f"{_these(alone)} on no record"] if alone else []
    beside = (item.reason for item in compared if item.record)
    return ". ".join(map(_begun, ["; ".join(parts), *beside]))


def _by_whom(record: RecordFigure | None) -> str:
    """As what a figure is on record, where not as its maker's own."""
    if record is None or not record.standing:
        return ""
    alone = "" if record.confirmed else ", which the maker has not confirmed"
    return f" as {record.standing}{alone}"


def _these(items: Sequence[NumberAudit]) -> str:
    names = _listed(field_words(item.field) for item in items)
    is_plural = len({item.field for item in items}) > 1 or names.endswith("s")
    return f"the {names} {'are' if is_plural else 'is'}"


def _listed(items: Iterable[str], joint: str = "and") -> str:
    """Each once: one, two and three."""
    *first, last = dict.fromkeys(items)
    return f"{', '.join(first)} {joint} {last}" if first else last


def _known_of(found: ClaimAudit, use_registry: bool) -> str:
    """What is on record instead of the figures of a claim that nobody can check."""
    if not use_registry:
        return "the numbers are too few to test each other, and no record is used"
    silent = [field_words(item.field) for item in silent_ones(found)]
    if silent or not any(map(known_of, found.numbers)):
        if not found.about:
            return "no model is named whose record could be looked up"
        told = f"for the {_listed(silent, 'or')}" if silent else "like this"
        return f"costcheck's record has no figure {told} of {found.about}"
    numbers = sorted(found.numbers, key=lambda item: not is_of_run(item))
    known = next(known for item in numbers if (known := known_of(item)))
    who = known.standing or "its maker's own figure"
    return f"on record is {as_said(known.field, known.text)}, {who}: {known.scope}"


def _not_meant(found: ClaimAudit, wrong: NumberAudit) -> str:
    """That a number is wrong, and what shows it."""
    why, record = _overworked(found), wrong.record
    if not why and record is not None and wrong.found_field in {None, wrong.field}:
        is_same = record.field == wrong.field or not found.reasons
        why = f"on record is {_figure(record)}" if is_same else found.reasons[0]
    if not why and not _is_in_watts(wrong):
        is_lone = sum(not item.is_comparison for item in found.numbers) == 1
        usual = "it is far from what a training usually takes"
        why = usual if is_lone else "it does not go with the rest"
    words = f"{_quoted(wrong)} is not what was meant"
    return f"{words}: {why}" if why else words


def _is_in_watts(item: NumberAudit) -> bool:
    """Whether a text has energy in units of power."""
    units = r"[kMGT]W$|watts?$"
    return item.field == "energy" and re.search(units, _as_written(item)) is not None


def _is_counted(item: NumberAudit) -> bool:
    """Whether a text counts homes or cars in place of a unit."""
    return bool(item.written) and not item.how


def _quoted(item: NumberAudit) -> str:
    """A figure as the text has it, with what it is of; what watts are of is what is wrong."""
    said = f'"{_as_written(item)}"'
    is_said = not _is_counted(item) and field_words(item.field) in said
    return said if _is_in_watts(item) or is_said else f"{said} ({field_words(item.field)})"


def _overworked(found: ClaimAudit) -> str:
    """How far past its peak the hardware would have had to work."""
    mfu = found.implied.get("mfu")
    if mfu is None or mfu.value < mfu.factor:
        return ""
    return f"the accelerators would have to work at {mfu.value:.0%} of their peak{mfu.note}"


def _wrong(found: ClaimAudit) -> Iterator[tuple[str, Tone, str]]:
    """What happened to the numbers, with one alternative at most."""
    is_of_two, told = _is_of_two(found), found.mistakes
    if is_of_two:
        printed = {(x.field, amount(x.field, x.stated)) for x in found.numbers}
        told = tuple(item for item in told if (item.field, corrected(item)) not in printed)
    garbled = {item.field for item in found.numbers if item.verdict == "unit-garbled"}
    first, *rest = told or (None,)
    if first is None or (is_of_two and first.probability < _SURE):
        return
    label = "What went wrong" if first.probability > _SURE else "Perhaps"
    yield label, "", _told(first, found)
    together = [item for item in rest if item.field in garbled - {first.field}]
    if together:
        yield "And", "", _told(together[0], found)
    elif rest and first.probability + rest[0].probability <= 1.0:
        yield "Else", "", _told(rest[0], found)


def _is_of_two(found: ClaimAudit) -> bool:
    """Whether a text has one quantity twice, so that nothing shows which is wrong."""
    printed = [item.field for item in found.numbers if not item.is_comparison]
    return any(map(_is_counted, found.numbers)) and len(printed) > len(set(printed))


def _not_read(card: Card) -> Iterator[tuple[str, Tone, str]]:
    if card.unread:
        yield "Not checked", "warn", f"{'; '.join(dict.fromkeys(card.unread))}."


def _told(item: ExplanationAudit, found: ClaimAudit) -> str:
    value, name = corrected(item), item.words
    printed = {amount(x.field, x.stated) for x in found.numbers if x.field == item.field}
    becomes = f"; it would be {value}" if value and value not in printed else ""
    return f"{name[0].upper()}{name[1:]}{becomes} ({_odds(item.probability)})."


def corrected(item: ExplanationAudit) -> str:
    """What the number would be, where an explanation says so."""
    field = item.corrected_field or item.field
    return amount(field, item.corrected) if field and item.corrected is not None else ""


def amount(field: str, value: float) -> str:
    """A figure of a claim key with its unit, and its name where no unit shows what it is."""
    row = CLAIMED.get(field)
    whole = float(f"{value * (row.scale if row else 1.0):.9g}")
    is_short = whole < _SHORT or whole == float(f"{whole:.{DIGITS - 1}e}")
    digits = DIGITS if is_short else DIGITS + 1
    if field == "carbon" and _SHORT <= whole < _SHORT**3:
        return f"{significant(whole / _SHORT, digits)} t"
    return with_unit(whole, row.unit if row else "1", digits)


def _odds(probability: float) -> str:
    if probability > _CERTAIN:
        return "all but certain"
    return "likely" if probability > _SURE else "possible"


def _table(card: Card, notes: _Notes) -> Table | None:
    """Every figure of the run, and sizes and comparisons where they matter."""
    found, parts = card.audit, _in_part(card.audit)
    holds = found.holds or found.headline == UNCHECKED
    wrong = [x for x in found.numbers if not x.is_right]
    beside = [x for x in found.numbers if not x.is_comparison and (parts or is_of_run(x))]
    told, is_whole = found.numbers, holds or not wrong
    if not is_whole:
        told = tuple(x for x in found.numbers if x in wrong or x in beside)
    if any(map(is_of_run, told)):
        told = tuple(x for x in told if x.is_wrong or not is_of_name(x, found))
    least = _SURE if _is_of_two(found) else rules("verdicts")["likely"]
    named = {x.field for x in found.explanations if x.corrected and x.probability > least}
    unsaid = (parts or is_whole) and bool(found.about) and card.use_registry
    rows = list(_apart(told, notes, repaired=named, unsaid=unsaid))
    is_worked_out = any(item.written for item in told)
    if not is_worked_out and not any(cell.text for row in rows for cell in row[2:]):
        return None
    told_of = numeric("the text says", "on record", "estimated", "should be")
    return filled((Column(""), *told_of, Column("of")), rows, kept=2)


def _apart(
    told: Sequence[NumberAudit], notes: _Notes, *, repaired: Collection[str | None], unsaid: bool
) -> Iterator[tuple[Cell, ...]]:
    """The rows of figures: what the row above says of one quantity is not said again."""
    said = {item.written for item in told if item.written}
    above = None
    for item in told:
        if item.is_comparison and item.text in said:
            continue
        rows = list(_rows(item, notes, repaired=item.field in repaired, unsaid=unsaid))
        if above and item.name == above.name:
            first, *more = rows
            is_same = known_of(item) == known_of(above)
            first = cells("", first[1], "", *first[3:5], "") if is_same else (Cell(""), *first[1:])
            rows = [first] if is_same else [first, *more]
        yield from rows
        above = item


def _as_written(item: NumberAudit) -> str:
    """A figure as the text has it, without what it was converted to."""
    return item.written or item.text


def _in_words(item: NumberAudit) -> str:
    """A figure as a sentence has it; a count of homes or cars says itself of what it is."""
    told = _as_written(item)
    return told if item.written or item.is_comparison else as_said(item.field, told)


def _converted(found: ClaimAudit) -> Iterator[tuple[str, Tone, str]]:
    """At which rate figures were converted."""
    for item in found.numbers:
        if item.how:
            yield "Converted", "faint", f"{field_words(item.field)} {item.how}."


def _rows(
    item: NumberAudit, notes: _Notes, *, repaired: bool, unsaid: bool
) -> Iterator[tuple[Cell, ...]]:
    record, tone = known_of(item), _TONES.get(item.verdict, "bad")
    garbled = repaired and item.verdict == "unit-garbled" and item.found is not None
    told = record and record.confirmed and record.field == (item.found_field or item.field)
    if told or math.isclose(item.stated, item.found or 0.0, rel_tol=_SAME):
        garbled = False  # the record says it, or the text
    meant = amount(item.found_field or item.field, item.found or 0.0) if garbled else ""
    is_compared = item.is_comparison or _is_counted(item)
    silent = unsaid and not record and is_of_run(item) and not is_compared
    moved = record is not None and record.field != item.field and not item.is_comparison
    whose = f"{by_name(record.subject)} {notes.mark(record)}" if record else ""
    missing = "worked out" if item.reason and item.is_right else "not on record"
    yield cells(
        item.name,
        Cell(item.text.removesuffix(f" ({item.how})"), tone),
        Cell(missing, "faint") if silent else "" if moved else _figure(record),
        _estimated(item.estimated),
        meant,
        "" if moved else whose,
    )
    if record and moved:
        yield cells(field_words(record.field), "", _figure(record), "", "", whose)
    if record and record.also:
        basis, _, text = record.also.rpartition(": ")
        yield cells("", "", text, "", "", f"{basis} {notes.mark(record)}")
    for own in (own for own in item.own_records if own != record):
        yield cells("", "", _figure(own), "", "", f"{by_name(own.subject)} {notes.mark(own)}")


def _is_settled(item: NumberAudit) -> bool:
    """Whether the verdict on a number is that of the file's estimate."""
    return item.estimated is not None and item.estimated.verdict == item.verdict


def _estimated(own: ClaimedNumber | None) -> str:
    """What the file's estimate finds, with its range."""
    if own is None or own.found_central is None:
        return ""
    low, high = own.found_low, own.found_high
    ends = f" ({span(low, high, own.unit)})" if low and high and low < high else ""
    return f"{with_unit(own.found_central, own.unit)}{ends}"


_TONES: Mapping[str, Tone] = {
    "consistent": "good", "rounded": "good", "under-specified": "", "unverifiable": "warn",
}  # fmt: skip


def _figure(record: RecordFigure | None) -> str:
    return f"{record.text}{parts_of(record)}" if record else ""


def _usual(card: Card) -> Iterator[tuple[str, Tone, str]]:
    """What is usual of the implied values that are not, and of a price by the record."""
    rows = IMPLIED if card.audit.arithmetic else ()
    told = [
        f"{figure(place.low, row.unit, 2)} to {figure(place.high, row.unit, 2)}"
        f" {'of the peak' if row.unit == 'share' else row.label.removeprefix('$ ')}{how}"
        for row in rows
        if (place := card.typical.get(row.name))
        and (how := _beside_usual(card.audit, card.audit.implied[row.name].note, place)) is not None
    ]
    if told:
        yield "Usual", "", f"{'; '.join(told)}."


def _beside_usual(found: ClaimAudit, note: str, place: Typical) -> str | None:
    """How an implied value lies beside what is usual; none where it goes without saying."""
    if not place.is_unusual or place.is_listed:
        return "" if note == BY_RECORD else None
    if found.is_flagged:
        return ""
    return f": {'low' if place.percentile < 0.5 else 'high'} here"


def _sums(card: Card) -> Iterator[tuple[str, Tone, str]]:
    found = card.audit
    open_ones = [x for x in found.findings if not x.closes and x.fields != (x.target,)]
    if open_ones:
        yield "Do the sums fit?", "", f"No. {sums(open_ones[0])}."
    elif found.arithmetic:
        closed = any(len(x.fields) > 1 and x.closes for x in found.findings)
        places = [card.typical[name] for name in found.implied if name in card.typical]
        is_usual = not any(place.is_unusual and not place.is_listed for place in places)
        if closed or places:
            doubt = "No:" if found.is_flagged else "Unusual:"
            fit = "Yes." if closed else "Plausible:" if is_usual else doubt
            yield "Do the sums fit?", "", f"{fit} {'; '.join(found.arithmetic[-_SUMS:])}."


def sums(item: Closure) -> str:
    """Both sides of an identity between printed numbers."""
    sides = f"{plain_number(item.computed)} computed, {plain_number(item.stated)} printed"
    return f"{item.identity}: {sides}" + (f" ({item.note})" if item.note else "")


def _left_out(card: Card) -> Iterator[tuple[str, Tone, str]]:
    if card.excludes and card.audit.holds:
        more = ", ..." if len(card.excludes) > _LEFT_OUT else ""
        told = [_PLAINLY.get(item, item) for item in card.excludes[:_LEFT_OUT]]
        yield "Leaves out", "faint", ", ".join(told) + more


def _question(found: ClaimAudit, speaker: str) -> Iterator[tuple[str, Tone, str]]:
    """What to ask the author, where the answer would change the verdict."""
    wrong = found.asked
    borrowed = next((x for x in found.numbers if x.record and not x.is_comparison), None)
    is_borrowed = found.is_unconfirmed and not silent_ones(found)
    if found.headline == UNCHECKED and borrowed and borrowed.record and is_borrowed:
        name = by_name(borrowed.record.subject)
        yield "Ask next", "", f'Does the maker of {name} say "{borrowed.text}"?'
    elif found.headline == UNCHECKED and found.numbers:
        _, untold = _in_part(found) or ((), ())
        told = dict.fromkeys(f'"{_as_written(item)}"' for item in silent_ones(found) or untold)
        asked = f"Where does {speaker} say" if speaker else "Who says"
        if told:
            yield "Ask next", "", f"{asked} {' and '.join(list(told)[:_SUMS])}?"
    elif speaker and speaker in next(iter(found.reasons), ""):
        yield "Ask next", "", f"Where does {speaker} say so?"
    elif found.headline == "right-numbers-wrong-thing" and wrong is not None:
        if wrong.record is None:
            yield "Ask next", "", f'What does "{_as_written(wrong)}" cover, and of which model?'
    elif wrong is not None and found.is_flagged and not wrong.is_comparison:
        yield "Ask next", "", f"Where does {_quoted(wrong)} come from?"
