"""Cases one after the other from a seed, and what each of them broke."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import yaml

from tests.benchmarks.fuzz.generate import Author
from tests.benchmarks.fuzz.mutate import mutated, scrambled
from tests.benchmarks.fuzz.oracles import breaches
from tests.benchmarks.fuzz.process import Outcome, call

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
FEW = ["--samples", "64"]
FILES = 4
"""Made of one generated scenario."""
COMMANDS: tuple[tuple[int, list[str]], ...] = (
    (50, ["estimate", "-", "-f", "csv", *FEW]),
    (30, ["validate", "-"]),
    (4, ["estimate", "-", "-f", "json", *FEW]),
    (3, ["estimate", "-", "-f", "table", *FEW]),
    (1, ["estimate", "-", "-f", "table", "-v", *FEW]),
    (1, ["estimate", "-", "-f", "md", *FEW]),
    (1, ["estimate", "-", "-f", "html", *FEW]),
    (1, ["estimate", "-", "-f", "junit", *FEW]),
    (2, ["audit", "-", "-f", "json"]),
    (1, ["audit", "-", "-f", "table"]),
    (1, ["compare", "-", "-f", "json", *FEW]),
    (1, ["sensitivity", "-", "-f", "json"]),
    (1, ["explain", "cost", "-"]),
    (1, ["check", "-"]),
    (1, ["plan", "-", "-f", "json", "--top", "1"]),
)
"""How often, and what; every one reads the case from standard input."""
SLOW = {"plan": 30.0, "sensitivity": 10.0, "audit": 10.0}
"""Seconds for commands whose work is a search."""


class Case(NamedTuple):
    """A command line, its input, and everything that was wrong with the outcome."""

    arguments: list[str]
    raw: bytes
    outcome: Outcome
    wrong: tuple[str, ...]


def cases(seed: int, count: int | None = None) -> Iterator[Case]:
    """The cases of a seed, without end where no count is given."""
    weights = [weight for weight, _ in COMMANDS]
    for number in itertools.count() if count is None else range(-(-count // FILES)):
        rng = random.Random(f"{seed}/{number}")
        left = FILES if count is None else count - number * FILES
        for raw in itertools.islice(texts(rng), left):
            yield tried(rng.choices(COMMANDS, weights)[0][1], raw)


def texts(rng: random.Random) -> Iterator[bytes]:
    """Files about one scenario: as the schema allows, values changed, its text damaged."""
    scenario = Author(rng).scenario()
    raw = written(scenario, rng)
    yield raw
    for _ in range(FILES - 1):
        if rng.random() < 0.7:
            yield written(mutated(scenario, rng, rng.randint(1, 3)), rng)
        else:
            yield scrambled(raw, rng)


def written(scenario: object, rng: random.Random) -> bytes:
    """A scenario in one of the styles of YAML, JSON among them."""
    if rng.random() < 0.5:
        return json.dumps(scenario).encode("utf-8", "surrogatepass")
    style = {"default_flow_style": rng.choice((True, False, None)), "sort_keys": rng.random() < 0.3}
    text: str = yaml.dump(scenario, Dumper=_DUMPER, allow_unicode=True, **style)
    return text.encode("utf-8", "surrogatepass")


def tried(arguments: list[str], raw: bytes) -> Case:
    """Run one case."""
    outcome = call(arguments, raw, SLOW.get(arguments[0], 5.0))
    return Case(arguments, raw, outcome, tuple(breaches(arguments, outcome, raw)))


class Tally:
    """Counts of a campaign, and the smallest case of every kind of breach."""

    def __init__(self) -> None:
        self.codes: Counter[str] = Counter()
        self.breaches: Counter[str] = Counter()
        self.smallest: dict[str, Case] = {}

    def add(self, case: Case) -> None:
        """Count a case."""
        self.codes[f"{case.arguments[0]} {case.outcome.code}"] += 1
        for kind in case.wrong:
            self.breaches[kind] += 1
            kept = self.smallest.get(kind)
            if kept is None or len(case.raw) < len(kept.raw):
                self.smallest[kind] = case
