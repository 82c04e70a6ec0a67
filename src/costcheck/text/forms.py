"""How a value is read by the annotation of its field: sections, lists, quantities, words, dates.

A form reads one node into one value. It reports problems into the `Reading` and returns
`FAILED`, so that the rest of the file is still read. Annotations say what a schema adds::

    mfu: Annotated[Quantity, Dimension("ratio"), Positive, AtMost(1)] | None = None
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import re
import types
import typing
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, cast

from costcheck.diagnostics import Diagnostic, Place, did_you_mean, near_names
from costcheck.text import yaml_mistakes
from costcheck.text.dates import QUARTER, first_day
from costcheck.text.dimensions import spec
from costcheck.text.document import Document, Node, Path
from costcheck.text.quantity import Origin, Quantity, QuantityProblem, parse


@dataclass(frozen=True)
class Dimension:
    """How the text of a `Quantity` field is read; a key of `dimensions.PLAIN` or ``RATES``."""

    name: str
    quoted: bool = False
    """Whether the field quotes others, whose everyday wordings have to be read."""


@dataclass(frozen=True)
class Limit:
    """A bound on a value."""

    bound: float
    relation: Literal["more than", "at least", "at most"]

    def admits(self, value: float) -> bool:
        """Tell whether a value keeps the limit."""
        if self.relation == "more than":
            return value > self.bound
        return value >= self.bound if self.relation == "at least" else value <= self.bound

    def __str__(self) -> str:
        """Return the limit in words."""
        return f"{self.relation} {self.bound:g}"


def MoreThan(bound: float) -> Limit:  # noqa: N802 - reads as a type inside an annotation
    """Return the limit "larger than a bound"."""
    return Limit(bound, "more than")


def AtLeast(bound: float) -> Limit:  # noqa: N802 - reads as a type inside an annotation
    """Return the limit "a bound or more"."""
    return Limit(bound, "at least")


def AtMost(bound: float) -> Limit:  # noqa: N802 - reads as a type inside an annotation
    """Return the limit "a bound or less"."""
    return Limit(bound, "at most")


Positive: Final = MoreThan(0.0)

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2200
"""Years that a text about computing means; others are a slip, and priors grow by the year."""

_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


class OneOrMany:
    """A single item stands for a list of one; the class itself is the marker."""


class Dated:
    """A text is a date, kept as exactly as it was written; the class itself is the marker."""


@dataclass(frozen=True)
class Joined:
    """One text may hold several items of a list between these signs."""

    by: str


@dataclass(frozen=True)
class Aliases:
    """Other words for a choice, each with the choice it means."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Elsewhere:
    """Words that are values of another key, named to whom writes them here."""

    key: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Forms:
    """Wording for a value that has several forms, used when none of them fits."""

    wording: str


Value: TypeAlias = Any
"""Whatever the schema asks for at a place; only the schema's author knows its type."""

FAILED: Final[Value] = object()
"""Stands for a value that could not be read; the reason has been reported."""


MOST_PROBLEMS: Final = 200
"""Of a file; it is no scenario where there are more."""

MOST_ITEMS: Final = 1_000
"""Of a list; nobody writes that many stages or claims."""


class Reading:
    """What is collected while a document is read."""

    __slots__ = ("diagnostics", "document", "origin", "root", "scalars")

    def __init__(self, document: Document, origin: Origin, root: Value = None) -> None:
        self.document = document
        self.origin = origin
        self.root = root
        self.diagnostics: list[Diagnostic] = []
        self.scalars: list[tuple[str, str, Any, Place, str]] = []

    def report(
        self, code: str, message: str, place: Place | None, advice: str, *, warn: bool = False
    ) -> Value:
        """Add a problem and return `FAILED`; of very many the first ones."""
        if len(self.diagnostics) > MOST_PROBLEMS:
            return FAILED
        if len(self.diagnostics) == MOST_PROBLEMS:
            code, advice = "CC009", "mend these first"
            message = f"more than {MOST_PROBLEMS} problems; what follows is not looked at"
        excerpt = self.document.excerpt(place)
        severity: Literal["error", "warning"] = "warning" if warn else "error"
        self.diagnostics.append(Diagnostic(code, severity, message, place, advice, excerpt))
        return FAILED

    def origin_of(self, node: Node) -> Origin:
        """Return where a value came from: its own mark wins over the whole file's."""
        return self.origin if node.origin == "file" else node.origin  # type: ignore[return-value]

    def keep(self, path: Path, node: Node, value: Value) -> Value:
        """Remember a scalar that was read, and return its value."""
        name = ".".join(map(str, path))
        self.scalars.append((name, str(node.content), value, node.place, self.origin_of(node)))
        return value


