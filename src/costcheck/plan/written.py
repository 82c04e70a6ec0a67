"""A layout that a search found, as a scenario states it."""

from typing import Any

from costcheck.estimate.layout_of import DEGREES
from costcheck.estimate.layout_words import CODED, SHARDED, code_name
from costcheck.physics.layout import Layout as Split, Recompute
from costcheck.scenario.run import FullLayers
from costcheck.text.quantity import Quantity


def written(split: Split, *, generation: str, layers: int) -> dict[str, Any]:
    """The layout as a file states it, with every key that a search decides."""
    recompute = recomputed(split, generation=generation, layers=layers)
    if isinstance(recompute, FullLayers):
        recompute = {"full_layers": int(recompute.full_layers.value)}
    flat = in_words(split)
    offload = flat["offload"].split("+")
    return {
        **flat,
        "recompute": list(recompute) if isinstance(recompute, tuple) else recompute,
        "offload": offload if len(offload) > 1 else offload[0],
    }


def in_words(split: Split) -> dict[str, Any]:
    """The layout key by key, a choice in one word."""
    return {
        **{key: int(getattr(split, key)) for key in (*DEGREES, "data", "zero", "shard_group")},
        "sequence_parallel": bool(split.sequence_parallel),
        **{name: code_name(name, float(getattr(split, name))) for name in CODED},
    }


def recomputed(split: Split, *, generation: str, layers: int) -> Any:
    """What the backward pass computes again, in the words of a scenario."""
    if split.recompute == Recompute.FULL and split.recompute_share < 1.0:
        return FullLayers(full_layers=whole(round(float(split.recompute_share) * layers)))
    if split.recompute == Recompute.OPERATIONS and generation == SHARDED:
        return "selective"
    words = code_name("recompute", float(split.recompute)).split("+")
    return tuple(words) if len(words) > 1 else words[0]


def whole(value: Any) -> Quantity:
    """A whole number as a scenario states it."""
    return Quantity.exact(float(value), "integer")
