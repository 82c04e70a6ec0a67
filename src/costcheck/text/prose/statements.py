"""What a sentence says of which model: figures given to subjects, comparisons of two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from costcheck.quantities import having
from costcheck.text.everyday_units import Everyday
from costcheck.text.prose.comparisons import Comparison, comparisons_in
from costcheck.text.prose.figures import Figure, figures_in, value_of
from costcheck.text.prose.names import Known, Named, Sentence, sentence_of
from costcheck.text.prose.reasons import PLANNED, of_no_training
from costcheck.text.prose.subjects import is_against, owner_of, versions_first
from costcheck.text.prose.unchecked import beside, growth_in, outside
from costcheck.text.prose.words import Words

_Item = TypeVar("_Item", Named, Figure)
_OF_EACH: Final = having("recipe") | {"epochs"}
"""What two models that have it have each; costs and fleets may be those of both together."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one sentence says of one subject."""

    subject: str
    """Empty where the sentence names none."""
    gpu: str = ""
    figures: tuple[tuple[str, str], ...] = ()
    """Key of a claim and its text."""
    comparisons: tuple[Comparison, ...] = ()
    others: tuple[str, ...] = ()
    """Other accelerators it names."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A sentence with all that was understood of it, and what was not."""

    text: str
    said: tuple[Said, ...] = ()
    left_out: tuple[str, ...] = ()
    """Each number without a key, and why."""
    year: int | None = None
    """When it was so, where the sentence says one year."""
    tense: str = ""
    """Of what it says of a training: planned or hypothetical, empty where it was."""
    mentions: tuple[str, ...] = field(default=())
    """Models it is about, families and makers last."""
    grows: bool = False
    """Whether it tells how fast something grows, which no figure of a claim holds."""


def read_sentence(text: str, known: Known, everyday: Everyday) -> Reading:
    """Return what a sentence says; `everyday` are units of comparison."""
    sentence = sentence_of(text, known)
    named = [name for name in sentence.models if not sentence.goes_on("attribute", name.end)]
    mentions = tuple(_spoken_of(sentence, named))
    grown = growth_in(sentence)
    reading = Reading(text=text, grows=bool(grown))
    found = outside(grown, figures_in(sentence))
    is_silent = not sentence.says("about") and not any(item.field for item in found)
    if is_silent or sentence.says("of_a_unit"):
        numbers = ", ".join(item.text for item in found)
        reasons = (f"{numbers}: nothing about a training",) if numbers else ()
        growth = (f"{told.text}: {told.why}" for told in grown)
        return replace(reading, left_out=(*reasons, *growth), mentions=mentions)
    found += grown
    owners = versions_first(named)
    compared, found = comparisons_in(sentence, found, owners, everyday)
    against = set(_against(sentence, named, compared))
    owners = [name for name in owners if name.name not in against]
    mentions = tuple(name for name in mentions if name not in against)
    groups, left = _by_subject(sentence, found, compared, owners)
    if groups:
        left += [f"{told.text}: {told.why}" for told in beside(sentence)]
    said = []
    for subject, items in groups.items():
        of_it = tuple(item for item in compared if _compares(sentence, item, owners) == subject)
        gpu, others = _part(sentence, subject, owners, items, alone=len(groups) == 1)
        runs, more = _runs(sentence, items)
        left += more
        for place, stated in enumerate(runs):
            said.append(
                Said(
                    subject=subject,
                    gpu=gpu,
                    figures=_with_size(known.words, subject, tuple(stated.items())),
                    comparisons=() if place else of_it,
                    others=() if place else others,
                )
            )
    reading = replace(reading, year=_year(sentence), tense=_tense(sentence, groups))
    return replace(reading, said=tuple(said), left_out=tuple(left), mentions=mentions)


def _spoken_of(sentence: Sentence, named: Sequence[Named]) -> Iterator[str]:
    """The models that a sentence is about, families and makers last."""
    for name in sorted(named, key=lambda name: name.is_family):
        if not is_against(sentence, name):
            yield name.name


def _against(
    sentence: Sentence, named: Sequence[Named], compared: Sequence[Comparison]
) -> Iterator[str]:
    """The models that others are only compared with, none of which such a ratio is told behind."""
    for item in compared:
        for name in named:
            is_behind = name.start >= item.place.start
            if name.name == item.other and (is_behind or is_against(sentence, name)):
                yield name.name


def _year(sentence: Sentence) -> int | None:
    """The one year that a sentence speaks of, where it is none to come."""
    years = {found[0] for found in sentence.words["a_year"].finditer(sentence.text)}
    dated = sentence.says("dated")
    if dated is None or years != {dated["year"]} or sentence.says("to_come"):
        return None
    return int(dated["year"])


def _tense(sentence: Sentence, groups: Mapping[str, Sequence[Figure]]) -> str:
    """The tense of the figures of a sentence, which are all planned or none is."""
    told = [sentence.telling(item.start) for items in groups.values() for item in items]
    if any(map(sentence.words["planned"].search, told)):
        return "planned"
    is_imagined = bool(told) and all(map(sentence.words["imagined"].search, told))
    return "hypothetical" if is_imagined else ""


