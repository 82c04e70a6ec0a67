"""What an input of an estimate is called on a screen: words and a unit for its path."""

from __future__ import annotations

from costcheck.quantities import NAMES, RESULTS, field_words, label_of
from costcheck.report.views.figures import figure, with_unit

WORDS = {
    "answers_per_gpu": "number of answers per GPU",
    "capital": "purchase price per GPU",
    "checkpoint_write": "time to write a checkpoint",
    "chip_draw": "power drawn by a chip, of its limit",
    "cluster_over_server": "whole cluster over its servers",
    "colocation": "colocation",
    "context": "context parallelism",
    "count": "number of GPUs",
    "data": "data parallelism",
    "draw": "power drawn by a server, of its limit",
    "egress_usd_per_gb": "price of data sent out",
    "expert": "expert parallelism",
    "failures_per_gpu_hour": "rate of failures",
    "fault_tolerance": "share of a fault that still stops a step",
    "gpu_kg": "carbon of making a GPU",
    "gpus_per_node": "GPUs per server",
    "gpus_per_server": "GPUs per server",
    "grid": "carbon of the grid",
    "life_years": "life of the hardware",
    "maintenance": "maintenance",
    "memory_residual": "memory beyond the formula",
    "nic": "network of a GPU",
    "padding": "padding of the data",
    "parameters_matmul": "parameters in matmuls",
    "peak": "peak of a GPU",
    "pipeline": "pipeline parallelism",
    "prior_residual": "share of the predicted speed that such runs reach",
    "pue": "power for cooling and supply (PUE)",
    "rent": "price per GPU-hour",
    "residual": "time of rollouts beyond the formula",
    "restart": "time to restart",
    "server_kg": "carbon of making a server",
    "server_over_chip": "power of a server over its chips",
    "site_over_server": "power of the site over its servers",
    "stall": "time a failure goes unnoticed",
    "storage_usd_per_gb_month": "price of storage",
    "step_time_residual": "step time beyond the formula",
    "tdp": "power limit of a GPU",
    "tensor": "tensor parallelism",
    "tokens": "tokens",
    "usd_per_kwh": "price of electricity",
    "usual_replica": "GPUs of one copy of the model",
    "utilization": "use of the hardware over its life",
    "value_kept_per_year": "value kept per year",
}
"""Words by the last part of an input's path, where the parts alone do not say it."""

UNITS = {
    "1/GPU-hour": "per GPU-hour",
    "1/year": "per year",
    "USD/GPU": "per GPU",
    "USD/GPU-year": "per GPU and year",
    "USD/kW-month": "per kW and month",
    "USD/kWh": "per kWh",
    "g/kWh": "g/kWh",
    "sequences": "sequences",
    "years": "years",
}
"""What stands behind a figure in these units."""


def input_words(path: str) -> str:
    """Say an input: its stage, where it has one of its own, is left out."""
    *_, parent, last = ("", *path.split("/"))
    if last == "stated":
        return field_words(parent)
    return WORDS.get(last) or part_words(path)


def part_words(path: str) -> str:
    """Say a quantity that is computed: a result by its label, a part of one behind it."""
    *_, parent, last = ("", *path.split("/"))
    word = label_of(last) if NAMES.get(last) == last else last.replace("_", " ")
    return f"{label_of(parent)} by {word}" if parent in RESULTS and last != parent else word


def input_value(value: float, unit: str) -> str:
    """Write the value of an input with its unit."""
    if unit not in UNITS:
        return with_unit(value, unit)
    return f"{figure(value, 'USD' if unit.startswith('USD') else unit)} {UNITS[unit]}"
