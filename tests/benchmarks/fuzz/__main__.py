"""Run a campaign: ``python -m tests.benchmarks.fuzz --minutes 60 --seed 1 [--out FOLDER]``."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from pathlib import Path

from tests.benchmarks.fuzz.campaign import Tally, cases
from tests.benchmarks.fuzz.process import keep_warm


def main() -> int:
    """Print counts as JSON; exit 1 where anything was wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    keep_warm()
    tally, end = Tally(), time.monotonic() + 60.0 * options.minutes
    for number, case in enumerate(cases(options.seed)):
        tally.add(case)
        if options.out and (case.wrong or number % 1000 == 0):
            save(tally, options.out, options.seed)
        if time.monotonic() > end:
            break
    sys.stdout.write(told(tally, options.seed))
    return 1 if tally.breaches else 0


def told(tally: Tally, seed: int) -> str:
    """Counts as JSON: cases, in how much time of one processor."""
    found = {
        "seed": seed,
        "cases": tally.codes.total(),
        "processor_seconds": round(time.process_time()),
        "codes": dict(sorted(tally.codes.items())),
        "breaches": dict(tally.breaches.most_common()),
    }
    return json.dumps(found, indent=1) + "\n"


def save(tally: Tally, folder: Path, seed: int) -> None:
    """Write the counts so far, and the smallest case of every kind."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "counts.json").write_text(told(tally, seed))
    for kind, case in tally.smallest.items():
        name = re.sub(r"\W+", "-", kind)[:80]
        (folder / f"{name}.yaml").write_bytes(case.raw)
        (folder / f"{name}.txt").write_text(f"{kind}\n{' '.join(case.arguments)}\n")


if __name__ == "__main__":
    sys.exit(main())
