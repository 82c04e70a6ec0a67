"""Memory against measured peaks and published formulas."""

from dataclasses import fields, replace

import numpy as np
import pytest

from costcheck.calibrate.fit import read_table
from costcheck.calibrate.gpus import gpu_named
from costcheck.physics.layout import Layout, Offload, Recompute, Schedule
from costcheck.physics.memory.peak import memory_bytes, separated_bytes
from costcheck.physics.memory.stage import stage_activation_bytes, stage_layers
from costcheck.physics.memory.training import Reserve, Training
from costcheck.units import BYTES_PER_GIB
from tests.calibrate.cases import CATALOG, deepseek_v3, gpt, storage

TRAINING, RESERVE = storage()
GPT_175B = gpt(layers=96.0, hidden=12288.0, heads=96.0)


def measured(software):
    table = read_table(CATALOG)
    rows = table.take(np.isfinite(table.memory_gib) & (table.software == software))
    training, reserve = storage(software)
    micro_batches = rows.global_batch / (rows.layout.data * rows.layout.micro_batch)
    predicted = memory_bytes(
        workload=rows.workload,
        layout=rows.layout,
        training=training,
        reserve=reserve,
        micro_batches=micro_batches,
    )
    return rows, predicted


# SimuMax publishes the peak that Megatron-LM 0.14 allocated on B200.
def test_megatron_rows_within_three_percent():
    rows, predicted = measured("megatron")
    ratio = predicted.allocated_bytes() / BYTES_PER_GIB / rows.memory_gib
    assert len(rows) == 27
    assert np.abs(ratio - 1.0).max() < 0.03
    assert np.abs(ratio - 1.0).mean() < 0.01


# torchtitan reports the peak that PyTorch's allocator reserved.
def test_fsdp_rows_within_five_percent():
    rows, predicted = measured("fsdp")
    reserved = (predicted.allocated_bytes() + predicted.fragmentation) / BYTES_PER_GIB
    assert np.abs(reserved / rows.memory_gib - 1.0).mean() < 0.05


def test_every_measured_run_is_said_to_fit():
    for software in ("megatron", "fsdp"):
        rows, predicted = measured(software)
        assert (predicted.total_bytes() <= rows.machine.memory_bytes).all()


# Megatron keeps 18 bytes per parameter: 2 weights, 4 gradient, 12 optimizer, and 6 + 12/d with its
# distributed optimizer (Megatron-LM README).
@pytest.mark.parametrize(("zero", "per_parameter"), [(0.0, 18.0), (1.0, 6.0 + 12.0 / 8.0)])
def test_state_bytes_per_parameter(zero, per_parameter):
    size = memory_bytes(
        workload=GPT_175B,
        layout=Layout(tensor=8.0, data=8.0, zero=zero),
        training=TRAINING,
        reserve=RESERVE,
        micro_batches=1.0,
    )
    parameters = (GPT_175B.layer_parameters + 51200.0 * 12288.0) / 8.0
    states = size.weights + size.gradients + size.optimizer
    assert float(states) == pytest.approx(per_parameter * parameters, rel=1e-12)


# ZeRO (arXiv:1910.02054), section 3.1: training in 32 bits with Adam takes 16 bytes per parameter,
# as mixed precision with its master copy does: 4 weights, 4 gradients, 8 moments.
def test_single_precision_training_has_no_second_copy_of_the_weights():
    size = memory_bytes(
        workload=GPT_175B,
        layout=Layout(tensor=8.0, zero=0.0),
        training=replace(TRAINING, weight_bytes=4.0, gradient_bytes=4.0, optimizer_bytes=8.0),
        reserve=RESERVE,
        micro_batches=1.0,
    )
    parameters = (GPT_175B.layer_parameters + 51200.0 * 12288.0) / 8.0
    states = size.weights + size.gradients + size.optimizer
    assert float(states) == pytest.approx(16.0 * parameters, rel=1e-12)


# Korthikanti et al., appendix: the first of p stages with v chunks each holds the activations of
# p + (p-1)/v micro-batches.
@pytest.mark.parametrize("virtual", [1.0, 2.0, 4.0, 12.0])
def test_interleaving_holds_more_activations_on_the_first_stage(virtual):
    axes = {"workload": GPT_175B, "training": TRAINING, "reserve": RESERVE, "micro_batches": 64.0}
    layout = Layout(tensor=8.0, pipeline=8.0, virtual=virtual, sequence_parallel=1.0)
    found = memory_bytes(layout=layout, **axes).activations
    plain = memory_bytes(layout=replace(layout, virtual=1.0), **axes).activations
    assert float(found / plain) == pytest.approx((8.0 + (virtual > 1.0) * 7.0 / virtual) / 8.0)


