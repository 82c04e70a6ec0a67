"""One diff, or those of all scenarios of two folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from costcheck.diagnostics import CostcheckError, Diagnostic
from costcheck.diff import Compared, Diff, Options, diff
from costcheck.diff.result import summary_of
from costcheck.diff.sides import Reader, is_folder, pairs
from costcheck.estimate.judgement import exceeded, failing_claims
from costcheck.estimate.result import Estimate, Figure

STDIN = "-"


@dataclass(frozen=True)
class Lone:
    """A scenario that only one folder has."""

    figures: Mapping[str, Figure]
    verdict: str
    failing_claims: tuple[str, ...]
    over_budget: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "verdict": self.verdict,
            "results": {name: figure.central for name, figure in self.figures.items()},
        }


@dataclass(frozen=True)
class Comparison:
    """The diffs of a comparison.

    Parameters
    ----------
    diffs : tuple of Diff
        Scenarios that both sides have.
    added, removed : tuple
        Path and figures of those that only one folder has.
    single : bool
        True where two files were compared, not folders.
    """

    diffs: tuple[Diff, ...]
    added: tuple[tuple[str, Lone], ...] = ()
    removed: tuple[tuple[str, Lone], ...] = ()
    single: bool = True

    @property
    def unchanged(self) -> bool:
        """Return whether nothing differs at all."""
        return not (self.added or self.removed) and all(item.unchanged for item in self.diffs)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document: that of the diff, or one of all diffs of two folders."""
        if self.single:
            return self.diffs[0].to_dict()
        return {
            "schema_version": "1",
            "summary": summary_of(self.diffs) | {"unchanged": self.unchanged},
            "scenarios": [item.to_dict() for item in self.diffs],
            "added": {path: side.to_dict() for path, side in self.added},
            "removed": {path: side.to_dict() for path, side in self.removed},
        }


def compare(
    old: str, new: str, reader: Reader, options: Options, text: str | None = None
) -> Comparison:
    """Compare two files, saved results, revisions or folders."""
    if old == new == STDIN:
        message = "both sides are standard input"
        raise CostcheckError([Diagnostic("CC034", "error", message, None, "name one file")])
    folders = [name != STDIN and is_folder(name) for name in (old, new)]
    if any(folders):
        if not all(folders):
            file = new if folders[0] else old
            message = f"{file} is a file, the other side a folder"
            advice = "compare two files, or two folders"
            raise CostcheckError([Diagnostic("CC034", "error", message, None, advice)])
        return _folders(old, new, reader, options)
    sides = both(reader, old, new, text)
    return Comparison((diff(*sides, options),))


def both(reader: Reader, old: str, new: str, text: str | None = None) -> tuple[Compared, Compared]:
    """Read both sides; problems of both come together."""
    found: list[Compared] = []
    problems: list[Diagnostic] = []
    for name in (old, new):
        try:
            shown = "<stdin>" if name == STDIN else name
            found.append(reader.side(shown, text if name == STDIN else None))
        except CostcheckError as error:
            problems += error.diagnostics
    if problems:
        raise CostcheckError(list(dict.fromkeys(problems)))
    return found[0], found[1]


def _folders(old: str, new: str, reader: Reader, options: Options) -> Comparison:
    diffs: list[Diff] = []
    lone: dict[bool, list[tuple[str, Lone]]] = {True: [], False: []}
    problems: list[Diagnostic] = []
    for path, before, after in pairs(old, new):
        try:
            if before and after:
                diffs.append(diff(*both(reader, before, after), options))
            else:
                side = reader.side(before or after or path)
                lone[before is None].append((path, _lone(side.reported)))
        except CostcheckError as error:
            problems += error.diagnostics
    if problems:
        raise CostcheckError(list(dict.fromkeys(problems)))
    return Comparison(tuple(diffs), tuple(lone[True]), tuple(lone[False]), single=False)


def _lone(estimate: Estimate) -> Lone:
    return Lone(estimate.figures, estimate.verdict, failing_claims(estimate), exceeded(estimate))
