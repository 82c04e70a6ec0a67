"""What to write on the command line of the training software to get a layout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from costcheck.catalog.files import Catalog
from costcheck.estimate.layout_words import code_name
from costcheck.estimate.recipe_problems import ADAPTED, method_of
from costcheck.physics.layout import Layout as Split
from costcheck.plan.written import recomputed
from costcheck.scenario.run import Adapter, FullLayers, Training

SIZES = (
    "tensor", "pipeline", "virtual", "context", "expert", "expert_tensor", "sequence_length",
)  # fmt: skip
"""Numbers that a command has to say where they are more than 1."""

CHOICES = {
    "zero": ("ZeRO-{word}", None),
    "recompute": ("recompute {word}", None),
    "schedule": ("schedule {word}", "1f1b"),
    "offload": ("{word} offload", "none"),
    "precision": ("precision {word}", None),
    "method": ("method {word}", "full"),
    "packing": ("packing", "0"),
}
"""How a choice is called that a command does not say, and which needs no option anywhere."""


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
    layers: int
    training: Training


@dataclass(frozen=True, kw_only=True)
class Command:
    """What is typed to launch a run, and what of the run it does not say."""

    text: str = ""
    """Empty where no command launches the run."""
    missing: tuple[str, ...] = ()
    """What the software has no option for that we know."""
    why_none: str = ""
    """Why there is no command."""


def launch_command(catalog: Catalog, run: Launched) -> Command:
    """The command with the options of a layout; none where they are not on record."""
    table = catalog.document("launch-options.yaml")["software"]
    entry = next((each for each in table if run.software in each["names"]), None)
    if entry is None:
        return Command(why_none=f"the options of {run.software} are not on record")
    numbers, words = _numbers(run), _words(run)
    options = [*_sized(entry, numbers), *_worded(entry["words"], words)]
    missing = tuple(_missing(entry, numbers, words, run))
    command = str(entry["command"])
    if command.endswith("json: "):
        return Command(text=f"{command}{{{', '.join(options)}}}", missing=missing)
    per_node = max(n for n in range(1, min(run.per_node, run.gpus) + 1) if run.gpus % n == 0)
    if "{per_node}" in command and per_node == 1 < min(run.per_node, run.gpus):
        why = f"{run.gpus} GPUs do not spread evenly over servers of up to {run.per_node}"
        return Command(why_none=why)
    command = command.format(per_node=per_node, nodes=run.gpus // per_node)
    return Command(text=" ".join((command, *options)), missing=missing)


def _missing(
    entry: Mapping[str, Any], numbers: Mapping[str, float], words: Mapping[str, Any], run: Launched
) -> Iterator[str]:
    """What of a run its command does not say, in words."""
    for key in SIZES:
        if numbers[key] > 1 and key not in entry["options"]:
            yield f"{key.replace('_', ' ')} {numbers[key]:g}"
    if _uneven(run) and not (numbers["last_layers"] > 1 and "last_layers" in entry["options"]):
        yield f"{run.layers} layers over pipeline stages of unequal depth"
    yield from _missing_words(entry, words)
    if method_of(run.training) in ADAPTED:
        if numbers["adapter_rank"] <= 1 or "adapter_rank" not in entry["options"]:
            yield "adapter rank"
        if words["targets"] not in entry["words"].get("targets", {}):
            yield "adapter targets"


def _missing_words(entry: Mapping[str, Any], words: Mapping[str, Any]) -> Iterator[str]:
    """Choices that the software has no option for and does not make by itself."""
    table, default = entry["words"], entry["plain"]
    joint = "zero_offload" in table
    for key, (title, plain) in CHOICES.items():
        if joint and key == "zero":
            continue
        asked = "zero_offload" if joint and key == "offload" else key
        said = "modules" if isinstance(words[asked], tuple) else words[asked]
        if said not in table.get(asked, {}) and said not in (*default.get(key, ()), plain):
            yield title.format(word=_spoken(words[key]))


def _spoken(word: Any) -> str:
    if isinstance(word, FullLayers):
        return f"full in {int(word.full_layers.value)} layers"
    return " and ".join(word) if isinstance(word, tuple) else str(word)


def _uneven(run: Launched) -> bool:
    chunks = int(run.split.pipeline) * int(run.split.virtual)
    return run.layers % chunks != 0


def _last_layers(run: Launched) -> float:
    """Layers of a last stage that is shorter than the others, 0 where they are equal or cut up."""
    stages = int(run.split.pipeline)
    if not _uneven(run) or int(run.split.virtual) > 1:
        return 0.0
    return float(run.layers - -(-run.layers // stages) * (stages - 1))


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
    rank = (run.training.adapter or Adapter()).rank
    sizes = ("tensor", "pipeline", "virtual", "context", "expert", "expert_tensor", "micro_batch")
    shards = float(split.shard_group) or ranks
    one = float(split.tensor) * float(split.pipeline) * float(split.context)
    return {
        **{key: float(getattr(split, key)) for key in sizes},
        "shards": shards if split.zero else 1.0,
        "shards_beside_experts": max(shards / float(split.expert), 1.0) if split.zero else 1.0,
        "replicas": ranks / shards if split.zero else ranks,
        "per_device": float(split.micro_batch) / one,
        "accumulation": run.global_batch / (ranks * float(split.micro_batch)),
        "global_batch": float(run.global_batch),
        "sequence_length": float(run.sequence_length),
        "last_layers": _last_layers(run),
        "adapter_rank": float(rank.value) if rank else 0.0,
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
    targets = (run.training.adapter or Adapter()).targets
    targets = targets[0] if isinstance(targets, tuple) and len(targets) == 1 else targets
    return {
        "sequence_parallel": f"{int(split.tensor > 1 and split.sequence_parallel)}",
        "zero": zero,
        "zero_offload": zero if offload == "none" else f"{zero}+{offload}",
        "recompute": recompute,
        "schedule": code_name("schedule", float(split.schedule)),
        "offload": offload,
        "precision": run.training.precision or "bf16",
        "method": method_of(run.training),
        "packing": f"{int(bool(run.training.data and run.training.data.packing))}",
        "targets": targets,
    }
