"""FLOPs against torch's counter, with the reasons of the rows it gets wrong."""

import numpy as np
import pytest

from costcheck.physics.architectures.attention import SoftmaxCore
from costcheck.physics.architectures.feed_forward import Experts
from costcheck.physics.architectures.flops import (
    core_flops,
    forward_flops,
    recomputed_flops,
    six_n_flops_per_token,
    training_flops,
    training_flops_per_token,
)
from costcheck.physics.architectures.parameters import total_parameters
from tests.physics.architectures.conftest import MODELS, counted, model


def _forward(row, architecture):
    line = forward_flops(architecture, sequence_length=int(row["sequence_length"]))
    return line.value * int(row["batch"])


def test_parameters_of_the_counted_configs(flop_row):
    assert total_parameters(counted(flop_row["config"])) == int(flop_row["parameters"])


def test_forward_equals_the_counter(flop_row):
    architecture = counted(flop_row["config"])
    missing = int(flop_row["forward_flops"]) - _forward(flop_row, architecture)
    if flop_row["comparable_forward"] == "true":
        assert missing == 0
    else:
        assert missing == _counter_error(flop_row, architecture)


def _counter_error(row, architecture):
    """What the counter adds or misses: unrouted experts, uncounted fused attention."""
    length, error = int(row["sequence_length"]), 0
    every_expert = row["config"].startswith(("llama-4", "llama4"))
    # On the CPU the fused attention kernel is not in the counter's table (FLOPS.md).
    fused = row["attention"] == "sdpa" and row["device"] == "cpu"
    for count, layer in architecture.schedule:
        for block in layer.blocks:
            if every_expert and isinstance(block, Experts):
                idle = block.experts - block.top_k
                error += count * 2 * length * idle * 3 * block.hidden_size * block.size
            for core in block.cores() if fused else ():
                if isinstance(core, SoftmaxCore):
                    error -= count * core.forward_flops(sequence_length=length, convention="full")
    return error


def test_forward_and_backward_equal_the_counter(flop_row):
    if flop_row["comparable_backward"] != "true":
        pytest.skip("the counter's backward pass is wrong here")
    architecture = counted(flop_row["config"])
    length = int(flop_row["sequence_length"])
    flops = training_flops(architecture, sequence_length=length, convention="full")
    assert flops * int(flop_row["batch"]) == int(flop_row["forward_backward_flops"])


def test_deepseek_v3_as_published():
    # "250 GFLOPs per token" at 4,096 tokens, ISCA 2025 paper of the developer, causal.
    per_token = training_flops_per_token(model("deepseek-v3"), sequence_length=4096)
    assert per_token / 1e9 == pytest.approx(250, abs=1)


def test_full_attention_of_deepseek_v3():
    # traps 29: 281.2 GFLOP per token when the whole square is counted.
    flops = training_flops_per_token(model("deepseek-v3"), sequence_length=4096, convention="full")
    assert flops / 1e9 == pytest.approx(281.2, abs=0.1)


def test_prediction_module_adds_a_layer_and_a_head():
    architecture = model("deepseek-v3")
    plain = training_flops_per_token(architecture, sequence_length=4096)
    trained = training_flops_per_token(architecture, sequence_length=4096, mtp=True)
    head = 6 * architecture.vocabulary_size * architecture.hidden_size
    assert trained - plain > head
    assert (trained - plain) / 1e9 == pytest.approx(10.2, abs=0.1)


@pytest.mark.parametrize("name", sorted(path.stem for path in MODELS.glob("*.yaml")))
@pytest.mark.parametrize("convention", ["full", "causal"])
def test_vector_equals_scalar(name, convention):
    lengths = np.array([1, 64, 1000, 4096, 131072])
    try:
        architecture = model(name)
    except KeyError:
        pytest.skip("only a size is published")
    vector = forward_flops(architecture, sequence_length=lengths, convention=convention, mtp=True)
    scalar = [
        forward_flops(architecture, sequence_length=int(n), convention=convention, mtp=True).value
        for n in lengths
    ]
    np.testing.assert_allclose(vector.value, np.array(scalar, dtype=float), rtol=1e-12)


@pytest.mark.parametrize(
    ("window", "chunk"), [(None, None), (1, None), (7, None), (64, None), (None, 1), (None, 10)]
)
def test_causal_pairs_are_those_of_the_mask(window, chunk):
    core = SoftmaxCore(heads=1, score_dim=1, value_dim=0, window=window, chunk=chunk)
    length = 53
    rows, columns = np.indices((length, length))
    mask = columns <= rows
    if window:
        mask &= rows - columns < window
    if chunk:
        mask &= rows // chunk == columns // chunk
    flops = core.forward_flops(sequence_length=length, convention="causal")
    # Two per pair. The published convention halves the square, which leaves out one token's
    # worth of the diagonal per visible token; a window's edge is cut the same way.
    left_out = min(window, length) if window else length
    assert flops == 2 * mask.sum() - left_out


def test_window_never_costs_more_than_all():
    # traps 33: a full-attention formula over-counts windows at long context.
    architecture = model("gemma-3-4b")
    windowed = core_flops(architecture, sequence_length=32768)
    whole = core_flops(architecture, sequence_length=32768, convention="full") / 2
    assert windowed < whole / 3


def test_state_space_grows_linearly():
    architecture = model("mamba-2.8b")
    short, long = (
        forward_flops(architecture, sequence_length=n, convention="causal").value
        for n in (1000, 2000)
    )
    assert long == 2 * short


def test_recomputation_is_at_most_one_forward_pass():
    architecture = model("llama-3-8b")
    forward = forward_flops(architecture, sequence_length=8192, convention="causal").value
    none, selective, full = (
        recomputed_flops(architecture, sequence_length=8192, recompute=kind)
        for kind in ("none", "selective", "full")
    )
    assert none == 0 < selective < full < forward


def test_six_n_misses_the_scores_and_counts_the_look_up():
    # traps 28 and 29.
    architecture = model("llama-3-8b")
    exact = training_flops_per_token(architecture, sequence_length=1)
    assert six_n_flops_per_token(architecture) / exact == pytest.approx(1.07, abs=0.002)


def test_tree_names_the_parts():
    tree = forward_flops(model("jamba-v0.1"), sequence_length=128)
    names = {child.name for child in tree.children}
    assert {"head", "moe", "dense_mamba", "moe_mamba"} & names
    assert sum(child.value for child in tree.children) == tree.value
