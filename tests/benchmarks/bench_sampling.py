"""Time a million and ten million draws of a DeepSeek-V3-like estimate against `import numpy`.

Run as ``python tests/benchmarks/bench_sampling.py``: 15 uncertain inputs, some 30 products, nine
results as histograms, each figure from a fresh process, rounds interleaved, medians of ratios.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time

ROUNDS = 9
REFERENCE = "import numpy"
RESULTS = ("gpu_hours", "rent", "total", "kwh", "carbon", "electricity", "capex", "own", "days")


def spreads():
    from costcheck.graph.distributions import Spread

    def one(central, low, high, shape="lognormal", freedom=float("inf")):
        return Spread(central=central, low=low, high=high, shape=shape, degrees_of_freedom=freedom)

    return {
        "mfu": one(0.35, 0.25, 0.46, "log-student", 5.0),
        "goodput": one(0.93, 0.85, 0.98, "logit-normal"),
        "flops": one(3.3e24, 3.1e24, 3.5e24),
        "rent": one(2.0, 1.5, 2.8),
        "experiments": one(2.2, 1.2, 4.0),
        "pue": one(1.25, 1.1, 1.4, "normal"),
        "load": one(0.8, 0.6, 0.95, "logit-normal"),
        "power": one(1300.0, 1100.0, 1500.0, "normal"),
        "electricity": one(0.09, 0.06, 0.13),
        "grid": one(0.55, 0.4, 0.65, "normal"),
        "staff": one(1e7, 5e6, 2e7),
        "capital": one(4e4, 3e4, 5.5e4),
        "life": one(5.0, 3.5, 6.5, "normal"),
        "network": one(0.19, 0.1, 0.3, "normal"),
        "storage": one(1e5, 3e4, 4e5),
    }


def estimate(x):
    hours = x["flops"] / (989.4e12 * x["mfu"] * 3600.0) / x["goodput"]
    rent = hours * x["rent"]
    total = rent * x["experiments"] + x["staff"] + x["storage"]
    kwh = hours * x["power"] * x["load"] * x["pue"] / 1000.0
    electricity = kwh * x["electricity"]
    capex = 2048.0 * x["capital"] * (1.0 + x["network"])
    own = capex / x["life"] * hours / (8766.0 * 2048.0) + electricity
    values = (hours, rent, total, kwh, kwh * x["grid"], electricity, capex, own, hours / 49152.0)
    return dict(zip(RESULTS, values, strict=True))


def sample(total):
    from costcheck.graph.quantiles import QuantileHistogram
    from costcheck.graph.sampling import CHUNK, prepare

    prepared = prepare(spreads(), total=total)
    histograms = {name: QuantileHistogram() for name in RESULTS}
    for start in range(0, total, CHUNK):
        stop = min(start + CHUNK, total)
        drawn = {name: ready.slice(start, stop) for name, ready in prepared.items()}
        for name, values in estimate(drawn).items():
            histograms[name].add(values)
    return {name: histogram.quantiles().tolist() for name, histogram in histograms.items()}


def default_error(reference):
    """Return the largest relative error of 8,192 draws, plain and with control variates."""
    import numpy as np

    from costcheck.graph.quantiles import controlled_quantiles, quantiles
    from costcheck.graph.sampling import DEFAULT_SAMPLES, normal_scores, prepare

    prepared = prepare(spreads())
    drawn = {name: ready.slice(0, DEFAULT_SAMPLES) for name, ready in prepared.items()}
    values = np.stack(list(estimate(drawn).values()))
    expected = np.array([reference[name] for name in RESULTS]).T
    plain = quantiles(values) / expected - 1.0
    controlled = controlled_quantiles(values, normal_scores(prepared)) / expected - 1.0
    return float(np.abs(plain).max()), float(np.abs(controlled).max())


def seconds(*arguments):
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, env=environment, capture_output=True)
    return time.perf_counter() - start


def peak_megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def main():
    if len(sys.argv) > 1:
        before = peak_megabytes()
        found = sample(int(sys.argv[1]))
        sys.stdout.write(json.dumps({"quantiles": found, "grown": peak_megabytes() - before}))
        return
    pairs = [(seconds("-c", REFERENCE), seconds(__file__, "1000000")) for _ in range(ROUNDS)]
    start = time.perf_counter()
    big = json.loads(
        subprocess.run(
            [sys.executable, __file__, "10000000"], check=True, capture_output=True
        ).stdout
    )
    took = time.perf_counter() - start
    plain, controlled = default_error(big["quantiles"])
    report = {
        "reference_ms": 1e3 * statistics.median(one for one, _ in pairs),
        "million_over_reference": statistics.median(two / one for one, two in pairs),
        "ten_million_seconds": took,
        "ten_million_grown_megabytes": big["grown"],
        "default_largest_error_plain": plain,
        "default_largest_error_controlled": controlled,
    }
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
