"""Figures of logs: lines in the shape that public logs have (sources in configs/logs.yaml)."""

import math

import pytest

from costcheck.catalog.files import Catalog
from costcheck.catalog.log_formats import log_formats
from costcheck.text.logs import read_log

FORMATS = log_formats(Catalog())
GIB = 2.0**30


def read(lines):
    return read_log("\n".join(lines), FORMATS)


def figure(run, name):
    return run.figures[name].central


def megatron(step, milliseconds, batch=128):
    return (
        f" [2024-04-06 02:59:36] iteration {step:8d}/     100 | consumed samples: {step * batch} | "
        f"elapsed time per iteration (ms): {milliseconds} | throughput per GPU (TFLOP/s/GPU): 239.8"
        f" | learning rate: 8.6E-06 | global batch size: {batch:5d} | lm loss: 1.825991E+00 |"
    )


def test_megatron_leaves_the_warm_up_out():
    run = read([megatron(1, 62000.0), *(megatron(step, 5444.9) for step in range(2, 21))])
    assert (run.format, run.steps, run.warmup) == ("Megatron-LM", 15, 5)
    assert figure(run, "step_seconds") == pytest.approx(5.4449)
    assert figure(run, "global_batch") == 128


def test_an_evaluation_or_a_checkpoint_does_not_move_the_middle():
    steps = [megatron(step, 90000.0 if step == 12 else 5000.0) for step in range(1, 31)]
    assert figure(read(steps), "step_seconds") == pytest.approx(5.0)


def test_at_most_half_of_a_short_log_is_warm_up():
    run = read([megatron(1, 9000.0), megatron(2, 5000.0)])
    assert (run.steps, run.warmup) == (1, 1)


def test_torchtitan_with_colours_and_one_line_per_rank():
    lines = [
        f"[rank{rank}]:[titan] 2026-02-24 19:46:17,508 - root - INFO - \x1b[31mstep: {step:2d}  "
        f"\x1b[32mloss:  7.62585  grad_norm: 26.6250  \x1b[33mmemory: 66.91GiB(37.51%)  "
        f"tps: {10_000 + step:,}  tflops: 314.71  mfu: 13.99%"
        for step in range(1, 30)
        for rank in range(8)
    ]
    run = read(lines)
    assert (run.format, run.steps) == ("torchtitan", 24)
    assert 10_006 <= figure(run, "tokens_per_second_per_gpu") <= 10_029
    assert figure(run, "device_memory_bytes") == pytest.approx(66.91 * GIB)
    assert "step_seconds" not in run.figures


def test_nemo_step_timing():
    lines = [
        f"Training epoch 0, iteration {step}/149 | lr: 3e-05 | consumed_samples: {step} | "
        f"global_step: {step} | reduced_train_loss: 1.2 | train_step_timing in s: 0.0315"
        for step in range(20)
    ]
    assert figure(read(lines), "step_seconds") == pytest.approx(0.0315)


def test_maxtext_seconds_and_rate():
    lines = [
        f"completed step: {step}, seconds: 5.667, TFLOP/s/device: 134.924, "
        "Tokens/s/device: 8672.758, total_weights: 196608, loss: 10.374"
        for step in range(12)
    ]
    run = read(lines)
    assert figure(run, "step_seconds") == pytest.approx(5.667)
    assert figure(run, "tokens_per_second_per_gpu") == pytest.approx(8672.758)


def test_nanotron_numbers_have_letters():
    lines = [
        f"10/17/2025 16:31:56 [INFO|DP=0|PP=0|TP=0]: iteration: {step} / 378950 | consumed_tokens: "
        "85.8G | elapsed_time_per_iteration_ms: 11.5K | tokens_per_sec: 22.8K | "
        "tokens_per_sec_per_gpu: 11.4K | global_batch_size: 64 | lm_loss: 2.38"
        for step in range(100, 110)
    ]
    run = read(lines)
    assert figure(run, "step_seconds") == pytest.approx(11.5)
    assert figure(run, "tokens_per_second_per_gpu") == pytest.approx(11_400)


