"""Layouts a second of the exhaustive search; run `python -m tests.benchmarks.bench_search`.

Each layout that obeys every rule gets a step time and a size in bytes. The rate is also given
relative to a float64 multiplication of as many numbers, which depends less on the machine.
"""

import sys
import time

import numpy as np

from costcheck.physics.search import Run, search
from costcheck.physics.search_ideas import Doubt, Ideas
from costcheck.physics.search_space import default_space
from costcheck.physics.step_time.generation import Precision
from tests.calibrate.cases import deepseek_v3, gpt, run

ROUNDS = 5
MILLION = 1e6


def multiply_seconds(length: int) -> float:
    """Best time of one float64 multiplication of arrays of a length."""
    left, right = np.full(length, 1.1), np.full(length, 0.9)
    out = np.empty(length)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        np.multiply(left, right, out=out)
        times.append(time.perf_counter() - start)
    return min(times)


def ideas_of(one: Run) -> Ideas:
    """What a plan keeps of a search."""
    doubt = Doubt(mechanism=0.03, memory=0.05, too_large=1.0 / 3.0)
    return Ideas(10, "time", float(one.machine.memory_bytes), doubt)


def report(name: str, one: Run, *, gpus: int, global_batch: int) -> str:
    """One line on the search of a fleet's whole space."""
    space = default_space(
        workload=one.workload,
        gpus=gpus,
        global_batch=global_batch,
        scale_up_gpus=int(one.machine.scale_up_gpus),
        micro_batch=64,
        tokens_per_rank=512,
    )
    found = search(run=one, space=space, best=ideas_of(one))
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        search(run=one, space=space, best=ideas_of(one))
        times.append(time.process_time() - start)
    seconds = min(times)
    best = found.best[0].step_seconds if found.best else float("nan")
    return (
        f"{name:28s} {found.evaluated / MILLION:6.2f} M layouts,"
        f" {found.fitting / MILLION:.2f} M fit,"
        f" {seconds:.3f} s, {found.evaluated / seconds / MILLION:5.1f} M/s,"
        f" {seconds / multiply_seconds(found.evaluated):6.1f} x a float64 multiply,"
        f" best step {best:.2f} s"
    )


def main() -> int:
    """Print both cases."""
    trillion = gpt(layers=128.0, hidden=25600.0, heads=160.0)
    lines = [
        report(
            "Megatron-1T on 4,096 A100",
            run(trillion, "A100-SXM-80GB"),
            gpus=4096,
            global_batch=4096,
        ),
        report(
            "DeepSeek-V3 on 2,048 H800",
            run(deepseek_v3(), "H800", precision=Precision.EIGHT_BIT),
            gpus=2048,
            global_batch=15360,
        ),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
