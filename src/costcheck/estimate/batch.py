"""Sequences of one optimizer step: stated, or a usual number that divides over the layout."""

from __future__ import annotations

import math
from collections.abc import Mapping

from costcheck.catalog.defaults import Default
from costcheck.estimate.desk import StageDesk
from costcheck.estimate.performance import Performance
from costcheck.estimate.resolve import ResolvedStage
from costcheck.graph.nodes import Node


def batch_node(
    stage: ResolvedStage,
    performance: Performance,
    gpus: float,
    length: float,
    degrees: Mapping[str, float],
    desk: StageDesk,
) -> Node:
    """Return the sequences of a step: stated, or an assumed number that divides over the layout."""
    training = stage.stage.training
    why = "sequences per optimizer step"
    if training is not None and training.global_batch is not None:
        return desk.stated("global_batch", training.global_batch, "sequences", why)
    data = performance.data
    least = data.default("batch.tokens_per_step")
    per_gpu = data.default("batch.tokens_per_gpu")
    replicas = degrees.get("data", 1.0) * degrees.get("micro_batch", 1.0)
    whole = replicas * degrees.get("pipeline", 1.0) if degrees else _odd_part(gpus)
    tokens = max(least.value, min(per_gpu.value * gpus, data.default("batch.largest").value))
    wanted = tokens / length / whole
    sequences = whole * 2.0 ** max(math.ceil(math.log2(wanted)), 0)
    sources = tuple(dict.fromkeys((*least.sources, *per_gpu.sources)))
    text = f"{sequences:.0f}"
    assumed = Default(value=sequences, spread=None, sources=sources, why=why, text=text)
    return desk.assumed("global_batch", assumed, "sequences")


def _odd_part(number: float) -> float:
    """Return what is left of a whole number when all factors 2 are taken out."""
    whole = max(round(number), 1)
    return float(whole // (whole & -whole))
