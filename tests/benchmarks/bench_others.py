"""Published runs of other networks than language models: errors, and factors fitted to them."""

import math
import sys
from collections import defaultdict
from functools import cache

import numpy as np
import yaml

import costcheck
from costcheck.catalog.files import Catalog
from costcheck.catalog.knowledge import Knowledge
from costcheck.physics.prior import interval_score, share_spread

CATALOG = Catalog()


def runs():
    """Return the published runs."""
    return CATALOG.document("runs/others.yaml")["runs"]


def actual(run):
    """Return the GPU-hours of a run, as published or from its samples a second."""
    if "gpu_hours" in run:
        return run["gpu_hours"]
    samples = sum(part["samples"] for part in run["parts"])
    return samples / run["samples_per_second"] * run["gpus"] / 3600


def hours_of(run):
    """Return low, central and high GPU-hours of a run, all its parts."""
    parts = [_part(run, part) for part in run["parts"]]
    return tuple(sum(part[end] for part in parts) for end in ("low", "central", "high"))


def _part(run, part):
    model = part["model"]
    if "sample_size" in part:
        entry = yaml.safe_load(CATALOG.find("models", model).text)["architecture"]
        model = {**entry, "sample_size": part["sample_size"]}
    training = {"samples": part["samples"]}
    if "sequence_length" in part:
        training["sequence_length"] = part["sequence_length"]
    fleet = {"gpu": run["gpu"], "count": run["gpus"]}
    scenario = {"model": model, "training": training, "fleet": fleet}
    scenario["hours_count"] = run.get("hours_count", "steps")
    return costcheck.estimate(scenario).to_dict()["results"]["gpu_hours"]


@cache
def fitted():
    """Return low, value and high of the factor of each kind, from the runs alone.

    Mean of log2(published / modelled) over developers; the interval is that of a run of another
    developer (Student, spread pooled over the kinds), on the slow side less what whole runs scatter
    by themselves.
    """
    stated = CATALOG.document("prior/others.yaml")["slower"]
    kinds = defaultdict(lambda: defaultdict(list))
    for run in runs():
        off = math.log2(actual(run) / hours_of(run)[1] * stated[run["kind"]]["value"])
        kinds[run["kind"]][run["developer"]].append(off)
    means = {kind: [np.mean(each) for each in found.values()] for kind, found in kinds.items()}
    freedom = sum(map(len, means.values())) - len(means)
    spread = math.sqrt(sum(np.var(each) * len(each) for each in means.values()) / freedom)
    whole = share_spread(prior=Knowledge(CATALOG).mfu_prior, calendar=math.nan, step=math.nan)
    factors = {}
    for kind, each in means.items():
        width = interval_score(freedom) * spread * math.sqrt(1 + 1 / len(each))
        slow = math.sqrt(width**2 - math.log2(whole.high) ** 2)
        ends = np.mean(each) + np.array([-width, 0.0, slow])
        factors[kind] = tuple(float(f"{end:.2g}") for end in np.exp2(ends))
    return factors


if __name__ == "__main__":
    for each in runs():
        low, central, high = hours_of(each)
        off = math.log2(central / actual(each))
        inside = low <= actual(each) <= high
        line = f"{each['id']:20} {actual(each):>9,.0f} {central:>11,.0f} {off:+.2f} {inside}\n"
        sys.stdout.write(line)
    for kind, (low, value, high) in fitted().items():
        sys.stdout.write(f"{kind:20} {value:g} ({low:g} to {high:g})\n")
