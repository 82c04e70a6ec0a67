"""Published hours of networks that are no language models against the estimate of each."""

import math
import sys

import yaml

import costcheck
from costcheck.catalog.files import Catalog

CATALOG = Catalog()


def runs():
    """Return the published runs."""
    return CATALOG.document("runs/others.yaml")["runs"]


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
    return costcheck.estimate(scenario).to_dict()["results"]["gpu_hours"]


if __name__ == "__main__":
    for each in runs():
        low, central, high = hours_of(each)
        off = math.log2(central / each["gpu_hours"])
        inside = low <= each["gpu_hours"] <= high
        line = f"{each['id']:20} {each['gpu_hours']:>9,} {central:>11,.0f} {off:+.2f} {inside}\n"
        sys.stdout.write(line)
