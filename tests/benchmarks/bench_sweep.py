"""Time swept scenarios: a million against `import numpy`, and two processes against one.

Run as ``python tests/benchmarks/bench_sweep.py``: whole processes of the command line writing
Parquet, rounds interleaved, medians of ratios. The kinds of sweep are many light rows, rows with
ranges, and layouts searched for each row or for each of the values that vary fastest.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from bench_million_draws import seconds_and_megabytes

ROUNDS = 5
EXAMPLE = Path(__file__).resolve().parents[2] / "examples/planned-run.yaml"
LIGHT = (
    "pricing.rent=$1/GPU-hour:$4/GPU-hour:10",
    "training.tokens=log:1T:15T:10",
    "fleet.count=128:4096:100",
    "energy.pue=1.05:1.5:10",
)
MILLION = (*LIGHT, "utilization.mfu=20%:50%:10")
LAYOUT = ("--set", "layout=auto")
KINDS = {
    "10 million": ((*LIGHT, "utilization.mfu=20%:50%:100"), ()),
    "30 million": ((*LIGHT, "utilization.mfu=20%:50%:300"), ()),
    "2,560 with ranges": (("fleet.count=128:4096:16", "training.tokens=log:1T:15T:160"),
                          ("--ranges",)),
    "25,600 with ranges": (("fleet.count=128:4096:16", "training.tokens=log:1T:15T:1600"),
                           ("--ranges",)),
    "64 layouts": (("fleet.count=64:4096:64",), LAYOUT),
    "500 layouts": (("fleet.count=64:4096:500",), LAYOUT),
    "10 x 400 layouts": (("training.tokens=log:1T:15T:10", "fleet.count=64:4096:400"), LAYOUT),
}  # fmt: skip
"""Axes and flags of each kind of sweep, in a short one and one of 10 seconds or more."""


def sweep(folder, axes, *flags):
    """Return the command line of a sweep."""
    over = [word for axis in axes for word in ("--over", axis)]
    program = [sys.executable, "-m", "costcheck", "sweep", str(EXAMPLE), *over]
    return [*program, "-o", str(Path(folder) / "out.parquet"), "-q", *flags]


def main(wanted):
    with tempfile.TemporaryDirectory() as folder:
        ratios = []
        for _ in range(ROUNDS):
            reference, _ = seconds_and_megabytes([sys.executable, "-c", "import numpy"])
            taken, most = seconds_and_megabytes(sweep(folder, MILLION))
            ratios.append(taken / reference)
        sys.stdout.write(f"1 million: {statistics.median(ratios):.2f} x REF, {most:.0f} MB\n")
        for kind, (axes, flags) in KINDS.items():
            if wanted and kind not in wanted:
                continue
            one, gains = [], []
            for _ in range(ROUNDS):
                alone, most = seconds_and_megabytes(sweep(folder, axes, *flags))
                two, _ = seconds_and_megabytes(sweep(folder, axes, *flags, "--workers", "2"))
                one.append(alone)
                gains.append(alone / two)
            sys.stdout.write(
                f"{kind}: {statistics.median(one):.2f} s, {most:.0f} MB; "
                f"two processes {statistics.median(gains):.2f} x one\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
