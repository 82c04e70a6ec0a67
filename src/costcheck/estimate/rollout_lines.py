"""What to say of a stage of reinforcement learning: what its hours go into, what decides them."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace

import numpy as np

from costcheck.catalog.words import words_of
from costcheck.estimate.rollout_steps import Cycle, Step, answers_of, fleet_of
from costcheck.estimate.study import Study, central
from costcheck.graph.nodes import Node
from costcheck.physics.decode.engine import most_sequences, token_seconds
from costcheck.scenario.rollouts import Engine


def step_lines(study: Study, cycle: Cycle) -> Iterator[str]:
    """Yield the lines of a stage."""
    step = cycle.step
    if step is None:
        return
    if step.fleet.all.name.endswith("rl/gpus"):
        gpus = central({"gpus": step.fleet.all})["gpus"]
        yield f"{study.stage.name}: a fleet of {gpus:,.0f} GPUs is taken: no fleet.count is stated"
    seconds = central(cycle.parts)
    whole = sum(seconds.values())
    shares = sorted(seconds, key=lambda part: -seconds[part])
    called = words_of("rollouts_short")
    listed = ", ".join(f"{seconds[part] / whole:.0%} {called[part]}" for part in shares)
    yield f"{study.stage.name}: of the GPU-hours {listed}; {_binding(step, seconds)}"
    yield f"{study.stage.name}: {step.engine.note}"
    if "waiting" in seconds:
        yield from _saving(study, step, whole)
    shape = step.passes.shape
    size = central({"answers": shape.answers, "mean": shape.mean})
    yield (
        f"{study.stage.name}: a step is {size['answers']:,.0f} answers of "
        f"{size['mean']:,.0f} tokens"
    )


def _saving(study: Study, step: Step, whole: float) -> Iterator[str]:
    gains = {text: 1.0 - total / whole for text, total in _changed(study, step).items()}
    best = max(gains, key=lambda text: gains[text], default="")
    if best and gains[best] >= study.known.rollouts["step.least_gain"].value:
        yield f"{study.stage.name}: {best} would save most, {gains[best]:.0%} of the GPU-hours"


def _binding(step: Step, seconds: Mapping[str, float]) -> str:
    """What decides how long a step takes."""
    if "waiting" not in seconds:
        return "rollouts as stated"
    answers = seconds["rollouts"] + seconds["waiting"]
    if seconds["updates"] + seconds["scoring"] > max(answers, seconds["new_weights"]):
        return "the passes over the answers decide"
    if seconds["new_weights"] > answers:
        return "handing over new weights, step by step, decides"
    decides = step.study.known.rollouts["step.longest_decides"].value
    if not step.fleet.separate and seconds["waiting"] > decides * seconds["rollouts"]:
        return "the longest answer decides"
    values = {key: np.asarray(value) for key, value in central(step.asked_of_engines()).items()}
    asked, engine = answers_of(values)
    generator = step.engine.formula.on(engine)
    prompt, mean = asked.prompt_tokens, asked.mean_tokens
    held = float(most_sequences(generator, prompt_tokens=prompt, answer_tokens=mean))
    if held < float(asked.count):
        return f"memory for the KV cache decides: {held:,.0f} answers fit an engine at once"
    terms = token_seconds(generator, sequences=asked.count, context=prompt + 0.5 * mean)
    names = (each.name for each in fields(terms))
    largest = max(names, key=lambda name: float(getattr(terms, name)))
    return str(words_of("decoding")[largest])


def _changed(study: Study, step: Step) -> dict[str, float]:
    """Accelerator-seconds of a step after each change that one may make."""
    changed = {}
    for text, other in _changes(study, step).items():
        # Nodes of what might have been are no part of the estimate's graph.
        apart = replace(study, prefix=f"{study.prefix}{text}/", made=dict(study.made))
        moved = replace(other, study=apart, passes=replace(other.passes, study=apart))
        changed[text] = sum(central(moved.parts()).values())
    return changed


def _changes(study: Study, step: Step) -> dict[str, Step]:
    asked, shape = step.asked, step.passes.shape
    study = replace(study, prefix=f"{study.prefix}changed/", made=dict(study.made))
    changes = {}
    if not step.fleet.asynchronous:
        ahead = replace(asked, asynchronous=True)
        split = fleet_of(study, ahead, step.fleet.all)
        changes["asynchronous: true"] = replace(step, asked=ahead, fleet=split)
    halved = _scaled(study, "longest", shape.longest, 0.5)
    if central({"half": halved, "mean": shape.mean})["half"] > central({"m": shape.mean})["m"]:
        shorter = replace(step.passes, shape=replace(shape, longest=halved))
        changes["half the limit of an answer"] = replace(step, passes=shorter)
    fleet = step.fleet
    fewer = replace(
        fleet,
        rollouts=_scaled(study, "rollouts", fleet.rollouts, 0.5),
        training=_scaled(study, "training", fleet.training, 0.5),
        all=_scaled(study, "all", fleet.all, 0.5),
    )
    if central({"gpus": fewer.rollouts})["gpus"] >= step.engine.gpus:
        changes["half the fleet"] = replace(step, fleet=fewer)
    engine = asked.engine or Engine()
    if engine.precision is None and study.hardware and study.hardware.entry.peak.fp8:
        stored = study.known.rollouts["engine.weight_bytes.fp8"]
        arguments = {
            **step.engine.arguments,
            "weight_bytes": study.fixed("engine/weight_bytes_fp8", stored, "bytes"),
        }
        narrow = replace(step.engine, arguments=arguments)
        changes["generating in fp8"] = replace(step, engine=narrow)
    return changes


def _scaled(study: Study, name: str, node: Node, factor: float) -> Node:
    value = central({"value": node})["value"] * factor
    return study.derived(f"changed/{name}", value, node.unit)
