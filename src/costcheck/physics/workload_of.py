"""Workload of an architecture: its layers counted by kind and averaged."""

from dataclasses import dataclass
from math import gcd
from typing import Literal

from costcheck.physics.architectures.architecture import Architecture, Layer
from costcheck.physics.architectures.attention import Attention, SoftmaxCore
from costcheck.physics.architectures.feed_forward import Experts, FeedForward
from costcheck.physics.architectures.latent_attention import LatentAttention
from costcheck.physics.architectures.samples import Placed, PlacedCore
from costcheck.physics.architectures.weights import Block, Core, Weight
from costcheck.physics.workload import (
    MATMULS_PER_GATED_MLP,
    MATMULS_PER_PLAIN_MLP,
    UNFUSED_ACTIVATION_TRAFFIC,
    Workload,
)

WIDTH_STEP = 64
"""Mean widths of networks whose parts differ are multiples of this, as those of the parts are."""

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
    for layers, layer in architecture.schedule:
        for whole in layer.blocks:
            parts.stored += layers * sum(weight.parameters for weight in whole.weights())
            parts.routed += layers * sum(
                w.parameters for w in whole.weights() if w.split == "expert"
            )
            block, count, length = _on_all(whole, layers, sequence_length)
            if isinstance(block, Experts):
                parts.experts = parts.experts or block
                parts.moe.count += count
                parts.moe.size += count * block.shared_size
                parts.moe.around += count * _around_experts(block)
                parts.mlp.gated += count * block.gated
            elif isinstance(block, FeedForward):
                parts.mlp.count += count
                parts.mlp.size += count * block.size * block.hidden_size / architecture.hidden_size
                parts.mlp.gated += count * block.gated
            else:
                _add_mixer(block, count, length, (parts.attention, parts.linear))
    if architecture.positions:
        mixer = parts.attention if parts.attention.count else parts.linear
        mixer.parameters += _evened_out(parts, architecture.hidden_size)
    if not architecture.vocabulary_size:
        parts.stored += sum(weight.parameters for weight in _ends(architecture))
    mixer = parts.attention if parts.attention.count else parts.linear
    mixer.parameters += _around_layers(architecture)
    return parts


def _evened_out(parts: _Parts, hidden_size: int) -> float:
    """Make the mean feed-forward width one that splits, and say which products that leaves over."""
    exact = parts.mlp.size
    mean = max(round(parts.mlp.mean(exact) / WIDTH_STEP), 1) * WIDTH_STEP
    parts.mlp.size = mean * parts.mlp.count
    return (exact - parts.mlp.size) * parts.mlp_matmuls * hidden_size


def _on_all(block: Block, count: float, sequence_length: int) -> tuple[Block, float, int]:
    """A block, its number and its positions; on a part of a sample it is less than one."""
    if isinstance(block, Placed):
        return block.block, count * block.share, block.positions
    return block, count, sequence_length


def _ends(architecture: Architecture) -> tuple[Weight, ...]:
    return (*architecture.embedding.weights(), *architecture.head.weights())


def _around_layers(architecture: Architecture) -> float:
    """Multiply-adds of a token before and after the layers, without the output head itself."""
    products = sum(w.multiply_adds_per_token for w in _ends(architecture) if w.inputs)
    return float(products - architecture.hidden_size * _rows(architecture))


def _rows(architecture: Architecture) -> int:
    """Rows of the vocabulary; one stands for a network that has none."""
    return architecture.vocabulary_size or 1


def _heads_to_split(architecture: Architecture, mean: float) -> float:
    """Heads that tensor parallelism may split: a number that divides those of every part."""
    if not architecture.positions:
        return mean
    cores = (c for _, layer in architecture.schedule for b in layer.blocks for c in b.cores())
    heads = [core.heads for core in map(_bare, cores) if isinstance(core, SoftmaxCore)]
    return float(gcd(*heads))


def _bare(core: Core) -> Core:
    return core.core if isinstance(core, PlacedCore) else core


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
        heads=_heads_to_split(architecture, attention.mean(attention.heads)),
        kv_heads=_heads_to_split(architecture, attention.mean(attention.kv_heads)),
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
        vocabulary=float(_rows(architecture)),
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


def _leading_dense(architecture: Architecture) -> int:
    leading = 0
    for count, layer in architecture.schedule:
        if any(isinstance(block, Experts) for block in layer.blocks):
            break
        leading += count
    return leading


def _inner_width(weight: Weight) -> float:
    if weight.split == "column":
        return float(weight.outputs)
    return float(weight.inputs) if weight.split == "row" else 0.0


def _add_mixer(block: Block, count: float, sequence_length: int, sums: tuple[_Sums, _Sums]) -> None:
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
        core = softmax[0]
        kv_heads = block.kv_heads if isinstance(block, Attention) else core.heads
        into.kv_heads += count * kv_heads
        into.key_value_width += count * float(kv_heads * (core.score_dim + core.value_dim))


def _add_softmax(into: _Sums, core: SoftmaxCore, count: float, flops_per_token: float) -> None:
    into.heads += count * core.heads
    into.score_width += count * core.heads * core.score_dim
    into.value_width += count * core.heads * core.value_dim
    into.key_products += count * flops_per_token / 2.0
