"""Counts against the library's own classes; see data/SOURCE.md."""

import pytest

from costcheck.physics.architectures.parameters import (
    Line,
    active_parameters,
    active_parameters_without_input_embedding,
    embedding_parameters,
    head_parameters,
    matmul_parameters,
    mtp_parameters,
    parameter_tree,
    routed_parameters,
    total_parameters,
)


def test_total_is_exact(count_row, model):
    assert total_parameters(model(count_row["id"])) == int(count_row["total"])


def test_tables_head_and_routed_experts_are_exact(count_row, model):
    architecture = model(count_row["id"])
    assert embedding_parameters(architecture) == int(count_row["embedding"])
    assert head_parameters(architecture) == int(count_row["head"] or 0)
    assert routed_parameters(architecture) == int(count_row["routed"] or 0)


def test_active_is_exact(count_row, model):
    architecture = model(count_row["id"])
    if not count_row["active"]:
        # A dense model is active as a whole.
        assert active_parameters(architecture) == total_parameters(architecture)
        return
    assert active_parameters(architecture) == int(count_row["active"])
    without = active_parameters_without_input_embedding(architecture)
    assert without == int(count_row["active_without_input_embedding"])


def test_tree_sums_to_the_total(count_row, model):
    architecture = model(count_row["id"])
    tree = parameter_tree(architecture)
    assert tree.value == total_parameters(architecture)
    assert _leaves(tree) == tree.value


def _leaves(line: Line):
    return sum(map(_leaves, line.children)) if line.children else line.value


def test_published_prediction_module(model):
    # "685B on Hugging Face including 14B of the MTP module": 11.6B of its own, the rest a second
    # copy of embedding and head (README of DeepSeek-V3).
    architecture = model("deepseek-v3")
    copies = embedding_parameters(architecture) + head_parameters(architecture)
    total = total_parameters(architecture, mtp=True)
    assert mtp_parameters(architecture) == 11_507_286_016 + 2 * 7168**2 + 3 * 7168
    assert (total + copies) / 1e9 == pytest.approx(684.5, abs=0.1)


@pytest.mark.parametrize(
    ("name", "published"),
    [
        # Published as printed, each by its own rule (traps 22).
        ("gpt-oss-20b", 3.61),  # input table left out
        ("mixtral-8x7b", 12.9),  # everything counted
        ("qwen3-235b-a22b", 22.2),
        ("kimi-k2", 32.9),
    ],
)
def test_published_active(model, name, published):
    architecture = model(name)
    candidates = (
        active_parameters(architecture),
        active_parameters_without_input_embedding(architecture),
    )
    assert min(abs(value / 1e9 - published) for value in candidates) < 0.05


def test_sparse_indexer_adds_parameters(model):
    # traps 35: +0.85B over the same network without the indexer.
    added = total_parameters(model("deepseek-v3.2")) - total_parameters(model("deepseek-v3"))
    assert added == 851_524_864


def test_tied_head_is_stored_once_and_multiplied(model):
    tied = model("qwen2.5-3b")
    assert head_parameters(tied) == 0
    # The table is looked up for free, and multiplied as the head.
    assert matmul_parameters(tied) > total_parameters(tied) - 2 * embedding_parameters(tied)
    vocabulary = tied.vocabulary_size * tied.hidden_size
    body = matmul_parameters(tied) - vocabulary
    assert body < total_parameters(tied) - vocabulary
