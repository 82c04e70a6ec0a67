"""What a stage does not say: the top level of the file says it, or its own other words do."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from costcheck.catalog.hardware import Accelerator
from costcheck.scenario.pricing import Pricing
from costcheck.scenario.run import (
    ConfigFile,
    Fleet,
    Layout,
    MeasuredFile,
    MeasuredStep,
    Run,
    Sizes,
    Training,
    Utilization,
)
from costcheck.scenario.schema import Scenario, Stage
from costcheck.text.quantity import Quantity

R = TypeVar("R", bound=Run)

_WHOLE = (
    Accelerator,
    ConfigFile,
    MeasuredFile,
    MeasuredStep,
    Pricing,
    Quantity,
    Sizes,
    Utilization,
)
"""Sections that are replaced as one: half of one way of paying means nothing in another."""

_SPLIT = ("tensor", "pipeline", "context")
"""Degrees whose accelerators work on the same sequences."""

_AMOUNTS = ("gpu_hours", "duration")
"""Keys of the top level that say how much is done."""

_TRAINING_AMOUNTS = ("tokens", "samples", "compute", "steps", "data")


def stages_of(scenario: Scenario) -> tuple[Stage, ...]:
    """Return the stages with the top level's defaults filled in; without stages, the one run.

    An amount (tokens, compute, GPU-hours, duration) of the top level goes only to pre-training
    that states no amount of its own: a stage with its own hours must not inherit another's tokens,
    and no fine-tuning runs for as long as the pre-training.
    """
    top = {item.name: getattr(scenario, item.name) for item in fields(Run)}
    if not scenario.stages:
        return (Stage(name=scenario.name or "run", **top),)
    return tuple(_inherit(stage, Run(**top)) for stage in scenario.stages)


def _inherit(stage: Stage, top: Run) -> Stage:
    own_amount = states_amount(stage) or stage.kind != "pre-training"
    base = _without_amounts(top) if own_amount else top
    return merged(stage, base)


def merged(own: R, base: Run) -> R:
    """Return `own` with what it leaves open taken from `base`, section by section."""
    changes: dict[str, Any] = {}
    for item in fields(Run):
        mine, theirs = getattr(own, item.name), getattr(base, item.name)
        changes[item.name] = _merge_value(mine, theirs)
    return replace(own, **changes)


def _merge_value(mine: object, theirs: object) -> object:
    if mine is None:
        return theirs
    alike = type(mine) is type(theirs) and is_dataclass(mine) and not isinstance(mine, type)
    if not alike or isinstance(mine, _WHOLE):
        return mine
    if isinstance(mine, Fleet) and isinstance(theirs, Fleet) and mine.gpu is not None:
        # Another accelerator: the servers and the network around the old one do not come along.
        theirs = Fleet(count=theirs.count)
    changes = {
        item.name: _merge_value(getattr(mine, item.name), getattr(theirs, item.name))
        for item in fields(mine)  # type: ignore[arg-type]
    }
    return replace(mine, **changes)  # type: ignore[type-var]


def states_amount(stage: Stage) -> bool:
    """Return whether a stage says itself how much it does."""
    training = stage.training or Training()
    return any(getattr(stage, name) is not None for name in _AMOUNTS) or any(
        getattr(training, name) is not None for name in _TRAINING_AMOUNTS
    )


def _without_amounts(top: Run) -> Run:
    training = top.training
    if training is not None:
        training = replace(training, tokens=None, compute=None, steps=None, data=None)
    return replace(top, gpu_hours=None, duration=None, training=training)


def with_batch(stage: Stage) -> Stage:
    """The stage with its global batch, where micro-batches of each rank say it."""
    layout, training = stage.layout, stage.training or Training()
    if not isinstance(layout, Layout) or layout.accumulation is None or training.global_batch:
        return stage
    ranks = _ranks(stage, layout)
    if not ranks:
        return stage
    each = layout.micro_batch.value if layout.micro_batch else 1.0
    times = layout.accumulation
    size = each * times.value * ranks
    text = f"{each:.0f} x {times.text} on each of {ranks} ranks"
    batch = replace(times, value=size, low=size, high=size, text=text)
    return replace(stage, training=replace(training, global_batch=batch))


def _ranks(stage: Stage, layout: Layout) -> int:
    """Data-parallel ranks as stated, else as the fleet leaves them; 0 where neither says."""
    if layout.data is not None:
        return int(layout.data.value)
    count = stage.fleet.count if stage.fleet else None
    width = math.prod(d.value for name in _SPLIT if (d := getattr(layout, name)) is not None)
    return int(count.value // width) if count is not None else 0
