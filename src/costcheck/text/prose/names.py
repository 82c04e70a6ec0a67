"""Which models and accelerators a sentence names, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from costcheck.text.prose.clauses import Clause, clauses_of
from costcheck.text.prose.whole_names import whole_names
from costcheck.text.prose.words import Words

_BY_VERB: Final = frozenset(("made", "doer", "needs"))
"""How a text names a maker as well as a model; only a version tells them apart."""


class Named(NamedTuple):
    """One mention of a model or an accelerator."""

    name: str
    start: int
    end: int
    is_family: bool = False
    """A family or its maker alone, such as DeepSeek, which says less than a version does."""


class Sentence(NamedTuple):
    """A sentence with the names in it and the words it is read by."""

    text: str
    words: Words
    models: tuple[Named, ...]
    parts: tuple[Named, ...]
    clauses: tuple[Clause, ...]

    def clause(self, place: int) -> int:
        """The number of the clause that a place of the sentence is in."""
        holds = (n for n, item in enumerate(self.clauses) if not item.text[place].isspace())
        return next(holds, 0)

    def lines(self, place: int) -> list[int]:
        """The clause at a place, and what it hangs on, up to one that stands alone."""
        found = [self.clause(place)]
        while (parent := self.clauses[found[-1]].parent) not in found:
            found.append(parent)
        return found

    def told(self, place: int) -> Clause:
        """The clause at a place, or the one around its brackets."""
        line = (self.clauses[number] for number in self.lines(place))
        return next((clause for clause in line if clause.kind != "bracket"), self.clauses[0])

    def telling(self, place: int) -> str:
        """What the clause at a place says, with the words that "which" and "that" stand for."""
        own = self.told(place)
        if own.kind != "relative":
            return own.text
        return f"{' '.join(self.text[: own.anchor].split()[-2:])} {own.text.strip()}"

    def says(self, name: str, start: int = 0, end: int | None = None) -> re.Match[str] | None:
        """Where words of this name stand between two places."""
        return self.words[name].search(self.text[max(start, 0) : end])

    def goes_on(self, name: str, place: int) -> re.Match[str] | None:
        """Whether words of this name begin at a place; the match counts from there."""
        return self.words[name].match(self.text[place:])


class Known(NamedTuple):
    """Names of models that are known, and the words their sentences are read by."""

    words: Words
    names: tuple[str, ...]
    pattern: re.Pattern[str]


def known_names(words: Words, names: tuple[str, ...]) -> Known:
    """Return known names with their pattern: families, with the versions people put behind them."""
    stems = {found[0] for name in names if (found := re.match(r"[A-Za-z]{2,}", name))}
    short = {name for name in names if re.fullmatch(r"[A-Za-z]\d+", name)}
    spaced = {
        found[0] for name in names if (found := re.match(r"[A-Z][A-Za-z]+(?: [A-Z][a-z]+)+", name))
    }
    spelled = {form for stem in stems for form in (stem, stem.capitalize(), stem.upper())}
    ordinary = words.ordinary
    spelled -= {stem for stem in spelled if stem.islower() and (stem in ordinary or len(stem) < 7)}
    forms = sorted({re.escape(word) for word in spelled | spaced | short}, key=len, reverse=True)
    small = sorted({re.escape(stem.lower()) for stem in stems if stem.lower() not in ordinary})
    version = "|".join(map(words.text, ("version", "suffix_word", "behind_hyphen")))
    pattern = (
        rf"(?<![\w-])(?:{'|'.join(forms)}|(?:{'|'.join(small)})(?=(?:-[a-z]+)*-?\d))"
        rf"(?:(?:[- ]|['’]s (?={words.text('suffix_word')})|\.(?=\d))?(?:{version}))*(?!\w)"
        rf"|{words.text('short_name')}"
    )
    return Known(words, names, re.compile(pattern))


def sentence_of(text: str, known: Known) -> Sentence:
    """Return a sentence with its names."""
    parts = parts_in(text, known.words)
    models = tuple(models_in(text, known, parts))
    return Sentence(text, known.words, models, tuple(parts), clauses_of(text, known.words))


def models_in(text: str, known: Known, parts: Iterable[Named] = ()) -> list[Named]:
    """Return the models a sentence names, in its order."""
    words = known.words
    taken = [(part.start, part.end) for part in parts]
    taken += [found.span() for found in words["web"].finditer(text)]
    found = [Named(match[1], *match.span(1)) for match in words["cell"].finditer(text)]
    taken += [(name.start, name.end) for name in found]
    whole = set(whole_names(text, known.names))
    spans = whole | {match.span() for match in known.pattern.finditer(text)}
    for span in sorted(spans, key=lambda span: (span[0] - span[1], span)):
        said = text[slice(*span)]
        if not _overlaps(span, taken) and not words["common"].fullmatch(said):
            name = re.sub(r"['’]s\b", "", said.rstrip(".-"))
            is_family = span not in whole and _is_family(name, known.names)
            found.append(Named(name, *span, is_family))
            taken.append(span)
    found += _by_size(found, text, words)
    for match in (
        found for kind in ("sibling", "site", "object") for found in words[kind].finditer(text)
    ):
        if not _overlaps(match.span(), taken):
            found.append(Named(match[0], *match.span()))
            taken.append(match.span())
    for own in _brought_in(text, words):
        if not _overlaps((own.start, own.end), taken):
            found.append(own)
            taken.append((own.start, own.end))
    ordered = sorted(found, key=lambda item: item.start)
    return _makers_apart(_by_short_name([_sized(name, text, words) for name in ordered], text))


def _sized(name: Named, text: str, words: Words) -> Named:
    """A name with the size before it: "the 13B Foo" is Foo 13B."""
    size = words["size_before"].search(text[: name.start])
    if size is None or words["name_size"].search(name.name):
        return name
    return name._replace(name=f"{name.name} {size[1]}", is_family=False)


def _brought_in(text: str, words: Words) -> Iterator[Named]:
    """The models that a text brings in by its grammar: "a model called X", "its X model"."""
    for match in words["unknown"].finditer(text):
        group = match.lastgroup or ""
        name, start = match[group].rstrip("."), match.start(group)
        while (word := re.match(r"(\d[\d.]*[BM]|[A-Za-z]+)[ -](?=[A-Z\d])", name)) and (
            word[1][0].isdigit() or word[1].lower() in words.no_model
        ):
            name, start = name[word.end() :], start + word.end()
        first = re.split(r"[\W\d_]", name)[0].lower()
        if first and first not in words.no_model and not words["part"].fullmatch(name):
            is_family = group in _BY_VERB and not re.search(r"\d", name)
            yield Named(name, start, match.end(group), is_family)


def with_names_of(text: str, known: Known, makers: re.Pattern[str]) -> Known:
    """Known names with those of a text's own models: all its sentences may use them."""
    cells = (match[1] for match in known.words["cell"].finditer(text))
    own = {name.name for name in _brought_in(text, known.words) if not name.is_family} | {*cells}
    own = {name for name in own if not known.pattern.search(name) and not makers.fullmatch(name)}
    if not own:
        return known
    forms = "|".join(sorted(map(re.escape, own), key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w-])(?:{forms})(?![\w-])|{known.pattern.pattern}")
    return Known(known.words, (*known.names, *own), pattern)


