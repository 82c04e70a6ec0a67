"""A layout that a search found, as a scenario states it."""

from typing import Any

from costcheck.estimate.layout_of import DEGREES
from costcheck.estimate.layout_words import SCHEDULE_NAMES, SHARDED, code_name
from costcheck.physics.layout import Layout as Split, Recompute
from costcheck.scenario.run import FullLayers, Layout
from costcheck.text.quantity import Quantity

SIZES = (*DEGREES, "data", "shard_group")


def stated(split: Split, *, generation: str, layers: int) -> Layout:
    """The layout with every key that a search decides."""
    keys: dict[str, Any] = {key: whole(getattr(split, key)) for key in SIZES}
    return Layout(
        **keys,
        zero=str(int(split.zero)),  # type: ignore[arg-type]
        sequence_parallel=bool(split.sequence_parallel),
        recompute=recomputed(split, generation=generation, layers=layers),
        schedule=SCHEDULE_NAMES[int(split.schedule)],  # type: ignore[arg-type]
        offload=code_name("offload", float(split.offload)),  # type: ignore[arg-type]
    )


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
