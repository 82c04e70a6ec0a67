"""What a launch file gave: a scenario in the making, and everything that is not settled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class LaunchImport(NamedTuple):
    """A scenario drafted from a launch file."""

    scenario: dict[str, object]
    """Sections and keys of a scenario file; holds only what the launch file states or implies."""
    unknown: tuple[str, ...] = ()
    """Options of the file that were not understood, as written."""
    left_open: tuple[str, ...] = ()
    """What a scenario needs and the file does not say, one sentence each."""
    assumed: tuple[str, ...] = ()
    """Defaults of the launcher that were taken because the file is silent, one sentence each."""


class Options:
    """Options of a launch file by normalised name, each struck off when it is read."""

    def __init__(self, values: Mapping[str, object], written: Mapping[str, str]) -> None:
        self._values = values
        self._written = written
        self._used: set[str] = set()
        self.left_open: list[str] = []
        self.assumed: list[str] = []

    def value(self, *names: str) -> object:
        """Return the first option given under any of its names, None when there is none."""
        found: object = None
        for name in names:
            if name in self._values:
                self._used.add(name)
                found = self._values[name] if found is None else found
        return found

    def number(self, *names: str) -> int | None:
        """Return a whole number; one that cannot be resolved is left open."""
        value = self.value(*names)
        if value is None or isinstance(value, bool):
            return None
        text = str(value).strip().replace("_", "").replace(",", "")
        if text.lstrip("-").isdigit():
            return int(text)
        self.left_open.append(f"{self._as_written(names)} is {value}, which is not a number here")
        return None

    def size(self, *names: str) -> int | None:
        """Return a number of at least 1; the launchers write 0, -1 and null for "not used"."""
        number = self.number(*names)
        return number if number is not None and number > 0 else None

    def flag(self, *names: str) -> bool | None:
        """Return a switch: bare, or with a truth value; None when it is not given."""
        value = self.value(*names)
        if value is None:
            return None
        return str(value).strip().lower() not in ("false", "0", "no", "off", "none", "null")

    def word(self, *names: str) -> str | None:
        """Return a lower-case word."""
        value = self.value(*names)
        return None if value is None or value is True else str(value).strip().lower()

    def ignore(self, *prefixes: str) -> None:
        """Strike off options that change no cost: paths, logging, seeds."""
        self._used.update(name for name in self._values if name.startswith(prefixes))

    def unknown(self) -> tuple[str, ...]:
        """Return the options nobody asked for, as the file writes them."""
        return tuple(self._written[name] for name in self._values if name not in self._used)

    def _as_written(self, names: tuple[str, ...]) -> str:
        return next(self._written[name] for name in names if name in self._values)


def stated(values: Mapping[str, object]) -> dict[str, object]:
    """Return a section without what the file does not say."""
    return {key: value for key, value in values.items() if value not in (None, {}, False)}
