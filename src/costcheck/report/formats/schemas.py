"""JSON Schemas (draft-07, which editors understand) of what goes in and what comes out."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue

from costcheck.codec import DRAFT, schema
from costcheck.estimate.saved import SavedResult
from costcheck.scenario.run import Run
from costcheck.scenario.schema import Scenario
from costcheck.text.quantity import Quantity


class _Quantities(GenerateJsonSchema):
    """Quantities are written as text or as a number, whatever they are inside."""

    def dataclass_schema(self, schema: Any) -> JsonSchemaValue:
        """Return the schema of a section; of a quantity, text or a number."""
        if schema["cls"] is Quantity:
            return {"type": ["string", "number"]}
        return super().dataclass_schema(schema)


def scenario_schema() -> dict[str, Any]:
    """Return the schema of a scenario file."""
    found = _draft_07(Scenario, mode="validation")
    found["title"] = "costcheck scenario"
    # Pydantic reads attribute docstrings from the class itself: those of Run are passed on.
    shared = _draft_07(Run, mode="validation")["properties"]
    for section in (found, found["definitions"]["Stage"]):
        for key, field in section["properties"].items():
            if key in shared:
                field.setdefault("description", shared[key]["description"])
    return found


def _draft_07(kind: Any, *, mode: JsonSchemaMode) -> dict[str, Any]:
    for section in _sections(kind):
        section.__pydantic_config__ = ConfigDict(extra="forbid", use_attribute_docstrings=True)
    adapter = TypeAdapter(kind)
    found = adapter.json_schema(
        mode=mode, schema_generator=_Quantities, ref_template="#/definitions/{model}"
    )
    definitions = found.pop("$defs", {})
    return {"$schema": DRAFT, **found, "definitions": definitions}


def _sections(kind: Any) -> list[Any]:
    """Return every dataclass that a schema type reaches."""
    from dataclasses import is_dataclass
    from typing import get_args, get_type_hints

    seen: list[Any] = []
    queue = [kind]
    while queue:
        item = queue.pop()
        if isinstance(item, type) and is_dataclass(item):
            if item not in seen and item is not Quantity:
                seen.append(item)
                queue += get_type_hints(item, include_extras=True).values()
        else:
            queue += get_args(item)
    return seen


def result_schema() -> dict[str, Any]:
    """Return the schema of the JSON of an estimate."""
    return schema(SavedResult, title="costcheck result")
