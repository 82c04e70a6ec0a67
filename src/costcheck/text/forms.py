"""How each annotation of a schema is read: sections, lists, choices between forms.

A form reads one node into one value. It reports problems into the `Reading` and returns
`FAILED`, so that the rest of the file is still read.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import types
import typing
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

from costcheck.diagnostics import Diagnostic, did_you_mean
from costcheck.text.document import Node, Path
from costcheck.text.markers import Dimension, Forms, Limit, OneOrMany
from costcheck.text.quantity import Quantity
from costcheck.text.reading import (
    FAILED,
    Form,
    Reading,
    Value,
    nearest,
    section_place,
    wrong_kind,
)
from costcheck.text.scalar_forms import (
    BoolForm,
    ChoiceForm,
    DateForm,
    NumberForm,
    QuantityForm,
    TextForm,
)


class ListForm(Form):
    """A list, given as a tuple."""

    def __init__(self, item: Form, *, one_or_many: bool) -> None:
        self.item = item
        self.one_or_many = one_or_many
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
            value = self.item.read(node, path, reading)
            return value if value is FAILED else (value,)
        values = [
            self.item.read(child, (*path, index), reading)
            for index, child in enumerate(node.content)
        ]
        return FAILED if any(value is FAILED for value in values) else tuple(values)


class MapForm(Form):
    """A mapping whose keys the author chooses."""

    shapes = (dict,)

    def __init__(self, item: Form) -> None:
        self.item = item

    def label(self) -> str:
        """Name the kind."""
        return "a section of 'name: value' lines"

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

    def label(self) -> str:
        """Name the kind."""
        return "any value"

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
                reading.scalars.extend(trial.scalars)
                reading.diagnostics.extend(trial.diagnostics)
                return value
            outcomes.append((option, trial.diagnostics))
        reading.diagnostics.extend(self._most_telling(outcomes, node))
        return FAILED

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
    near = nearest(key, form.fields)
    elsewhere = "" if near else _belongs_elsewhere(key, reading)
    advice = elsewhere or did_you_mean(near or key, form.fields, "known:")
    reading.report("CC101", f"unknown key {key!r}{where}", node.keys.get(key, node.place), advice)
    return near or ""


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
        return QuantityForm(next(m.name for m in markers if isinstance(m, Dimension)), limits)
    if annotation in {int, float}:
        return NumberForm(annotation, limits)
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
        return ChoiceForm(arguments)
    if origin is tuple:
        many = OneOrMany in markers
        return ListForm(form_of(arguments[0]), one_or_many=many)
    if origin is dict:
        return MapForm(form_of(arguments[1]))
    if origin in {typing.Union, types.UnionType}:
        options = [form_of(item) for item in arguments if item is not type(None)]
        wording = next((m.wording for m in markers if isinstance(m, Forms)), "")
        return UnionForm(options, optional=type(None) in arguments, wording=wording)
    msg = f"a schema cannot use the annotation {annotation!r}"
    raise TypeError(msg)
