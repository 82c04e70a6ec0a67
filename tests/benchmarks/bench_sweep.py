"""Time a million and ten million swept scenarios against `import numpy`.

Run as ``python tests/benchmarks/bench_sweep.py``: whole processes of the command line writing
Parquet, rounds interleaved, medians of ratios; then one process against two.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from bench_million_draws import seconds_and_megabytes

ROUNDS = 5
EXAMPLE = Path(__file__).resolve().parents[2] / "examples/planned-run.yaml"


def sweep(folder, last, *flags):
    """Return the command line of a sweep of 100,000 x `last` scenarios."""
    axes = (
        "pricing.rent=$1/GPU-hour:$4/GPU-hour:10",
        "training.tokens=log:1T:15T:10",
        "fleet.count=128:4096:100",
        "energy.pue=1.05:1.5:10",
        f"utilization.mfu=20%:50%:{last}",
    )
    over = [word for axis in axes for word in ("--over", axis)]
    target = str(Path(folder) / "out.parquet")
    return [
        sys.executable,
        "-m",
        "costcheck",
        "sweep",
        str(EXAMPLE),
        *over,
        "-o",
        target,
        "-q",
        *flags,
    ]


def main():
    with tempfile.TemporaryDirectory() as folder:
        ratios = []
        for _ in range(ROUNDS):
            reference, _ = seconds_and_megabytes([sys.executable, "-c", "import numpy"])
            taken, most = seconds_and_megabytes(sweep(folder, 10))
            ratios.append(taken / reference)
        sys.stdout.write(f"1 million: {statistics.median(ratios):.2f} x REF, {most:.0f} MB\n")
        one, two = [], []
        for _ in range(ROUNDS // 2 + 1):
            alone, most = seconds_and_megabytes(sweep(folder, 100))
            one.append(alone)
            two.append(seconds_and_megabytes(sweep(folder, 100, "--workers", "2"))[0])
        gain = statistics.median(one) / statistics.median(two)
        sys.stdout.write(f"10 million: {statistics.median(one):.2f} s, {most:.0f} MB\n")
        sys.stdout.write(f"two processes: {gain:.2f} x one\n")


if __name__ == "__main__":
    main()