class Form:
    """Reads one kind of value."""

    shapes: tuple[type, ...] = (str,)
    """Which content it accepts: text, list or dict."""

    kind = ""
    """What is accepted, for messages."""

    def label(self) -> str:
        """Name what is accepted; by the kind where that says it all."""
        return self.kind

    def advice(self) -> str:
        """Say what to write."""
        return f"write {self.label()}"

    def read(self, node: Node, path: Path, reading: Reading) -> Value:
        """Return the value, or `FAILED` after reporting why."""
        if isinstance(node.content, self.shapes):
            return self.take(node, path, reading)
        return wrong_kind(self, node, path, reading)

    def take(self, node: Node, path: Path, reading: Reading) -> Value:
        """Read a node of an accepted shape; a form that overrides `read` needs none."""
        raise TypeError(f"{type(self).__name__} reads nodes itself")


def wrong_kind(form: Form, node: Node, path: Path, reading: Reading) -> Value:
    """Report a value of the wrong shape."""
    name = f"{path[-1]!r}" if path else "the file"
    if node.content is None:
        return reading.report(
            "CC109", f"{name} has no value", section_place(node, path, reading), form.advice()
        )
    if isinstance(node.content, str) and (glued := yaml_mistakes.missing_space(node.content)):
        return reading.report(
            "CC004",
            f"no space after the colon of {glued!r}",
            node.place,
            f"write {glued}: {node.content[len(glued) + 1 :]}",
        )
    kind = {str: "a single value", list: "a list", dict: "a section"}[type(node.content)]
    place = node.place if isinstance(node.content, str) else section_place(node, path, reading)
    return reading.report("CC103", f"{name} takes {form.label()}, not {kind}", place, form.advice())


def section_place(node: Node, path: Path, reading: Reading) -> Place:
    """Return where a value is named: at its key, or else where it starts."""
    found = reading.document.place(path, key=True)
    return found or node.place._replace(length=1)


ABBREVIATIONS = {
    "tp": "tensor", "pp": "pipeline", "dp": "data", "ep": "expert", "etp": "expert_tensor",
    "cp": "context", "vpp": "virtual", "mbs": "micro_batch",
}  # fmt: skip
"""What the field calls keys of a layout; no likeness of letters leads from one to the other."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant."""
    words = tuple(known)
    if ABBREVIATIONS.get(word.lower()) in words:
        return ABBREVIATIONS[word.lower()]
    return next(iter(near_names(word.lower(), words, 1)), None)


class ScalarForm(Form):
    """A value written as one text."""

    def take(self, node: Node, path: Path, reading: Reading) -> Value:
        """Read the text and keep what it meant."""
        text = cast("str", node.content)
        try:
            value = self.value(text, node.place, reading.origin_of(node))
        except QuantityProblem as problem:
            message = f"{path[-1]}: {problem.message}" if path else problem.message
            return reading.report(problem.code, message, node.place, problem.help)
        return reading.keep(path, node, value)

    @abstractmethod
    def value(self, text: str, place: Place, origin: Origin) -> Value:
        """Return the value of a text, or raise `QuantityProblem`."""


class QuantityForm(ScalarForm):
    """A number with a unit, within limits."""

    def __init__(self, dimension: str, limits: Sequence[Limit], *, quoted: bool = False) -> None:
        self.dimension = dimension
        self.quoted = quoted
        self.limits = tuple(limits)
        spec(dimension)

    def label(self) -> str:
        """Name the dimension."""
        return spec(self.dimension).label

    def advice(self) -> str:
        """Give an example of the dimension."""
        return spec(self.dimension).example.replace("{n}", "3")

    def value(self, text: str, place: Place, origin: Origin) -> Quantity:
        """Read the number and check its limits."""
        found = parse(text, self.dimension, place=place, origin=origin, quoted=self.quoted)
        check_limits(found, self.limits)
        return found


