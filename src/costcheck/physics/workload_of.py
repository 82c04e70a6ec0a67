"""Workload of an architecture: its layers counted by kind and averaged."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from costcheck.physics.architectures.architecture import Architecture, Layer
from costcheck.physics.architectures.attention import Attention, SoftmaxCore
from costcheck.physics.architectures.feed_forward import Experts, FeedForward
from costcheck.physics.architectures.latent_attention import LatentAttention
from costcheck.physics.architectures.weights import Block, Weight
from costcheck.physics.workload import (
    MATMULS_PER_GATED_MLP,
    MATMULS_PER_PLAIN_MLP,
    UNFUSED_ACTIVATION_TRAFFIC,
    Workload,
)

CAUSAL: Literal["causal"] = "causal"


@dataclass(slots=True)
class _Sums:
    """Totals over all layers of one kind of part."""

    count: float = 0.0
    heads: float = 0.0
    kv_heads: float = 0.0
    score_width: float = 0.0
    value_width: float = 0.0
    key_value_width: float = 0.0
    key_products: float = 0.0
    parameters: float = 0.0
    inner_width: float = 0.0
    latent_width: float = 0.0
    matmuls: float = 0.0
    core_flops: float = 0.0
    around: float = 0.0
    size: float = 0.0
    gated: float = 0.0

    def mean(self, total: float) -> float:
        """Mean of a total over the parts counted, 0 without any."""
        return total / self.count if self.count else 0.0

    @property
    def keys(self) -> float:
        """Keys a query meets, as the mean width of the cores meets them: their FLOPs are exact."""
        width = self.score_width + self.value_width
        return self.key_products / width if width else 0.0


@dataclass(slots=True)
class _Parts:
    """Parts of a network by kind, and its stored parameters outside and inside the experts."""

    attention: _Sums
    linear: _Sums
    mlp: _Sums
    moe: _Sums
    experts: Experts | None = None
    """The first expert layer: its experts stand for all."""
    stored: float = 0.0
    routed: float = 0.0

    @property
    def mlp_matmuls(self) -> float:
        """Matrices of a feed-forward part, as most of the network's have."""
        gated = self.mlp.gated > 0.5 * (self.mlp.count + self.moe.count)
        return MATMULS_PER_GATED_MLP if gated else MATMULS_PER_PLAIN_MLP


def _parts(architecture: Architecture, sequence_length: int) -> _Parts:
    parts = _Parts(_Sums(), _Sums(), _Sums(), _Sums())
    for count, layer in architecture.schedule:
        for block in layer.blocks:
            parts.stored += count * sum(weight.parameters for weight in block.weights())
            parts.routed += count * sum(
                w.parameters for w in block.weights() if w.split == "expert"
            )
            if isinstance(block, Experts):
                parts.experts = parts.experts or block
                parts.moe.count += count
                parts.moe.size += count * block.shared_size
                parts.moe.around += count * _around_experts(block)
                parts.mlp.gated += count * block.gated
            elif isinstance(block, FeedForward):
                parts.mlp.count += count
                parts.mlp.size += count * block.size
                parts.mlp.gated += count * block.gated
            else:
                _add_mixer(block, count, sequence_length, (parts.attention, parts.linear))
    mixer = parts.attention if parts.attention.count else parts.linear
    mixer.parameters += _around_layers(architecture)
    return parts


def _around_layers(architecture: Architecture) -> float:
    """Multiply-adds of a token before and after the layers, without the output head itself."""
    ends = (*architecture.embedding.weights(), *architecture.head.weights())
    products = sum(weight.multiply_adds_per_token for weight in ends if weight.inputs)
    return float(products - architecture.hidden_size * architecture.vocabulary_size)


def workload_from_architecture(
    *, architecture: Architecture, sequence_length: int, mtp: bool = False
) -> Workload:
    """Numbers the step-time and memory formulas need of an architecture.

    Layers of one kind that differ in size are averaged.
    """
    parts = _parts(architecture, sequence_length)
    attention, linear = parts.attention, parts.linear
    return Workload(
        sequence_length=float(sequence_length),
        layers=float(architecture.layers),
        attention_layers=attention.count,
        linear_layers=linear.count,
        dense_layers=parts.mlp.count,
        moe_layers=parts.moe.count,
        hidden=float(architecture.hidden_size),
        heads=attention.mean(attention.heads),
        kv_heads=attention.mean(attention.kv_heads),
        score_width=attention.mean(attention.score_width),
        value_width=attention.mean(attention.value_width),
        key_value_width=attention.mean(attention.key_value_width),
        attended_keys=attention.keys,
        attention_parameters=attention.mean(attention.parameters),
        attention_activation_width=attention.mean(attention.inner_width),
        attention_latent_width=attention.mean(attention.latent_width),
        attention_matmuls=attention.mean(attention.matmuls),
        linear_parameters=linear.mean(linear.parameters),
        linear_core_flops=linear.mean(linear.core_flops),
        indexer_flops=attention.mean(attention.core_flops),
        ffn=parts.mlp.mean(parts.mlp.size),
        mlp_matmuls=parts.mlp_matmuls,
        shared_ffn=parts.moe.mean(parts.moe.size),
        vocabulary=float(architecture.vocabulary_size),
        embedding_tables=1.0 if architecture.head.tied else 2.0,
        mtp_layers=float(architecture.mtp_modules) if mtp else 0.0,
        mtp_work=_mtp_work(architecture, sequence_length) if mtp else 1.0,
        layer_parameters=parts.stored - parts.routed,
        expert_parameters=parts.routed,
        router_parameters=parts.moe.mean(parts.moe.around),
        **({} if parts.experts is None else _expert_terms(parts.experts, architecture)),
    )


