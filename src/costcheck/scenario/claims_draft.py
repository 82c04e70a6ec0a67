"""From an article to claims: what its sentences say, joined by subject, and what was left out.

Nothing is guessed silently: a figure keeps its words, a subject that only an earlier sentence
names is marked, and every number without a key is listed with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from costcheck.catalog.files import Catalog
from costcheck.catalog.known_runs import Registry, load_registry, runs_of, subject_of
from costcheck.catalog.model_names import one_size
from costcheck.catalog.prose_words import everyday_units, prose_words
from costcheck.quantities import SIZES
from costcheck.text.everyday_units import Everyday
from costcheck.text.prose.comparisons import Comparison
from costcheck.text.prose.names import Known, known_names, with_names_of
from costcheck.text.prose.sentences import paragraphs
from costcheck.text.prose.statements import Reading, Said, read_sentence
from costcheck.text.quantity import parse


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One claim as an article words it."""

    id: str
    text: str
    about: str
    """Empty where no sentence names a model."""
    is_carried: bool
    """Whether an earlier sentence named the subject."""
    gpu: str
    figures: tuple[tuple[str, str], ...]
    comparisons: tuple[Comparison, ...]
    year: int | None
    """When it was so, where the text says it."""
    left_out: tuple[str, ...]
    tense: str = ""
    """Planned or hypothetical; empty where the text tells what was."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "id": self.id,
            "text": self.text,
            "about": self.about or None,
            "about_from_earlier_sentence": self.is_carried,
            "gpu": self.gpu or None,
            "as_of": self.year,
            "tense": self.tense or None,
            "figures": [
                {"field": key, "text": text}
                for key, texts in self.figures
                for text in texts.split("\n")
            ],
            "ratios": [
                {"of": item.of, "to": item.other, "times": item.times, "said": item.said}
                for item in self.comparisons
            ],
            "not_understood": list(self.left_out),
        }


@dataclass(frozen=True, kw_only=True)
class Drafting:
    """An article as it was read."""

    drafts: tuple[Draft, ...]
    left_out: tuple[str, ...]
    """Sentences with numbers that no claim holds, and why."""

    def to_yaml(self) -> str:
        """The claims as a file, with comments."""
        lines = [
            "# Drafted from an article: check every line. The keys: costcheck schema -f table",
            "claims:" if self.drafts else "claims: []",
        ]
        for draft in self.drafts:
            lines += _entry(draft)
        if self.left_out:
            lines.append("# Sentences with figures that were left out:")
            lines += [f"# - {line}" for line in self.left_out]
        return "\n".join(lines) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "claims": [draft.to_dict() for draft in self.drafts],
            "left_out": list(self.left_out),
        }


@dataclass(frozen=True)
class Makers:
    """Who makes which models."""

    families: Mapping[str, frozenset[str]]
    """First words of the models of each maker, by its name."""
    pattern: re.Pattern[str]
    """A maker's name, where it does not only sell chips."""
    goes_on: re.Pattern[str]
    """The beginning of a sentence about the model named before."""

    def others(self, text: str, subject: str) -> bool:
        """Whether a text names makers, and none of them makes the subject."""
        if self.goes_on.match(text):
            return False
        made = [self.families[found[0].lower()] for found in self.pattern.finditer(text)]
        return bool(made) and not any(self._is_of(subject, families) for families in made)

    @staticmethod
    def _is_of(subject: str, families: frozenset[str]) -> bool:
        spelled = subject.lower()
        return any(re.match(rf"{re.escape(word)}(?![a-z])", spelled) for word in families)


def _makers(catalog: Catalog) -> Makers:
    data = catalog.document("claims/makers.yaml")
    families = {
        name.lower(): frozenset(word.lower() for word in row["families"])
        for row in data["makers"]
        for name in row["names"]
    }
    names = "|".join(re.escape(name) for row in data["makers"] for name in row["names"])
    named = re.compile(rf"\b(?:{names})\b(?!{data['seller']}|-\w*\d)")
    return Makers(families, named, re.compile(data["goes_on"]))


@dataclass
class _Article:
    """What is known while an article is read from its beginning."""

    catalog: Catalog
    registry: Registry
    known: Known
    everyday: Everyday
    makers: Makers
    drafts: list[Draft] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    families: list[str] = field(default_factory=list)
    named: tuple[str, ...] = ()
    """Models of the last sentence that named any, and of the rows and asides behind it."""
    subject: str = ""


_SIZE = re.compile(r"\d[\d.]*[BM]")
"""A model that is called by its size alone."""