def check_limits(found: Quantity, limits: Iterable[Limit]) -> None:
    """Raise `QuantityProblem` where a quantity, or an end of its range, breaks a limit."""
    values = (found.low, found.high) if found.kind == "range" else (found.value,)
    for limit in limits:
        if all(limit.admits(value) for value in values):
            continue
        if found.dimension == "ratio" and "%" not in found.text and 1 < values[-1] <= 100:
            advice = f"{found.text} looks like percent: write {found.text}%"
        else:
            advice = "check the number and its unit"
        raise QuantityProblem("CC105", f"{found.text!r} has to be {limit}", advice)


class TextForm(ScalarForm):
    """Any text."""

    kind = "a text"

    def value(self, text: str, place: Place, origin: Origin) -> str:
        """Return the text as it is."""
        del place, origin
        return text


class BoolForm(ScalarForm):
    """True or false."""

    kind = "true or false"

    def value(self, text: str, place: Place, origin: Origin) -> bool:
        """Read the words YAML people use."""
        del place, origin
        word = text.lower()
        if word in {"true", "yes", "on"}:
            return True
        if word in {"false", "no", "off"}:
            return False
        raise QuantityProblem("CC108", f"{text!r} is neither true nor false", self.advice())


class NumberForm(ScalarForm):
    """A plain whole number, or a plain number that may be negative."""

    def __init__(self, number: type[int] | type[float], limits: Sequence[Limit]) -> None:
        self.number = number
        self.kind = "a whole number" if number is int else "a number"
        self.limits = tuple(limits)

    def value(self, text: str, place: Place, origin: Origin) -> int | float:
        """Read the digits; limits are checked as for quantities."""
        if self.number is int:
            found = parse(text, "integer", place=place, origin=origin)
            check_limits(found, self.limits)
            return int(found.value)
        found = parse(text.removeprefix("-"), "ratio", place=place, origin=origin)
        value = -found.value if text.startswith("-") else found.value
        for limit in self.limits:
            if not limit.admits(value):
                raise QuantityProblem("CC105", f"{text!r} has to be {limit}", "check the number")
        return value


class DateForm(ScalarForm):
    """A day."""

    kind = "a date such as 2024-12-26, 2024-12, Q4 2024 or 2024"
    years = True
    """Whether a year alone is a day."""
    quarters = True
    """Whether a quarter is a day."""

    def value(self, text: str, place: Place, origin: Origin) -> dt.date:
        """Read year, month and day; a month and a year stand for their first."""
        del place, origin
        try:
            dated = _DATE.fullmatch(text) and (self.years or "-" in text)
            if dated or (self.quarters and QUARTER.fullmatch(text)):
                day = first_day(text)
                if FIRST_YEAR <= day.year <= LAST_YEAR:
                    return day
        except ValueError:
            pass
        raise QuantityProblem(
            "CC107", f"{text!r} is not a date", "write year-month-day: 2024-12-26 (or 2024-12)"
        )


class WrittenDateForm(DateForm):
    """A date that stays the text it is: a month does not become its first day."""

    quarters = False

    def value(self, text: str, place: Place, origin: Origin) -> Any:
        """Return the text where it is a date."""
        super().value(text, place, origin)
        return text


class MonthForm(DateForm):
    """A day or a month of a field to which a year is a number."""

    years = False


