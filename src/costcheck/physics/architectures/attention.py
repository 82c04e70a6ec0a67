"""Softmax attention with any number of key-value heads, full, windowed, chunked or sparse."""

from typing import NamedTuple

from costcheck.physics.architectures.weights import Convention, Core, Count, Weight, smaller, vector


class SoftmaxCore(NamedTuple):
    """Scores and their weighted sum of values."""

    heads: int
    score_dim: int
    """Width of a query and key head; 0 heads' values leave only the scores."""
    value_dim: int
    window: int | None = None
    """Tokens a query sees including itself, also the kept keys of sparse attention."""
    chunk: int | None = None
    """Tokens see only their own chunk of this length."""
    causal: bool = True
    """Whether a query sees only what is before it; else its window reaches half to each side."""
    keys: int | None = None
    """Keys of another sequence that every query meets instead of its own."""
    name: str = "core"

    def forward_flops(self, *, sequence_length: Count, convention: Convention) -> Count:
        """The two matmuls over query-key pairs: full squares, or what mask, window and chunk leave.

        Notes
        -----
        FLOPs = 2 pairs heads (score_dim + value_dim); see `doubled_pairs`.
        """
        return self.doubled_pairs(sequence_length, convention) * (
            self.heads * (self.score_dim + self.value_dim)
        )

    def doubled_pairs(self, sequence_length: Count, convention: Convention) -> Count:
        """Twice the query-key pairs, an integer also where half a square is meant.

        Notes
        -----
        full: 2 T^2. Causal: T^2, half the square as in the published formulas (the diagonal's
        T/2 is left out). Window w: 2 w T - w^2 for T > w. Chunk c: a causal square per chunk.
        Seen from both sides, a window of w is w/2 each way.
        """
        length = sequence_length
        if self.keys is not None:
            return 2 * length * self.keys
        if convention == "full" or (not self.causal and self.window is None):
            return 2 * length * length
        if not self.causal and self.window is not None:
            half = smaller(length, self.window // 2)
            return 2 * ((2 * half + 1) * length - half * (half + 1))
        if self.chunk is not None:
            whole, rest = length // self.chunk, length % self.chunk
            return whole * self.chunk**2 + rest * rest
        if self.window is not None:
            seen = smaller(length, self.window)
            return 2 * seen * length - seen * seen
        return length * length


class CompressedCore(NamedTuple):
    """Scores with one key for every so many tokens before a query."""

    heads: int
    score_dim: int
    value_dim: int
    rate: int
    """Tokens behind one compressed key."""
    name: str = "compressed_core"

    def forward_flops(self, *, sequence_length: Count, convention: Convention) -> Count:
        """The two matmuls over all pairs of a query and a compressed key.

        Notes
        -----
        FLOPs of softmax attention over every token, divided by the rate.
        """
        dense = SoftmaxCore(heads=self.heads, score_dim=self.score_dim, value_dim=self.value_dim)
        whole = dense.forward_flops(sequence_length=sequence_length, convention=convention)
        return whole // self.rate


class Attention(NamedTuple):
    """Multi-head, grouped-query or multi-query attention with its projections."""

    hidden_size: int
    heads: int
    kv_heads: int
    head_dim: int
    qkv_bias: bool = False
    output_bias: bool = False
    query_norm: int = 0
    """Trainable entries of the norm on queries; `head_dim` when heads share it."""
    key_norm: int = 0
    value_norm: int = 0
    output_gate: bool = False
    """The query projection also yields a gate as wide as the queries."""
    sinks: bool = False
    """One learned logit per head."""
    relative_positions: bool = False
    """Scores also by projected relative positions, as in Transformer-XL."""
    window: int | None = None
    chunk: int | None = None
    value_dim: int | None = None
    """Width of a value head; absent: that of a query head."""
    head_gate: bool = False
    """A gate for each head, from the stream."""
    keys_as_values: bool = False
    """Values are the keys, without a projection of their own."""
    borrows_keys: bool = False
    """Keys and values are an earlier layer's."""
    key_bias: bool = True
    """Whether the keys have the bias of queries and values too."""
    causal: bool = True
    name: str = "attention"

    @property
    def _value_dim(self) -> int:
        return self.head_dim if self.value_dim is None else self.value_dim

    def weights(self) -> tuple[Weight, ...]:
        queries = self.heads * self.head_dim
        wide = queries * (1 + self.output_gate)
        hidden, bias = self.hidden_size, int(self.qkv_bias)
        outputs = self.heads * self._value_dim
        norms = (
            ("query_norm", self.query_norm),
            ("key_norm", self.key_norm),
            ("value_norm", self.value_norm),
            ("sinks", self.heads * self.sinks),
        )
        return (
            Weight("query", hidden, wide, bias * wide, split="column"),
            *self._key_value_weights(),
            Weight("output", outputs, hidden, hidden * self.output_bias, split="row"),
            *((Weight("head_gate", hidden, self.heads, split="column"),) * self.head_gate),
            *self._relative_weights(),
            *(vector(name, entries) for name, entries in norms if entries),
        )

    def _key_value_weights(self) -> tuple[Weight, ...]:
        if self.borrows_keys:
            return ()
        keys, values = self.kv_heads * self.head_dim, self.kv_heads * self._value_dim
        bias = int(self.qkv_bias)
        value = Weight("value", self.hidden_size, values, bias * values, split="column")
        return (
            Weight("key", self.hidden_size, keys, bias * self.key_bias * keys, split="column"),
            *(() if self.keys_as_values else (value,)),
        )

    def _relative_weights(self) -> tuple[Weight, ...]:
        if not self.relative_positions:
            return ()
        queries = self.heads * self.head_dim
        return (
            Weight("relative", self.hidden_size, queries, split="column"),
            vector("relative_biases", 2 * queries, "column"),
        )

    def cores(self) -> tuple[Core, ...]:
        return (
            SoftmaxCore(
                heads=self.heads,
                score_dim=self.head_dim * (1 + self.relative_positions),
                value_dim=self._value_dim,
                window=self.window,
                chunk=self.chunk,
                causal=self.causal,
            ),
        )