def test_torchtune_rates():
    lines = [
        f"Step {step} | loss:1.05 lr:2e-05 tokens_per_second_per_gpu:{500 + step} "
        "peak_memory_active:18.9 peak_memory_alloc:17.5 peak_memory_reserved:20.1"
        for step in range(1, 21)
    ]
    run = read(lines)
    assert figure(run, "tokens_per_second_per_gpu") == pytest.approx(513)
    assert figure(run, "memory_bytes") == pytest.approx(17.5 * GIB)


def test_progress_bars_of_the_training_loop_alone():
    training = [f" {step}%|##  | {step}/873 [{step * 5 // 60}:{step * 5 % 60:02d}<52:46,  5.02s/it]"
                for step in range(1, 120)]  # fmt: skip
    evaluation = [f"{n}0%|#   | {n}/10 [00:0{n}<00:09,  1.00s/it]" for n in range(1, 10)]
    loading = ["Loading checkpoint shards: 100%|####| 4/4 [00:08<00:00,  2.00s/it]"]
    run = read([*loading, *training, *evaluation, "{'loss': 0.8635, 'epoch': 0.97}"])
    assert run.format == "Hugging Face Trainer"
    assert figure(run, "step_seconds") == pytest.approx(5.0)


def test_trainer_state_and_the_last_line_of_a_trainer():
    state = '{"global_step": 100, "log_history": [{"step": 50, "loss": 2.0}, {"step": 100, '
    state += '"train_runtime": 123.4, "train_steps_per_second": 0.8}]}'
    assert figure(read([state]), "step_seconds") == pytest.approx(1.25)
    line = (
        "{'train_runtime': 500.0, 'train_samples_per_second': 3.2, 'train_steps_per_second': 0.2}"
    )
    assert figure(read([line]), "step_seconds") == pytest.approx(5.0)


def test_exported_metrics_of_weights_and_biases():
    rows = [f"{step},{3.0 + step / 1000},{3.1}" for step in range(40)]
    run = read(['"Step","brisk-lion-7 - train/step_time","brisk-lion-7 - train/loss"', *rows])
    assert figure(run, "step_seconds") == pytest.approx(3.022)


def test_the_clock_of_scalars_gives_the_step():
    rows = [f"{1_700_000_000 + step * 0.75},{step},2.3" for step in range(0, 400, 10)]
    assert figure(read(["Wall time,Step,Value", *rows]), "step_seconds") == pytest.approx(0.75)


def test_power_and_memory_of_nvidia_smi():
    header = "timestamp, index, power.draw [W], memory.used [MiB]"
    run = read([header, "2024/01/01 00:00:01.000, 0, 612.50 W, 70123 MiB",
                "2024/01/01 00:00:02.000, 0, 640.10 W, 71123 MiB"])  # fmt: skip
    assert figure(run, "power_watts") == pytest.approx(626.3)
    assert figure(run, "device_memory_bytes") == pytest.approx(71123 * 2**20)


@pytest.mark.parametrize("text", ["", "hello world", "a,b\n1,2\n", "{}", "[1, 2]", "\x00\x01"])
def test_what_is_no_log_is_none(text):
    assert read_log(text, FORMATS) is None


def test_every_figure_is_finite():
    run = read([megatron(step, "inf" if step == 9 else 5000.0) for step in range(1, 20)])
    values = [run.figures[name].high for name in run.figures]
    assert all(math.isfinite(value) for value in values)


def test_a_slow_step_after_the_first_is_no_warm_up_where_few_steps_are_logged():
    lines = [
        f"step: {step}  memory: 49.66GiB(52.28%)  tps: {tps:,}  tflops: 339.16  mfu: 34.29%"
        for step, tps in ((200, 5856), (210, 5593), (220, 5868), (230, 5869), (240, 5864))
    ]
    run = read(lines)
    assert (run.steps, run.warmup) == (4, 1)
    assert run.figures["tokens_per_second_per_gpu"].low < 5700
    assert figure(run, "mfu") == pytest.approx(0.3429)
    assert figure(run, "flops_per_second_per_gpu") == pytest.approx(339.16e12)