def draft_claims(text: str, catalog: Catalog) -> Drafting:
    """Return the claims of an article."""
    registry = load_registry(catalog)
    known = known_names(prose_words(catalog, text), _names(catalog, registry))
    read, makers = paragraphs(text, known.words), _makers(catalog)
    known = with_names_of("\n".join(chain(*read)), known, makers.pattern)
    article = _Article(catalog, registry, known, everyday_units(catalog), makers)
    growing = []
    for paragraph in read:
        for place, sentence in enumerate(paragraph):
            reading = read_sentence(sentence, article.known, article.everyday)
            growing += [reading] if reading.grows else []
            _add(article, reading, follows=place > 0)
    if growing and not article.drafts:
        _make_growth_a_claim(article, growing)
    return Drafting(drafts=tuple(_numbered(article.drafts)), left_out=tuple(article.left_out))


def _names(catalog: Catalog, registry: Registry) -> tuple[str, ...]:
    names = {name for run in registry for name in (run.subject, *run.names)}
    makers = catalog.document("claims/makers.yaml")["makers"]
    alone = {word for row in makers for word in row["families"] if not word.islower()}
    return tuple(sorted(names | alone | set(catalog.names("models"))))


def _add(article: _Article, reading: Reading, *, follows: bool) -> None:
    """Add what a sentence says; one without a subject speaks of the last one named."""
    left = reading.left_out
    article.families += [name for name in reading.mentions if not re.search(r"\d", name)]
    for number, said in enumerate(reading.said):
        about, is_carried = _about(article, said.subject, reading.text)
        if is_carried and _is_of_another_size(article, about, said, reading.text):
            about, is_carried = "", False
        if not (said.figures or said.comparisons):
            continue
        draft = Draft(
            id="",
            text=reading.text,
            about=about,
            is_carried=is_carried,
            gpu=said.gpu,
            figures=said.figures,
            comparisons=said.comparisons,
            year=reading.year,
            tense=reading.tense,
            left_out=(*(f"{part}: another accelerator" for part in said.others), *left),
        )
        left = ()
        last = article.drafts[-1] if article.drafts else None
        if last is not None and follows and number == 0 and _continues(last, draft, said):
            article.drafts[-1] = _joined(last, draft)
        else:
            article.drafts.append(draft)
    if left:
        article.left_out.append(f"{'; '.join(left)}: {reading.text}")
    _turn_to(article, reading)


def _turn_to(article: _Article, reading: Reading) -> None:
    """Keep what a sentence speaks of, for those behind it that name nothing."""
    if not reading.said and article.subject and article.makers.goes_on.match(reading.text):
        return
    named = tuple(name for name in reading.mentions if not _SIZE.fullmatch(name))
    if article.known.words["aside"].match(reading.text):
        article.named += named
        return
    article.named = named or article.named
    spoken_of = [said.subject for said in reading.said]
    versions = [name for name in reading.mentions if re.search(r"\d", name)]
    spoken_of = [name for name in spoken_of if not name or name in reading.mentions]
    if first := next(filter(None, spoken_of or (*versions, *reading.mentions)), ""):
        article.subject = _about(article, first, reading.text)[0]
    elif article.makers.others(reading.text, article.subject) or (
        reading.said and _is_of_nobody(article, reading.text)
    ):
        article.subject = ""


def _make_growth_a_claim(article: _Article, growing: Sequence[Reading]) -> None:
    """Make what tells nothing but growth a claim without figures, which nobody can check."""
    texts = tuple(reading.text for reading in growing)
    article.left_out = [line for line in article.left_out if not line.endswith(texts)]
    article.drafts.append(
        Draft(
            id="",
            text=" ".join(texts),
            about="",
            is_carried=False,
            gpu="",
            figures=(),
            comparisons=(),
            year=None,
            left_out=tuple(reason for item in growing for reason in item.left_out),
        )
    )


def _about(article: _Article, name: str, text: str) -> tuple[str, bool]:
    """The subject a name means in a text, and whether an earlier sentence said so."""
    is_size = _SIZE.fullmatch(name) is not None
    if not name or (is_size and _is_of_nobody(article, text)):
        gone = article.makers.others(text, article.subject) or _is_of_nobody(article, text)
        return ("", False) if gone else (article.subject, bool(article.subject))
    if is_size:
        own = rf"(?<![\w.]){re.escape(name)}(?!\w)"
        if same := [other for other in article.named if re.search(own, other)]:
            return same[0], True
        family = re.sub(r"[- ]?\d[\d.]*[BM](?!\w).*", "", article.subject)
        return f"{family} {name}".strip(), bool(family)
    return _by_name(article, name, text)


