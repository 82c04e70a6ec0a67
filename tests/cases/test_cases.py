"""Worked examples as data: each names a function, its inputs and what it must give.

A case file has `source`, optionally `shared` inputs that every case starts from, and `cases`. An
input that is a mapping with `type` is built as that class. `take` reduces an answer of named parts:
`sum`, or the name of one part. `tolerance` is `relative` or `absolute`, and `why` says where it
comes from.
"""

from importlib import import_module
from pathlib import Path

import pytest
import yaml

FOLDER = Path(__file__).parent


def _load():
    for path in sorted(FOLDER.glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for case in content["cases"]:
            case.setdefault("source", content["source"])
            yield pytest.param(case, content.get("shared", {}), id=f"{path.stem}/{case['name']}")


def _named(dotted):
    module, _, name = dotted.rpartition(".")
    return getattr(import_module(module), name)


def _built(value):
    """Turn texts such as 1e23, which YAML 1.1 leaves as text, and typed mappings into values."""
    if isinstance(value, dict) and "type" in value:
        fields = {key: _built(each) for key, each in value.items() if key != "type"}
        return _named(value["type"])(**fields)
    return float(value) if isinstance(value, str) else value


def _merged(shared, own):
    merged = dict(shared)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged


def _taken(answer, take):
    if take is None:
        return answer
    if take == "sum":
        return sum(answer.values())
    return answer[take] if isinstance(answer, dict) else getattr(answer, take)


@pytest.mark.parametrize(("case", "shared"), list(_load()))
def test_worked_example(case, shared):
    inputs = _merged(shared.get(case["function"], {}), case.get("inputs", {}))
    answer = _named(case["function"])(**{key: _built(value) for key, value in inputs.items()})
    expected = float(case["expected"])
    tolerance = {kind: float(value) for kind, value in case["tolerance"].items()}
    assert float(_taken(answer, case.get("take"))) == pytest.approx(
        expected, rel=tolerance.get("relative", 0.0), abs=tolerance.get("absolute", 0.0)
    ), case["why"]
    assert case["source"]
