"""Decoding against published throughput of single engines, and what bytes and latency imply."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from costcheck.calibrate.decode import ROWS, log_errors
from costcheck.catalog.files import Catalog
from costcheck.catalog.performance import performance_data
from costcheck.physics.decode.answers import Answers, generate_seconds, longer_share, steepness
from costcheck.physics.decode.cycle import refit_seconds, waiting_gpu_seconds
from costcheck.physics.decode.engine import (
    Engine,
    Generator,
    free_bytes,
    most_sequences,
    token_seconds,
)
from costcheck.physics.decode.network import Cache, DecodeNetwork
from costcheck.physics.machine import Machine

CATALOG = Catalog()
CONSTANTS = performance_data(CATALOG).engine_constants
# Llama 3.1 8B on an H100: 8.03e9 parameters, 32 layers, 8 key-value heads of 128.
NETWORK = DecodeNetwork(
    layers=32.0,
    moe_layers=0.0,
    hidden=4096.0,
    stored=8.03e9,
    shared=7.5e9,
    routed=0.0,
    experts=0.0,
    top_k=0.0,
    expert_tensors=0.0,
    caches=(Cache(layers=32, elements=2048.0, heads=8, flops=16384.0, window=np.inf, kept=np.inf),),
)
H100 = Machine(
    matmul_flops_per_second=989.4e12,
    attention_flops_per_second=989.4e12,
    memory_bytes=80e9,
    memory_bytes_per_second=3.35e12,
    scale_up_bytes_per_second=450e9,
    scale_up_gpus=8.0,
    nic_bytes_per_second=50e9,
)
ANSWERS = Answers(
    count=256.0, prompt_tokens=100.0, prompts_read=256.0, mean_tokens=1000.0, longest_tokens=4000.0
)


def generator(**changes: Any) -> Generator:
    given = {"network": NETWORK, "machine": H100, "engine": Engine(), "constants": CONSTANTS}
    return Generator(**{**given, **changes})


def seconds(**changes: Any) -> float:
    given = {key: changes.pop(key) for key in ("network", "engine") if key in changes}
    found = generate_seconds(
        generator(**given),
        answers=replace(ANSWERS, **changes),
    )
    return float(found.seconds)


def published() -> list[dict[str, str]]:
    return [dict(row) for row in CATALOG.rows(ROWS)]


def test_published_throughput_is_met_within_a_quarter_in_the_median() -> None:
    rows = published()
    errors = np.abs(np.expm1(log_errors(rows, CONSTANTS, CATALOG)))
    assert len(rows) > 100
    assert np.median(errors) < 0.25
    by_source = {
        source: float(
            np.median([e for e, r in zip(errors, rows, strict=True) if r["source"] == source])
        )
        for source in {row["source"] for row in rows}
    }
    assert max(by_source.values()) < 0.35, by_source


@pytest.mark.parametrize("part", ["h100", "h200", "b200", "mi300x", "rtx-4090", "a100"])
def test_each_kind_of_part_is_met(part: str) -> None:
    rows = [row for row in published() if row["gpu"].startswith(part)]
    errors = np.abs(np.expm1(log_errors(rows, CONSTANTS, CATALOG)))
    assert len(rows) >= 5
    assert np.median(errors) < 0.30


def test_one_sequence_reads_all_weights_for_each_token() -> None:
    step = token_seconds(
        generator(),
        sequences=1.0,
        context=1.0,
    )
    assert step.weights == pytest.approx(7.5e9 * 2 / (3.35e12 * CONSTANTS.bandwidth))


def test_a_longer_context_reads_a_longer_cache() -> None:
    def cache(context: float) -> float:
        step = token_seconds(
            generator(),
            sequences=64.0,
            context=context,
        )
        return float(step.cache)

    assert cache(8000.0) == pytest.approx(8 * cache(1000.0))


def test_the_longest_answer_sets_the_end_of_a_step() -> None:
    assert seconds(longest_tokens=8000.0) > 1.3 * seconds(longest_tokens=4000.0)


def test_twice_the_engines_do_not_halve_a_step_that_waits_for_its_longest_answer() -> None:
    assert 0.6 < seconds(count=128.0) / seconds(count=256.0) < 1.0


def test_memory_limits_the_sequences_under_way() -> None:
    limit = most_sequences(
        generator(),
        prompt_tokens=0.0,
        answer_tokens=20000.0,
    )
    free = 80e9 * CONSTANTS.memory - 8.03e9 * 2
    per_sequence = CONSTANTS.resident * 20000 * 32 * 2048 * 2
    assert limit == pytest.approx(free / per_sequence)
    below, above = 0.9 * float(limit), 3.0 * float(limit)
    long = {"mean_tokens": 20000.0, "longest_tokens": 20000.0, "prompt_tokens": 0.0}
    assert seconds(count=above, **long) > 2.5 * seconds(count=below, **long)


def test_weights_that_do_not_fit_leave_no_memory() -> None:
    large = replace(NETWORK, stored=80e9)
    one, four = (free_bytes(generator(network=large, engine=Engine(tensor=n))) for n in (1.0, 4.0))
    assert one < 0.0 < four


def test_few_sequences_visit_few_experts() -> None:
    experts = replace(NETWORK, shared=1e9, routed=6.5e9, experts=64.0, top_k=4.0, moe_layers=32.0)

    def weights(sequences: float) -> float:
        step = token_seconds(
            generator(network=experts),
            sequences=sequences,
            context=1.0,
        )
        return float(step.weights)

    assert weights(1.0) == pytest.approx((1e9 + 6.5e9 / 16) * 2 / (3.35e12 * CONSTANTS.bandwidth))
    assert weights(1.0) < weights(8.0) < weights(64.0)


def test_lengths_have_the_mean_that_was_asked_for() -> None:
    points = (np.arange(20000) + 0.5) / 20000
    for mean in (0.1, 0.5, 0.8):
        share = longer_share(at=points, slope=steepness(mean_over_longest=mean))
        assert share.mean() == pytest.approx(mean, rel=1e-3)


def test_whoever_is_done_sooner_waits() -> None:
    given = {"rollout_seconds": 80.0, "full_seconds": 50.0, "training_seconds": 20.0}
    fleet = {"rollout_gpus": 8.0, "training_gpus": 4.0}
    waits = waiting_gpu_seconds(asynchronous=True, separate=True, apart=0.0, **given, **fleet)
    assert waits == pytest.approx(30.0 * 4.0)
    halting = waiting_gpu_seconds(asynchronous=True, separate=True, apart=0.5, **given, **fleet)
    assert halting == pytest.approx(30.0 * 4.0 + 10.0 * 12.0)
    alternating = waiting_gpu_seconds(
        asynchronous=False, separate=True, apart=0.0, **given, **fleet
    )
    assert alternating == pytest.approx(30.0 * 8.0 + 80.0 * 4.0 + 20.0 * 8.0)
    shared = waiting_gpu_seconds(
        asynchronous=False,
        separate=False,
        apart=0.0,
        **given,
        rollout_gpus=12.0,
        training_gpus=12.0,
    )
    assert shared == pytest.approx(30.0 * 12.0)


def test_new_weights_arrive_over_the_network_and_expert_by_expert() -> None:
    given = {"weight_bytes": 2.0, "engine_gpus": 2.0, "nic_bytes_per_second": 50e9}
    dense = refit_seconds(network=NETWORK, tensor_seconds=1e-3, **given)
    assert dense == pytest.approx(8.03e9 * 2 / (2 * 50e9))
    experts = replace(NETWORK, expert_tensors=6144.0)
    assert refit_seconds(network=experts, tensor_seconds=1e-3, **given) == pytest.approx(
        float(dense) + 6.144
    )


def test_vector_equals_scalar() -> None:
    counts = np.array([1.0, 100.0, 5000.0])
    vector = generate_seconds(
        generator(engine=Engine(tensor=np.array([1.0, 2.0, 4.0]))),
        answers=replace(ANSWERS, count=counts),
    ).seconds
    scalar = [
        seconds(count=float(n), engine=Engine(tensor=t))
        for n, t in zip(counts, (1.0, 2.0, 4.0), strict=True)
    ]
    assert np.allclose(vector, scalar, rtol=1e-12)
