"""What two runs of generated scenarios have to do with each other, whatever the numbers are."""

import json
import math
import random
from pathlib import Path

import pytest
import yaml

from costcheck.quantities import HEADS
from tests.benchmarks.fuzz import relations
from tests.benchmarks.fuzz.process import call
from tests.benchmarks.fuzz.relations import SAMPLES


def figures(raw: bytes, *more: str) -> dict[str, dict]:
    """Results of a scenario that is usable."""
    found = relations.results(raw, *more)
    assert found is not None
    return found


@pytest.fixture(scope="module", params=range(8))
def scenario(request) -> dict:
    return relations.usable(request.param)


@pytest.mark.parametrize("relation", relations.RELATIONS, ids=lambda each: each.__name__)
def test_the_relation_holds(scenario, relation, tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)
    assert list(relation(scenario, random.Random(request.node.name))) == []


def test_the_same_run_twice_gives_the_same_bytes(scenario):
    raw = relations.dumped(scenario)
    for kind in ("json", "table"):
        first, second = (call(["estimate", "-", "-f", kind, *SAMPLES], raw) for _ in range(2))
        assert first == second


def run(**changes) -> bytes:
    """A plain run, with changes of dotted keys."""
    data = {
        "model": "llama-3.1-8b",
        "training": {"tokens": "1.5e12"},
        "fleet": {"gpu": "h100", "count": "512"},
        "pricing": {"rent": "$2/GPU-hour"},
    }
    for path, value in changes.items():
        *sections, key = path.split("__")
        place = data
        for section in sections:
            place = place.setdefault(section, {})
        place[key] = value
    return yaml.safe_dump(data).encode()


def central(found: dict, name: str) -> float:
    return found[name]["central"]


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("training__tokens", "1.5e12", "1,500B"),
        ("training__tokens", "1.5e12", "1.5 trillion tokens"),
        ("pricing__rent", "$2/GPU-hour", "$48/GPU-day"),
        ("pricing__rent", "$2/GPU-hour", "200 cents/GPU-hour"),
        ("duration", "2 days", "48 h"),
        ("gpu_hours", "240K GPU-hours", "10K GPU-days"),
        ("energy__power", "1.2 kW", "1200 W"),
        ("reliability__restart", "10 min", "600 s"),
        ("utilization__mfu", "40%", "0.4"),
    ],
)
def test_units_of_one_value_change_nothing(key, one, other):
    first, second = figures(run(**{key: one})), figures(run(**{key: other}))
    for name, item in first.items():
        for end in ("low", "central", "high"):
            before, after = item[end], second[name][end]
            assert before is after or math.isclose(before, after, rel_tol=1e-9), (name, end)


@pytest.mark.parametrize("times", [2, 10, 1000])
def test_what_is_proportional_at_a_stated_speed(times):
    speed = {"utilization__mfu": "40%"}
    base = figures(run(**speed))
    tokens = figures(run(training__tokens=str(1.5e12 * times), **speed))
    dearer = figures(run(pricing__rent=f"${2 * times}/GPU-hour", **speed))
    for name in ("training_flops", "gpu_hours", "days"):
        assert central(tokens, name) == pytest.approx(times * central(base, name), rel=1e-6)
        assert central(dearer, name) == central(base, name)
    assert central(dearer, "cost_usd") == pytest.approx(times * central(base, "cost_usd"))


def test_twice_the_fleet_of_a_stated_mfu_takes_half_the_days_and_the_same_hours():
    reliable = {"utilization__mfu": "40%", "reliability__failures_per_gpu_hour": "0"}
    one, two = figures(run(**reliable)), figures(run(fleet__count="1024", **reliable))
    assert central(two, "gpu_hours") == pytest.approx(central(one, "gpu_hours"))
    assert central(two, "days") == pytest.approx(central(one, "days") / 2)


@pytest.mark.parametrize(
    ("key", "less", "more", "grows"),
    [
        ("reliability__failures_per_gpu_hour", "1e-5", "1e-4", ("gpu_hours", "days", "cost_usd")),
        ("reliability__restart", "1 min", "1 h", ("gpu_hours", "days", "cost_usd")),
        ("energy__pue", "1.1", "1.4", ("energy_kwh", "carbon_kg")),
        ("energy__grid", "100 g/kWh", "800 g/kWh", ("carbon_kg",)),
        ("model", "8B", "70B", ("training_flops", "gpu_hours", "cost_usd")),
        ("training__sequence_length", "4096", "131072", ("flops_per_token", "gpu_hours")),
    ],
)
def test_more_of_it_takes_more(key, less, more, grows):
    rest = {"utilization__mfu": "40%"} if "reliability" in key else {"energy__grid": "400 g/kWh"}
    low, high = (figures(run(**(rest | {key: value}))) for value in (less, more))
    for name in grows:
        assert central(low, name) < central(high, name), name


@pytest.mark.parametrize("mfu", ["", "utilization: {mfu: 40%}\n"])
def test_a_row_of_a_sweep_is_the_estimate_of_its_scenario(tmp_path, monkeypatch, mfu):
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_bytes(run() + mfu.encode())
    fields = ("cost_usd", "gpu_hours", "days", "energy_kwh", "tokens_per_second_per_gpu")
    line = ["sweep", "base.yaml", "--over", "fleet.count=64,1024", "-o", "rows.csv", "--fields",
            ",".join(fields), "--over", "reliability.failures_per_gpu_hour=1e-6,1"]  # fmt: skip
    assert call(line, seconds=20.0).code == 0
    head, *rows = (row.split(",") for row in Path("rows.csv").read_text().splitlines())
    assert len(rows) == 4
    for row in rows:
        cells = dict(zip(head, row, strict=True))
        changes = [f"{key}={cells[key]}" for key in head if "." in key]
        found = figures(Path("base.yaml").read_bytes(), *(w for c in changes for w in ("--set", c)))
        impossible = cells["verdict"] == "infeasible"  # Such a row takes and costs nothing.
        assert impossible == (cells[HEADS["cost_usd"]] == "")
        for name in fields:
            known = central(found, name)
            cell = cells[HEADS[name]]
            empty = known is None or (impossible and cell == "")
            assert cell == "" if empty else float(cell) == pytest.approx(known)


def test_a_planned_layout_estimated_again_is_the_one_that_was_planned(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    batch = {"training__global_batch": "1024", "training__sequence_length": "8192"}
    Path("base.yaml").write_bytes(run(**batch))
    found = call(["plan", "base.yaml", "-f", "json", "--top", "2"], seconds=60.0)
    for planned in json.loads(found.out)["layouts"]:
        layout = {key: planned[key] for key in LAYOUT if planned[key]}
        again = figures(run(**batch, layout=layout))
        for name in ("step_seconds", "gpu_hours", "cost_usd", "mfu"):
            assert central(again, name) == pytest.approx(planned[name], rel=1e-6), name


LAYOUT = ("tensor", "pipeline", "data", "context", "virtual", "micro_batch", "zero", "shard_group",
          "sequence_parallel", "recompute", "schedule")  # fmt: skip
