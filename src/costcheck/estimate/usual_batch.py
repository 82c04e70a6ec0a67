"""Sequences of an optimizer step: stated, or a usual number that divides over the layout."""

import math
from collections.abc import Mapping

from costcheck.catalog.defaults import Default
from costcheck.catalog.performance import PerformanceData
from costcheck.estimate.compute import Compute
from costcheck.estimate.study import Study, central
from costcheck.graph.nodes import Node, Unknown


def batch_node(
    study: Study,
    compute: Compute,
    data: PerformanceData,
    *,
    gpus: float,
    degrees: Mapping[str, float],
) -> Node:
    """Sequences of a step: stated, or a usual number that divides over the layout."""
    if study.batch is not None:
        return study.batch
    path, why, stated = "global_batch", "sequences per optimizer step", study.training.global_batch
    if stated is not None:
        return study.stated(path, stated, "sequences", why)
    usual, per_gpu, most = (
        data.default(f"batch.{key}") for key in ("usual", "tokens_per_gpu", "largest")
    )
    replicas = degrees.get("data", 1.0) * degrees.get("micro_batch", 1.0)
    whole = replicas * degrees.get("pipeline", 1.0) if degrees else _odd_part(gpus)
    tokens = max(_usual_tokens(compute, data, usual.value), min(per_gpu.value * gpus, most.value))
    length = central({"length": compute.sequence_length})["length"]
    sequences = whole * 2.0 ** max(round(math.log2(tokens / length / whole)), 0)
    sources = tuple(dict.fromkeys((*usual.sources, *per_gpu.sources)))
    text = f"{sequences:.0f}"
    default = Default(value=sequences, spread=None, sources=sources, why=why, text=text)
    return study.assumed(path, default, "sequences")


def _usual_tokens(compute: Compute, data: PerformanceData, usual: float) -> float:
    """Tokens of a step of published runs of this size; of the reference where no size is known."""
    run = data.prediction.entry("batch.usual")
    for node, key in ((compute.parameters_active, "parameters"), (compute.tokens, "tokens")):
        if not isinstance(node, Unknown):
            share = central({"size": node})["size"] / float(run[key])
            usual *= share ** data.default(f"batch.{key}_exponent").value
    return usual


def _odd_part(number: float) -> float:
    """What is left of a whole number when all factors 2 are taken out."""
    whole = max(round(number), 1)
    return float(whole // (whole & -whole))
