"""Who a sentence says says so, and whether the record has the figure from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from costcheck.audit.matching import FigureMatch
from costcheck.audit.priors import rules
from costcheck.catalog.files import catalog_of
from costcheck.catalog.known_runs import maker_of


def speaker_of(text: str, about: str | None = None) -> str:
    """The name of whoever a text says says so; empty where it names nobody."""
    words = rules("speaks_up")
    for pattern in words["says"]:
        for found in re.finditer(pattern.replace("{name}", words["name"]), text):
            name = found[1].removeprefix("The ").rstrip(".")
            if name.lower() not in (about or "").lower():
                return name
    return ""


def not_from(text: str, held: Iterable[FigureMatch]) -> str:
    """That a maker or its head is not on record with a figure that a text has them say."""
    name = speaker_of(text)
    row = next((row for row in _makers() if _is_of(name, row)), None) if name else None
    for match in held if row else ():
        run, sources = match.run, match.run.sources_of(match.field)
        titles = " and ".join(source["title"] for source in sources)
        maker = maker_of(run.subject, catalog_of())
        is_own = row is not None and row["names"][0] == maker and run.worth.confirms
        if is_own or row is None or _is_of(titles, row):
            continue
        whose = maker if run.standing == "developer" and maker else run.worth.words
        return f"{name} is not on record saying this: the figure is from {whose} ({titles})"
    return ""


def _makers() -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = catalog_of().document("claims/makers.yaml")["makers"]
    return rows


def _is_of(text: str, row: Mapping[str, Any]) -> bool:
    """Whether a text names a maker or who speaks for it."""
    names = (*row["names"], *row.get("heads", ()))
    return any(re.search(rf"\b{re.escape(name)}\b", text) for name in names)
