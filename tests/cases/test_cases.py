"""Worked examples as data: what a scenario, or a formula of the product, must come to.

A case file has `source` and `cases`. A case of a `scenario` (merged over the file's) asks the
estimate for a `quantity`: a result or any node of the graph, with `bindings` for assumed inputs. A
case of a `function` (its inputs merged over the file's `shared` ones) calls it. `tolerance` is
`relative` or `absolute`, and `why` says where it comes from.
"""

from importlib import import_module
from pathlib import Path

import pytest
import yaml

from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import walk
from tests.estimate.files import estimated

FOLDER = Path(__file__).parent


def _load():
    for path in sorted(FOLDER.glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for case in content["cases"]:
            case.setdefault("source", content["source"])
            if "function" not in case:
                case["scenario"] = _merged(content["scenario"], case.get("scenario", {}))
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


def _called(case, shared):
    inputs = _merged(shared.get(case["function"], {}), case.get("inputs", {}))
    answer = _named(case["function"])(**{key: _built(value) for key, value in inputs.items()})
    take = case.get("take")
    if take is None:
        return answer
    return answer[take] if isinstance(answer, dict) else getattr(answer, take)


def _estimated(case):
    result = estimated(case["scenario"], samples=64)
    name = case["quantity"]
    if name.startswith("ladder/"):
        rungs = {f"ladder/{rung.rung}": rung.central for rung in result.ladder}
        rungs["ladder/lost_over_final"] = rungs["ladder/with_lost_time"] / rungs["ladder/final_run"]
        return rungs[name]
    if "bindings" not in case and name in result.figures:
        return result.figures[name].central
    nodes = {node.name: node for node in walk(result.root.values())}
    return evaluate([nodes[name]], bindings=case.get("bindings"))[nodes[name]]


@pytest.mark.parametrize(("case", "shared"), list(_load()))
def test_worked_example(case, shared):
    answer = _called(case, shared) if "function" in case else _estimated(case)
    tolerance = {kind: float(value) for kind, value in case["tolerance"].items()}
    assert float(answer) == pytest.approx(
        float(case["expected"]),
        rel=tolerance.get("relative", 0.0),
        abs=tolerance.get("absolute", 0.0),
    ), case["why"]
    assert case["source"]
