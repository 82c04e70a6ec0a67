"""Cloud instances by their names, and several accelerators written as one: which part, how many."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from costcheck.catalog.files import Catalog

INSTANCES_FILE = "instances.csv"
_SLICE = re.compile(r"(?<=-)\d+(?=t?$)")
"""Size of a slice of TPUs in its name, in cores or in chips: v5p-8, v6e-256, ct6e-standard-4t."""
_MANY = re.compile(
    r"(\d[\d,]{0,15})(?:\s*[x×]\s*|\s+(?=[a-z]))(\S.*)|(\S.*?)(?:\s*[x×:]\s*|\s+x\s+)(\d[\d,]{0,15})",
    re.IGNORECASE,
)
_NODES = re.compile(
    r"(\d[\d,]{0,15})\s*(?:[x×]\s*)?(?:(?:nodes?|machines?|servers?)\b(?:\s*(?:of|with|[x×]))?\s*)?(\S.*)",
    re.IGNORECASE,
)
"""Several machines, each with what it holds: 2 nodes of 8 B200, 4 x p5.48xlarge, 2x8xH100."""


class Instance(NamedTuple):
    """A machine one can rent, or a bundle of accelerators."""

    gpu: str
    """The part, by any of its names."""
    size: int
    """Accelerators of it."""
    provider: str = ""
    """Who rents it out; empty for a bundle."""
    nodes: int = 1
    """Machines they stand in, as far as the name says so."""


def find_instance(catalog: Catalog, name: str) -> Instance | None:
    """Return what an instance such as ``p5.48xlarge`` or a bundle such as ``8xH100`` holds."""
    name = name.strip()
    if one := _machine(catalog, name):
        return one
    several = _NODES.fullmatch(name)
    each = _machine(catalog, several[2]) if several else None
    if several is None or each is None or not (nodes := int(several[1].replace(",", ""))):
        return None
    return each._replace(size=nodes * each.size, nodes=nodes)


def _machine(catalog: Catalog, name: str) -> Instance | None:
    """Return what one machine, slice or bundle holds."""
    written = name.lower().removeprefix("standard_").removeprefix("ml.").removeprefix("tpu-")
    known = _instances(catalog)
    if written in known:
        return known[written]
    part = _SLICE.search(written)
    if part and (slice_of := known.get(_SLICE.sub("*", written))):
        chips = -(-int(part[0]) // slice_of.size)
        return slice_of._replace(size=chips) if chips else None
    many = _MANY.fullmatch(name)
    if many is None or (" " in name and catalog.find("gpus", name)):
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
