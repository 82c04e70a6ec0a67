"""What two commands, or two ways to say one scenario, have to do with each other.

``python -m tests.benchmarks.fuzz.relations --count 500 --seed 1`` tries every relation on generated
scenarios; ``tests/properties/test_relations.py`` on a few of them.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from costcheck.quantities import HEADS
from costcheck.scenario.schema import Scenario
from costcheck.text.forms import Form, ListForm, QuantityForm, RecordForm, form_of
from costcheck.text.quantity import parse, spell
from costcheck.text.quantity_grammar import QuantityProblem
from tests.benchmarks.fuzz.generate import Author
from tests.benchmarks.fuzz.mutate import at, mutated, paths
from tests.benchmarks.fuzz.one_key import changed
from tests.benchmarks.fuzz.process import call, keep_warm

Data = dict[str, Any]
SAMPLES = ["--samples", "64"]
SECONDS = 30.0
"""Of a processor; the hang of a command is found by the campaign."""


def dumped(scenario: object, **style: Any) -> bytes:
    """A scenario as a file."""
    text: str = yaml.safe_dump(scenario, allow_unicode=True, **style)
    return text.encode("utf-8", "surrogatepass")


def document(*line: str, raw: bytes = b"") -> Any:
    """The JSON that a command line prints; None where it refuses."""
    found = call([*line, "-f", "json"], raw, SECONDS)
    if found.fault:
        raise AssertionError(f"{line}: {found.fault}")
    return json.loads(found.out) if found.code in (0, 1) and found.out else None


def results(scenario: object, *more: str) -> Any:
    """The figures of a scenario; None where it is refused."""
    raw = scenario if isinstance(scenario, bytes) else dumped(scenario)
    found = document("estimate", "-", "-q", *SAMPLES, *more, raw=raw)
    return found and found["results"]


def usable(seed: int | str) -> Data:
    """The first generated scenario of a seed that is not refused."""
    for number in range(200):
        data = Author(random.Random(f"relations/{seed}/{number}")).scenario()
        if results(data) is not None:
            return data
    raise AssertionError("nothing usable is generated")


def apart(one: Any, other: Any, slack: float = 1e-9) -> Iterator[str]:
    """Figures that differ, but for how a sum is rounded."""
    if one is None or other is None:
        if one is not other:
            yield "one is refused"
        return
    for name, item in one.items():
        for end in ("low", "central", "high"):
            if not _near(item[end], other[name][end], slack):
                yield f"{name} {end}: {item[end]} and {other[name][end]}"


def _near(one: float | None, other: float | None, slack: float = 1e-9) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=slack, abs_tol=1e-12)


def style(scenario: Data, _: random.Random) -> Iterator[str]:
    """Order and style of the text change nothing."""
    plain = results(dumped(scenario, sort_keys=False))
    turned = {key: scenario[key] for key in reversed(scenario)}
    for other in (
        dumped(scenario, default_flow_style=True),
        dumped(turned, sort_keys=False, width=20),
        json.dumps(scenario, indent=3, ensure_ascii=False).encode("utf-8", "surrogatepass"),
    ):
        if results(other) != plain:
            yield "another style, another result"


def units(scenario: Data, rng: random.Random) -> Iterator[str]:
    """Every quantity written in other units is the same quantity."""
    other = scenario
    for path, dimension in _quantities(scenario):
        text = str(at(scenario, path))
        if "node" in text:  # of as many GPUs as the file says
            continue
        try:
            read = parse(text, dimension)
        except QuantityProblem:
            continue
        if read.is_point and read.currency in ("", "USD"):
            other = changed(other, path, spell(read.value, dimension))
    yield from apart(results(scenario), results(other))


def _quantities(scenario: Data) -> Iterator[tuple[tuple[Any, ...], str]]:
    for path in paths(scenario):
        if not isinstance(at(scenario, path), dict | list):
            for form in _forms(path):
                if isinstance(form, QuantityForm):
                    yield path, form.dimension


def _forms(path: tuple[Any, ...]) -> list[Form]:
    """What the schema reads at a path."""
    forms: list[Any] = [form_of(Scenario)]
    for key in path:
        sections = [form.fields for form in forms if isinstance(form, RecordForm)]
        found = [fields[key][1] for fields in sections if key in fields]
        found += [form.item for form in forms if isinstance(form, ListForm)]
        forms = [each for form in found for each in getattr(form, "options", (form,))]
    return forms


def typed_there(scenario: Data, rng: random.Random) -> Iterator[str]:
    """A value after ``--set`` is that value in the file."""
    keys = [path for path in paths(scenario) if all(isinstance(key, str) for key in path)]
    plain = [path for path in keys if not isinstance(at(scenario, path), dict | list)]
    if not plain:
        return
    path = rng.choice(plain)
    value = str(at(scenario, path))
    if "," in value or path[-1] in ("name",):
        return
    holder = changed(scenario, path, None)
    del at(holder, path[:-1])[path[-1]]
    line = f"{'.'.join(path)}={value}"
    yield from (
        f"--set {line}: {each}" for each in apart(results(scenario), results(holder, "--set", line))
    )


def saved(scenario: Data, _: random.Random) -> Iterator[str]:
    """A saved result says what its scenario says."""
    Path("run.yaml").write_bytes(dumped(scenario))
    call(["estimate", "run.yaml", "-f", "json", "-q", *SAMPLES, "-o", "saved.json"])
    for kind in ("table", "md", "csv", "json"):  # a page of a saved result cannot be played with
        direct = call(["estimate", "run.yaml", "-q", "-f", kind, *SAMPLES])
        again = call(["report", "saved.json", "-f", kind])
        if again.out != direct.out or again.fault:
            yield f"report -f {kind} {again.fault} {_first_change(direct.out, again.out)}"
    change = document("diff", "run.yaml", "saved.json", *SAMPLES)
    for name, item in change["quantities"].items():
        if item["change"]:
            yield f"diff of a run with its own result: {name} {item['change']}"


def _first_change(one: str, other: str) -> str:
    for first, second in zip(one.splitlines(), other.splitlines(), strict=False):
        if first != second:
            return f"{first!r} and {second!r}"
    return "lengths"


def diff_turned(scenario: Data, rng: random.Random) -> Iterator[str]:
    """The sides of a diff swapped turn every sign; its shares sum to the change."""
    Path("a.yaml").write_bytes(dumped(scenario))
    for _ in range(20):
        other = mutated(scenario, rng, 1)
        if results(other) is not None:
            break
    else:
        return
    Path("b.yaml").write_bytes(dumped(other))
    there = document("diff", "a.yaml", "b.yaml", *SAMPLES)
    back = document("diff", "b.yaml", "a.yaml", *SAMPLES)
    if (there is None) != (back is None):
        yield "one way only"
    if there is None or back is None:
        return
    if there["quantities"].keys() != back["quantities"].keys():
        yield "other quantities one way"
        return
    for name, item in there["quantities"].items():
        mine, theirs = item["change"], back["quantities"][name]["change"]
        if not _near(mine, None if theirs is None else -theirs, 1e-6):
            yield f"{name}: {mine} and {theirs}"


def same_everywhere(scenario: Data, _: random.Random) -> Iterator[str]:
    """Compare, explain and check say what the estimate says."""
    Path("run.yaml").write_bytes(dumped(scenario))
    whole = document("estimate", "run.yaml", "-q", *SAMPLES)
    mine, verdict = whole["results"], whole["summary"]["verdict"]
    against = document("compare", "run.yaml", "run.yaml", *SAMPLES)
    theirs = {
        name: next(iter(items.values()), None) for name, items in against["quantities"].items()
    }
    yield from (f"compare: {each}" for each in apart(mine, theirs))
    if against["scenarios"][0]["verdict"] != verdict:
        yield f"compare: {against['scenarios'][0]['verdict']} and {verdict}"
    checked = document("check", "run.yaml")
    if checked["files"][0]["verdict"] != verdict:
        yield f"check: {checked['files'][0]['verdict']} and {verdict}"
    for name in ("gpu_hours", "cost_usd", "energy_kwh"):
        told = call(["explain", name, "run.yaml", "-f", "json"], b"", SECONDS)
        value = json.loads(told.out)["steps"][0]["value"] if told.out else None
        if not _near(value, mine[name]["central"]):
            yield f"explain {name}: {value} and {mine[name]['central']} {told.err[:80]}"


def claims(scenario: Data, _: random.Random) -> Iterator[str]:
    """The claims of an estimate carry the verdict of the audit, in every format."""
    if not scenario.get("claims"):
        return
    Path("run.yaml").write_bytes(dumped(scenario))
    whole, audit = document("estimate", "run.yaml", "-q", *SAMPLES), document("audit", "run.yaml")
    if audit is None:
        yield "the audit refuses what the estimate takes"
        return
    for one, other in zip(whole["claims"], audit["claims"], strict=True):
        for key in ("id", "verdict", "headline", "probability_true"):
            if key in one and one[key] != other[key]:
                yield f"claim {key}: {one[key]} and {other[key]}"
    written = call(["audit", "run.yaml", "-f", "csv"]).out.splitlines()
    heads = {row["claim"]: row["headline"] for row in csv.DictReader(written)}
    for other in audit["claims"]:
        if other["numbers"] and heads[other["id"]] != other["headline"]:
            yield f"csv: {heads[other['id']]} and {other['headline']}"


SWEPT = {
    "fleet.count": "8,64,1024",
    "fleet.gpu": "h100,a100,b200",
    "training.tokens": "1B,2T",
    "model": "llama-3.1-8b,70B",
    "training.sequence_length": "2048,32768",
    "reliability.failures_per_gpu_hour": "1e-6,1e-3",
    "pricing.rent": "$1/GPU-hour,$4/GPU-hour",
    "utilization.mfu": "20%,45%",
    "energy.pue": "1.1,1.5",
    "training.precision": "bf16,fp8",
    "duration": "3 days,90 days",
    "layout.tensor": "1,8",
    "as_of": "2022-01-01,2025-06-01",
}
FIELDS = ("cost_usd", "gpu_hours", "days", "energy_kwh", "mfu", "memory_bytes_per_gpu")


def swept(scenario: Data, rng: random.Random) -> Iterator[str]:
    """A row of a sweep is the estimate of its scenario; one it refuses is refused."""
    scenario = {key: value for key, value in scenario.items() if key not in ("claims", "budget")}
    Path("base.yaml").write_bytes(dumped(scenario))
    keys = rng.sample(sorted(SWEPT), 2)
    over = [word for key in keys for word in ("--over", f"{key}={SWEPT[key]}")]
    done = call(["sweep", "base.yaml", *over, "-o", "rows.csv", "--fields", ",".join(FIELDS)],
                b"", SECONDS)  # fmt: skip
    if done.fault:
        yield f"sweep: {done.fault}"
    if done.code != 0:
        return
    for row in csv.DictReader(Path("rows.csv").read_text(encoding="utf-8").splitlines()):
        sets = [word for key in keys for word in ("--set", f"{key}={_cell(row, key)}")]
        whole = document("estimate", "base.yaml", "-q", *SAMPLES, *sets)
        if whole is None:
            yield f"a row that is refused: {sets}"
            continue
        verdict = whole["summary"]["verdict"]
        if row["verdict"] != verdict:
            yield f"{sets}: {row['verdict']} and {verdict}"
        for name in FIELDS:
            known = whole["results"][name]["central"]
            text = row[HEADS[name]]
            cell = float(text) if text else None
            unpaid = verdict == "infeasible" and cell is None
            if not unpaid and not _near(cell, known):
                yield f"{sets} {name}: {cell} and {known}"


def _cell(row: dict[str, str], key: str) -> str:
    """The value of a row under a key, with the unit that the head of its column gives."""
    head = next(head for head in row if head.partition(" [")[0] == key)
    return f"{row[head]} {head.partition(' [')[2].removesuffix(']')}".strip()


def planned(scenario: Data, _: random.Random) -> Iterator[str]:
    """A layout that is planned, estimated again, is what was planned."""
    if "stages" in scenario:
        return
    Path("base.yaml").write_bytes(dumped(scenario))
    found = document("plan", "base.yaml", "--top", "1")
    if not found or not found["layouts"]:
        return
    best = found["layouts"][0]
    batch = {**scenario.get("training", {}), "global_batch": found["global_batch"]}
    timed = ("utilization", "gpu_hours", "duration", "calibration", "hours_count")
    again = {key: value for key, value in scenario.items() if key not in timed}
    again |= {"layout": best["layout"], "training": batch}
    again["fleet"] = {**scenario["fleet"], "count": best["gpus"]}
    figures = results(again)
    if figures is None:
        yield "what is planned is refused"
        return
    for name in ("step_seconds", "gpu_hours", "cost_usd", "mfu", "memory_bytes_per_gpu"):
        if not _near(figures[name]["central"], best[name], 1e-6):
            yield f"{name}: {best[name]} and {figures[name]['central']}"


RELATIONS: tuple[Callable[[Data, random.Random], Iterator[str]], ...] = (
    style,
    units,
    typed_there,
    saved,
    diff_turned,
    same_everywhere,
    claims,
    swept,
    planned,
)


def main() -> int:
    """Print what does not hold, and how often each relation was tried."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    keep_warm()
    broken: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for number in range(options.count):
            scenario = usable(f"{options.seed}/{number}")
            for relation in RELATIONS:
                if options.only and relation.__name__ not in options.only.split(","):
                    continue
                try:
                    wrong = list(relation(scenario, random.Random(f"{options.seed}/{number}")))
                except Exception as error:
                    wrong = [f"{type(error).__name__}: {error}"]
                broken[relation.__name__] += bool(wrong)
                for each in wrong[:3]:
                    sys.stdout.write(f"{relation.__name__} {options.seed}/{number}: {each}\n")
                    sys.stdout.flush()
    sys.stdout.write(f"{dict(broken)}\n")
    return 1 if broken.total() else 0


if __name__ == "__main__":
    sys.exit(main())
