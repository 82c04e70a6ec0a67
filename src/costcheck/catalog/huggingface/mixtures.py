"""Reads routed and shared experts as a family's traits name their fields."""

from __future__ import annotations

from costcheck.catalog.huggingface.fields import CONTRADICTION, UNKNOWN_MODEL_TYPE, Fields
from costcheck.catalog.huggingface.traits import Traits
from costcheck.physics.architectures.feed_forward import Experts


def read_experts(fields: Fields, traits: Traits, hidden_size: int) -> Experts:
    """Return the mixture of a sparse layer."""
    count_field, top_k_field = (
        traits.field("experts", "num_local_experts"),
        traits.field("top_k", "num_experts_per_tok"),
    )
    count, top_k = fields.size(count_field), fields.size(top_k_field)
    if top_k > count:
        fields.report(
            top_k_field,
            CONTRADICTION,
            f"{fields.label(top_k_field)} {top_k} is more than the {count} experts",
        )
    size = fields.size(traits.field("expert_size", "intermediate_size"))
    idle = traits.number("idle_experts")
    latent = traits.field("latent_size")
    if not latent:
        _refuse_latent(fields)
    return Experts(
        hidden_size=hidden_size,
        experts=count,
        top_k=round(top_k * count / (count + idle)),
        idle=idle,
        size=size,
        gated=traits.flag("gated", True),
        expert_bias=traits.flag("expert_bias"),
        router_bias=traits.flag("router_bias"),
        shared_size=_shared_size(fields, traits, size),
        shared_gate=traits.flag("shared_gate"),
        latent_size=fields.optional_size(latent) if latent else None,
        bias=traits.flag("mixture_bias"),
    )


def _refuse_latent(fields: Fields) -> None:
    """Refuse experts of a width of their own where the family is not known to have one."""
    for name in fields.given:
        latent = "latent" in name or name.startswith("routed_expert_hidden")
        if latent and isinstance(fields.given[name], int) and fields.given[name]:
            fields.report(
                name,
                UNKNOWN_MODEL_TYPE,
                f"{fields.label(name)} changes the width of the experts, which is not read for "
                "this model type",
                "state its size as {parameters: 2.8T, active: 50B}",
            )


def _shared_size(fields: Fields, traits: Traits, expert_size: int) -> int:
    count, size = traits.field("shared_experts"), traits.field("shared_size")
    if count:
        return fields.count(count) * expert_size
    if size:
        return fields.count(size)
    return expert_size if traits.flag("shared") else 0
