"""The codec: fields are keys, defaults may be left out, what JSON cannot say is null."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

import jsonschema
import pytest

from costcheck.codec import decode, dumps, encode, left_out, schema


@dataclass(frozen=True, kw_only=True)
class Part:
    name: str
    value: float
    note: str = left_out("")


@dataclass(frozen=True, kw_only=True)
class Whole:
    parts: tuple[Part, ...]
    by_name: Mapping[str, Part]
    size: int = 0


WHOLE = Whole(
    parts=(Part(name="a", value=1.5), Part(name="b", value=0.0, note="none")),
    by_name={"a": Part(name="a", value=1.5)},
)
WRITTEN = {
    "parts": [{"name": "a", "value": 1.5}, {"name": "b", "value": 0.0, "note": "none"}],
    "by_name": {"a": {"name": "a", "value": 1.5}},
    "size": 0,
}


def test_fields_are_keys_in_their_order():
    assert encode(WHOLE) == WRITTEN
    assert list(json.loads(dumps(WHOLE))) == ["parts", "by_name", "size"]


def test_a_value_may_have_a_form_of_its_own():
    class Odd:
        def to_dict(self):
            return {"odd": Part(name="a", value=1.5)}

    assert encode({"x": Odd()}) == {"x": {"odd": {"name": "a", "value": 1.5}}}


def test_what_is_written_is_read_back():
    assert decode(Whole, json.loads(dumps(WHOLE))) == WHOLE


def test_keys_of_later_versions_are_ignored():
    assert decode(Whole, {**WRITTEN, "later": 1}) == WHOLE


def test_another_type_is_refused():
    with pytest.raises(ValueError, match="size"):
        decode(Whole, {**WRITTEN, "size": "large"})


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_what_json_cannot_say_is_null(value):
    assert encode([Part(name="a", value=value)]) == [{"name": "a", "value": None}]


def test_the_schema_describes_what_is_written():
    published = schema(Whole, title="whole")
    jsonschema.Draft7Validator.check_schema(published)
    check = jsonschema.Draft7Validator(published)
    wild = Whole(parts=(Part(name="a", value=math.inf),), by_name={})
    for value in (WHOLE, wild):
        assert not list(check.iter_errors(json.loads(dumps(value))))
    assert list(check.iter_errors({**WRITTEN, "parts": [{"name": "a"}]}))
