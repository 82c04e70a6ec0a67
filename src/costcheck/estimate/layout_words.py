"""What a layout says in words, as codes of the performance model and back."""

from __future__ import annotations

from typing import TypeAlias

from costcheck.physics.layout import LISTED, Module, Offload, Recompute, Schedule
from costcheck.scenario.run import FullLayers

RECOMPUTE_NAMES = ("none", "selective", "full", "modules", "operations")
SCHEDULE_NAMES = ("1f1b", "interleaved", "zero-bubble", "dualpipe")
SCHEDULES = {name: Schedule(code) for code, name in enumerate(SCHEDULE_NAMES)}
RECOMPUTED_MODULES = {
    "core_attn": Module.CORE,
    "layernorm": Module.NORMS,
    "moe_act": Module.EXPERT_ACTIVATIONS,
    "mla_up_proj": Module.LATENT,
    "mlp": Module.MLP,
    "moe": Module.MOE,
    "shared_experts": Module.SHARED,
}
OFFLOADED = {
    "none": Offload.NONE,
    "optimizer": Offload.OPTIMIZER,
    "activations": Offload.ACTIVATIONS,
    "parameters": Offload.PARAMETERS,
    "all": Offload.OPTIMIZER | Offload.PARAMETERS,
}
OFFLOAD_PARTS = ("optimizer", "activations", "parameters")
CODED = ("recompute", "schedule", "offload")
"""Keys of a layout whose values are codes."""

SHARDED = "fsdp"
UNFUSED = "megatron-2021"

Recomputed: TypeAlias = str | tuple[str, ...] | FullLayers | None
Offloaded: TypeAlias = str | tuple[str, ...] | None


def recompute_code(stated: Recomputed, generation: str) -> float:
    """What a scenario's `recompute` means to a software generation."""
    if isinstance(stated, FullLayers):
        return float(Recompute.FULL)
    if isinstance(stated, tuple) or stated in RECOMPUTED_MODULES:
        names = stated if isinstance(stated, tuple) else (stated,)
        modules = {RECOMPUTED_MODULES[str(name)] for name in names}
        return float(LISTED + sum(int(module) for module in modules))
    if stated == "selective" and generation == SHARDED:
        return float(Recompute.OPERATIONS)
    return float(RECOMPUTE_NAMES.index(stated or "none"))


def recompute_share(stated: Recomputed, layers: int) -> float:
    """Share of the layers that full recomputation covers."""
    return min(stated.full_layers.value / layers, 1.0) if isinstance(stated, FullLayers) else 1.0


def offload_code(stated: Offloaded) -> float:
    """What lives in host memory, as the performance model has it."""
    words = stated if isinstance(stated, tuple) else (stated or "none",)
    code = Offload.NONE
    for word in words:
        code |= OFFLOADED[word]
    return float(code)


def code_name(key: str, value: float) -> str:
    """The name of a code: a word, or the parts it lists."""
    code = int(value)
    if key == "schedule":
        return SCHEDULE_NAMES[code]
    if key == "offload":
        parts = [name for name in OFFLOAD_PARTS if code & OFFLOADED[name]]
        return "+".join(parts) or "none"
    if code < LISTED:
        return RECOMPUTE_NAMES[code]
    listed = [name for name, module in RECOMPUTED_MODULES.items() if (code - LISTED) & module]
    return "+".join(listed)