class ChoiceForm(ScalarForm):
    """One of a few words; upper and lower case are the same."""

    def __init__(
        self,
        choices: tuple[Value, ...],
        aliases: Aliases | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self.elsewhere = elsewhere
        self.choices = {str(choice).lower(): choice for choice in choices}
        self.aliases = dict(aliases.pairs) if aliases else {}

    def label(self) -> str:
        """Name the words."""
        words = list(self.choices)
        return words[0] if len(words) == 1 else "one of " + ", ".join(words)

    def value(self, text: str, place: Place, origin: Origin) -> Value:
        """Return the word as the schema spells it."""
        del place, origin
        word = text.strip().lower()
        if word not in self.choices and self.aliases:
            word = word.replace("_", "-")
            word = self.aliases.get(word, word)
        if word in self.choices:
            return self.choices[word]
        advice = did_you_mean(word, self.choices, "known:")
        if self.elsewhere and word in self.elsewhere.words:
            advice = f"{word} is a value of {self.elsewhere.key}"
        raise QuantityProblem("CC104", f"{text!r} is not {self.label()}", advice)


class ListForm(Form):
    """A list, given as a tuple."""

    def __init__(self, item: Form, *, one_or_many: bool, joined: str = "") -> None:
        self.item = item
        self.joined = joined
        self.shapes = (list, *item.shapes) if one_or_many else (list,)

    def label(self) -> str:
        """Name the items."""
        return f"a list, each item {self.item.label()}"

    def advice(self) -> str:
        """Show how a list is written."""
        return "start every item with '- ', or write [a, b]"

    def take(self, node: Node, path: Path, reading: Reading) -> Value:
        """Read every item, also after one has failed."""
        if not isinstance(node.content, list):
            return self._one(node, path, reading)
        if len(node.content) > MOST_ITEMS:
            message = f"a list of {len(node.content):,} items; {MOST_ITEMS:,} are the most"
            return reading.report("CC009", message, node.place, "split the file into several")
        values = [
            self.item.read(child, (*path, index), reading)
            for index, child in enumerate(node.content)
        ]
        return FAILED if any(value is FAILED for value in values) else tuple(values)

    def _one(self, node: Node, path: Path, reading: Reading) -> Value:
        """Read what is no list: one item, or several in one text."""
        if not self.joined or self.joined not in str(node.content):
            value = self.item.read(node, path, reading)
            return value if value is FAILED else (value,)
        values, column = [], node.place.column
        for part in str(node.content).split(self.joined):
            word = part.strip()
            at = column + len(part) - len(part.lstrip())
            place = node.place._replace(column=at, length=len(word))
            values.append(self.item.read(Node(word, place, origin=node.origin), path, reading))
            column += len(part) + len(self.joined)
        return FAILED if any(value is FAILED for value in values) else tuple(values)


class MapForm(Form):
    """A mapping whose keys the author chooses."""

    shapes = (dict,)
    kind = "a section of 'name: value' lines"

    def __init__(self, item: Form) -> None:
        self.item = item

    def take(self, node: Node, path: Path, reading: Reading) -> Value:
        """Read every value."""
        content = typing.cast("dict[str, Node]", node.content)
        values = {
            key: self.item.read(child, (*path, key), reading) for key, child in content.items()
        }
        return FAILED if any(value is FAILED for value in values.values()) else values


class RawForm(Form):
    """Anything, as plain texts; whoever asked for it types it."""

    shapes = (str, list, dict, type(None))

    kind = "any value"

    def take(self, node: Node, path: Path, reading: Reading) -> Value:
        """Return nested texts, and keep the place of each."""
        content = node.content
        if isinstance(content, dict):
            return {key: self.take(child, (*path, key), reading) for key, child in content.items()}
        if isinstance(content, list):
            return [self.take(child, (*path, at), reading) for at, child in enumerate(content)]
        return reading.keep(path, node, content)


class RecordForm(Form):
    """A section with fixed keys: a dataclass."""

    shapes = (dict,)

    def __init__(self, record: type) -> None:
        self.record = record
        self._fields: dict[str, tuple[str, Form]] | None = None
        self.required: tuple[str, ...] = ()

    @property
    def fields(self) -> dict[str, tuple[str, Form]]:
        """Key to attribute and form; built when first needed, so that schemas may be large."""
        if self._fields is None:
            hints = _annotations(self.record)
            own = [item for item in dataclasses.fields(self.record) if item.init]
            self._fields = {
                item.name.rstrip("_"): (item.name, form_of(hints[item.name])) for item in own
            }
            self.required = tuple(item.name.rstrip("_") for item in own if _is_required(item))
        return self._fields

    def label(self) -> str:
        """List the keys."""
        keys = list(self.fields)
        return "a section with " + ", ".join(keys[:6]) + (", ..." if len(keys) > 6 else "")

    def advice(self) -> str:
        """Show how a section is written."""
        return f"write its keys below it, indented; it has {', '.join(self.fields)}"

    def take(self, node: Node, path: Path, reading: Reading) -> Value:
        """Read every key; unknown and missing ones are reported with the others."""
        content = typing.cast("dict[str, Node]", node.content)
        fields = self.fields
        values: dict[str, Any] = {}
        failed = False
        meant: set[str] = set()
        for key, child in content.items():
            if key not in fields:
                failed = True
                meant.add(_unknown_key(self, key, node, path, reading))
                continue
            name, form = fields[key]
            value = values[name] = form.read(child, (*path, key), reading)
            failed = failed or value is FAILED
        missing = [key for key in self.required if key not in content]
        failed = failed or bool(missing)
        for key in missing:
            if key not in meant:
                _missing_key(key, fields[key][1], node, path, reading)
        return FAILED if failed else self._made(values, node, path, reading)

    def _made(self, values: dict[str, Any], node: Node, path: Path, reading: Reading) -> Value:
        try:
            return self.record(**values)
        except ValueError as error:
            return reading.report(
                "CC105", str(error), section_place(node, path, reading), _TOGETHER
            )


_TOGETHER: Final = "its keys are right one by one; change those that do not go together"


class UnionForm(Form):
    """One of several forms; the shape of the value and the keys present decide which."""

    def __init__(self, options: Sequence[Form], *, optional: bool, wording: str) -> None:
        if any(isinstance(option, NumberForm) for option in options):
            options = [MonthForm() if isinstance(each, DateForm) else each for each in options]
        # Any text is a text: asked first, it would hide every other reading.
        self.options = sorted(options, key=lambda option: isinstance(option, TextForm))
        self.shapes = tuple({shape for option in options for shape in option.shapes})
        self._any_text = any(isinstance(option, TextForm) for option in options)
        self.optional = optional
        self.wording = wording

    def label(self) -> str:
        """Name every form."""
        return self.wording or ", or ".join(option.label() for option in self.options)

    def advice(self) -> str:
        """Say what to write in the only form, or name them all."""
        if len(self.options) == 1 and not self.wording:
            return self.options[0].advice()
        return super().advice()

    def read(self, node: Node, path: Path, reading: Reading) -> Value:
        """Read with the form that fits."""
        if node.content is None and self.optional:
            return _left_out(node, path, reading)
        fitting = [item for item in self.options if isinstance(node.content, item.shapes)]
        if self._any_text and not any(map(str.isdigit, str(node.content))):
            # A word is no number: where any text is allowed it need not be tried as one.
            fitting = [item for item in fitting if not isinstance(item, QuantityForm)]
        if not fitting:
            return wrong_kind(self, node, path, reading)
        if len(fitting) == 1:
            return fitting[0].read(node, path, reading)
        if isinstance(node.content, dict):
            return self._by_keys(fitting, node, path, reading)
        return self._first_that_reads(fitting, node, path, reading)

    def _by_keys(self, fitting: list[Form], node: Node, path: Path, reading: Reading) -> Value:
        records = [item for item in fitting if isinstance(item, RecordForm)]
        keys = set(typing.cast("dict[str, Node]", node.content))
        exact = [item for item in records if keys <= item.fields.keys()]
        if exact:
            best = min(exact, key=lambda item: len(set(item.required) - keys))
            return best.read(node, path, reading)
        return self._by_near_keys(fitting, keys, node, path, reading)

    def _by_near_keys(
        self, fitting: list[Form], keys: set[str], node: Node, path: Path, reading: Reading
    ) -> Value:
        """Choose the section whose keys were probably meant, if most of them were."""

        def known(item: Form) -> int:
            fields = item.fields if isinstance(item, RecordForm) else ()
            return sum(_is_near(key, fields) for key in keys)

        best = max(fitting, key=known)
        free = [item for item in fitting if not isinstance(item, RecordForm)]
        if free and 2 * known(best) <= len(keys):
            return free[0].read(node, path, reading)
        return (
            best.read(node, path, reading) if known(best) else _no_form(self, node, path, reading)
        )

    def _first_that_reads(
        self, fitting: list[Form], node: Node, path: Path, reading: Reading
    ) -> Value:
        outcomes: list[tuple[Form, list[Diagnostic]]] = []
        for option in fitting:
            trial = Reading(reading.document, reading.origin, reading.root)
            value = option.read(node, path, trial)
            if value is not FAILED:
                if self._is_bare(value):
                    message = f"{path[-1]}: {str(node.content)!r} has no unit"
                    return reading.report("CC203", message, node.place, f"write {self.label()}")
                reading.scalars.extend(trial.scalars)
                reading.diagnostics.extend(trial.diagnostics)
                return value
            outcomes.append((option, trial.diagnostics))
        told = self._most_telling(outcomes, node)
        if self.wording and all(isinstance(o, QuantityForm | ChoiceForm) for o in self.options):
            # One form's example would propose another quantity than was meant.
            told = [dataclasses.replace(item, help=f"write {self.wording}") for item in told]
        reading.diagnostics.extend(told)
        return FAILED

    def _is_bare(self, value: Value) -> bool:
        """Whether an amount of money names no currency where another amount could be meant."""
        if not isinstance(value, Quantity) or value.dimension != "money" or not value.value:
            return False
        several = sum(isinstance(option, QuantityForm) for option in self.options) > 1
        return several and value.currency is None

    def _most_telling(
        self, outcomes: list[tuple[Form, list[Diagnostic]]], node: Node
    ) -> list[Diagnostic]:
        """Prefer the complaint about words for a word, the one about numbers for a number."""
        numeric = any(letter.isdigit() for letter in str(node.content))
        for option, found in outcomes:
            if isinstance(option, ChoiceForm) != numeric:
                return found
        return outcomes[0][1]


def _no_form(form: UnionForm, node: Node, path: Path, reading: Reading) -> Value:
    name = f"{path[-1]!r}" if path else "the file"
    keys = ", ".join(repr(key) for key in typing.cast("dict[str, Node]", node.content))
    place = section_place(node, path, reading)
    return reading.report("CC106", f"{name} has no form with {keys}", place, form.advice())


def _left_out(node: Node, path: Path, reading: Reading) -> None:
    """Treat null as absent; a key with nothing behind it is worth a warning."""
    written = reading.document.excerpt(node.place)[node.place.column - 1 :]
    if node.place.line and not written.startswith(("~", "null", "Null", "NULL")):
        reading.report(
            "CC109",
            f"{path[-1]!r} has no value and is left out",
            section_place(node, path, reading),
            "give it a value or remove it",
            warn=True,
        )


def _unknown_key(form: RecordForm, key: str, node: Node, path: Path, reading: Reading) -> str:
    """Report a key the section does not have; return the key that was probably meant."""
    where = f" in {'.'.join(map(str, path))!r}" if path else ""
    if len(reading.diagnostics) > MOST_PROBLEMS:
        return ""
    # A key that another section has to the letter was meant there, however like a key of this one.
    # What a section says of keys that are not its own goes before both.
    meant = getattr(form.record, "MEANT", {}).get(key, "")
    elsewhere = meant or _deeper(form, key, path) or _belongs_elsewhere(key, reading)
    near = None if elsewhere else nearest(key, form.fields)
    child = typing.cast("dict[str, Node]", node.content)[key]
    unit = "" if near else _of_unit(form, f"{child.content} {key}", child)
    advice = elsewhere or unit or did_you_mean(near or key, form.fields, "known:")
    reading.report("CC101", f"unknown key {key!r}{where}", node.keys.get(key, node.place), advice)
    return near or ""


def _of_unit(form: RecordForm, text: str, node: Node) -> str:
    """Name the field whose unit a key is: `days: 60` is a duration of 60 days."""
    if not isinstance(node.content, str):
        return ""
    fields = ((name, _options(field)) for name, (_, field) in form.fields.items())
    # A field that takes any word behind its number has no units to tell it by.
    found = [
        name
        for name, options in fields
        if any(_reads(each, text) and not _reads(each, "1 no-unit") for each in options)
    ]
    if len(found) > 1:
        return f"{text} may be meant for {', '.join(found)}"
    return f"write {found[0]}: {text}" if found else ""


def _options(form: Form) -> Sequence[Form]:
    return form.options if isinstance(form, UnionForm) else [form]


def _reads(form: Form, text: str) -> bool:
    if isinstance(form, QuantityForm):
        with contextlib.suppress(QuantityProblem):
            return parse(text, form.dimension) is not None
    return False


def _deeper(form: RecordForm, key: str, path: Path) -> str:
    """Name the section below this one that has the key."""
    for name, (_, field) in form.fields.items():
        if any(key in record.fields for record in _records(field)):
            return f"{key!r} belongs under {'.'.join((*map(str, path), name))!r}"
    return ""


def _belongs_elsewhere(key: str, reading: Reading) -> str:
    """Name the section of the root that has the key."""
    root = form_of(reading.root)
    if not isinstance(root, RecordForm):
        return ""
    if key in root.fields:
        return f"{key!r} belongs at the top level"
    for section, (_, form) in root.fields.items():
        if any(key in record.fields for record in _records(form)):
            return f"{key!r} belongs under {section!r}"
    return ""


def _records(form: Form) -> list[RecordForm]:
    """Return the sections a form may be, its own options' options included."""
    if isinstance(form, UnionForm):
        return [record for option in form.options for record in _records(option)]
    return [form] if isinstance(form, RecordForm) else []


def _missing_key(key: str, form: Form, node: Node, path: Path, reading: Reading) -> None:
    name = ".".join(map(str, path)) or "the file"
    message = f"{name} lacks the key {key!r}"
    reading.report(
        "CC102", message, section_place(node, path, reading), f"add {key}: {form.label()}"
    )


def _is_near(key: str, known: Iterable[str]) -> bool:
    return key in known or nearest(key, known) is not None


def _is_required(item: dataclasses.Field[Any]) -> bool:
    return item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING


def _annotations(record: type) -> dict[str, Any]:
    """Return the annotations of a dataclass and its bases, evaluated where they are text."""
    own = [vars(base).get("__annotations__", {}) for base in reversed(record.__mro__)]
    found = {name: value for annotations in own for name, value in annotations.items()}
    if any(isinstance(value, str) for value in found.values()):
        return typing.get_type_hints(record, include_extras=True)
    return found


_FORMS: dict[Any, Form] = {}


def form_of(annotation: Value) -> Form:
    """Return the reader of an annotation; each is built once."""
    found = _FORMS.get(annotation)
    if found is None:
        found = _FORMS[annotation] = _built(annotation)
    return found


def _built(annotation: Value) -> Form:
    markers: tuple[Any, ...] = ()
    origin: Value = typing.get_origin(annotation)
    if origin is typing.Annotated:
        annotation, *rest = typing.get_args(annotation)
        markers = tuple(rest)
    limits = [marker for marker in markers if isinstance(marker, Limit)]
    if annotation is Quantity:
        kind = next(marker for marker in markers if isinstance(marker, Dimension))
        return QuantityForm(kind.name, limits, quoted=kind.quoted)
    if annotation in {int, float}:
        return NumberForm(annotation, limits)
    if Dated in markers:
        return WrittenDateForm()
    if isinstance(annotation, type) and annotation in _SIMPLE:
        return _SIMPLE[annotation]()
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        return RecordForm(annotation)
    return _composite(annotation, markers)


_SIMPLE: Final[dict[type, type[Form]]] = {
    str: TextForm,
    bool: BoolForm,
    dt.date: DateForm,
    object: RawForm,
}


def _composite(annotation: Value, markers: tuple[Any, ...]) -> Form:
    origin: Value = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin is Literal:
        aliases = next((m for m in markers if isinstance(m, Aliases)), None)
        elsewhere = next((m for m in markers if isinstance(m, Elsewhere)), None)
        return ChoiceForm(arguments, aliases, elsewhere)
    if origin is tuple:
        many = OneOrMany in markers
        joined = next((m.by for m in markers if isinstance(m, Joined)), "")
        return ListForm(form_of(arguments[0]), one_or_many=many, joined=joined)
    if origin is dict:
        return MapForm(form_of(arguments[1]))
    if origin in {typing.Union, types.UnionType}:
        options = [form_of(item) for item in arguments if item is not type(None)]
        wording = next((m.wording for m in markers if isinstance(m, Forms)), "")
        return UnionForm(options, optional=type(None) in arguments, wording=wording)
    msg = f"a schema cannot use the annotation {annotation!r}"
    raise TypeError(msg)
