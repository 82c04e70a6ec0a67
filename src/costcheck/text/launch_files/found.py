"""What a launch file gave: a scenario in the making, and everything that is not settled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

_OFF = ("false", "0", "no", "off", "none", "null", "")
_ON = ("true", "1", "yes", "on", "auto")
_PLACEHOLDERS = ("???", "<", "${", "$", "`", "{{", "oc.env")
_SWITCHES = (".enabled", ".enable")
"""Options that switch the section they stand in."""
_NAMELESS = "default"
"""Stands where a name could."""
_SCALED = re.compile(r"(\d+(?:\.\d+)?)([kKmMgGbBtT])")
_SCALES = {"k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}


class LaunchImport(NamedTuple):
    """A scenario drafted from a launch file."""

    scenario: dict[str, object]
    """Sections and keys of a scenario file; holds only what the launch file states or implies."""
    shape: Mapping[str, object] = {}
    """The network as the file states it beside a name of its model."""
    format: str = ""
    """The launcher whose file it is."""
    why: str = ""
    """What the file has that only such files have."""
    origins: Mapping[str, str] = {}
    """Where each drafted key comes from: lines and options, or the launcher's default."""
    gaps: Mapping[str, str] = {}
    """Keys that the file means to state and leaves to the outside, with the reason."""
    unknown: tuple[str, ...] = ()
    """Options of the file that were not understood, as written."""
    left_open: tuple[str, ...] = ()
    """What a scenario needs and the file does not say, one sentence each."""
    assumed: tuple[str, ...] = ()
    """Defaults of the launcher that were taken because the file is silent, one sentence each."""
    tokenizer: str = ""
    """Name of the tokenizer, where the file or the launcher's default gives one."""
    block: int = 1
    """The rows of its embedding are a multiple of these."""
    mentioned: tuple[tuple[str, str], ...] = ()
    """Names of configs it refers to and in its comments, with places; where it says no model."""
    refused: str = ""
    """Why no scenario can be drafted though the file was recognised; empty when one can."""


class Stated(NamedTuple):
    """An option as a file gives it."""

    value: object
    """A scalar, a list, or True for an option without a value."""
    written: str
    line: int
    decided: bool = True
    """Whether it holds whatever the outside decides."""
    more: tuple[str, ...] = ()
    """Words after the first of an option that takes several."""

    @property
    def place(self) -> str:
        """The line and the option, as a draft names its origin."""
        text = "" if self.value is True else " ".join(("", _shown(self.value), *self.more))
        return f"line {self.line}: {self.written}{text}"

    @property
    def open(self) -> str:
        """Why the value is not settled; empty when it is."""
        if not self.decided:
            return f"{self.place} stands in a condition of the file: not taken"
        if isinstance(self.value, str) and self.value.startswith(_PLACEHOLDERS):
            return f"{self.written} is {self.value}, which is not a value here (line {self.line})"
        return ""


class Options:
    """Options of a launch file by the ends of their dotted names; who reads one strikes it off."""

    def __init__(self, stated: Iterable[tuple[str, Stated]]) -> None:
        self._stated = _switched_on([(normalised(name), item) for name, item in stated])
        self._index: dict[str, list[tuple[int, Stated]]] = {}
        for name, item in self._stated:
            parts = name.split(".")
            for start in range(len(parts)):
                ending = ".".join(parts[start:])
                self._index.setdefault(ending, []).append((len(parts), item))
        for items in self._index.values():
            items.sort(key=lambda pair: pair[0])
        self._used: set[int] = set()
        self.read: list[Stated] = []
        self.open: list[str] = []

    def matching(self, pattern: str) -> list[Stated]:
        """Return the options that are on and whose names a pattern fits."""
        return [
            item
            for name, item in self._stated
            if re.search(pattern, name) and truth(item.value) is not False and item.value != []
        ]

    def begin(self) -> None:
        """Forget what has been read, to see what the next value is made of."""
        self.read, self.open = [], []

    def has(self, name: str) -> bool:
        """Say whether an option is given, without striking it off."""
        return name in self._index

    def given(self, name: str) -> Stated | None:
        """Return an option without striking it off."""
        items = self._index.get(name)
        return items[0][1] if items else None

    def signs(self, names: Sequence[str]) -> list[str]:
        """Return the given ones of some names, as the file writes them."""
        return [self._index[name][0][1].written for name in names if name in self._index]

    def stated(self, *names: str) -> Stated | None:
        """Return the first option given under any of its names."""
        found: Stated | None = None
        for name in names:
            for _, item in self._index.get(name, ()):
                self._used.add(id(item))
                found = found or item
        if found is not None:
            self.read.append(found)
            if found.open:
                self.open.append(found.open)
        return found

    def strike(self, *names: str) -> None:
        """Strike off other names of an option that has been read."""
        self._used.update(id(item) for name in names for _, item in self._index.get(name, ()))

    def value(self, *names: str) -> object:
        """Return the value of the first option given under any of its names."""
        found = self.stated(*names)
        return None if found is None or found.open else found.value

    def number(self, *names: str) -> int | None:
        """Return a whole number; one that cannot be resolved is left open."""
        value = self.value(*names)
        if value is None or isinstance(value, bool) or str(value).lower() in ("null", "none"):
            return None
        number = whole(value)
        if number is None:
            item = self.read[-1]
            self.open.append(
                f"{item.written} is {_shown(value)}, which is not a number here (line {item.line})"
            )
        return number

    def size(self, *names: str) -> int | None:
        """Return a number of at least 1; the launchers write 0, -1 and null for "not used"."""
        number = self.number(*names)
        return number if number is not None and number > 0 else None

    def flag(self, *names: str) -> bool | None:
        """Return a switch: bare, or with a truth value; None when it is not given."""
        value = self.value(*names)
        return None if value is None else str(value).strip().lower() not in _OFF

    def word(self, *names: str) -> str | None:
        """Return a lower-case word."""
        value = self.value(*names)
        return None if value is None or value is True else str(value).strip().lower()

    def text(self, *names: str) -> str | None:
        """Return a text as it is written."""
        value = self.value(*names)
        return None if value is None or isinstance(value, bool) else str(value).strip()

    def words(self, *names: str) -> str | None:
        """Return all words of an option that takes several, unless it is off."""
        item = self.stated(*names)
        if item is None or item.open or truth(item.value) is False:
            return None
        listed = item.value if isinstance(item.value, list) else [item.value]
        return " ".join(map(str, (*listed, *item.more))) or None

    def name(self, *names: str) -> str | None:
        """Return a name, of a path its last part: the folders before it may be anywhere."""
        item = self.stated(*names)
        if item is None or not isinstance(item.value, str) or truth(item.value) is not None:
            return None
        if item.value.strip().lower() == _NAMELESS:
            return None
        parts = item.value.strip().rstrip("/").split("/")
        if item.open and item.decided and len(parts) > 1:
            told = [part for part in parts if part and not part.startswith(_PLACEHOLDERS)]
            if told and told[-1] == parts[-1]:
                self.open.remove(item.open)
                return "/".join(told)
        return None if item.open else item.value.strip()

    def unread(self) -> tuple[tuple[str, Stated], ...]:
        """Return the options nobody asked for, with their names."""
        return tuple(
            (name, item)
            for name, item in self._stated
            if id(item) not in self._used and len(name) > 1
        )


