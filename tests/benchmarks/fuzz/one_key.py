"""One key at a time, taken out, said twice, of another kind or with another value.

``python -m tests.benchmarks.fuzz.one_key`` does it to every scenario of `examples/` and of
`tests/cases`; ``tests/fuzz/test_one_key.py`` to some of them.
"""

from __future__ import annotations

import copy
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from costcheck.scenario.schema import Scenario
from costcheck.text.forms import BoolForm, ChoiceForm, Form, ListForm, RecordForm, form_of
from tests.benchmarks.fuzz.mutate import at, paths
from tests.benchmarks.fuzz.oracles import breaches
from tests.benchmarks.fuzz.process import call, keep_warm

ROOT = Path(__file__).parents[3]
ESTIMATE = ["estimate", "-", "-f", "json", "-q", "--samples", "64"]
CHECK = ["check", "-"]
"""Reads, estimates and judges whatever a file states."""
TWICE = "said twice"
WORDS = {"name", "id", "text", "source", "url", "extends"}
"""Keys of free text: any other text is as good, and is printed."""
Path_ = tuple[Any, ...]


class Mutant(NamedTuple):
    """A scenario with one key changed."""

    kind: str
    path: Path_
    raw: bytes


def scenarios() -> Iterator[tuple[str, dict[str, Any]]]:
    """The examples, and what the worked cases estimate."""
    for path in sorted((ROOT / "examples").glob("*.yaml")):
        yield path.name, yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "tests" / "cases").glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for case in content["cases"]:
            if "function" not in case:
                found = merged(content["scenario"], case.get("scenario", {}))
                yield f"{path.stem}/{case['name']}", found


def merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Sections of one file over those of another."""
    both = {key: merged(base[key], more[key]) for key in base.keys() & more.keys()
            if isinstance(base[key], dict) and isinstance(more[key], dict)}  # fmt: skip
    return {**base, **more, **both}


def mutants(scenario: dict[str, Any]) -> Iterator[Mutant]:
    """Every key deleted, said twice, empty, and as a list, a section, a text, a number."""
    for path in paths(scenario):
        value = at(scenario, path)
        yield Mutant("deleted", path, _dumped(_without(scenario, path)))
        if isinstance(path[-1], str):
            twice = changed(scenario, (*path[:-1], f"{path[-1]}\u2060"), value)
            yield Mutant(TWICE, path, _dumped(twice).replace("\u2060".encode(), b""))
        for kind, other in (
            ("empty", None),
            ("list", [value]),
            ("section", {"a": value}),
            ("text", "some words"),
            ("number", 7),
        ):
            if other != value:
                yield Mutant(kind, path, _dumped(changed(scenario, path, other)))


def others(scenario: dict[str, Any]) -> Iterator[Mutant]:
    """Every value another one of its kind: a larger number, another word, the other truth."""
    for path in paths(scenario):
        value = at(scenario, path)
        if isinstance(value, dict | list) or path[-1] in WORDS or value is None:
            continue
        for other in _others(value, path):
            yield Mutant(str(other), path, _dumped(changed(scenario, path, other)))


def _others(value: Any, path: Path_) -> Iterator[Any]:
    for form in _forms(path):
        if isinstance(form, BoolForm) and str(value).lower() in ("true", "false"):
            yield str(value).lower() == "false"
            return
        if isinstance(form, ChoiceForm) and value in form.choices:
            yield from [each for each in form.choices if each != value]
            return
    number = re.search(r"\d[\d,_]*(\.\d+)?", str(value))
    if number and not re.match(r"[A-Za-z]", str(value)):
        old = float(re.sub("[,_]", "", number[0]))
        new = f"{2 * old or 7:.0f}" if old.is_integer() else f"{0.8 * old:.6g}"
        yield str(value).replace(number[0], new, 1)


def _forms(path: Path_) -> list[Form]:
    """What the schema reads at a path."""
    forms: list[Any] = [form_of(Scenario)]
    for key in path:
        sections = [form.fields for form in forms if isinstance(form, RecordForm)]
        found = [fields[key][1] for fields in sections if key in fields]
        found += [form.item for form in forms if isinstance(form, ListForm)]
        forms = [each for form in found for each in getattr(form, "options", (form,))]
    return forms


def changed(scenario: dict[str, Any], path: Path_, value: Any) -> dict[str, Any]:
    """A copy with another value at a path."""
    scenario = copy.deepcopy(scenario)
    at(scenario, path[:-1])[path[-1]] = value
    return scenario


def _without(scenario: dict[str, Any], path: Path_) -> dict[str, Any]:
    scenario = copy.deepcopy(scenario)
    del at(scenario, path[:-1])[path[-1]]
    return scenario


def _dumped(scenario: dict[str, Any]) -> bytes:
    return yaml.safe_dump(scenario, allow_unicode=True, sort_keys=False).encode()


def broken(mutant: Mutant) -> list[str]:
    """What is wrong with how a mutant is taken."""
    outcome = call(CHECK, mutant.raw, 10.0)
    found = list(breaches(CHECK, outcome))
    if mutant.kind == TWICE and "is repeated" not in outcome.out + outcome.err:
        found.append("said twice and not refused")
    return found


def unnoticed(scenario: dict[str, Any]) -> Iterator[Mutant]:
    """Values that another one changes nothing of, without a word about it."""
    before = shown(_dumped(scenario))
    moved, still = set[Path_](), dict[Path_, Mutant]()
    for mutant in others(scenario):
        if mutant.path in moved:
            continue
        after = shown(mutant.raw)
        if after is None or after != before or _told(mutant.path, after):
            moved.add(mutant.path)
        else:
            still.setdefault(mutant.path, mutant)
    yield from (mutant for path, mutant in still.items() if path not in moved)


def shown(raw: bytes) -> dict[str, Any] | None:
    """What an estimate says, without what it only repeats; None where it refuses."""
    outcome = call(ESTIMATE, raw, 10.0)
    if outcome.code not in (0, 1):
        return None
    document: dict[str, Any] = json.loads(outcome.out)
    document["scenario"] = {"name": document["scenario"].get("name")}
    del document["inputs"], document["tree"]
    return document


def _told(path: Path_, document: dict[str, Any]) -> bool:
    """Whether a note names a key, or the section it stands in."""
    dotted = ".".join(map(str, path))
    notes = [item["message"] for item in document["diagnostics"] if item["code"] == "CC140"]
    return any(dotted.startswith(note.partition(" ")[0]) for note in notes)


def main() -> int:
    """Print what broke, and what was ignored without a word."""
    keep_warm()
    os.chdir(ROOT / "examples")  # files named there stand there
    tried = wrong = 0
    for name, scenario in scenarios():
        for mutant in mutants(scenario):
            tried += 1
            for breach in broken(mutant):
                wrong += 1
                sys.stdout.write(f"{name} {mutant.kind} {mutant.path}: {breach}\n")
        for mutant in unnoticed(scenario):
            wrong += 1
            sys.stdout.write(f"{name} {mutant.path} = {mutant.kind}: ignored without a word\n")
        sys.stdout.flush()
    sys.stdout.write(f"{tried} mutants, {wrong} wrong\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
