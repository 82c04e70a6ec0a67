"""The card of a claim in one screen: does it hold, why, what to print, what to ask."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from costcheck.audit.arithmetic import BY_RECORD
from costcheck.audit.exact import Closure
from costcheck.audit.prose import as_said, plain_number
from costcheck.audit.result import (
    ClaimAudit,
    ExplanationAudit,
    Headline,
    NumberAudit,
    RecordFigure,
)
from costcheck.audit.scenario import Card
from costcheck.audit.typical import Typical
from costcheck.estimate.result import UNCHECKED, chance, headline_words
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
from costcheck.report.views.claim_print import is_of_run, known_of, parts_of, silent_ones, to_print
from costcheck.report.views.figures import DIGITS, figure, with_unit

_ANSWERS: Mapping[Headline, tuple[str, Tone]] = {
    "holds": ("Yes.", "good"),
    "holds-rounded": ("Yes, rounded.", "good"),
    "cannot-be-checked": ("Nobody can say.", "warn"),
}
"""What a headline answers to "does it hold?", where not "no"."""
_GROWS = "It tells a growth rate, no figure of one training, and growth is not checked"
_SUMS = 2
_SHORT = 1000.0
"""Smaller figures show as many digits as they have."""
_LIKELY, _ALTERNATIVE = 0.15, 0.05
"""A first and a second explanation less likely than this are left to ``-v``."""
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
    title = headline_words(found.headline, is_unconfirmed=found.is_unconfirmed)
    if parts := _in_part(found):
        title += f": {', '.join(dict.fromkeys(field_words(item.field) for item in parts[1]))}"
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
                said = f"{record.subject}, {record.scope}: from {above}"
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
    return f"{record.subject}, {who}{record.scope}{f': {place}' if place else ''}"


def _lines(items: Sequence[tuple[str, Tone, str]]) -> Listing:
    width = max(len(label) for label, _, _ in items)
    return Listing("", tuple((Cell(label.ljust(width), tone), text) for label, tone, text in items))


def _in_part(found: ClaimAudit) -> tuple[Sequence[NumberAudit], Sequence[NumberAudit]] | None:
    """What is on record as printed and what does not hold, where there are both."""
    right = [x for x in found.numbers if x.is_right and x.record and is_of_run(x)]
    wrong = [x for x in found.numbers if x.verdict not in _TONES]
    is_open = found.holds or found.headline == UNCHECKED
    return (right, wrong) if right and wrong and not is_open else None


def _verdict(card: Card, answer: str) -> str:
    found = card.audit
    if parts := _in_part(found):
        told, untold = (", ".join(map(_in_words, each)) for each in parts)
        answer = f"In part. On record as printed: {told}; not: {untold}."
    elif found.is_unconfirmed and found.holds:
        answer = "Only as an estimate of others."
    if card.unread and found.holds:
        answer = f"{answer.rstrip('.')}, as far as it was read."
    reason = _GROWS if card.tells_growth else _reason(found, use_registry=card.use_registry)
    why = f"{reason}." if reason else ""
    chances = f"Chance that it is true as worded: {chance(found.probability_true)}."
    is_told = found.holds and not found.is_unconfirmed
    return " ".join(part for part in (answer, why, chances if is_told else "") if part)


def _reason(found: ClaimAudit, *, use_registry: bool) -> str:
    """Why, in one sentence; what a known run covers is told in its note."""
    wrong = _asked(found)
    if wrong is not None and wrong.is_comparison:
        return _begun(wrong.reason)
    if found.headline == "wrong-by-a-factor" and wrong is not None:
        return _not_meant(found, wrong)
    if found.holds:
        return _held(found, use_registry=use_registry)
    if found.reasons:
        reason = found.reasons[0]
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
    told = [item.reason for item in compared]
    printed = [item for item in found.numbers if not item.is_comparison]
    if record := next((item.record for item in printed if item.record), None):
        who = f", as {record.standing}" if record.standing else ""
        alone = ", which the maker has not confirmed" if found.is_unconfirmed else ""
        they = "The figures are" if len(printed) > 1 else "The figure is"
        told = [f"{they} on record{who}{alone}", *(x.reason for x in compared if x.record)]
    if told:
        return ". ".join(map(_begun, told))
    return "The numbers fit each other" + ("; no record bears them out" if use_registry else "")


def _known_of(found: ClaimAudit, use_registry: bool) -> str:
    """What is on record instead of the figures of a claim that nobody can check."""
    if not use_registry:
        return "the numbers are too few to test each other, and no record is used"
    silent = [field_words(item.field) for item in silent_ones(found)]
    if silent or not found.numbers:
        told = " or ".join(dict.fromkeys(silent)) or "such figure"
        return f"costcheck's record has no {told} of {found.about or 'it'}"
    known = next(known for item in found.numbers if (known := known_of(item)))
    who = known.standing or "its maker's own figure"
    return f"on record is {as_said(known.field, known.text)}, {who}: {known.scope}"


def _not_meant(found: ClaimAudit, wrong: NumberAudit) -> str:
    """That a number is wrong, and what shows it."""
    why, record = _overworked(found), wrong.record
    if not why and record is not None and wrong.found_field in {None, wrong.field}:
        is_same = record.field == wrong.field or not found.reasons
        why = f"on record is {_figure(record, wrong.field)}" if is_same else found.reasons[0]
    words = f"{_quoted(wrong)} is not what was meant"
    return f"{words}: {why}" if why else words


def _quoted(item: NumberAudit) -> str:
    """A figure as the text has it, with what it is of; what watts are of is what is wrong."""
    said = f'"{_as_written(item)}"'
    watts = item.field == "energy" and re.search(r"[kMGT]W$|watts?$", _as_written(item))
    return said if watts else f"{said} ({field_words(item.field)})"


def _overworked(found: ClaimAudit) -> str:
    """How far past its peak the hardware would have had to work."""
    mfu = found.implied.get("mfu")
    if mfu is None or mfu.value < mfu.factor:
        return ""
    return f"the accelerators would have to work at {mfu.value:.0%} of their peak{mfu.note}"


def _asked(found: ClaimAudit) -> NumberAudit | None:
    """The number that is wrong: of several, the one that stands for the most."""
    wrong = [item for item in found.numbers if item.verdict not in _TONES]
    return next((item for item in wrong if item.field == "cost"), wrong[0] if wrong else None)


def _wrong(found: ClaimAudit) -> Iterator[tuple[str, Tone, str]]:
    """What happened to the numbers, with one alternative at most."""
    if not found.is_flagged or found.headline == "contradicts-record":
        return
    likely: dict[tuple[str, str], ExplanationAudit] = {}
    for item in found.explanations:
        if item.family in {"garble", "scope"} and item.field and item.probability > _ALTERNATIVE:
            likely.setdefault((item.field, item.name), item)
    garbled = {item.field for item in found.numbers if item.verdict == "unit-garbled"}
    if not likely:
        return
    first, *rest = likely.values()
    if first.probability < _LIKELY:
        return
    label = "What went wrong" if first.probability > _SURE else "Perhaps"
    yield label, "", _told(first, found)
    together = [item for item in rest if item.field in garbled - {first.field}]
    if together:
        yield "And", "", _told(together[0], found)
    elif rest and first.probability + rest[0].probability <= 1.0:
        yield "Else", "", _told(rest[0], found)


def _not_read(card: Card) -> Iterator[tuple[str, Tone, str]]:
    if card.unread:
        yield "Not read", "warn", f"{'; '.join(dict.fromkeys(card.unread))}."


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
    return with_unit(whole, row.unit if row else "1", DIGITS if is_short else DIGITS + 1)


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
    told = found.numbers
    if wrong and not holds:
        told = tuple(x for x in found.numbers if x in wrong or x in beside)
    named = {x.field for x in found.explanations if x.corrected and x.probability > _LIKELY}
    unsaid = (parts or told is found.numbers) and bool(found.about) and card.use_registry
    rows = [
        row
        for item in told
        for row in _rows(item, notes, repaired=item.field in named, unsaid=unsaid)
    ]
    is_worked_out = any(item.written for item in told)
    if not is_worked_out and not any(cell.text for row in rows for cell in row[2:]):
        return None
    told_of = numeric("the text says", "on record", "should be")
    return filled((Column(""), *told_of, Column("of")), rows, kept=2)


def _as_written(item: NumberAudit) -> str:
    """A figure as the text has it, without what it was converted to."""
    return item.written or item.text


def _in_words(item: NumberAudit) -> str:
    """A figure as a sentence has it; a count of homes or cars says itself of what it is."""
    told = _as_written(item)
    return told if item.written else as_said(item.field, told)


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
    printed = (item.stated, *([record.value] if record else []))
    if garbled and any(math.isclose(x, item.found or 0.0, rel_tol=_SAME) for x in printed):
        garbled = False  # it stands there already
    meant = amount(item.found_field or item.field, item.found or 0.0) if garbled else ""
    field = record.field if record and item.is_comparison else item.field
    silent = unsaid and not record and is_of_run(item) and not item.is_comparison
    yield cells(
        field_words(item.field),
        Cell(item.text.removesuffix(f" ({item.how})"), tone),
        Cell("not on record", "faint") if silent else _figure(record, field),
        meant,
        f"{record.subject} {notes.mark(record)}" if record else "",
    )
    if record and record.also:
        basis, _, text = record.also.rpartition(": ")
        yield cells("", "", text, "", f"{basis} {notes.mark(record)}")
    for own in (own for own in item.own_records if own != record):
        yield cells("", "", _figure(own, field), "", f"{own.subject} {notes.mark(own)}")


_TONES: Mapping[str, Tone] = {
    "consistent": "good", "rounded": "good", "under-specified": "", "unverifiable": "warn",
}  # fmt: skip


def _figure(record: RecordFigure | None, field: str) -> str:
    if record is None:
        return ""
    moved = f" {field_words(record.field)}" if record.field != field else ""
    return f"{record.text}{parts_of(record)}{moved}"


def _usual(card: Card) -> Iterator[tuple[str, Tone, str]]:
    """What is usual of the implied values that are not, and of a price by the record."""
    told = [
        f"{figure(place.low, row.unit, 2)} to {figure(place.high, row.unit, 2)}"
        f" {'of the peak' if row.unit == 'share' else row.label.removeprefix('$ ')}{how}"
        for row in IMPLIED
        if (place := card.typical.get(row.name))
        and (how := _beside_usual(card.audit, card.audit.implied[row.name].note, place)) is not None
    ]
    if told:
        yield "Usual", "", f"{'; '.join(told)}."


def _beside_usual(found: ClaimAudit, note: str, place: Typical) -> str | None:
    """How an implied value lies beside what is usual; none where it goes without saying."""
    if not place.is_unusual:
        return ": plausible" if note == BY_RECORD else None
    if found.is_flagged:
        return ""
    side = "low" if place.percentile < 0.5 else "high"
    return f": {side} here{', but listed' if place.is_listed else ''}"


def _sums(card: Card) -> Iterator[tuple[str, Tone, str]]:
    found = card.audit
    open_ones = [x for x in found.findings if not x.closes and x.fields != (x.target,)]
    if open_ones:
        yield "Do the sums fit?", "", f"No. {sums(open_ones[0])}."
    elif found.arithmetic:
        closed = any(len(x.fields) > 1 and x.closes for x in found.findings)
        places = [card.typical[name] for name in found.implied if name in card.typical]
        is_usual = places and not any(place.is_unusual for place in places)
        fit = "Yes." if closed else "Yes, nothing unusual:" if is_usual else "Cannot say:"
        yield "Do the sums fit?", "", f"{fit} {'; '.join(found.arithmetic[-_SUMS:])}."


def sums(item: Closure) -> str:
    """Both sides of an identity between printed numbers."""
    sides = f"{plain_number(item.computed)} computed, {plain_number(item.stated)} printed"
    return f"{item.identity}: {sides}" + (f" ({item.note})" if item.note else "")


def _left_out(card: Card) -> Iterator[tuple[str, Tone, str]]:
    if card.excludes and card.audit.headline != UNCHECKED:
        more = ", ..." if len(card.excludes) > _LEFT_OUT else ""
        told = [_PLAINLY.get(item, item) for item in card.excludes[:_LEFT_OUT]]
        yield "Leaves out", "faint", ", ".join(told) + more


def _question(found: ClaimAudit, speaker: str) -> Iterator[tuple[str, Tone, str]]:
    """What to ask the author, where the answer would change the verdict."""
    wrong = _asked(found)
    borrowed = next((item for item in found.numbers if item.record), None)
    if found.headline == UNCHECKED and borrowed and borrowed.record and found.is_unconfirmed:
        yield "Ask next", "", f'Does the maker of {borrowed.record.subject} say "{borrowed.text}"?'
    elif found.headline == UNCHECKED and found.numbers:
        silent = silent_ones(found) or found.numbers
        told = dict.fromkeys(f'"{_as_written(item)}"' for item in silent)
        said = " and ".join(list(told)[:_SUMS])
        asked = f"Where does {speaker} say" if speaker else "Who says"
        yield "Ask next", "", f"{asked} {said}?"
    elif speaker and speaker in next(iter(found.reasons), ""):
        yield "Ask next", "", f"Where does {speaker} say so?"
    elif found.headline == "right-numbers-wrong-thing" and wrong is not None:
        yield "Ask next", "", f'What does "{wrong.text}" cover, and of which model is it?'
    elif wrong is not None and found.is_flagged and not wrong.is_comparison:
        yield "Ask next", "", f"Where does {_quoted(wrong)} come from?"
