"""The one protocol all kinds of blocks speak."""

import pytest

from costcheck.physics.architectures.architecture import (
    Embedding,
    Head,
    Layer,
    distinct_layers,
    run_lengths,
)
from costcheck.physics.architectures.attention import Attention
from costcheck.physics.architectures.feed_forward import FeedForward
from tests.physics.architectures.conftest import MODELS, model


def _blocks():
    kinds = {}
    for path in sorted(MODELS.glob("*.yaml")):
        try:
            architecture = model(path.stem)
        except KeyError:
            continue
        for _, layer in architecture.schedule:
            for block in layer.blocks:
                kinds.setdefault(type(block).__name__, block)
    return kinds


@pytest.mark.parametrize(("kind", "block"), list(_blocks().items()), ids=str)
def test_block_speaks_the_protocol(kind, block):
    names = [weight.name for weight in block.weights()]
    assert len(set(names)) == len(names)
    for weight in block.weights():
        assert weight.parameters >= 0
        assert weight.active_parameters <= weight.parameters
        assert weight.multiply_adds_per_token <= weight.parameters
    assert block.weights() or kind == "Norm"


def test_grouped_queries_shrink_only_keys_and_values():
    # traps 16: Llama-3-8B with 32 key-value heads would be 0.805B larger.
    full = Attention(hidden_size=4096, heads=32, kv_heads=32, head_dim=128)
    grouped = full._replace(kv_heads=8)
    saved = [
        32 * (wide.parameters - narrow.parameters)
        for wide, narrow in zip(full.weights(), grouped.weights(), strict=True)
    ]
    assert saved[0] == saved[3] == 0
    assert sum(saved) == 805_306_368


def test_gate_is_a_third_matrix():
    # traps 17.
    gated = FeedForward(hidden_size=4096, size=11008)
    assert sum(weight.parameters for weight in gated.weights()) == 3 * 4096 * 11008


def test_tied_head_stores_nothing():
    head = Head(vocabulary_size=100, width=8, hidden_size=8, tied=True)
    (vocabulary,) = head.weights()
    assert vocabulary.parameters == 0
    assert vocabulary.multiply_adds_per_token == 800


def test_narrow_embedding_is_projected():
    embedding = Embedding(vocabulary_size=10, width=4, hidden_size=8)
    assert [weight.parameters for weight in embedding.weights()] == [40, 32]


def test_run_lengths_keep_order_and_distinct_layers_add_up():
    dense, sparse = Layer(name="dense", blocks=()), Layer(name="moe", blocks=())
    schedule = run_lengths([dense, dense, sparse, dense])
    assert [count for count, _ in schedule] == [2, 1, 1]
    assert {layer.name: count for count, layer in distinct_layers(schedule)} == {
        "dense": 3,
        "moe": 1,
    }
