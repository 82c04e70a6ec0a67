"""A run of which every section is stated, and changed copies of it."""

from copy import deepcopy

import costcheck

BASE = {
    "name": "run",
    "as_of": "2024-12-26",
    "model": {"parameters": "671B", "active": "37B"},
    "training": {"tokens": "14.8T", "sequence_length": "4096", "global_batch": "15360"},
    "fleet": {"gpu": "h800", "count": "2048"},
    "utilization": {"mfu": "38%"},
    "pricing": {"rent": "$2/GPU-hour"},
    "reliability": {"restart": "10 min", "checkpoint_write": "30 s"},
}


def changed(**sections):
    """Return the base with some sections replaced, None taking one out."""
    data = deepcopy(BASE)
    for name, value in sections.items():
        if value is None:
            data.pop(name)
        elif isinstance(value, dict) and isinstance(data.get(name), dict):
            data[name] = {**data[name], **value}
        else:
            data[name] = value
    return data


def diff(old, new, **options):
    return costcheck.diff(old, new, **{"samples": 64, **options})


def estimate(scenario):
    """Return the estimate of data or of a scenario that was read."""
    loaded = costcheck.load(scenario) if isinstance(scenario, dict) else scenario
    return costcheck.estimate(loaded, samples=64)
