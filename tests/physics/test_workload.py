"""Workloads of architectures against the same numbers written out by hand."""

from dataclasses import fields, replace

import pytest

from costcheck.physics.architectures.parameters import total_parameters
from costcheck.physics.workload import UNFUSED_ACTIVATION_TRAFFIC
from costcheck.physics.workload_of import workload_from_architecture
from tests.calibrate.cases import deepseek_v3
from tests.physics.architectures.conftest import model


def test_deepseek_v3_by_hand():
    found = workload_from_architecture(
        architecture=model("deepseek-v3"), sequence_length=4096, mtp=True
    )
    # A prediction module joins two streams by a matrix on top of one layer: per token and layer
    # 187.1M of attention, 398.2M of experts and router, 83.9M of scores (report, section 4.2).
    expected = replace(deepseek_v3(), mtp_work=1.0 + 2.0 * 7168.0**2 / 669.2e6)
    for field in fields(expected):
        # Norms and biases are in the architecture's parameters, not in those by hand.
        assert getattr(found, field.name) == pytest.approx(
            getattr(expected, field.name), rel=1e-3
        ), field.name


@pytest.mark.parametrize(
    "name",
    [
        "llama-3.1-70b",
        "mixtral-8x7b",
        "gpt-oss-20b",
        "jamba-v0.1",
        "qwen3-next-80b-a3b",
        "gpt3-175b",
        "falcon-7b",
        "gemma-2-9b",
        "deepseek-v2",
        "nemotron-3-nano-30b-a3b",
    ],
)
def test_parameters_are_the_architectures(name):
    network = model(name)
    found = workload_from_architecture(architecture=network, sequence_length=2048)
    tables = found.vocabulary * found.hidden * found.embedding_tables
    total = found.layer_parameters + found.expert_parameters + tables
    assert total == pytest.approx(total_parameters(network), rel=0.005)


def test_windows_shorten_what_a_query_sees():
    gemma = workload_from_architecture(architecture=model("gemma-2-9b"), sequence_length=32768)
    llama = workload_from_architecture(architecture=model("llama-3.1-8b"), sequence_length=32768)
    assert llama.attended_keys == pytest.approx(32768 / 2, rel=1e-3)
    assert gemma.attended_keys < 0.7 * llama.attended_keys


def test_an_activation_no_library_fuses():
    found = workload_from_architecture(architecture=model("gpt-oss-20b"), sequence_length=4096)
    assert found.activation_traffic == UNFUSED_ACTIVATION_TRAFFIC


def test_layers_by_kind():
    found = workload_from_architecture(architecture=model("jamba-v0.1"), sequence_length=4096)
    assert (found.attention_layers, found.linear_layers) == (4.0, 28.0)
    assert (found.dense_layers, found.moe_layers) == (16.0, 16.0)
