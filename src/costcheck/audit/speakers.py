"""Who a sentence says says so, and whether the record has the figure from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from costcheck.audit.matching import FigureMatch
from costcheck.audit.priors import filled, rules
from costcheck.audit.result import ClaimAudit
from costcheck.catalog.files import catalog_of
from costcheck.catalog.known_runs import maker_of


class Speaker(NamedTuple):
    """Whoever a text has say something."""

    name: str
    said: str
    """The words that say so."""


def speaker_of(text: str, about: str | None = None, figures: Sequence[str] = ()) -> Speaker | None:
    """Whoever a text has say the first of some figures it prints, else what it says of a subject.

    Of several the nearest counts, by what stands between that they may share.
    """
    places = (text.find(word) for word in (*figures, about or "") if word)
    place = next((place for place in places if place >= 0), len(text) if figures else 0)
    apart = re.compile(rules("speaks_up")["apart"])
    near: list[tuple[int, int, Speaker]] = []
    for is_ahead, match in _spoken(text):
        if not is_ahead or place >= match.start() or not (figures or about):
            between = text[slice(*sorted((match.start(1), place)))]
            speaker = Speaker(match[1].removeprefix("The ").rstrip("."), match[0].strip(" ,."))
            near.append((len(apart.findall(between)), len(between), speaker))
    near = [item for item in near if item[2].name.lower() not in (about or "").lower()]
    return min(near)[2] if near else None


@lru_cache(maxsize=128)
def _spoken(text: str) -> tuple[tuple[bool, re.Match[str]], ...]:
    """The words that say who says so, and whether only what is behind them is said.

    Every figure of a text asks for them.
    """
    words, taken = rules("speaks_up"), set[int]()
    told: list[tuple[bool, re.Match[str]]] = []
    for where in ("ahead", "around"):
        for pattern in words[where]:
            for found in re.finditer(filled("speaks_up", pattern), text):
                if found.start(1) not in taken:
                    taken.add(found.start(1))
                    told.append((where == "ahead", found))
    return tuple(told)


def is_head_of(subject: str, text: str) -> bool:
    """Whether a text names a head of a subject's maker by office: "OpenAI's CEO"."""
    maker, head = maker_of(subject, catalog_of()), filled("speaks_up", "{head}")
    names = (name for row in _makers() if maker in row["names"] for name in row["names"])
    return any(re.search(rf"\b{re.escape(name)}{head}", text) for name in names)


def not_from(text: str, about: str | None, held: Iterable[FigureMatch]) -> str:
    """That a maker or its head is not on record with a figure that a text has them say."""
    for match in held:
        run, sources = match.run, match.run.sources_of(match.field)
        speaker = speaker_of(text, about, [match.printed.text])
        row = next((row for row in _makers() if speaker and _is_of(speaker.name, row)), None)
        titles = " and ".join(source["title"] for source in sources)
        maker = maker_of(run.subject, catalog_of())
        is_own = row is not None and row["names"][0] == maker and run.worth.confirms
        if is_own or speaker is None or row is None or _is_of(titles, row):
            continue
        whose = maker if run.standing == "developer" and maker else run.worth.words
        return f"{_unsaid(speaker)}: the figure is from {whose} ({titles})"
    return ""


def unsaid(text: str, about: str | None, figures: Iterable[str]) -> str:
    """That a maker is not on record with figures of which the record is that it gave none."""
    for figure in figures:
        speaker = speaker_of(text, about, [figure])
        if speaker and about and speaker.name == maker_of(about, catalog_of()):
            return f"{_unsaid(speaker)}: it has published no such figure"
    return ""


def _unsaid(speaker: Speaker) -> str:
    return f"{speaker.name} is not on record saying this"


def other_makers(text: str, about: str | None, *, how: Sequence[str]) -> Iterator[str]:
    """Yield the names of whoever a text has train a model that another one made.

    `how` are keys of ``speaks_up`` of the audit's configuration: what stands between the two.
    """
    maker = maker_of(about or "", catalog_of())
    between = "|".join(rules("speaks_up")[key] for key in how)
    for row in _makers() if about and maker else ():
        # Patterns are dear to make, and most texts name no other maker.
        if not any(name in text for name in row["names"]):
            continue
        names = "|".join(map(re.escape, row["names"]))
        told = rf"\b(?:{names})(?:{between}){re.escape(about or '')}(?![\w-])"
        if not _is_of(maker, row) and re.search(told, text):
            yield from row["names"]


def unchecked(found: ClaimAudit) -> Iterator[str]:
    """Yield who a text has say figures without being of a known maker, or named by their source."""
    for item in found.numbers:
        speaker = speaker_of(found.text, found.about, [item.written or item.text])
        if speaker is None or any(_is_of(speaker.name, row) for row in _makers()):
            continue
        record = item.record
        told = [source["title"] for source in record.sources] if record else []
        told += [record.standing, maker_of(record.subject, catalog_of())] if record else []
        if not any(word in " ".join(told) for word in (speaker.name, speaker.name.split()[-1])):
            yield f"{speaker.said}: who said so is not checked"


def _makers() -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = catalog_of().document("claims/makers.yaml")["makers"]
    return rows


def _is_of(text: str, row: Mapping[str, Any]) -> bool:
    """Whether a text names a maker or who speaks for it."""
    names = (*row["names"], *row.get("heads", ()))
    return any(name in text and re.search(rf"\b{re.escape(name)}\b", text) for name in names)
