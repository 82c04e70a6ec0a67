"""What a sentence says of which model: figures given to subjects, comparisons of two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from costcheck.text.everyday_units import Everyday
from costcheck.text.prose.comparisons import Comparison, comparisons_in
from costcheck.text.prose.figures import Figure, figures_in
from costcheck.text.prose.names import Known, Named, Sentence, sentence_of
from costcheck.text.prose.words import Words

_Item = TypeVar("_Item", Named, Figure)
_OF_A_SITE: Final = frozenset(("gpus", "site_power", "capex", "cost", ""))
_LEAD: Final = 15
"""Characters of "in contrast" or "while" at the head of a sentence."""
_OF_EACH: Final = frozenset(("parameters", "active_parameters", "tokens", "epochs"))
"""What two models that have it have each; costs and fleets may be those of both together."""
_OF_USE: Final = frozenset(("energy", "water", "carbon", "cost", "site_power"))


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
    mentions: tuple[str, ...] = field(default=())
    """Models that its first clause is about, in its order."""


def read_sentence(text: str, known: Known, everyday: Everyday) -> Reading:
    """Return what a sentence says; `everyday` are units of comparison."""
    sentence = sentence_of(text, known)
    named = [name for name in sentence.models if not sentence.goes_on("attribute", name.end)]
    main = _segment(sentence, _LEAD)[1]
    mentions = tuple(
        name.name for name in named if name.start < main and not _is_against(sentence, name)
    )
    found = figures_in(sentence)
    is_silent = not sentence.says("about") and not any(item.field for item in found)
    if is_silent or sentence.says("of_a_unit"):
        numbers = ", ".join(item.text for item in found)
        reasons = (f"{numbers}: nothing about a training",) if numbers else ()
        return Reading(text=text, left_out=reasons, mentions=mentions)
    owners = _main(named)
    compared, found = comparisons_in(sentence, found, owners, everyday)
    against = {item.other for item in compared}
    owners = [name for name in owners if name.name not in against]
    mentions = tuple(name for name in mentions if name not in against)
    groups, left = _by_subject(sentence, found, compared, owners)
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
    year = _year(sentence)
    return Reading(text=text, said=tuple(said), left_out=tuple(left), year=year, mentions=mentions)


def _year(sentence: Sentence) -> int | None:
    """The one year that a sentence speaks of, where it is none to come."""
    years = {found[0] for found in sentence.words["a_year"].finditer(sentence.text)}
    dated = sentence.says("dated")
    if dated is None or years != {dated["year"]} or sentence.says("to_come"):
        return None
    return int(dated["year"])


def _by_subject(
    sentence: Sentence,
    found: Sequence[Figure],
    compared: Sequence[Comparison],
    owners: Sequence[Named],
) -> tuple[dict[str, list[Figure]], list[str]]:
    """The figures of each subject, and what is no figure of a training, with the reason."""
    groups: dict[str, list[Figure]] = {}
    left = []
    for item in found:
        why = item.why if not item.field else _of_another(sentence, item, owners)
        if why:
            left.append(f"{item.text}: {why}")
            continue
        for owner in _shared(sentence, item, found, owners):
            is_price = item.field == "cost" and sentence.words["site"].match(owner)
            paid = item._replace(field="capex") if is_price else item
            groups.setdefault(owner, []).append(paid)
    for comparison in compared:
        groups.setdefault(_compares(sentence, comparison, owners), [])
    return groups, left


def _shared(
    sentence: Sentence, item: Figure, found: Sequence[Figure], owners: Sequence[Named]
) -> list[str]:
    """The subjects of a figure: each of "A and B have", in turn for "A and B took 3 and 4 days"."""
    owner = _owner(sentence, item, owners)
    lists = _lists(sentence, owners)
    names = next((names for names in lists if any(owner == name.name for name in names)), [])
    peers = [other for other in _lists(sentence, found) if item in other]
    listed = [other for other in peers[0] if other.field == item.field] if peers else [item]
    if len(names) < 2 or item.start < names[-1].end:
        return [owner]
    if len(listed) == len(names):
        return [names[listed.index(item)].name]
    is_each = sentence.says(
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


def _of_another(sentence: Sentence, item: Figure, owners: Sequence[Named]) -> str:
    """Why a figure is none of the training of the subject, or nothing."""
    place = sentence.says("of_another", 0, item.start)
    if (
        place
        and not _told_of(sentence, item)
        and not any(place.start() <= name.start for name in owners)
    ):
        return "of what is compared with, which has no name"
    return _of_use(sentence, item)


def _of_use(sentence: Sentence, item: Figure) -> str:
    """Why a figure is of using a model rather than of training it, or nothing."""
    near = _segment(sentence, item.start, "clause_break")
    if item.field == "gpus" and (
        sentence.says("running", 0, item.start) or sentence.says("to_run", near[0], item.end + 60)
    ):
        return "for running a model, not for training it"
    if item.field == "gpus" and sentence.says("sold", 0, item.start):
        return "of what was sold or is owned, not of a training"
    if sentence.says("denied", near[0], item.start):
        return "the sentence denies it"
    clause = _segment(sentence, item.start)
    used = sentence.says("other_use", item.start, item.end + 45) or (
        sentence.says("other_use", *clause) and "train" not in sentence.text[slice(*clause)].lower()
    )
    used = used or (sentence.says("other_use", *near) and not sentence.says("trained", *near))
    used = used or sentence.says("of_a_home", 0, item.start)
    if item.field == "energy" and sentence.says("of_sites") and not sentence.says("trained"):
        return "of data centres, not of a training"
    if item.field in _OF_USE and used:
        return "of using a model, not of training it"
    return ""


def _compares(sentence: Sentence, comparison: Comparison, owners: Sequence[Named]) -> str:
    return _owner(sentence, comparison.place, owners, comparison.other)


def _with_size(
    words: Words, subject: str, stated: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """Add the size in the name of a model where the sentence states no other."""
    size = words["name_size"].search(subject)
    if size is None or not stated or any(key == "parameters" for key, _ in stated):
        return stated
    return (*stated, ("parameters", size[0]))


def _main(models: Sequence[Named]) -> list[Named]:
    """The models a figure may belong to: a family alone gives way to a version of any model."""
    versions = [name for name in models if not name.is_family]
    return versions or list(models)


def _segment(sentence: Sentence, place: int, by: str = "contrast") -> tuple[int, int]:
    """The ends of what stands between two breaks around a place."""
    breaks = [found.start() for found in sentence.words[by].finditer(sentence.text)]
    return (
        max((at for at in breaks if at <= place), default=0),
        min((at for at in breaks if at > place), default=len(sentence.text)),
    )


def _owner(sentence: Sentence, figure: Figure, owners: Sequence[Named], other: str = "") -> str:
    """The subject of a figure: after "of" or "for" behind it, else the nearest before it."""
    told_of = _told_of(sentence, figure)
    if told_of not in {"", other}:
        return told_of
    owners = _beside_brackets(sentence, figure, owners)
    of_site = figure.field in _OF_A_SITE
    is_site = sentence.words["site"]
    owners = [
        name for name in owners if name.name != other and (of_site or not is_site.match(name.name))
    ]
    sized = (name for name in owners if figure.start <= name.start < figure.end)
    if own := next(sized, None):
        return own.name
    start, end = _segment(sentence, figure.start)
    inside = [name for name in owners if start <= name.start < end]
    if start and not inside and sentence.says("unnamed", start, end):
        return ""
    behind = next((name for name in inside if name.start >= figure.end), None)
    is_carried = sentence.goes_on("pronoun", 0) is not None
    if is_carried and behind and behind.is_family:
        behind = None
    joined = sentence.text[figure.end : behind.start] if behind else ""
    if (
        behind
        and sentence.words["of_behind"].fullmatch(joined)
        and not _is_against(sentence, behind)
    ):
        return behind.name
    before = [name for name in inside if name.end <= figure.start]
    if before and not _is_left_behind(sentence, before[-1], figure):
        return before[-1].name
    return _farther_owner(sentence, figure, owners, behind)


def _beside_brackets(sentence: Sentence, figure: Figure, owners: Sequence[Named]) -> list[Named]:
    """The names that a figure may belong to: those in brackets without it give way to others."""
    closed = [
        found.span()
        for found in sentence.words["bracketed"].finditer(sentence.text)
        if not found.start() <= figure.start < found.end()
    ]
    free = [name for name in owners if not any(start < name.start < end for start, end in closed)]
    return free or list(owners)


def _farther_owner(
    sentence: Sentence, figure: Figure, owners: Sequence[Named], behind: Named | None
) -> str:
    """The subject where none stands right before: the one behind, else the first not compared."""
    free = [name for name in owners if not _is_against(sentence, name)]
    between = (figure.end, behind.start) if behind else (0, 0)
    if behind in free and not (
        sentence.goes_on("pronoun", 0) and sentence.says("clause_break", *between)
    ):
        return behind.name
    earlier = [name for name in free if name.end <= figure.start]
    later = None if sentence.goes_on("pronoun", 0) else next(iter(free), None)
    first = earlier[0] if earlier else later
    return first.name if first else ""


def _told_of(sentence: Sentence, figure: Figure) -> str:
    """The name whose figure it is: "GPT-4, which cost $100 million", "GPT-4's $100 million"."""
    for name in _main(sentence.models):
        if sentence.words["right_before"].fullmatch(sentence.text[figure.end : name.start]):
            return name.name
    for name in _main(sentence.models):
        clause = sentence.goes_on("told_of_it", name.end)
        if clause and name.end < figure.start < name.end + clause.end():
            return name.name
        if sentence.words["its_own"].fullmatch(sentence.text[name.end : figure.start]):
            return name.name
    return ""


def _is_against(sentence: Sentence, name: Named) -> bool:
    """Whether a name is only what something is compared with, alone or in a list."""
    before = next((item for item in sentence.models[::-1] if item.end < name.start), None)
    between = sentence.text[before.end : name.start] if before else ""
    links = ("list_goes_on", "owned_by")
    if before and any(sentence.words[link].fullmatch(between) for link in links):
        return _is_against(sentence, before)
    return bool(sentence.says("against", name.start - 80, name.start))


def _is_left_behind(sentence: Sentence, name: Named, figure: Figure) -> bool:
    """Whether the sentence went back from what it compares with: "unlike GPT-4, it cost"."""
    told = sentence.goes_on("told_of_it", name.end)
    end = name.end + (told.end() if told else 0)
    went_on = sentence.says("back_to_it", end, figure.start)
    return went_on is not None and _is_against(sentence, name)


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
        elif item.text not in stated[item.field].split("\n"):
            again.append(item)
        last[item.field] = item
    return stated, again


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
        if alone or _owner(sentence, Figure("", "", part.start, part.end), owners) == subject
    ]
    chosen = next(iter((*in_figures, *mine)), None)
    if chosen is None:
        return "", ()
    others = dict.fromkeys(
        part.name for part in (parts if alone else mine) if part.name != chosen.name
    )
    return chosen.name, tuple(others)
