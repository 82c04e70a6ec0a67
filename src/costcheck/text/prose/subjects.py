"""Whose a figure is: the names of a sentence, by how far each is from it in steps of grammar.

A name that a figure is told of outright comes first ("GPT-4's $100 million", "GPT-4, which cost
..."), then one behind it ("$100 million for GPT-4") or before it in its own clause, then the clause
that this one hangs on, then a clause before it. What is only compared with owns nothing outside its
own clause.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from costcheck.quantities import having
from costcheck.text.prose.figures import Figure, is_of_building
from costcheck.text.prose.names import Named, Sentence

_OF_A_SITE: Final = having("site") | {"site_power", ""}
_HANGING: Final = ("relative", "bracket")
_LINKED, _BEFORE, _BEHIND = 0, 1, 3
"""Where a name stands in the clause of a figure, the nearest first."""
_LINE, _EARLIER, _INSIDE, _FAMILY = 4, 30, 40, 45
"""Steps: to what a clause hangs on, to one before, to one that hangs on it, to the maker in it."""


def versions_first(models: Sequence[Named]) -> list[Named]:
    """The models a figure may belong to: a family alone gives way to a version of any model."""
    versions = [name for name in models if not name.is_family]
    return versions or list(models)


def owner_of(sentence: Sentence, figure: Figure, owners: Sequence[Named], other: str = "") -> str:
    """The subject of a figure, which is not the `other` that it is compared with."""
    is_built = figure.field == "duration" and is_of_building(sentence, figure.start)
    of_site = figure.field in _OF_A_SITE or is_built
    sites = {name.name for name in owners if sentence.words["site"].match(name.name)}
    free = [
        name
        for name in owners
        if name.name != other and (of_site if name.name in sites else not is_built)
    ]
    named = {(name.start, name.end): name for name in (*free, *sentence.models)}.values()
    ranked = [
        (steps, name.name)
        for name in named
        if name.name != other
        if (steps := _steps(sentence, figure, name, is_free=name in free)) is not None
    ]
    return min(ranked, default=(0, ""))[1]


def _steps(
    sentence: Sentence, figure: Figure, name: Named, *, is_free: bool
) -> tuple[int, int] | None:
    """How far a name is from a figure; none where it cannot be its subject."""
    line = sentence.lines(figure.start)
    level = _told(sentence, figure, name, line)
    is_beside = sentence.clauses[line[0]].kind == "bracket" and not level
    if level is not None and (is_beside or name in versions_first(sentence.models)):
        return (_LINE * level - 1, -name.start)
    if not is_free:
        is_own = (
            name.is_family and name.end <= figure.start and line[0] == sentence.clause(name.start)
        )
        return (_FAMILY, -name.start) if is_own and not is_against(sentence, name) else None
    home, own = sentence.clause(name.start), sentence.clauses[line[0]]
    if home != line[0] and sentence.words["unnamed"].search(own.text[own.start : own.end]):
        return None
    if home in line:
        return _on_line(sentence, figure, name, line.index(home))
    if is_against(sentence, name) or own.kind == "compared":
        return None
    return _elsewhere(sentence, figure, name, line)


def is_told(sentence: Sentence, figure: Figure) -> bool:
    """Whether a figure is told of a name outright."""
    line = sentence.lines(figure.start)[:1]
    return any(
        _told(sentence, figure, name, line) is not None for name in versions_first(sentence.models)
    )


def _told(sentence: Sentence, figure: Figure, name: Named, line: Sequence[int]) -> int | None:
    """How many clauses up a name is told of: "GPT-4, which cost"; -1 for "GPT-4's $9 million"."""
    behind = sentence.text[figure.end : name.start]
    before = sentence.text[name.end : figure.start]
    nearest = [other for other in sentence.models if other.end <= figure.start][-1:]
    is_last = nearest == [name]
    if (
        figure.start <= name.start < figure.end
        or (
            sentence.lines(name.start)[-1] == line[-1] and sentence.says("is_called", 0, name.start)
        )
        or (name.start > figure.start and sentence.words["right_before"].fullmatch(behind))
        or (is_last and sentence.words["its_own"].fullmatch(before))
    ):
        return -1
    for level, number in enumerate(line):
        clause = sentence.clauses[number]
        if (
            (
                clause.kind in _HANGING
                or (clause.kind == "participle" and not is_against(sentence, name))
            )
            and name.end <= clause.anchor
            and sentence.words["hangs_on"].fullmatch(sentence.text[name.end : clause.anchor])
        ):
            return level
    return None


def _on_line(sentence: Sentence, figure: Figure, name: Named, level: int) -> tuple[int, int] | None:
    """A name in the clause of a figure, or in one that this hangs on."""
    base = _LINE * level
    clause = sentence.clauses[sentence.lines(figure.start)[level]]
    against = is_against(sentence, name)
    if name.start >= figure.end:
        linked = sentence.words["of_behind"].fullmatch(sentence.text[figure.end : name.start])
        if against and clause.kind != "compared":
            return None
        if linked and not (name.is_family and _is_carried(sentence, figure)):
            return (base + _LINKED, name.start)
        is_aside = level and sentence.clauses[sentence.clause(figure.start)].kind == "bracket"
        behind = _EARLIER if is_aside else base
        return None if _is_carried(sentence, figure) else (behind + _BEHIND, name.start)
    if against and clause.kind != "compared":
        return None
    asides = {sentence.clauses[number].kind for number in sentence.lines(figure.start)[:level]}
    is_near = asides <= {"bracket", "dash", "relative"}
    return (base + _BEFORE, -name.start if is_near else name.start)


def _elsewhere(
    sentence: Sentence, figure: Figure, name: Named, line: Sequence[int]
) -> tuple[int, int] | None:
    """A name in a clause beside that of a figure."""
    home = sentence.lines(name.start)
    apart = (sentence.clauses[number].start for number in home if number not in line)
    is_contrast = any(sentence.goes_on("contrasts", start) for start in apart)
    inside = _INSIDE if set(home) & set(line) and not is_contrast else 0
    if name.end <= figure.start:
        return (inside or _EARLIER, name.start)
    return (inside, name.start) if inside and not _is_carried(sentence, figure) else None


def _is_carried(sentence: Sentence, figure: Figure) -> bool:
    """Whether a figure is told of what was named before: "it cost $9 million"."""
    it_does = sentence.says("it_does", sentence.told(figure.start).start, figure.start)
    return it_does is not None or sentence.goes_on("pronoun", 0) is not None


def is_against(sentence: Sentence, name: Named) -> bool:
    """Whether a name is only what something is compared with, alone or in a list."""
    before = next((item for item in sentence.models[::-1] if item.end < name.start), None)
    between = sentence.text[before.end : name.start] if before else ""
    links = ("list_goes_on", "owned_by")
    if before and any(sentence.words[link].fullmatch(between) for link in links):
        return is_against(sentence, before)
    if sentence.clauses[sentence.clause(name.start)].kind == "compared":
        return True
    return bool(sentence.says("against", name.start - 80, name.start))
