"""Typed access to the fields of a model config; every problem is kept, none raised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import NamedTuple

UNKNOWN_MODEL_TYPE = "CC401"
MISSING_FIELD = "CC402"
WRONG_TYPE = "CC403"
CONTRADICTION = "CC404"

_ABSENT = object()
_MOST_LAYERS = 10_000


class Problem(NamedTuple):
    """One thing wrong with a config."""

    field: str
    """Dotted path of the field inside the config."""
    code: str
    message: str
    help: str = ""


class Fields:
    """A config over its library defaults, read field by field.

    A field with a problem yields a harmless stand-in, so that all problems of a config are found
    in one reading; whoever reads must look at `problems` before using what was built.
    """

    def __init__(
        self,
        given: Mapping[str, object],
        *,
        defaults: Mapping[str, object] | None = None,
        aliases: Mapping[str, str] | None = None,
        path: str = "",
        speak_aliases: bool = False,
    ) -> None:
        self.given = given
        self._speak_aliases = speak_aliases
        self.defaults = defaults or {}
        self.path = path
        self.problems: list[Problem] = []
        self._names: dict[str, list[str]] = {}
        for alias, name in (aliases or {}).items():
            self._names.setdefault(name, []).append(alias)

    def label(self, name: str) -> str:
        """Return the name of a field as the config writes it, or would write it."""
        usual = self._names.get(name, [name])[0] if self._speak_aliases else name
        return next((key for key, _ in self._stated(name)), usual)

    def report(self, name: str, code: str, message: str, advice: str = "") -> None:
        """Note a problem with a field; what follows from its first problem is not worth saying."""
        if self.sound(name):
            self.problems.append(Problem(self.path + self.label(name), code, message, advice))

    def sound(self, name: str) -> bool:
        """Return whether no problem with a field has been noted."""
        place = self.path + self.label(name)
        return all(problem.field != place for problem in self.problems)

    def has(self, name: str) -> bool:
        """Return whether the config itself states the field, whatever its value."""
        return any(True for _ in self._stated(name))

    def raw(self, name: str) -> object:
        """Return the stated value, else the library's default, else a mark of absence."""
        stated = list(self._stated(name))
        if len(stated) > 1 and stated[0][1] != stated[1][1]:
            self.report(
                name,
                CONTRADICTION,
                f"{stated[0][0]} is {stated[0][1]} but {stated[1][0]}, another name for it, "
                f"is {stated[1][1]}",
                "keep one of the two",
            )
        if stated:
            return _typed_items(stated[0][1])
        return _look_up(self.defaults, name)

    def size(self, name: str) -> int:
        """Return a positive integer that must be there."""
        value = self.optional_count(name)
        if value is None:
            self._missing(name)
            return 1
        if value < 1:
            self.report(name, WRONG_TYPE, f"{self.label(name)} must be at least 1, not {value}")
            return 1
        return value

    def layers(self, name: str) -> int:
        """Return a number of layers, which are written out one by one when they are read."""
        count = self.size(name)
        if count > _MOST_LAYERS:
            self.report(
                name, WRONG_TYPE, f"{self.label(name)} {count} is more than {_MOST_LAYERS} layers"
            )
            return 1
        return count

    def optional_size(self, name: str) -> int | None:
        """Return a positive integer, or None where the field is absent, null or 0."""
        return self.optional_count(name) or None

    def count(self, name: str) -> int:
        """Return an integer of at least 0; absent and null mean 0."""
        return self.optional_count(name) or 0

    def optional_count(self, name: str) -> int | None:
        """Return an integer of at least 0, or None where the field is absent or null."""
        value = self.raw(name)
        if value is _ABSENT or value is None:
            return None
        number = _integer(value)
        if number is None or not 0 <= number <= MOST_OF_ANYTHING:
            most = " below a million millions" if number and number > 0 else ""
            said = f"{self.label(name)} must be a whole number{most}, not {str(value)[:_SHOWN]!r}"
            self.report(name, WRONG_TYPE, said)
            return None
        return number

    def flag(self, name: str) -> bool:
        """Return a truth value; absent and null mean no."""
        value = self.raw(name)
        if value is _ABSENT or value is None:
            return False
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if isinstance(value, bool | int) and value in (0, 1):
            return bool(value)
        self.report(name, WRONG_TYPE, f"{self.label(name)} must be true or false, not {value!r}")
        return False

    def number(self, name: str) -> float:
        """Return a positive number that must be there."""
        value = self.raw(name)
        if value is _ABSENT or value is None:
            self._missing(name)
            return 1.0
        number = _float(value)
        if number is None or not 0 < number < inf:
            self.report(
                name, WRONG_TYPE, f"{self.label(name)} must be a positive number, not {value!r}"
            )
            return 1.0
        return number

    def text(self, name: str) -> str | None:
        """Return a text, or None where the field is absent or null."""
        value = self.raw(name)
        if value is _ABSENT or value is None:
            return None
        if not isinstance(value, str):
            self.report(name, WRONG_TYPE, f"{self.label(name)} must be a text, not {value!r}")
            return None
        return value

    def items(self, name: str) -> list[object] | None:
        """Return a list, or None where the field is absent or null."""
        value = self.raw(name)
        if value is _ABSENT or value is None:
            return None
        if not isinstance(value, list | tuple):
            self.report(name, WRONG_TYPE, f"{self.label(name)} must be a list, not {value!r}")
            return None
        return list(value)

    def over(self, **values: object) -> Fields:
        """Return the same config with some values settled; problems go to the same list."""
        settled = Fields(
            {**self.given, **values},
            defaults=self.defaults,
            path=self.path,
            speak_aliases=self._speak_aliases,
        )
        settled.problems, settled._names = self.problems, self._names
        return settled

    def _stated(self, name: str) -> Iterator[tuple[str, object]]:
        for spelling in self._spellings(name):
            value = _look_up(self.given, spelling)
            if value is not _ABSENT:
                yield spelling, value

    def _spellings(self, name: str) -> list[str]:
        return [name, *self._names.get(name, ())]

    def _missing(self, name: str) -> None:
        stated = " (it is null)" if self.has(name) else ""
        self.report(
            name,
            MISSING_FIELD,
            f"{self.label(name)} is missing{stated} and has no default",
            f"add {self.label(name)}",
        )


def _look_up(mapping: Mapping[str, object], name: str) -> object:
    """Follow a dotted name into nested mappings; a null mapping on the way is an absent one."""
    outer, _, inner = name.partition(".")
    value = mapping.get(outer, _ABSENT)
    if not inner:
        return value
    return _look_up(value, inner) if isinstance(value, Mapping) else _ABSENT


MOST_OF_ANYTHING = 10**12
"""No dimension of a network is larger; a number that is, is a slip or an attack."""
_SHOWN = 40
"""Characters of a value that a problem quotes."""
_TRUTHS: Mapping[str, object] = {"true": True, "false": False}


def _typed_items(value: object) -> object:
    """Return a list with its numbers and truth values read, where a YAML file left them text."""
    if not isinstance(value, list | tuple):
        return value
    return [_typed_item(item) if isinstance(item, str) else item for item in value]


def _typed_item(text: str) -> object:
    if text.isascii() and text.isdigit():
        return int(text)
    return _TRUTHS.get(text.lower(), text)


def _integer(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, list) and value and all(each == value[0] for each in value):
        return _integer(value[0])  # one number for each layer, all the same
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        digits = value.strip().replace(",", "").replace("_", "")
        whole = digits.isascii() and digits.isdigit()
        return int(digits[: len(str(MOST_OF_ANYTHING)) + 1]) if whole else None
    return None


def _float(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None
