"""How long it takes to look a part up, to read an entry, and to count a long configuration.

Run with ``python -m tests.benchmarks.bench_catalog`` from the repository root. The best of twenty
has been 3 ms, 20 ms and 5 ms on the slowest machine so far.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from costcheck.catalog.files import Catalog
from costcheck.catalog.huggingface import read_config
from costcheck.physics.architectures.parameters import total_parameters
from costcheck.text import yaml_text

LONG = {
    "model_type": "minimax",
    "num_hidden_layers": 80,
    "layer_types": [*["linear_attention"] * 7, "full_attention"] * 10,
}


def count_long() -> float:
    """Count the longest schedule, 80 layers written out one by one."""
    return total_parameters(read_config(LONG).architecture)


def best_milliseconds(task: Callable[[], object]) -> float:
    """Time a task, the best of twenty."""
    seconds = []
    for _ in range(20):
        start = time.perf_counter()
        task()
        seconds.append(time.perf_counter() - start)
    return 1e3 * min(seconds)


def main() -> None:
    """Print the three times."""
    text = Catalog().find("gpus", "h100-sxm5-80gb").text
    tasks = {
        "look H800 up": lambda: Catalog().find("gpus", "H800"),
        "read an entry": lambda: yaml_text.parse(text, "h100-sxm5-80gb.yaml"),
        "count 80 layers": count_long,
    }
    for name, task in tasks.items():
        sys.stdout.write(f"{name:16} {best_milliseconds(task):6.2f} ms\n")


if __name__ == "__main__":
    main()
