"""Named ways in which numbers get garbled, each with the condition under which it applies.

The garbles are rows of ``configs/audit/garbles.yaml``; adding one is adding a row.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costcheck.audit.facts import ClaimContext
from costcheck.audit.hypotheses import Edit, Family
from costcheck.audit.statements import Statement
from costcheck.quantities import STATED
from costcheck.text.quantity import parse

_SCALE = re.compile(r"(?<=\d)(?:[kmbt]\b| ?(?:thousand|million|billion|trillion))", re.IGNORECASE)
_SCALED = tuple(key for key, row in STATED.items() if row.scales)


@dataclass(frozen=True, slots=True, kw_only=True)
class Garble:
    """One named garble of one or two statements."""

    name: str
    edits: tuple[Edit, ...]
    weight: float
    after: bool = False
    """A slip of transmission: made after derived numbers were computed, so products break."""
    family: Family = "garble"
    plain: bool = False
    """Whether it fits any discrepancy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a garble does to the numbers of some claim keys."""

    of: tuple[str, ...]
    to: str | None
    """The quantity they really are of; none: the one they name."""
    shift: float
    """ln of true over printed value."""
    widen: float | None

    def of_statement(self, index: int) -> Edit:
        """The edit of one statement."""
        return Edit(statement=index, field=self.to, shift=self.shift, widen=self.widen)


@dataclass(frozen=True, slots=True, kw_only=True)
class GarbleKind:
    """One row of the table."""

    name: str
    change: Change
    also: Change | None
    """The change of a second number that goes with it."""
    weight: float
    weight_of: Mapping[str, float]
    conditions: Mapping[str, Any]
    after: bool
    family: Family
    plain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbles:
    """Everything in ``configs/audit/garbles.yaml``."""

    kinds: tuple[GarbleKind, ...]
    time_units: Mapping[str, float]
    """Hours of each unit of time that texts count in, the shortest first."""
    time_weight: float
    """Of a unit of time printed for its neighbour."""
    time_furthest: int
    """Units of time this many steps apart are still mistaken for each other."""


def read_garbles(data: Mapping[str, Any]) -> Garbles:
    """The garbles of a parsed ``garbles.yaml``."""
    return Garbles(
        kinds=tuple(_kind(row) for row in data["garbles"]),
        time_units={
            name: parse(f"1 {name}", "duration").value for name in data["time_units"]["names"]
        },
        time_weight=float(data["time_units"]["weight"]),
        time_furthest=int(data["time_units"]["furthest"]),
    )


_CHANGE_KEYS = frozenset({"of", "to", "factor", "over", "widen"})
_ROW_KEYS = _CHANGE_KEYS | {
    "name", "also", "weight", "weight_of", "if", "after", "bridge", "scope", "plain", "source",
}  # fmt: skip
"""What a row may say, and what of it is of one number."""


def _kind(row: Mapping[str, Any]) -> GarbleKind:
    changes = [row, *([row["also"]] if "also" in row else [])]
    named = {name for each in changes for name in (*_listed(each["of"]), each.get("to", "scaled"))}
    for what, said, known in (
        ("key", row.keys(), _ROW_KEYS),
        ("key of a second number", row.get("also", {}).keys(), _CHANGE_KEYS),
        ("condition", row.get("if", {}).keys(), _CONDITIONS.keys()),
        ("claim key", named | row.get("weight_of", {}).keys(), {*STATED, "scaled"}),
    ):
        if unknown := said - known:
            raise ValueError(f"garbles.yaml: {row['name']}: no {what} called {min(unknown)}")
    return GarbleKind(
        name=row["name"],
        change=_change(row),
        also=_change(row["also"]) if "also" in row else None,
        weight=float(row["weight"]),
        weight_of=row.get("weight_of", {}),
        conditions=row.get("if", {}),
        after=row.get("after", False),
        family="bridge" if row.get("bridge") else "scope" if row.get("scope") else "garble",
        plain=row.get("plain", False),
    )


def _change(row: Mapping[str, Any]) -> Change:
    keys = _listed(row["of"])
    return Change(
        of=tuple(key for name in keys for key in (_SCALED if name == "scaled" else (name,))),
        to=row.get("to"),
        shift=math.log(float(row.get("factor", 1.0)) / float(row.get("over", 1.0))),
        widen=row.get("widen"),
    )


def _listed(names: str | Sequence[str]) -> Sequence[str]:
    return [names] if isinstance(names, str) else names


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a garble may look at to decide whether it applies."""

    statements: Sequence[Statement]
    context: ClaimContext
    text: str

    def each(self, *fields: str) -> Iterator[tuple[int, Statement]]:
        """The statements of these fields with their indices."""
        return ((i, item) for i, item in enumerate(self.statements) if item.field in fields)

    @property
    def fields(self) -> frozenset[str]:
        """The claim keys that are stated."""
        return frozenset(item.field for item in self.statements)

    def says(self, pattern: str) -> bool:
        """Whether the claim's text contains a cue."""
        return re.search(pattern, self.text, re.IGNORECASE) is not None

    @property
    def may_be_eight_bit(self) -> bool:
        """Whether the text leaves open, or says, that the run was in FP8."""
        return (self.context.precision or "fp8") in {"fp8", "mxfp8"}

    def runs_on(self, pattern: str) -> bool:
        """Whether the accelerator's name contains a cue."""
        part = self.context.hardware
        return part is not None and re.search(pattern, part.name, re.IGNORECASE) is not None


