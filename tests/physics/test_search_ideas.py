"""Ideas of a search: one line each, the surest first, against every layout of a small space."""

import math
from dataclasses import replace

import numpy as np
import pytest

from costcheck.physics.layout import Layout, Recompute, Schedule
from costcheck.physics.search import search
from costcheck.physics.search_ideas import (
    MESH,
    Doubt,
    Ideas,
    doublings_beyond,
    expected_seconds,
    mechanisms,
)
from tests.calibrate.cases import run
from tests.physics.test_search import GPT_22B, SMALL, all_of

DOUBT = Doubt(mechanism=0.03, memory=0.05, too_large=1 / 3)
PLAIN = Layout(sequence_parallel=0.0)


def ideas_of(keep, doubt, order="time"):
    one = run(GPT_22B, "A100-SXM-80GB")
    best = Ideas(keep, order, float(one.machine.memory_bytes), doubt)
    return search(run=one, space=SMALL, best=best).best


@pytest.fixture(scope="module")
def every():
    return all_of(run(GPT_22B, "A100-SXM-80GB"), SMALL).best


@pytest.fixture(scope="module")
def ideas():
    return ideas_of(10, DOUBT)


def surest(candidate):
    return float(
        expected_seconds(
            layout=candidate.layout,
            seconds=candidate.step_seconds,
            size=candidate.memory_bytes,
            room=80e9,
            doubt=DOUBT,
        )
    )


def test_the_first_idea_is_the_surest_of_all_layouts(every, ideas):
    assert surest(ideas[0]) == pytest.approx(min(map(surest, every)))
    ranked = [surest(idea) for idea in ideas]
    assert ranked == sorted(ranked)
    assert len(ideas) == 10


def test_each_idea_is_the_surest_of_its_mesh_or_saves_memory(every, ideas):
    named = {figures(idea) for idea in ideas}
    seen: dict[tuple[float, ...], float] = {}
    for idea in ideas:
        mesh = tuple(getattr(idea.layout, key) for key in MESH)
        alike = [e for e in every if tuple(getattr(e.layout, key) for key in MESH) == mesh]
        first = min(alike, key=surest)
        assert mesh in seen or figures(first) in named
        assert idea.memory_bytes < seen.get(mesh, math.inf) * math.exp(-DOUBT.memory)
        seen[mesh] = idea.memory_bytes


def figures(candidate):
    return round(candidate.step_seconds, 2), round(candidate.memory_bytes, -8)


def test_no_two_ideas_are_one_layout_under_two_names(ideas):
    assert len({figures(idea) for idea in ideas}) == len(ideas)


def test_without_doubt_the_fastest_comes_first(every):
    sure = Doubt(mechanism=0.0, memory=1e-9, too_large=0.0)
    found = ideas_of(3, sure)
    assert found[0].step_seconds == every[0].step_seconds


def test_by_memory_the_leanest_comes_first(every):
    found = ideas_of(3, DOUBT, order="memory")
    assert found[0].memory_bytes == min(item.memory_bytes for item in every)


@pytest.mark.parametrize(
    ("change", "count"),
    [
        ({}, 0),
        ({"tensor": 8.0, "sequence_parallel": 1.0}, 1),
        ({"tensor": 8.0}, 2),
        ({"pipeline": 4.0, "virtual": 2.0, "schedule": float(Schedule.INTERLEAVED)}, 2),
        ({"pipeline": 4.0, "schedule": float(Schedule.DUALPIPE)}, 2),
        ({"zero": 3.0, "shard_group": 8.0}, 2),
        ({"recompute": float(Recompute.FULL), "recompute_share": 0.5}, 2),
        ({"offload": 1.0}, 1),
    ],
)
def test_mechanisms_are_counted(change, count):
    assert mechanisms(replace(PLAIN, **change)) == count


def test_doublings_beyond_what_was_measured():
    layout = Layout(tensor=8.0, pipeline=np.array([16.0, 17.0, 64.0]))
    found = doublings_beyond(layout, {"tensor": 8.0, "pipeline": 16.0})
    assert found.tolist() == pytest.approx([0.0, math.log2(17 / 16), 2.0])
    assert doublings_beyond(Layout(context=4.0), {}) == 2.0


def test_what_may_not_fit_costs_the_repair():
    """At the limit it does not fit in every second case; far below never, far above always."""
    sizes = np.array([8e9, 80e9, 800e9])
    found = expected_seconds(layout=PLAIN, seconds=10.0, size=sizes, room=80e9, doubt=DOUBT)
    assert found.tolist() == pytest.approx([10.0, 10.0 * (1 + 1 / 6), 10.0 * (1 + 1 / 3)])


def test_vector_equals_scalar():
    tensors, sizes = np.array([1.0, 2.0, 8.0]), np.array([60e9, 75e9, 79e9])
    layout = replace(PLAIN, tensor=tensors, pipeline=np.array([32.0, 1.0, 2.0]))
    together = expected_seconds(layout=layout, seconds=7.0, size=sizes, room=80e9, doubt=DOUBT)
    for index, value in enumerate(together):
        alone = replace(PLAIN, tensor=float(tensors[index]), pipeline=float(layout.pipeline[index]))
        assert value == pytest.approx(
            float(
                expected_seconds(
                    layout=alone, seconds=7.0, size=sizes[index], room=80e9, doubt=DOUBT
                )
            )
        )
