"""What one generated token needs of a network: weights to read, and what came before."""

from dataclasses import dataclass

from costcheck.physics.architectures.architecture import Architecture
from costcheck.physics.architectures.attention import Attention, SoftmaxCore
from costcheck.physics.architectures.feed_forward import Experts
from costcheck.physics.architectures.latent_attention import LatentAttention
from costcheck.physics.architectures.parameters import (
    matmul_parameters,
    routed_parameters,
    total_parameters,
)
from costcheck.physics.architectures.weights import Block


@dataclass(frozen=True, kw_only=True)
class Cache:
    """Layers that keep the same of each token and look at the same tokens."""

    layers: int
    elements: float
    """Numbers kept of one token in one layer, of all heads."""
    heads: int
    """Heads among which what is kept can be split; 1 where all queries share one latent."""
    flops: float
    """FLOP of one query with one kept token in one layer."""
    window: float
    """Tokens a query looks at, at most; infinite without a window."""
    kept: float
    """Tokens that stay in memory, at most; sparse attention keeps all it may choose from."""


@dataclass(frozen=True, kw_only=True)
class DecodeNetwork:
    """Numbers of one architecture that decide how fast it generates."""

    layers: float
    moe_layers: float
    hidden: float
    stored: float
    """All parameters, as they are kept in memory."""
    shared: float
    """Parameters of matrices that every token is multiplied with."""
    routed: float
    """Parameters of all routed experts."""
    experts: float
    top_k: float
    """Routed experts per layer, and those that one token visits."""
    expert_tensors: float
    """Matrices of routed experts, which a change of weights hands over one by one."""
    caches: tuple[Cache, ...]

    @property
    def active(self) -> float:
        """Parameters that one token is multiplied with."""
        visited = self.routed * self.top_k / self.experts if self.experts else 0.0
        return self.shared + visited


def decode_network(architecture: Architecture) -> DecodeNetwork:
    """What decoding needs of an architecture."""
    routed, experts, moe_layers, tensors = routed_parameters(architecture), None, 0, 0
    for count, layer in architecture.schedule:
        for block in layer.blocks:
            if isinstance(block, Experts):
                experts = experts or block
                moe_layers += count
                tensors += count * block.experts * (3 if block.gated else 2)
    visited = routed * experts.top_k / experts.experts if experts else 0.0
    return DecodeNetwork(
        layers=float(architecture.layers),
        moe_layers=float(moe_layers),
        hidden=float(architecture.hidden_size),
        stored=float(total_parameters(architecture)),
        shared=float(matmul_parameters(architecture)) - visited,
        routed=float(routed),
        experts=float(experts.experts) if experts else 0.0,
        top_k=float(experts.top_k) if experts else 0.0,
        expert_tensors=float(tensors),
        caches=_caches(architecture),
    )


def _caches(architecture: Architecture) -> tuple[Cache, ...]:
    layers: dict[Cache, int] = {}
    for count, layer in architecture.schedule:
        for block in layer.blocks:
            for cache in _cache(block):
                layers[cache] = layers.get(cache, 0) + count
    return tuple(Cache(**{**vars(cache), "layers": number}) for cache, number in layers.items())


def _cache(block: Block) -> tuple[Cache, ...]:
    """What one layer of a kind keeps; a state of fixed size is small beside weights and is left."""
    core = next((core for core in block.cores() if isinstance(core, SoftmaxCore)), None)
    if core is None:
        return ()
    window = float(core.window or core.chunk or float("inf"))
    if isinstance(block, LatentAttention):
        # Queries are moved into the latent space once, so that all heads read one latent.
        elements = float(block.kv_rank + block.rope_dim)
        flops = 2.0 * core.heads * (2 * block.kv_rank + block.rope_dim)
        return (_one(elements, 1, flops, window, float("inf")),)
    kv_heads = block.kv_heads if isinstance(block, Attention) else core.heads
    elements = float(kv_heads * (core.score_dim + core.value_dim))
    flops = 2.0 * core.heads * (core.score_dim + core.value_dim)
    return (_one(elements, kv_heads, flops, window, window),)


def _one(elements: float, heads: int, flops: float, window: float, kept: float) -> Cache:
    return Cache(layers=1, elements=elements, heads=heads, flops=flops, window=window, kept=kept)
