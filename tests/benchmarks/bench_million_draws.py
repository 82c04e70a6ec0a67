"""Time a million and ten million draws of the DeepSeek-V3 example against `import numpy`.

Run as ``python tests/benchmarks/bench_million_draws.py``: whole processes of the command line,
rounds interleaved, medians of ratios to the reference of the same round.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 5
EXAMPLE = Path(__file__).resolve().parents[2] / "examples/deepseek-v3.yaml"
ENVIRONMENT = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}


def seconds_and_megabytes(command):
    """Return the wall time of a process and its largest resident set."""
    started = time.perf_counter()
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed: {command}")
    return time.perf_counter() - started, used.ru_maxrss / 1024.0


def estimate(samples):
    """Return the command line of an estimate with so many draws."""
    return [sys.executable, "-m", "costcheck", "estimate", str(EXAMPLE), "--samples", str(samples)]


def main():
    cases = {"8,192": estimate(8_192), "1 million": estimate(1_000_000)}
    ratios = {name: [] for name in cases}
    megabytes = {}
    for _ in range(ROUNDS):
        reference, _ = seconds_and_megabytes([sys.executable, "-c", "import numpy"])
        for name, command in cases.items():
            taken, megabytes[name] = seconds_and_megabytes(command)
            ratios[name].append(taken / reference)
    taken, most = seconds_and_megabytes(estimate(10_000_000))
    for name, found in ratios.items():
        ratio = statistics.median(found)
        sys.stdout.write(f"{name} draws: {ratio:.2f} x REF, {megabytes[name]:.0f} MB\n")
    over = most - megabytes["8,192"]
    sys.stdout.write(f"10 million draws: {taken:.2f} s, {over:.0f} MB over the default\n")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
