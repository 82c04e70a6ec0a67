"""What a family's data file says about it: constants, or the config field that decides."""

from __future__ import annotations

from collections.abc import Mapping

from costcheck.catalog.huggingface.fields import Fields


class Traits:
    """The ``traits`` of a family: a truth value, or the name of the field that holds it."""

    def __init__(self, traits: Mapping[str, object], fields: Fields) -> None:
        self._traits = traits
        self._fields = fields

    def flag(self, name: str, default: bool | str = False) -> bool:
        """Return a constant, or the truth of the config field the trait names."""
        value = self._traits.get(name, default)
        return self._fields.flag(value) if isinstance(value, str) else bool(value)

    def word(self, name: str, default: str) -> str:
        """Return a word such as the kind of norm."""
        return str(self._traits.get(name, default))

    def words(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Return a list of words such as the names of a layer's norms."""
        value = self._traits.get(name, default)
        return tuple(str(word) for word in value) if isinstance(value, list) else default

    def field(self, name: str, default: str = "") -> str:
        """Return the config field a quantity is read from."""
        return str(self._traits.get(name, default))

    def number(self, name: str) -> int:
        """Return a constant whole number, or what the config field says that the trait names."""
        value = self._traits.get(name, 0)
        return value if isinstance(value, int) else self._fields.count(str(value))

    def over(self, fields: Fields, **changes: object) -> Traits:
        """Return the traits with some settled, reading from other fields."""
        return Traits({**self._traits, **changes}, fields)
