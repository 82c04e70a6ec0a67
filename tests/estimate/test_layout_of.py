"""What a stated layout means, and the defaults of the software where it is silent."""

import pytest

from costcheck import load
from costcheck.estimate import build
from costcheck.estimate.layout_of import describe
from costcheck.estimate.layout_words import (
    code_name,
    offload_code,
    recompute_code,
    recompute_share,
)
from costcheck.physics.layout import LISTED, Layout as Split, Module, Offload, Recompute, Schedule

BASE = {
    "as_of": "2025-01-01",
    "model": "llama-3.1-8b",
    "training": {"tokens": "1T", "global_batch": "512"},
    "fleet": {"gpu": "h100", "count": "64", "software": "megatron"},
}


def layout(keys, **sections):
    scenario = {**BASE, **sections, "layout": keys}
    return build(load(scenario)).stages[0].prediction.layout


def test_data_parallelism_is_what_the_fleet_leaves():
    found = layout({"tensor": "4", "pipeline": "2", "context": "2", "recompute": "none"})
    assert found.data == 4


def test_a_stated_size_is_kept():
    assert layout({"tensor": "4", "data": "16"}).data == 16


@pytest.mark.parametrize(
    ("keys", "name", "value"),
    [
        ({"virtual": "2", "pipeline": "2"}, "schedule", Schedule.INTERLEAVED),
        ({"pipeline": "2", "schedule": "1f1b"}, "schedule", Schedule.ONE_F_ONE_B),
        ({"pipeline": "2", "schedule": "zero-bubble"}, "schedule", Schedule.ZERO_BUBBLE),
        ({"tensor": "2"}, "sequence_parallel", 1),
        ({"tensor": "2", "sequence_parallel": "false"}, "sequence_parallel", 0),
        # A key without effect is no mistake.
        ({"tensor": "1", "sequence_parallel": "true"}, "sequence_parallel", 0),
        ({}, "zero", 1),
        ({"zero": "3"}, "zero", 3),
        ({"offload": "optimizer"}, "offload", Offload.OPTIMIZER),
        ({"shard_group": "8"}, "shard_group", 8),
    ],
)
def test_choices(keys, name, value):
    assert getattr(layout(keys), name) == value


def test_software_before_sequence_parallelism_does_not_assume_it():
    old = {"as_of": "2021-04-01", "fleet": {"gpu": "a100", "count": "64"}}
    assert layout({"tensor": "2", "recompute": "full"}, **old).sequence_parallel == 0
    assert layout({"tensor": "2", "recompute": "selective"}, **old).sequence_parallel == 1


@pytest.mark.parametrize(
    ("word", "generation", "code"),
    [
        (None, "megatron", Recompute.NONE),
        ("selective", "megatron", Recompute.SELECTIVE),
        ("selective", "fsdp", Recompute.OPERATIONS),
        ("full", "megatron", Recompute.FULL),
        ("mlp", "megatron", LISTED + Module.MLP),
        (("core_attn", "moe"), "megatron", LISTED + Module.CORE + Module.MOE),
    ],
)
def test_recomputation_by_its_names(word, generation, code):
    assert recompute_code(word, generation) == code


def test_some_whole_layers_are_a_share_of_them():
    stated = load({"model": "llama-3.1-8b", "layout": {"recompute": {"full_layers": "8"}}})
    assert recompute_share(stated.scenario.layout.recompute, 32) == 0.25
    assert recompute_share("full", 32) == 1.0


@pytest.mark.parametrize(
    ("words", "code", "name"),
    [
        (None, 0, "none"),
        ("optimizer", 1, "optimizer"),
        ("all", 5, "optimizer+parameters"),
        (("activations", "parameters"), 6, "activations+parameters"),
    ],
)
def test_offloading_by_its_names(words, code, name):
    assert offload_code(words) == code
    assert code_name("offload", code) == name


def test_recomputation_left_open_is_none_where_that_fits():
    assert layout({"tensor": "4"}).recompute == Recompute.NONE


def test_a_list_of_chunks_says_how_many_each_stage_has():
    listed = layout({"pipeline": "4", "pipeline_layers": ["4"] * 8})
    assert (listed.virtual, listed.schedule) == (2, Schedule.INTERLEAVED)


def test_a_layout_in_shorthand():
    split = Split(
        tensor=8, pipeline=16, virtual=2, data=4, zero=1, recompute=2, schedule=1, shard_group=2
    )
    shown = describe(split)
    assert shown == (
        "TP8 PP16 VPP2 DP4 ZeRO-1 sharded over 2 micro-batch 1 full recompute interleaved"
    )
