"""The words that sentences about trainings are read by, each made a pattern when asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple

from costcheck.text.everyday import ONES, TENS
from costcheck.text.quantity_grammar import HEDGE


class Unit(NamedTuple):
    """A key of a claim, with the words that stand behind its number."""

    field: str
    dimension: str
    tail: str
    """The name of these words."""
    plain: str
    """The unit that stands in for the words of the text, where those cannot be read."""
    alone: str
    """The name of what of the words the reader of claims takes; all of them where empty."""
    fewest: float
    """So few are none of a training."""
    few: str
    """What they are then."""
    behind: str
    """The name of the words it stands behind; empty where any may."""

    def counted(self, number: str) -> str:
        """So many in plain words; a share up to 1 needs none: "an MFU of 0.41"."""
        is_share = self.plain == "%" and re.match(r"[01]?\.\d", number)
        return number if is_share else f"{number} {self.plain}".strip()


class Words:
    """Patterns by name, and the tables that go with them."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._texts: dict[str, Any] = {
            "hedge": f"(?!{{than_known}}){HEDGE}",
            "ones": ONES[1:10], "tens": TENS, "small": [*ONES[1:], *TENS],
        }  # fmt: skip
        for group in data["words"].values():
            self._texts |= group
        for table in ("compared_by", "verbs", "labels", "growth", "beside"):
            self._texts |= {f"{table}.{key}": text for key, text in data[table].items()}
        self._texts["part_of"] = list(data["parts"])
        for place, row in enumerate(data["figures"]):
            self._texts[f"tail.{place}"] = rf"[\s-]*(?:{row['words']})(?!\w)"
            if "alone" in row:
                self._texts[f"alone.{place}"] = rf"[\s-]*(?:{row['alone']})"
        self._patterns: dict[str, re.Pattern[str]] = {}
        self._data = data
        self.currencies: Mapping[str, str] = data["currencies"]
        self.most_per_gpu_hour = float(data["most_per_gpu_hour"]["value"])
        self.most_run_hours = float(data["most_run_hours"]["value"])
        self.most_between_prices = float(data["most_between_prices"]["value"])
        self.least_cost = float(data["least_cost"]["value"])
        self.parts: Mapping[str, float] = data["parts"]
        currencies = map(str.lower, data["words"]["numbers"]["code"])
        self.no_model = frozenset((*data["no_model"], *currencies))
        self.ordinary = frozenset(data["ordinary"])

    def __getitem__(self, name: str) -> re.Pattern[str]:
        """The pattern of a name, small and capital letters alike."""
        found = self._patterns.get(name)
        if found is None:
            found = self._patterns[name] = re.compile(self.text(name), re.IGNORECASE)
        return found

    def text(self, name: str) -> str:
        """The pattern of a name as text, in brackets."""
        text = self._texts[name]
        return f"(?:{self._filled(text if isinstance(text, str) else '|'.join(text))})"

    def _filled(self, text: str) -> str:
        return _NAME.sub(lambda found: self.text(found[1]), text)

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The keys of claims by the words behind a number, in the order they are tried."""
        return tuple(_unit(place, row) for place, row in enumerate(self._data["figures"]))

    @cached_property
    def unit(self) -> Mapping[str, Unit]:
        """The first row of each key."""
        return {unit.field: unit for unit in reversed(self.units)}

    def table(self, name: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
        """A table of keys and the words that mean them."""
        return tuple((key, self[f"{name}.{key}"]) for key in self._data[name])


def _unit(place: int, row: Mapping[str, Any]) -> Unit:
    return Unit(
        field=row["key"],
        dimension=row["dimension"],
        tail=f"tail.{place}",
        plain=row.get("plain", ""),
        alone=f"alone.{place}" if "alone" in row else "",
        fewest=float(row.get("fewest", 0)),
        few=row.get("few", "too few for a training"),
        behind=row.get("behind", ""),
    )


_NAME: Final = re.compile(r"\{([a-z_]+)\}")
