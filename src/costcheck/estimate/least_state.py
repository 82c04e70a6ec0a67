"""Least memory that training can take of a fleet, whatever its layout."""

from collections.abc import Mapping
from typing import Any

from costcheck.estimate.recipe_problems import method_of
from costcheck.scenario.run import Adapter, Storage, Training

MOST_BYTES = 20.0
"""More bytes per parameter than any recipe keeps: all of it in 32 bits, with a master copy."""


def leanest_bytes(training: Training, rules: Mapping[str, Any]) -> float:
    """Least bytes per parameter that training can hold, with what is left open at its best.

    Adapters are taken to have no size. The rules are those of ``configs/performance/memory.yaml``.
    """
    size = rules["formats"]["bytes"]
    stated, method = training.storage or Storage(), method_of(training)
    if method != "full":
        return float(
            size[(training.adapter or Adapter()).base or rules["adapters"]["base"][method]]
        )
    rule = rules["optimizers"][training.optimizer or "adamw"]
    moment = size[rule.get("format", stated.moments or "bf16")]
    moments = 0.0 if rule.get("paged") else rule["moments"] * moment
    gradient = 0.0 if training.optimizer_in_backward else size[stated.gradients or "bf16"]
    master = size[stated.master or "none"]
    return float(size[stated.weights or "bf16"] + gradient + master + moments)
