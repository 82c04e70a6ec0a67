"""From the stored numbers of a software generation to the constants of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from enum import IntEnum
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from costcheck.arrays import Amount, FloatArray
from costcheck.physics.step_time.constants import Constants
from costcheck.units import BYTES_PER_GB

Values = Mapping[str, Amount]

MICROSECONDS = 1e-6
MILLISECONDS = 1e-3


class Precision(IntEnum):
    """Number format of the linear layers."""

    SIXTEEN_BIT = 0
    EIGHT_BIT = 1
    FOUR_BIT = 2


def adjusted(values: Values, factors: Mapping[str, float]) -> dict[str, Amount]:
    """Values with those that `factors` names multiplied by them."""
    return {name: value * factors.get(name, 1.0) for name, value in values.items()}


def kernel_family(*, identifier: str, families: Mapping[str, Sequence[str]]) -> str:
    """Chips whose kernels a GPU of the catalog shares, empty for one that no pattern fits."""
    for name, patterns in families.items():
        if any(fnmatchcase(identifier, pattern) for pattern in patterns):
            return name
    return ""


def default_generation(*, rules: Sequence[Mapping[str, Any]], date: str) -> str:
    """Software generation of a run whose scenario names none."""
    for rule in rules:
        if "before" not in rule or date < str(rule["before"]):
            return str(rule["generation"])
    return str(rules[-1]["generation"])


def generation_values(
    *, generation: Mapping[str, Any], tags: Sequence[str] = ()
) -> dict[str, Amount]:
    """Numbers of a generation with the factors of a chip's family and of the software's traits."""
    values = dict(generation["constants"])
    for tag in tags:
        values = adjusted(values, generation["factors"].get(tag, {}))
    return values


def resolve_constants(
    *, values: Values, precision: ArrayLike, flash: ArrayLike, loops: ArrayLike = False
) -> Constants:
    """Constants of runs at a precision in base units, from the stored numbers of a generation.

    The attention core is fused (`flash`) or not, the experts of a layer run one by one (`loops`)
    or together.
    """
    code = np.asarray(precision)
    dense = _linear_efficiency(values, code)
    narrow = np.greater(code, Precision.SIXTEEN_BIT)
    alike = {field.name: values[field.name] for field in fields(Constants) if field.name in values}
    special: dict[str, Amount] = {
        "dense_efficiency": dense,
        "expert_efficiency": dense * values["expert_ratio"],
        "head_efficiency": values["dense_efficiency"],
        "linear_power_exponent": np.where(
            narrow, values["narrow_power_exponent"], values["power_exponent"]
        ),
        "score_traffic": np.where(flash, 0.0, values["score_traffic"]),
        "cast_traffic": np.where(narrow, values["cast_traffic"], 0.0),
        "kernel_seconds": values["kernel_us"] * MICROSECONDS,
        "host_layer_seconds": values["host_layer_us"] * MICROSECONDS,
        "host_moe_seconds": values["host_moe_us"] * MICROSECONDS,
        "host_expert_seconds": np.where(loops, values["host_expert_us"] * MICROSECONDS, 0.0),
        "scale_up_latency_seconds": values["scale_up_latency_us"] * MICROSECONDS,
        "scale_out_latency_seconds": values["scale_out_latency_us"] * MICROSECONDS,
        "host_link_bytes_per_second": values["host_link_gbs"] * BYTES_PER_GB,
        "host_memory_bytes_per_second": values["host_memory_gbs"] * BYTES_PER_GB,
        "step_overhead_seconds": values["step_overhead_ms"] * MILLISECONDS,
    }
    return Constants(**{**alike, **special})


def _linear_efficiency(values: Values, code: NDArray[np.int_]) -> FloatArray:
    """Attained over peak rate of the linear layers, of the format each run computes in."""
    return np.select(
        [code == Precision.EIGHT_BIT, code == Precision.FOUR_BIT],
        [values["fp8_efficiency"], values["fp4_efficiency"]],
        values["dense_efficiency"],
    )