def _switched_on(stated: list[tuple[str, Stated]]) -> list[tuple[str, Stated]]:
    """Leave out what stands in a section that says ``enabled: false``."""
    off = tuple(
        name.rpartition(".")[0] + "."
        for name, item in stated
        if name.endswith(_SWITCHES) and truth(item.value) is False
    )
    return [
        (name, item)
        for name, item in stated
        if not name.startswith(off) or name.endswith(_SWITCHES)
    ]


class Draft:
    """Values of a scenario with the lines they come from; what a value needs and lacks is a gap."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.values: dict[str, object] = {}
        self.origins: dict[str, str] = {}
        self.gaps: dict[str, str] = {}
        self.assumed: list[str] = []
        self.alone = ""
        """Why it runs on one machine where nothing says on how many."""

    def put(self, target: str, value: object, origin: str) -> None:
        """Settle a value, whatever was open before."""
        self.gaps.pop(target, None)
        self.values[target], self.origins[target] = value, origin

    def take(self, target: str, read: Callable[[Options], object]) -> None:
        """Read a value; one that rests on anything unsettled becomes a gap."""
        if target in self.values or target in self.gaps:
            return
        self.options.begin()
        value = read(self.options)
        if self.options.open:
            self.gaps[target] = "; ".join(dict.fromkeys(self.options.open))
        elif value not in (None, {}, False):
            self.put(target, value, ", ".join(dict.fromkeys(i.place for i in self.options.read)))

    def take_size(self, target: str, *names: str) -> None:
        """Read a whole number given under any of its names."""
        self.take(target, lambda options: options.size(*names))

    def assume(self, target: str, value: object, sentence: str) -> None:
        """Put a default of the launcher where the file is silent."""
        if target not in self.values and target not in self.gaps:
            self.put(target, value, sentence)
            self.assumed.append(f"{target}: {sentence}")

    def derive(self, target: str, needs: Sequence[str], work: Callable[..., object]) -> None:
        """Compute a value from others; open ones leave it open, missing ones leave it out."""
        if target in self.values or target in self.gaps:
            return
        lacking = [name for name in needs if name in self.gaps]
        if lacking and all(name in self.values or name in self.gaps for name in needs):
            self.gaps[target] = f"follows from {', '.join(lacking)}, which is open"
        elif not lacking and all(name in self.values for name in needs):
            value = work(*(self.values[name] for name in needs))
            if value is not None:
                origins = dict.fromkeys(self.origins[name] for name in needs)
                self.put(target, value, "; ".join(origins))

    def forget(self, beginning: str) -> None:
        """Leave out what has been read of a section."""
        for held in (self.values, self.gaps):
            for target in [target for target in held if target.startswith(beginning)]:
                del held[target]

    def whole(self, target: str) -> int | None:
        """Return a number already drafted."""
        value = self.values.get(target)
        return value if isinstance(value, int) and not isinstance(value, bool) else None


def whole(value: object) -> int | None:
    """Return the whole number a value writes, also as 1e6, 4_096 or 10B; None where it is none."""
    text = str(value).strip().replace("_", "").replace(",", "")
    if text.lstrip("-").isdigit():
        return int(text)
    match = _SCALED.fullmatch(text)
    if match:
        return round(float(match.group(1)) * _SCALES[match.group(2).lower()])
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number.is_integer() and abs(number) < 2**63 else None


def normalised(name: str) -> str:
    """Return the name of an option as the tables write it."""
    parts = (part.lstrip("-+~") for part in name.split("."))
    return ".".join(parts).replace("-", "_").lower()


def truth(value: object) -> bool | None:
    """Return whether a word switches on or off; None where it does neither."""
    text = str(value).strip().lower()
    return True if text in _ON else False if text in _OFF else None


def _shown(value: object) -> str:
    written = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    text = " ".join(written.split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def stated(values: Mapping[str, object]) -> dict[str, object]:
    """Return a section without what the file does not say."""
    return {key: value for key, value in values.items() if value not in (None, {}, False)}
