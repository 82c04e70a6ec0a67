"""What to write on the command line of the training software to get a layout."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from costcheck.catalog.files import Catalog
from costcheck.estimate.layout_words import code_name
from costcheck.physics.layout import Layout as Split
from costcheck.plan.written import recomputed


@dataclass(frozen=True, kw_only=True)
class Launched:
    """A run as its launcher is told of it."""

    software: str
    generation: str
    split: Split
    gpus: int
    per_node: int
    global_batch: int
    sequence_length: int
    precision: str
    method: str


def launch_command(catalog: Catalog, run: Launched) -> str:
    """The command with the options of a layout; empty for software whose options we do not know."""
    table = catalog.document("launch-options.yaml")["software"]
    entry = next((each for each in table if run.software in each["names"]), None)
    if entry is None:
        return ""
    numbers, words = _numbers(run), _words(run)
    options = [*_sized(entry, numbers), *_worded(entry["words"], words)]
    command = str(entry["command"])
    if command.endswith("json: "):
        return f"{command}{{{', '.join(options)}}}"
    command = command.format(
        per_node=min(run.per_node, run.gpus), nodes=math.ceil(run.gpus / run.per_node)
    )
    return " ".join((command, *options))


def _sized(entry: Mapping[str, Any], numbers: Mapping[str, float]) -> Iterator[str]:
    """Options with a number, the plain ones of 1 left out."""
    for key, option in entry["options"].items():
        if key in entry["always"] or numbers[key] > 1:
            yield str(option).format(value=f"{numbers[key]:g}")


def _worded(table: Mapping[str, Any], words: Mapping[str, Any]) -> Iterator[str]:
    """Options of a choice that has a name."""
    for key, choices in table.items():
        word = words[key]
        if isinstance(word, tuple):
            listed = str(choices.get("modules", ""))
            text = listed.format(words=" ".join(word), listed=",".join(word))
        else:
            text = str(choices.get(word, ""))
        if text:
            yield text


def _numbers(run: Launched) -> dict[str, float]:
    split, ranks = run.split, float(run.split.data)
    sizes = ("tensor", "pipeline", "virtual", "context", "expert", "expert_tensor", "micro_batch")
    shards = float(split.shard_group) or ranks
    one = float(split.tensor) * float(split.pipeline) * float(split.context)
    return {
        **{key: float(getattr(split, key)) for key in sizes},
        "shards": shards if split.zero else 1.0,
        "replicas": ranks / shards if split.zero else ranks,
        "per_device": float(split.micro_batch) / one,
        "accumulation": run.global_batch / (ranks * float(split.micro_batch)),
        "global_batch": float(run.global_batch),
        "sequence_length": float(run.sequence_length),
    }


def _words(run: Launched) -> dict[str, Any]:
    split = run.split
    recompute: Any = recomputed(split, generation=run.generation, layers=1)
    single = recompute if isinstance(recompute, str) else "full"
    lists = ("layernorm", "moe_act", "mla_up_proj")
    if isinstance(recompute, tuple) or single in lists:
        recompute = recompute if isinstance(recompute, tuple) else (single,)
    offload = code_name("offload", float(split.offload))
    zero = f"{int(split.zero)}"
    return {
        "sequence_parallel": f"{int(split.tensor > 1 and split.sequence_parallel)}",
        "zero": zero,
        "zero_offload": zero if offload == "none" else f"{zero}+{offload}",
        "recompute": recompute,
        "schedule": code_name("schedule", float(split.schedule)),
        "offload": offload,
        "precision": run.precision,
        "method": run.method,
    }