def _around_experts(block: Experts) -> float:
    """Matrix elements of an expert layer that are neither a routed nor a shared expert."""
    others = ("router", "latent_down", "latent_up", "shared_scale")
    return float(sum(w.multiply_adds_per_token for w in block.weights() if w.name in others))


def _layer_flops(layer: Layer, sequence_length: int) -> float:
    """Forward FLOP of one sequence in a layer."""
    return sum(
        sum(2.0 * w.multiply_adds_per_token * sequence_length for w in block.weights() if w.inputs)
        + sum(
            float(core.forward_flops(sequence_length=sequence_length, convention=CAUSAL))
            for core in block.cores()
        )
        for block in layer.blocks
    )


def _mtp_work(architecture: Architecture, sequence_length: int) -> float:
    """FLOP of a prediction module without its head, over that of the mean layer."""
    if not architecture.mtp:
        return 1.0
    modules = sum(count * _layer_flops(layer, sequence_length) for count, layer in architecture.mtp)
    layers = sum(
        count * _layer_flops(layer, sequence_length) for count, layer in architecture.schedule
    )
    return modules / architecture.mtp_modules / (layers / architecture.layers)


def _expert_terms(experts: Experts, architecture: Architecture) -> dict[str, float]:
    """Fields of a workload that a network without experts has no numbers for."""
    return {
        "experts": float(experts.experts),
        "top_k": float(experts.top_k),
        "expert_ffn": float(experts.size),
        "expert_width": float(experts.latent_size or architecture.hidden_size),
        "activation_traffic": UNFUSED_ACTIVATION_TRAFFIC if experts.expert_bias else 1.0,
        "leading_dense_layers": float(_leading_dense(architecture)),
    }


def _layers(architecture: Architecture) -> Iterator[Layer]:
    for count, layer in architecture.schedule:
        for _ in range(count):
            yield layer


def _leading_dense(architecture: Architecture) -> int:
    leading = 0
    for layer in _layers(architecture):
        if any(isinstance(block, Experts) for block in layer.blocks):
            break
        leading += 1
    return leading


def _inner_width(weight: Weight) -> float:
    if weight.split == "column":
        return float(weight.outputs)
    return float(weight.inputs) if weight.split == "row" else 0.0


def _add_mixer(block: Block, count: int, sequence_length: int, sums: tuple[_Sums, _Sums]) -> None:
    """Add a mixer block to the softmax or to the linear sums; norms have no products and pass."""
    weights = [w for w in block.weights() if w.multiply_adds_per_token]
    cores = block.cores()
    if not weights and not cores:
        return
    softmax = [core for core in cores if isinstance(core, SoftmaxCore)]
    into = sums[0] if softmax else sums[1]
    into.count += count
    into.parameters += count * sum(w.multiply_adds_per_token for w in weights)
    into.inner_width += count * sum(map(_inner_width, weights))
    into.matmuls += count * len({(w.inputs, w.split) for w in weights})
    for core in cores:
        flops = core.forward_flops(sequence_length=sequence_length, convention=CAUSAL)
        if isinstance(core, SoftmaxCore):
            _add_softmax(into, core, count, float(flops) / sequence_length)
        else:
            into.core_flops += count * float(flops) / sequence_length
    if isinstance(block, LatentAttention):
        columns = (w for w in weights if w.split == "column")
        into.latent_width += count * sum(map(_inner_width, columns))
    if softmax:
        into.kv_heads += count * _kv_heads(block, softmax[0])
        into.key_value_width += count * _key_value_width(block, softmax[0])


def _add_softmax(into: _Sums, core: SoftmaxCore, count: int, flops_per_token: float) -> None:
    into.heads += count * core.heads
    into.score_width += count * core.heads * core.score_dim
    into.value_width += count * core.heads * core.value_dim
    into.key_products += count * flops_per_token / 2.0


def _kv_heads(block: Block, core: SoftmaxCore) -> int:
    return block.kv_heads if isinstance(block, Attention) else core.heads


def _key_value_width(block: Block, core: SoftmaxCore) -> float:
    return float(_kv_heads(block, core) * (core.score_dim + core.value_dim))
