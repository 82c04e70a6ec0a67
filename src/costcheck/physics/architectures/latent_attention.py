"""Multi-head latent attention, with or without the sparse indexer."""

from typing import NamedTuple

from costcheck.physics.architectures.attention import CompressedCore, SoftmaxCore
from costcheck.physics.architectures.weights import Core, Weight, vector


class Indexer(NamedTuple):
    """The light scorer that picks which keys sparse attention looks at."""

    heads: int
    head_dim: int

    def core(self, rate: int = 1) -> CompressedCore:
        """Scores of every query with every `rate`-th earlier key, summed over heads."""
        return CompressedCore(self.heads, self.head_dim, 1, rate, "indexer_core")


class LatentAttention(NamedTuple):
    """Attention through low-rank latents, counted in its training form (no absorption)."""

    hidden_size: int
    heads: int
    query_rank: int | None
    """None projects queries directly."""
    kv_rank: int
    nope_dim: int
    rope_dim: int
    value_dim: int
    bias: bool = False
    """Biases on the down projections and the output."""
    indexer: Indexer | None = None
    """None where attention is dense or another layer's index is reused."""
    kept_keys: int | None = None
    """Keys a query looks at in sparse attention; None looks at all of them."""
    name: str = "attention"

    def weights(self) -> tuple[Weight, ...]:
        return self._query_weights() + self._key_value_weights() + self._indexer_weights()

    def _query_weights(self) -> tuple[Weight, ...]:
        queries = self.heads * (self.nope_dim + self.rope_dim)
        if self.query_rank is None:
            return (Weight("query", self.hidden_size, queries, split="column"),)
        rank = self.query_rank
        return (
            Weight("query_down", self.hidden_size, rank, rank * self.bias),
            vector("query_norm", rank),
            Weight("query_up", rank, queries, split="column"),
        )

    def _key_value_weights(self) -> tuple[Weight, ...]:
        hidden, down = self.hidden_size, self.kv_rank + self.rope_dim
        up, values = self.heads * (self.nope_dim + self.value_dim), self.heads * self.value_dim
        return (
            Weight("key_value_down", hidden, down, down * self.bias),
            vector("key_value_norm", self.kv_rank),
            Weight("key_value_up", self.kv_rank, up, split="column"),
            Weight("output", values, hidden, hidden * self.bias, split="row"),
        )

    def _indexer_weights(self) -> tuple[Weight, ...]:
        if self.indexer is None:
            return ()
        width, heads = self.indexer.head_dim, self.indexer.heads
        source = self.query_rank if self.query_rank is not None else self.hidden_size
        return (
            Weight("indexer_query", source, heads * width),
            Weight("indexer_key", self.hidden_size, width),
            vector("indexer_key_norm", 2 * width),
            Weight("indexer_weights", self.hidden_size, heads),
        )

    def cores(self) -> tuple[Core, ...]:
        index = self.indexer
        core = SoftmaxCore(
            heads=self.heads,
            score_dim=self.nope_dim + self.rope_dim,
            value_dim=self.value_dim,
            window=self.kept_keys,
        )
        if index is None:
            return (core,)
        return (core, index.core())
