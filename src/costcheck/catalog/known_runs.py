"""The known runs of ``configs/claims``: published figures with the scope each one covers."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from costcheck.catalog.files import Catalog
from costcheck.diagnostics import CostcheckError, Diagnostic, Place, did_you_mean
from costcheck.quantities import CLAIMED
from costcheck.text.dates import first_day
from costcheck.text.everyday import sizes_in_digits
from costcheck.text.quantity import Quantity, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who says what a known run's figures say, and what that is worth."""

    words: str
    confirms: bool
    """Whether the model's maker stands behind the figures."""
    account: bool
    """Whether they are somebody's account of what happened."""
    asserts: bool = False
    """Whether its words can be the subject of a sentence: "an account of ... has it that"."""
    says: str = ""
    """Who says so, as a sentence begins that is held against another; where it confirms."""
    named: str = ""
    """Its words where a run's tag ``by`` names who says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRun:
    """One run, or one stage of it, as published."""

    id: str
    subject: str
    """Canonical name of the model; runs of one subject differ in stage or in who says so."""
    names: tuple[str, ...]
    """Other names texts use for the subject."""
    stage: str
    """One of ``stages`` in ``configs/claims/index.yaml``."""
    scope: str
    """What the figures cover, in words."""
    standing: str
    """A key of ``standings`` in ``configs/claims/index.yaml``."""
    worth: Standing
    """What that standing is worth."""
    released: dt.date | None
    gpu: str | None
    figures: Mapping[str, Quantity]
    tags: Mapping[str, str]
    """Cost, energy and token basis where the source states them."""
    sources: tuple[Mapping[str, str], ...]
    cites: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    """Sources of single figures, where not the first one gives them."""
    also: Mapping[str, str] = field(default_factory=dict)
    """What else is on record of a figure, on another basis."""

    def sources_of(self, name: str) -> tuple[Mapping[str, str], ...]:
        """The sources that print a figure."""
        return self.cites.get(name, self.sources[:1])

    @property
    def is_account(self) -> bool:
        """Whether the figures are somebody's account of what happened."""
        return self.worth.account

    @property
    def unpublished(self) -> frozenset[str]:
        """Claim keys of which the developer published no figure."""
        return frozenset(self.tags.get("unpublished", "").split())

    def to_dict(self) -> dict[str, object]:
        """The run as plain data."""
        return {
            "id": self.id,
            "name": self.subject,
            "subject": self.subject,
            "stage": self.stage,
            "scope": self.scope,
            "standing": self.standing,
            "released": self.released.isoformat() if self.released else None,
            "gpu": self.gpu,
            "figures": {key: value.text for key, value in self.figures.items()},
            "tags": dict(self.tags),
            "sources": [dict(item) for item in self.sources],
        }


Registry = Sequence[KnownRun]

_GENERIC = frozenset(
    {"cluster", "fleet", "model", "models", "training", "run", "runs", "pretraining", "pre",
     "final", "base", "rl", "stage", "stages", "llm", "server", "servers", "gpus", "reasoning",
     "release", "paper", "report", "the", "headline", "main", "chat", "instruct", "preview"}
)  # fmt: skip
"""Words after a model's name that do not make it another model."""
_PARENTHESIS = re.compile(r"\([^)]*\)")
_VERSUS = re.compile(r"\b(?:vs\.?|versus)\b", re.IGNORECASE)


@functools.lru_cache(maxsize=4096)
def words(name: str, *, whole: bool = False) -> tuple[str, ...]:
    """Words of a model name in lower case: ``DeepSeek-V3`` is deepseek, v3.

    What stands in brackets is dropped unless the `whole` name is wanted.
    """
    plain = _VERSUS.split(name if whole else _PARENTHESIS.sub(" ", name))[0]
    return tuple(re.findall(r"[a-z0-9]+(?:\.[0-9]+)*", plain.lower()))