def _is_in(item: Statement, pattern: str) -> bool:
    """Whether a number is printed with a unit; one printed without has the one of its key."""
    quantity = item.quantity
    printed = quantity.written or quantity.text
    if not re.search(r"[^\W\d]|\$", _SCALE.sub("", printed)):
        printed = quantity.unit
    return re.search(rf"(?<![a-z])(?:{pattern})(?![a-z])", printed, re.IGNORECASE) is not None


_CONDITIONS: Mapping[str, Callable[[Scene, Statement, Any], bool]] = {
    "tpu": lambda scene, _, wanted: getattr(scene.context.hardware, "is_tpu", False) is wanted,
    "fast": lambda scene, _, wanted: getattr(scene.context.hardware, "is_fast", False) is wanted,
    "eight_bit": lambda scene, _, wanted: scene.may_be_eight_bit is wanted,
    "part": lambda scene, _, pattern: scene.runs_on(pattern),
    "sparse": lambda scene, _, wanted: (scene.context.moe is not False) is wanted,
    "language": lambda scene, _, wanted: scene.context.language_model is wanted,
    "says": lambda scene, _, pattern: scene.says(pattern),
    "silent": lambda scene, _, pattern: not scene.says(pattern),
    "has": lambda scene, _, keys: scene.fields.issuperset(_listed(keys)),
    "has_any": lambda scene, _, keys: not scene.fields.isdisjoint(_listed(keys)),
    "lacks": lambda scene, _, keys: scene.fields.isdisjoint(_listed(keys)),
    "unit": lambda _, item, pattern: _is_in(item, pattern),
    "above": lambda _, item, value: bool(item.value > value),
    "multiple_of": lambda _, item, unit: item.value >= unit and round(item.value) % unit == 0,
}
"""What the table may ask of a claim and one of its numbers."""


def garbles_of(scene: Scene, table: Garbles) -> Iterator[Garble]:
    """Every garble that applies to the statements of one subject."""
    for kind in table.kinds:
        for index, item in scene.each(*kind.change.of):
            asked = kind.conditions.items()
            if not all(_CONDITIONS[name](scene, item, wanted) for name, wanted in asked):
                continue
            others = scene.each(*kind.also.of) if kind.also else [(None, None)]
            for other, _ in others:
                second = (kind.also.of_statement(other),) if kind.also and other is not None else ()
                yield Garble(
                    name=kind.name,
                    edits=(kind.change.of_statement(index), *second),
                    weight=kind.weight_of.get(item.field, kind.weight),
                    after=kind.after,
                    family=kind.family,
                    plain=kind.plain,
                )
    yield from _time_units(scene, table)


_OF_TWO_UNITS = re.compile(r"\d\s?[a-z]{1,7}\.?\s?\d", re.IGNORECASE)
"""A time such as 7h12m, in which nobody takes one unit for another."""


def _time_units(scene: Scene, table: Garbles) -> Iterator[Garble]:
    """One unit of time printed for another."""
    order = list(table.time_units)
    for index, item in scene.each("duration"):
        if _OF_TWO_UNITS.search(item.quantity.text):
            continue
        word = re.search(r"[A-Za-z]+(?=\W*$)", item.quantity.text)
        size = parse(f"1 {word[0]}", "duration").value if word else 1.0
        written = min(order, key=lambda unit: abs(math.log(table.time_units[unit] / size)))
        for meant in order:
            distance = abs(order.index(meant) - order.index(written))
            if 0 < distance <= table.time_furthest:
                shift = math.log(table.time_units[meant] / table.time_units[written])
                yield Garble(
                    name=f"{written} printed for {meant}",
                    edits=(Edit(statement=index, shift=shift),),
                    weight=table.time_weight / distance,
                )
