"""The JSON Schemas accept what the tool accepts and describe what it writes."""

import jsonschema
import pytest
import yaml

from costcheck.api import estimate
from costcheck.report.formats.schemas import result_schema, scenario_schema
from tests.commands import EXAMPLES

SCENARIO = jsonschema.Draft7Validator(scenario_schema())
RESULT = jsonschema.Draft7Validator(result_schema())


def test_schemas_are_valid_draft_07():
    jsonschema.Draft7Validator.check_schema(scenario_schema())
    jsonschema.Draft7Validator.check_schema(result_schema())


def _as_editors_read(value):
    """Dates and numbers as text, true and false as such: scalars of YAML 1.2."""
    if isinstance(value, dict):
        return {key: _as_editors_read(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_editors_read(item) for item in value]
    return {"true": True, "false": False}.get(value, value)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_examples_follow_the_schema(example):
    data = _as_editors_read(
        yaml.load(example.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
    )
    assert not list(SCENARIO.iter_errors(data))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_results_follow_the_schema(example):
    assert not list(RESULT.iter_errors(estimate(example).to_dict()))


def test_a_misspelt_key_is_refused():
    assert list(SCENARIO.iter_errors({"modle": "x"}))


def test_every_field_is_documented():
    missing = []
    for name, section in scenario_schema()["definitions"].items():
        for key, field in section.get("properties", {}).items():
            if "description" not in field:
                missing.append(f"{name}.{key}")
    assert missing == []
