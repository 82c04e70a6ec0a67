"""Cloud instances by their names, and several accelerators written as one: which part, how many."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from costcheck.catalog.files import Catalog

INSTANCES_FILE = "instances.csv"
_SLICE = re.compile(r"(.+-)(\d+)")
_MANY = re.compile(
    r"(\d[\d,]{0,15})(?:\s*[x×]\s*|\s+(?=[a-z]))(\S.*)|(\S.*?)(?:\s*[x×:]\s*|\s+x\s+)(\d[\d,]{0,15})",
    re.IGNORECASE,
)


class Instance(NamedTuple):
    """A machine one can rent, or a bundle of accelerators."""

    gpu: str
    """The part, by any of its names."""
    size: int
    """Accelerators of it."""
    provider: str = ""
    """Who rents it out; empty for a bundle."""


def find_instance(catalog: Catalog, name: str) -> Instance | None:
    """Return what an instance such as ``p5.48xlarge`` or a bundle such as ``8xH100`` holds."""
    written = name.strip().lower().removeprefix("standard_").removeprefix("ml.")
    known = _instances(catalog)
    if written in known:
        return known[written]
    # Slices of TPUs carry their size in the name, in cores or in chips: v5p-8, v6e-256.
    part = _SLICE.fullmatch(written)
    if part is not None and f"{part[1]}*" in known:
        _, per, _ = slice_of = known[f"{part[1]}*"]
        return slice_of._replace(size=max(int(part[2]) // per, 1))
    many = _MANY.fullmatch(name.strip())
    if many is None or (" " in name.strip() and catalog.find("gpus", name)):
        return None  # such as "4090 D", a name that begins with a number
    text, gpu = (many[1], many[2]) if many[1] else (many[4], many[3])
    count = int(text.replace(",", ""))
    return Instance(gpu, count) if count > 0 and catalog.find("gpus", gpu) else None


@lru_cache(maxsize=4)
def _instances(catalog: Catalog) -> dict[str, Instance]:
    """Every instance by its name; of a slice ``size`` is the cores a chip counts for."""
    return {
        row["instance"].lower(): Instance(row["gpu"], int(row["count"]), row["provider"])
        for row in catalog.rows(INSTANCES_FILE)
    }