def _makers_apart(found: Sequence[Named]) -> list[Named]:
    """Names; one that begins a longer one is its family: Mistral beside Mistral Large."""
    pairs = [
        (one.name, other.name)
        for one in found
        for other in found
        if other.name.startswith(f"{one.name} ") and not re.search(r"\d", one.name)
    ]
    families, members = ({pair[side] for pair in pairs} for side in (0, 1))
    return [
        name._replace(
            is_family=name.name in families or (name.is_family and name.name not in members)
        )
        for name in found
    ]


def _by_short_name(found: list[Named], text: str) -> list[Named]:
    """Names without the long form of one in brackets: "Pathways Language Model (PaLM)"."""
    kept: list[Named] = []
    for name in found:
        last = kept[-1] if kept else None
        if last and text[last.end : name.start] == " (" and text[name.end : name.end + 1] == ")":
            kept[-1] = name._replace(start=last.start, end=name.end + 1)
        else:
            kept.append(name)
    return kept


def _by_size(named: Iterable[Named], text: str, words: Words) -> Iterator[Named]:
    """The models of a text that have only a size: "Llama 3 8B and 70B", "the 70B model"."""
    for name in tuple(named):
        stem, end = words["own_size"].match(name.name), name.end
        while stem and (size := words["size_goes_on"].match(text, end)):
            end = size.end()
            yield Named(f"{stem[1]}{size[1]}", size.start(1), end)
    for match in words["by_size"].finditer(text):
        scale = (match["scale"] or match["letter"])[0].upper()
        yield Named(f"{match['size']}{scale}", match.start("size"), match.start("size"))


def _is_family(name: str, known: tuple[str, ...]) -> bool:
    """Whether a name says which of a maker's models is meant: OPT does (OPT-175B), GPT does not."""
    if re.search(r"\d", name):
        return False
    own = rf"{re.escape(name)}(?:[- ]\d+(?:\.\d+)?[BMT](?:[- ].*)?)?"
    return not any(re.fullmatch(own, other, re.IGNORECASE) for other in known)


def parts_in(text: str, words: Words) -> list[Named]:
    """Return the accelerators a sentence names, in its order."""
    return [
        Named(found[1], *found.span(1))
        for found in words["part_name"].finditer(text)
        if not words["short_part"].fullmatch(found[1])
        or words["before_part"].search(text[: found.start(1)])
        or words["behind_part"].match(text, found.end(1))
    ]


def _overlaps(span: tuple[int, int], taken: Iterable[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in taken)