def test_a_last_stage_with_a_large_head_holds_its_share_of_the_activations():
    # With a vocabulary so large that its logits fill the last stage, that stage is the fullest.
    wide = replace(GPT_175B, vocabulary=51200.0 * 400.0, embedding_tables=2.0)
    for virtual, held in ((1.0, 1.0), (2.0, (8.0 + 1.0) / 2.0)):
        size = memory_bytes(
            workload=wide,
            layout=Layout(tensor=8.0, pipeline=8.0, virtual=virtual),
            training=TRAINING,
            reserve=RESERVE,
            micro_batches=64.0,
        )
        stage = stage_layers(workload=wide, layers=np.asarray(12.0), leading=0.0)
        one, _ = stage_activation_bytes(
            workload=wide, stage=stage, layout=Layout(tensor=8.0), training=TRAINING
        )
        assert float(size.logits) > 0.0
        # The stage with the head has fewer layers where they are dealt out unevenly.
        assert 0.5 * held < float(size.activations / one) <= held


def test_the_second_stage_holds_one_micro_batch_less_than_the_first():
    # 1F1B on p stages: stage k holds p - k micro-batches. DeepSeek-V3's dense layers are all on the
    # first stage, so the fullest is the second, with experts in each of its four layers.
    workload, layout = deepseek_v3(), Layout(pipeline=16.0, data=128.0, expert=64.0)
    size = memory_bytes(
        workload=workload, layout=layout, training=TRAINING, reserve=RESERVE, micro_batches=120.0
    )
    stage = stage_layers(workload=workload, layers=np.asarray(4.0), leading=0.0)
    one, _ = stage_activation_bytes(
        workload=workload, stage=stage, layout=layout, training=TRAINING
    )
    assert float(size.activations / one) == pytest.approx(15.0)


def test_each_zero_stage_needs_less():
    sizes = [
        float(
            memory_bytes(
                workload=GPT_175B,
                layout=Layout(tensor=8.0, data=64.0, zero=float(zero)),
                training=TRAINING,
                reserve=Reserve(
                    logit_bytes=4.0,
                    work_layers=1.0,
                    prefetched_layers=1.0,
                    gathered_copies=2.0,
                    fragmentation=0.0,
                    context_bytes=0.0,
                ),
                micro_batches=1.0,
            ).total_bytes()
        )
        for zero in range(4)
    ]
    assert sizes == sorted(sizes, reverse=True)


# Korthikanti et al., eq. 1: 34 s b h per layer plus 5 a s^2 b for the unfused core; selective
# recomputation drops the second, full keeps the input, 2 s b h.
@pytest.mark.parametrize(
    ("recompute", "per_token"),
    [
        (Recompute.NONE, 34.0 * 12288.0 + 5.0 * 96.0 * 2048.0),
        (Recompute.SELECTIVE, 34.0 * 12288.0),
        (Recompute.FULL, 2.0 * 12288.0),
    ],
)
def test_activation_bytes_of_a_gpt_layer(recompute, per_token):
    stage = stage_layers(workload=GPT_175B, layers=np.asarray(1.0), leading=0.0)
    kept, _ = stage_activation_bytes(
        workload=GPT_175B,
        stage=stage,
        layout=Layout(recompute=recompute, sequence_parallel=0.0),
        training=replace(TRAINING, score_bytes=5.0, dropout=1.0),
    )
    statistics = 0.0 if recompute == Recompute.FULL else 4.0 * 96.0
    assert float(kept) == pytest.approx(2048.0 * (per_token + statistics), rel=1e-12)


def test_expert_parameters_divide_by_expert_parallelism():
    one, eight = (
        float(
            memory_bytes(
                workload=deepseek_v3(),
                layout=Layout(pipeline=16.0, data=128.0, expert=expert),
                training=TRAINING,
                reserve=RESERVE,
                micro_batches=120.0,
            ).weights
        )
        for expert in (8.0, 64.0)
    )
    # Attention, shared experts and tables do not divide by it.
    assert one / eight > 3.5


