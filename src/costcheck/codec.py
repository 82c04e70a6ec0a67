"""One codec for all JSON: the fields of a dataclass are the keys of an object, in this order.

A type is stated once. `encode` writes it, `decode` reads it back, `schema` publishes it; the last
two are pydantic's work, which start-up does not pay for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field, fields, is_dataclass
from functools import cache
from typing import Any

SCHEMA_VERSION = "1"
"""Of every JSON document; additions do not change it."""

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The JSON Schema that editors understand."""


def document(body: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON document: its version before what it says."""
    return {"schema_version": SCHEMA_VERSION, **body}


def left_out(default: Any) -> Any:
    """Declare a field whose key is left out while it has its default value."""
    return field(default=default, metadata={"left_out": True})


def encode(value: Any) -> Any:
    """Plain data of a value: its `to_dict` where its keys are not its fields.

    Infinities and NaN are null, because JSON has neither.
    """
    if hasattr(value, "to_dict"):
        value = value.to_dict()
    elif hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    if not is_dataclass(value):
        return value
    return {
        item.name: encode(part)
        for item in fields(value)
        for part in (getattr(value, item.name),)
        if not (item.metadata.get("left_out") and part == item.default)
    }


def dumps(value: Any) -> str:
    """JSON text with keys in writing order."""
    import json

    return json.dumps(encode(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def decode(kind: Any, data: Any) -> Any:
    """Value of a type from plain data; keys it does not know are of later versions and ignored.

    Raises
    ------
    pydantic.ValidationError
        With every value that has another type.
    """
    return _adapter(kind).validate_python(data)


@cache
def _adapter(kind: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def schema(kind: Any, *, title: str) -> dict[str, Any]:
    """JSON Schema of a type as `encode` writes it."""
    from pydantic.json_schema import GenerateJsonSchema

    class _Numbers(GenerateJsonSchema):
        """A number that is not finite is null."""

        def float_schema(self, schema: Any) -> dict[str, Any]:
            return {"type": ["number", "null"]}

    made = _adapter(kind).json_schema(
        mode="serialization", schema_generator=_Numbers, ref_template="#/definitions/{model}"
    )
    definitions = made.pop("$defs", {})
    return {"$schema": DRAFT, **made, "title": title, "definitions": definitions}
