"""Attention to near tokens and to compressed far ones, as DeepSeek-V4 has it."""

from typing import NamedTuple

from costcheck.physics.architectures.attention import CompressedCore, SoftmaxCore
from costcheck.physics.architectures.latent_attention import Indexer
from costcheck.physics.architectures.weights import Core, Weight, vector


class CompressedAttention(NamedTuple):
    """One key-value head, low-rank queries, grouped output, a window and compressed keys.

    References
    ----------
    .. [1] DeepSeek-AI, DeepSeek-V4 model code, transformers 5.24 ``modeling_deepseek_v4.py``
    """

    hidden_size: int
    heads: int
    head_dim: int
    query_rank: int
    output_groups: int
    output_rank: int
    window: int
    rate: int = 0
    """Tokens behind one compressed key; 0: only the window."""
    indexer: Indexer | None = None
    kept_keys: int | None = None
    """Compressed keys a query looks at where an indexer picks them."""
    name: str = "attention"

    def weights(self) -> tuple[Weight, ...]:
        queries, narrow = self.heads * self.head_dim, self.output_groups * self.output_rank
        return (
            Weight("query_down", self.hidden_size, self.query_rank),
            vector("query_norm", self.query_rank),
            Weight("query_up", self.query_rank, queries, split="column"),
            Weight("key_value", self.hidden_size, self.head_dim),
            vector("key_value_norm", self.head_dim),
            vector("sinks", self.heads),
            Weight("output_down", queries // self.output_groups, narrow, split="row"),
            Weight("output_up", narrow, self.hidden_size, split="row"),
            *self._compressor("compressor", self.head_dim),
            *self._indexer_weights(),
        )

    def _compressor(self, name: str, width: int) -> tuple[Weight, ...]:
        if not self.rate:
            return ()
        wide = width * (1 if self.indexer is None else 2)
        return (
            vector(f"{name}_positions", self.rate * wide),
            Weight(f"{name}_key_value", self.hidden_size, wide),
            Weight(f"{name}_gate", self.hidden_size, wide),
            vector(f"{name}_norm", width),
        )

    def _indexer_weights(self) -> tuple[Weight, ...]:
        if self.indexer is None:
            return ()
        width, heads = self.indexer.head_dim, self.indexer.heads
        return (
            *self._compressor("indexer", width),
            Weight("indexer_query", self.query_rank, heads * width),
            Weight("indexer_weights", self.hidden_size, heads),
        )

    def cores(self) -> tuple[Core, ...]:
        near = SoftmaxCore(
            heads=self.heads,
            score_dim=self.head_dim,
            value_dim=self.head_dim,
            window=self.window + (self.kept_keys or 0),
        )
        if self.rate == 0:
            return (near,)
        if self.indexer is None:
            far = CompressedCore(
                heads=self.heads,
                score_dim=self.head_dim,
                value_dim=self.head_dim,
                rate=self.rate,
            )
            return (near, far)
        return (near, self.indexer.core(self.rate))
