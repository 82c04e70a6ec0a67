"""Rules a layout can break, one by one."""

from dataclasses import replace

import numpy as np
import pytest

from costcheck.catalog.words import words_of
from costcheck.physics.layout import Layout, Schedule, layout_problems
from tests.calibrate.cases import deepseek_v3, gpt

GPT = gpt(layers=96.0, hidden=12288.0, heads=96.0)
GOOD = {"tensor": 8.0, "pipeline": 8.0, "data": 4.0, "sequence_parallel": 1.0}


def broken(layout, *, workload=GPT, gpus=256.0, batch=64.0):
    problems = layout_problems(
        workload=workload, layout=layout, scale_up_gpus=8.0, global_batch=batch, gpus=gpus
    )
    assert {*problems, "memory"} == words_of("refusals").keys()
    return {reason for reason, found in problems.items() if np.any(found)}


def test_a_published_layout_breaks_none():
    assert broken(Layout(**GOOD)) == set()


# Megatron-LM, --decoder-first-pipeline-num-layers and --decoder-last-pipeline-num-layers: the
# stages between them share the rest evenly. 96 layers: 7 x 11 + 10 + 9, or 4 x 16 + 16 + 16.
@pytest.mark.parametrize("pipeline", [9.0, 6.0])
def test_uneven_ends_make_layers_fit_any_pipeline(pipeline):
    assert "layers" not in broken(Layout(**{**GOOD, "pipeline": pipeline}))


def test_chunks_may_be_short_by_the_embedding_and_the_head():
    """Llama 3.1 405B: 126 layers on 16 x 8 chunks (arXiv:2407.21783, section 3.3.2)."""
    layout = Layout(**{**GOOD, "pipeline": 16.0, "virtual": 8.0, "schedule": 1.0})
    for layers, ok in ((128.0, True), (126.0, True), (125.0, False), (129.0, False)):
        workload = replace(GPT, layers=layers)
        assert ("layers" not in broken(layout, workload=workload)) is ok


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"data": 8.0}, "gpus"),
        ({"tensor": 5.0, "data": 6.4}, "heads"),
        ({"tensor": 16.0, "data": 2.0}, "domain"),
        ({"pipeline": 99.0}, "layers"),
        ({"pipeline": 60.0}, "layers"),
        ({"virtual": 24.0, "schedule": float(Schedule.INTERLEAVED)}, "layers"),
        ({"micro_batch": 3.0}, "batch"),
        ({"virtual": 2.0}, "virtual"),
        ({"expert": 8.0}, "experts"),
        ({"shard_group": 3.0}, "shard_group"),
        ({"tensor": 1.0, "data": 32.0}, "sequence_parallel"),
        ({"schedule": float(Schedule.DUALPIPE), "micro_batch": 2.0}, "schedule"),
        (
            {"schedule": float(Schedule.INTERLEAVED), "virtual": 2.0, "micro_batch": 4.0},
            "micro_batches",
        ),
    ],
)
def test_each_rule(change, reason):
    assert reason in broken(Layout(**{**GOOD, **change}))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"expert": 3.0}, "experts"),
        ({"expert": 256.0, "data": 64.0, "pipeline": 16.0}, "expert_group"),
        ({"expert": 8.0, "expert_tensor": 3.0}, "widths"),
    ],
)
def test_rules_of_experts(change, reason):
    layout = Layout(**{"pipeline": 16.0, "data": 64.0, "sequence_parallel": 0.0, **change})
    assert reason in broken(layout, workload=deepseek_v3(), gpus=1024.0, batch=1024.0)


def test_dualpipe_needs_two_micro_batches_per_stage_and_no_more():
    # DualPipe README: an even number of stages, and micro-batches at least twice as many.
    layout = Layout(**{**GOOD, "schedule": float(Schedule.DUALPIPE)})
    assert broken(layout, batch=4.0 * 16.0) == set()
    assert broken(layout, batch=4.0 * 15.0) == {"schedule"}


def test_places_of_embedding_and_head_may_be_empty():
    # Llama 3 405B: 126 layers over 16 stages, one fewer on the first and the last.
    llama = gpt(layers=126.0, hidden=16384.0, heads=128.0)
    layout = Layout(tensor=8.0, pipeline=16.0, data=8.0, sequence_parallel=1.0)
    assert broken(layout, workload=llama, gpus=1024.0) == set()


def test_a_vector_of_layouts_equals_scalars():
    tensor = np.asarray([1.0, 2.0, 5.0, 8.0, 16.0])
    layout = Layout(tensor=tensor, pipeline=8.0, data=4.0)
    vector = layout_problems(
        workload=GPT, layout=layout, scale_up_gpus=8.0, global_batch=64.0, gpus=256.0
    )
    for index, degree in enumerate(tensor):
        scalar = layout_problems(
            workload=GPT,
            layout=Layout(tensor=degree, pipeline=8.0, data=4.0),
            scale_up_gpus=8.0,
            global_batch=64.0,
            gpus=256.0,
        )
        for reason, found in vector.items():
            assert np.broadcast_to(found, 5)[index] == np.asarray(scalar[reason])