def _by_subject(
    sentence: Sentence,
    found: Sequence[Figure],
    compared: Sequence[Comparison],
    owners: Sequence[Named],
) -> tuple[dict[str, list[Figure]], list[str]]:
    """The figures of each subject, and what is no figure of a training, with the reason."""
    groups: dict[str, list[Figure]] = {}
    planned: dict[str, list[Figure]] = {}
    left = []
    for item in found:
        why = [*of_no_training(sentence, item, owners)] if item.field else [item.why]
        is_planned = why == [PLANNED]
        theirs = [comparison.other for comparison in compared if comparison.has(item)]
        subjects = theirs or _shared(sentence, item, found, owners)
        if why and not (is_planned and any(subjects)):
            left.append(f"{item.text}: {why[0]}")
            continue
        for owner in subjects:
            is_price = item.field == "cost" and sentence.words["site"].match(owner)
            paid = item._replace(field="capex") if is_price else item
            (planned if is_planned else groups).setdefault(owner, []).append(paid)
    if groups:
        ahead = dict.fromkeys(item.text for items in planned.values() for item in items)
        left += [f"{text}: {PLANNED}" for text in ahead]
    groups = groups or planned
    for comparison in compared:
        groups.setdefault(_compares(sentence, comparison, owners), [])
    return groups, left


def _shared(
    sentence: Sentence, item: Figure, found: Sequence[Figure], owners: Sequence[Named]
) -> list[str]:
    """The subjects of a figure: each of "A and B have", in turn for "A and B took 3 and 4 days"."""
    owner = owner_of(sentence, item, owners)
    lists = _lists(sentence, owners)
    names = next((names for names in lists if any(owner == name.name for name in names)), [])
    peers = [other for other in _lists(sentence, found) if item in other]
    listed = [other for other in peers[0] if other.field == item.field] if peers else [item]
    if len(names) < 2 or item.start < names[-1].end:
        return [owner]
    if len(listed) == len(names):
        return [names[listed.index(item)].name]
    is_each = sentence.goes_on("apiece", item.end) or sentence.says(
        "both_have" if item.field in _OF_EACH else "of_both", names[0].start - 6, names[-1].end + 20
    )
    return [name.name for name in names] if is_each and len(listed) == 1 else [owner]


def _lists(sentence: Sentence, items: Sequence[_Item]) -> list[list[_Item]]:
    """Items that stand in one list, each with the ones beside it."""
    lists: list[list[_Item]] = []
    for item in items:
        between = sentence.text[lists[-1][-1].end : item.start] if lists else ""
        if lists and sentence.words["list_goes_on"].fullmatch(between):
            lists[-1].append(item)
        else:
            lists.append([item])
    return lists


def _compares(sentence: Sentence, comparison: Comparison, owners: Sequence[Named]) -> str:
    return owner_of(sentence, comparison.place, owners, comparison.other)


def _with_size(
    words: Words, subject: str, stated: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """Add the size in the name of a model where the sentence states no other."""
    size = words["name_size"].search(subject)
    if size is None or not stated or any(key == "parameters" for key, _ in stated):
        return stated
    return (*stated, ("parameters", size[0]))


def _runs(sentence: Sentence, items: Sequence[Figure]) -> tuple[list[dict[str, str]], list[str]]:
    """The figures of each run of a subject: where two or more keys are said again, of another."""
    runs = []
    while True:
        stated, again = _by_key(sentence, items)
        runs.append(stated)
        if again and _is_of_sizes(sentence, items, again):
            shared = {key: text for key, text in stated.items() if key in _OF_EACH}
            return [*runs, *({**shared, "parameters": item.text} for item in again)], []
        if len({item.field for item in again}) < 2:
            named = [(item.text, item.field.replace("_", " ")) for item in again]
            return runs, [f"{text}: a second figure for {key}" for text, key in named]
        items = again


def _is_of_sizes(sentence: Sentence, items: Sequence[Figure], again: Sequence[Figure]) -> bool:
    """Whether what is said again are sizes in one list: "the 8B and 70B models"."""
    sizes = [item for item in items if item.field == "parameters"]
    return all(item.field == "parameters" for item in again) and _lists(sentence, sizes) == [sizes]


def _by_key(sentence: Sentence, items: Sequence[Figure]) -> tuple[dict[str, str], list[Figure]]:
    """The first figure of each key and the other ones; those that a sentence offers both join."""
    stated: dict[str, str] = {}
    again = []
    last: dict[str, Figure] = {}
    for item in items:
        if item.field not in stated:
            stated[item.field] = item.text
        elif sentence.words["either"].fullmatch(sentence.text[last[item.field].end : item.start]):
            stated[item.field] += f"\n{item.text}"
        elif not _is_said(sentence, item, stated[item.field].split("\n")):
            again.append(item)
        last[item.field] = item
    return stated, again


def _is_said(sentence: Sentence, item: Figure, texts: Sequence[str]) -> bool:
    """Whether a figure is one of these again: "1,287 megawatt-hours" behind "about 1,287 MWh"."""
    unit = sentence.words.unit.get(item.field)
    if item.text in texts or unit is None:
        return item.text in texts
    return value_of(item.text, unit.dimension) in {value_of(x, unit.dimension) for x in texts}


def _part(
    sentence: Sentence,
    subject: str,
    owners: Sequence[Named],
    items: Sequence[Figure],
    *,
    alone: bool,
) -> tuple[str, tuple[str, ...]]:
    """The accelerator of a subject: the one its counts name, else the nearest, and the others."""
    parts = sentence.parts
    in_figures = [part for item in items for part in parts if item.start <= part.start < item.end]
    mine = [
        part
        for part in parts
        if alone or owner_of(sentence, Figure("", "", part.start, part.end), owners) == subject
    ]
    chosen = next(iter((*in_figures, *mine)), None)
    if chosen is None:
        return "", ()
    others = dict.fromkeys(
        part.name for part in (parts if alone else mine) if part.name != chosen.name
    )
    return chosen.name, tuple(others)