def subject_of(name: str | None, registry: Registry) -> str | None:
    """The registry's subject a text means by `name`; none when it is not known."""
    return next((run.subject for run in runs_of(name, registry)), None)


def runs_of(name: str | None, registry: Registry) -> tuple[KnownRun, ...]:
    """Every account of what a text means by `name`: of a model, and of its family by that name."""
    wanted = words(name or "")
    spelled = {"".join(wanted), "".join(words(name or "", whole=True))}
    best, subjects = 0, set[str]()
    for run in registry if wanted else ():
        for alias in (run.subject, *run.names):
            parts = words(alias, whole=True)
            size = len(parts)
            prefix = wanted[:size] == parts and set(wanted[size:]) <= _GENERIC
            if size >= best and ("".join(parts) in spelled or prefix):
                subjects = {run.subject} | (subjects if size == best else set())
                best = size
    return tuple(run for run in registry if run.subject in subjects)


def maker_of(name: str, catalog: Catalog) -> str:
    """Who makes the model of a name, by the first words of it; empty where that is not known."""
    for row in catalog.document("claims/makers.yaml")["makers"]:
        for family in row["families"]:
            behind = name[len(family) :][:1].lower()
            if name.lower().startswith(family.lower()) and not ("a" <= behind <= "z"):
                return str(row["names"][0])
    entry = catalog.find("models", name)
    return str(entry.document().get("organisation", "")) if entry else ""


@functools.lru_cache(maxsize=4)
def load_registry(catalog: Catalog) -> tuple[KnownRun, ...]:
    """Read every known run of ``configs/claims``, overlays included."""
    index = catalog.document("claims/index.yaml")
    files = (f"claims/{name}.yaml" for name in index["files"])
    documents = [(file, catalog.document(file, as_text=True)) for file in files]
    problems = [problem for file, data in documents for problem in _problems(data, file, index)]
    if problems:
        raise CostcheckError(problems)
    standings = {name: Standing(**row) for name, row in index["standings"].items()}
    return tuple(run for _, data in documents for run in _runs(data, standings))


def _problems(data: Mapping[str, Any], file: str, index: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """What a file names that nothing would ever look at."""
    sources = {item["key"] for item in data["sources"]}
    for item in data["runs"]:
        cited = {key for keys in item.get("cites", {}).values() for key in keys}
        for what, said, known in (
            ("stage", {item["stage"]}, index["stages"]),
            ("standing", {item["standing"]}, index["standings"]),
            ("number of claims", {*item["figures"], *item.get("cites", {})}, CLAIMED),
            ("source", {*item["sources"], *cited}, sources),
        ):
            for word in sorted(said.difference(known)):
                message = f"known run {item['id']}: no {what} is called {word!r}"
                yield Diagnostic("CC126", "error", message, Place(file), did_you_mean(word, known))


def _runs(data: Mapping[str, Any], standings: Mapping[str, Standing]) -> Iterator[KnownRun]:
    titles = {item["key"]: {k: str(v) for k, v in item.items()} for item in data["sources"]}
    for item in data["runs"]:
        yield KnownRun(
            id=item["id"],
            subject=item["subject"],
            names=tuple(item.get("names", ())),
            stage=item["stage"],
            scope=item["scope"],
            standing=item["standing"],
            worth=standings[item["standing"]],
            released=first_day(item["released"]) if "released" in item else None,
            gpu=item.get("gpu"),
            figures={key: _figure(key, str(text)) for key, text in item["figures"].items()},
            tags={key: str(value) for key, value in item.get("tags", {}).items()},
            sources=tuple(titles[key] for key in item["sources"]),
            cites={
                key: tuple(titles[name] for name in cited)
                for key, cited in item.get("cites", {}).items()
            },
            also=item.get("also", {}),
        )


def _figure(key: str, text: str) -> Quantity:
    """A published figure, which keeps its words: "a few $10M's"."""
    return replace(parse(sizes_in_digits(text), CLAIMED[key].dimension), text=text)