def _by_name(article: _Article, name: str, text: str) -> tuple[str, bool]:
    """The subject of a name, which may be its family's or its maker's alone."""
    has_version = bool(re.search(r"\d", name))
    if not has_version:
        if re.search(rf"(?<![a-z]){re.escape(name)}(?![a-z])", article.subject, re.IGNORECASE):
            return article.subject, False
        other = article.makers.others(text, article.subject)
        maker = article.makers.pattern.fullmatch(name) is not None
        known = article.catalog.find("models", name) or subject_of(name, article.registry)
        if known or other or not maker:
            return name, False
        return article.subject, bool(article.subject)
    if re.fullmatch(r"[A-Za-z]\d(?:-\w+)?", name):
        full = (f"{family} {name}" for family in reversed(article.families))
        name = next((long for long in full if article.catalog.find("models", long)), name)
    return name, False


def _is_of_nobody(article: _Article, text: str) -> bool:
    """Whether a sentence brings in a model that it does not name: "a rival", "our own model"."""
    named = article.makers.pattern.search(text)
    return named is None and article.known.words["unnamed"].search(text) is not None


def _is_of_another_size(article: _Article, about: str, said: Said, text: str) -> bool:
    """Whether a sentence that names no model gives it a size that the one before never had."""
    stated = dict(said.figures).get("parameters")
    figures = [run.figures for run in runs_of(about, article.registry)]
    known = [item[key].value for item in figures for key in SIZES if key in item]
    if said.subject or not stated or not known or article.known.words["pronoun"].match(text):
        return False
    value = parse(stated.split("\n")[0], "params", quoted=True).value
    return not any(one_size(article.catalog, value, size) for size in known)


def _continues(last: Draft, draft: Draft, said: Said) -> bool:
    """Whether a sentence goes on about the run of the sentence before it."""
    same = draft.about == last.about and (draft.is_carried or not said.subject or draft.about != "")
    keys = {key for key, _ in last.figures}
    fits = keys.isdisjoint(key for key, _ in draft.figures)
    parts = {part for part in (last.gpu, draft.gpu) if part}
    years = {year for year in (last.year, draft.year) if year}
    return (
        same
        and fits
        and draft.tense == last.tense
        and len(parts) < 2
        and len(years) < 2
        and not (last.comparisons or draft.comparisons)
    )


def _joined(last: Draft, draft: Draft) -> Draft:
    return replace(
        last,
        text=f"{last.text} {draft.text}",
        is_carried=last.is_carried and draft.is_carried,
        gpu=last.gpu or draft.gpu,
        year=last.year or draft.year,
        figures=(*last.figures, *draft.figures),
        left_out=(*last.left_out, *draft.left_out),
    )


def _numbered(drafts: Sequence[Draft]) -> Iterator[Draft]:
    """Name each draft after its subject."""
    count: dict[str, int] = {}
    for draft in drafts:
        stem = re.sub(r"[^a-z0-9.]+", "-", draft.about.lower()).strip("-") or "claim"
        count[stem] = count.get(stem, 0) + 1
        yield replace(draft, id=stem if count[stem] == 1 else f"{stem}-{count[stem]}")


def _entry(draft: Draft) -> list[str]:
    lines = [f"- id: {draft.id}", f"  text: {_quoted(draft.text)}"]
    if draft.about:
        where = "an earlier sentence" if draft.is_carried else "the sentence"
        lines.append(f"  about: {_quoted(draft.about)}  # named in {where}; check")
    else:
        lines.append("  # about: the sentence names no model")
    if draft.gpu:
        lines.append(f"  gpu: {_quoted(draft.gpu)}")
    if draft.year:
        lines.append(f"  as_of: {draft.year}")
    if draft.tense:
        lines.append(f"  tense: {draft.tense}")
    for key, texts in draft.figures:
        quoted = [_quoted(text) for text in texts.split("\n")]
        written = ", ".join(quoted)
        lines.append(f"  {key}: {written if len(quoted) == 1 else f'[{written}]'}")
    if draft.comparisons:
        lines.append("  ratios:")
    lines += [
        f"  - {{of: {item.of}, to: {_quoted(item.other)}, times: {_quoted(item.times)},"
        f" said: {_quoted(item.said)}}}"
        for item in draft.comparisons
    ]
    return lines + [f"  # not understood: {reason}" for reason in draft.left_out]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