# DeepSeek-V3 trained this layout on 80 GB cards, without tensor parallelism (report, section 3.2).
def test_deepseek_v3_own_layout_fits():
    size = memory_bytes(
        workload=deepseek_v3(),
        layout=Layout(
            pipeline=16.0,
            data=128.0,
            expert=64.0,
            schedule=Schedule.DUALPIPE,
            sequence_parallel=0.0,
            recompute=Recompute.MODULES,
        ),
        training=replace(TRAINING, linear_input_bytes=1.0),
        reserve=RESERVE,
        micro_batches=120.0,
    )
    assert 40e9 < float(size.total_bytes()) < 80e9


@pytest.mark.parametrize(
    ("training", "smaller"),
    [
        (replace(TRAINING, optimizer_bytes=8.0), True),
        (replace(TRAINING, optimizer_bytes=4.0), True),
        (replace(TRAINING, optimizer_bytes=6.0), True),
        (replace(TRAINING, trained_share=0.01), True),
        (replace(TRAINING, trained_share=0.01, weight_bytes=0.55), True),
        (TRAINING, False),
    ],
)
def test_lighter_optimizers_and_adapters_need_less(training, smaller):
    layout = Layout(tensor=8.0, data=8.0, zero=0.0)
    size, full = (
        float(
            memory_bytes(
                workload=GPT_175B,
                layout=layout,
                training=kind,
                reserve=RESERVE,
                micro_batches=8.0,
            ).total_bytes()
        )
        for kind in (training, TRAINING)
    )
    assert (size < full) is smaller


def test_an_offloaded_optimizer_leaves_the_device():
    size = memory_bytes(
        workload=GPT_175B,
        layout=Layout(tensor=8.0, offload=float(Offload.OPTIMIZER)),
        training=TRAINING,
        reserve=RESERVE,
        micro_batches=1.0,
    )
    assert float(size.optimizer) == 0.0


@pytest.mark.parametrize("batch", [4.0, 8.0, 32.0])
@pytest.mark.parametrize("freed", [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
def test_a_vector_of_layouts_equals_scalars_and_separated_sums(freed, batch):
    pipeline, micro = np.asarray([1.0, 2.0, 8.0, 16.0]), np.asarray([1.0, 2.0, 1.0, 4.0])
    training = replace(TRAINING, in_backward=freed[0], gradients_pass=freed[1])
    axes = {"workload": GPT_175B, "training": training, "reserve": RESERVE}
    layout = Layout(tensor=8.0, pipeline=pipeline, data=4.0, micro_batch=micro)
    vector = memory_bytes(layout=layout, micro_batches=batch / micro, **axes)
    scalars = [
        memory_bytes(
            layout=Layout(tensor=8.0, pipeline=p, data=4.0, micro_batch=b),
            micro_batches=batch / b,
            **axes,
        )
        for p, b in zip(pipeline, micro, strict=True)
    ]
    for field in fields(vector):
        expected = [float(getattr(one, field.name)) for one in scalars]
        found = np.broadcast_to(getattr(vector, field.name), 4)
        assert found == pytest.approx(expected, rel=1e-13)
    pairs = separated_bytes(layout=layout, micro_batches=batch / micro, **axes)
    total = np.max([kept + passing for kept, passing in pairs], axis=0)
    assert total == pytest.approx(vector.total_bytes(), rel=1e-12)


@pytest.mark.parametrize("kind", ["in_backward", "gradients_pass"])
@pytest.mark.parametrize(("micro_batches", "frees"), [(1.0, True), (2.0, False)])
def test_gradients_are_freed_in_passing_only_where_they_do_not_add_up(kind, micro_batches, frees):
    full, size = (
        memory_bytes(
            workload=GPT_175B,
            layout=Layout(tensor=8.0),
            training=training,
            reserve=RESERVE,
            micro_batches=micro_batches,
        ).gradients
        for training in (TRAINING, replace(TRAINING, **{kind: 1.0}))
    )
    assert bool(size < full) is frees


def test_the_catalog_and_the_rows_agree_on_the_gpu():
    assert gpu_named(CATALOG, "B200-SXM-180GB").machine.memory_bytes == 180e9


def test_training_defaults_are_mixed_precision_adamw():
    assert Training() == Training(optimizer_bytes=12.0, weight_bytes=2.0, gradient_bytes=4.0)
