"""One step of reinforcement learning on its fleet: who does what for how long, and who waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from costcheck.estimate.compute import Compute
from costcheck.estimate.engines import EngineFormula, EngineNodes, engine_nodes
from costcheck.estimate.prior import modelled_mfu
from costcheck.estimate.rollout_shape import Shape
from costcheck.estimate.study import Study, central
from costcheck.estimate.timing import count_node, peak_node, stated_mfu
from costcheck.graph.nodes import Array, Node, Unknown, call, leaves, product, total
from costcheck.physics import stages as formulas
from costcheck.physics.decode.answers import Answers
from costcheck.physics.decode.cycle import refit_seconds, waiting_gpu_seconds
from costcheck.physics.decode.network import DecodeNetwork
from costcheck.quantities import FLOP_PER_PARAMETER_TOKEN
from costcheck.scenario.rollouts import Engine, Rollouts

if TYPE_CHECKING:
    from costcheck.estimate.predicted import Prediction


ASKED = (
    "answers",
    "prompt_tokens",
    "mean_tokens",
    "longest_tokens",
    "per_prompt",
    "gpus",
    "ahead",
)
"""Arguments of the rollouts that do not describe an engine."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cycle:
    """The parts of a step in accelerator-seconds."""

    parts: Mapping[str, Node]
    flops: Node
    tokens: Node
    """FLOPs of a step, and the tokens that it generates."""
    steps: Node
    count: Node
    prediction: Prediction | None = None
    step: Step | None = None
    """What the parts were made of; None where the file states how fast answers are generated."""


def cycle_of(
    study: Study, asked: Rollouts, compute: Compute, shape: Shape, flops: Mapping[str, Node]
) -> Cycle | str:
    """The steps of a stage on its fleet, or what is missing to know them."""
    count = _count(study, shape)
    passes = Passes(study, compute, shape, flops)
    if stated := _all_stated(study, asked, passes, count):
        return stated
    fleet = fleet_of(study, asked, count)
    engine = engine_nodes(study, asked.engine or Engine(), gpus=central({"g": fleet.rollouts})["g"])
    if isinstance(engine, str):
        return engine
    trained = _trained(study, passes, fleet)
    if isinstance(trained, str):
        return trained
    mfu, prediction = trained
    step = Step(study=study, asked=asked, passes=passes, fleet=fleet, engine=engine, mfu=mfu)
    return Cycle(
        parts=step.parts(),
        flops=passes.whole,
        tokens=shape.tokens,
        steps=shape.steps,
        count=count,
        prediction=prediction,
        step=step,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Fleet:
    """Accelerators that generate and that train; one node where both share them."""

    rollouts: Node
    training: Node
    all: Node
    separate: bool
    asynchronous: bool


@dataclass(frozen=True, eq=False)
class Passes:
    """FLOPs of a step by what is done."""

    study: Study
    compute: Compute
    shape: Shape
    flops: Mapping[str, Node]

    @property
    def whole(self) -> Node:
        """FLOPs of all that is done in one step."""
        why = "rollouts, scoring and updates of one step"
        return self.study.let("step/flops", "FLOP", total(*self.flops.values()), why)

    def gpu_seconds(self, part: str, flops: Node, mfu: Node, *factors: Node) -> Node:
        """Accelerator-seconds of a part in one step, at an MFU."""
        seconds = product(flops, *factors) / (peak_node(self.study) * mfu)
        why = f"accelerator-seconds of {part} in one step, at the MFU"
        return self.study.let(f"step/{part}", "s", seconds, why)


def _all_stated(study: Study, asked: Rollouts, passes: Passes, count: Node) -> Cycle | None:
    """Steps whose passes and rollouts have a stated speed: nothing is added to it."""
    utilization = study.stage.utilization
    if utilization is None or utilization.mfu is None or not _is_measured(asked):
        return None
    mfu = stated_mfu(study, utilization.mfu)
    decode = _decode_mfu(study, asked, passes, mfu)
    speeds = {"rollouts": decode, "scoring": mfu, "updates": mfu}
    parts = {
        part: passes.gpu_seconds(part, passes.flops[part], speed) for part, speed in speeds.items()
    }
    shape = passes.shape
    return Cycle(
        parts=parts, flops=passes.whole, tokens=shape.tokens, steps=shape.steps, count=count
    )


def _is_measured(asked: Rollouts) -> bool:
    return asked.decode_mfu is not None or asked.rollout_share is not None


def _decode_mfu(study: Study, asked: Rollouts, passes: Passes, mfu: Node) -> Node:
    """MFU of generating: stated, or what the stated share of the time implies."""
    if asked.decode_mfu is not None:
        return study.stated("mfu/decode", asked.decode_mfu, "share", "MFU of generating")
    assert asked.rollout_share is not None  # noqa: S101 - one of the two is stated
    why = "rollouts over rollouts and updates, in GPU time"
    implied = call(
        formulas.decode_mfu_from_share,
        rollout_flops=passes.flops["rollouts"],
        update_flops=passes.flops["updates"],
        training_mfu=mfu,
        rollout_share=study.stated("rl/rollout_share", asked.rollout_share, "share", why),
    )
    return study.let("mfu/decode", "share", implied, "MFU of generating, from its share")


def _count(study: Study, shape: Shape) -> Node:
    count = count_node(study)
    if not isinstance(count, Unknown):
        return count
    cycle = study.known.rollouts
    share = study.assumed("rl/answers_per_gpu", cycle["step.per_gpu"], "answers")
    why = "accelerators for the answers of a step: no fleet.count is stated"
    return study.let("rl/gpus", "GPUs", shape.answers / share, why)


def fleet_of(study: Study, asked: Rollouts, count: Node) -> Fleet:
    """Who generates and who trains."""
    asynchronous = bool(asked.asynchronous)
    stated = asked.engine.gpus if asked.engine else None
    if stated is None and not asynchronous:
        return Fleet(rollouts=count, training=count, all=count, separate=False, asynchronous=False)
    cycle = study.known.rollouts
    if stated is not None:
        why = "accelerators that only generate"
        rollouts: Node = study.stated("engine/gpus", stated, "GPUs", why)
    else:
        share = study.assumed("engine/share", cycle["engine.generating_share"], "share")
        why = "accelerators that only generate"
        rollouts = study.let("engine/gpus", "GPUs", product(count, share), why)
    training = study.let(
        "step/training_gpus",
        "GPUs",
        call(training_gpus, gpus=count, generating=rollouts),
        "accelerators that train",
    )
    return Fleet(
        rollouts=rollouts,
        training=training,
        all=count,
        separate=True,
        asynchronous=asynchronous,
    )


def training_gpus(*, gpus: Array, generating: Array) -> Array:
    """Accelerators that are left to train; all where all of them also generate."""
    left = np.subtract(gpus, generating)
    return np.where(left > 0.0, left, gpus)


def _trained(study: Study, passes: Passes, fleet: Fleet) -> tuple[Node, Prediction | None] | str:
    """MFU of the updates: stated, or what the performance model predicts for them."""
    utilization = study.stage.utilization
    if utilization is not None and utilization.mfu is not None:
        return stated_mfu(study, utilization.mfu), None
    from costcheck.estimate.predicted import predict

    update, compute = _update(study, passes, fleet)
    prediction = predict(update, compute)
    if isinstance(prediction, str):
        modelled = modelled_mfu(study, compute)
        return modelled if isinstance(modelled, str) else (modelled.mfu, None)
    return prediction.mfu, replace(prediction, assumed=study.stage.layout is None)


def _update(study: Study, passes: Passes, fleet: Fleet) -> tuple[Study, Compute]:
    """The update of one step by itself: its accelerators, its packed sequences, their FLOPs."""
    sizes: dict[str, tuple[Node, str, str]] = {
        "sequence_length": (passes.compute.sequence_length, "tokens", "tokens of a sequence"),
        "answers": (passes.shape.answers, "sequences", "sequences of one update step"),
        "gpus": (fleet.training, "GPUs", "accelerators of the update"),
    }
    whole = {key: _whole(study, f"update/{key}", *size) for key, size in sizes.items()}
    six = study.derived("flops/six", FLOP_PER_PARAMETER_TOKEN, "FLOP", "6ND rule")
    per_token = study.let(
        "update/flops_per_token",
        "FLOP/token",
        product(six, study.made[study.named("flops/effective_parameters")]),
        "FLOPs of a trained token of an answer",
    )
    compute = replace(
        passes.compute,
        sequence_length=whole["sequence_length"],
        computed_length=whole["sequence_length"],
        flops_per_token=per_token,
    )
    stage = study.stage if study.stage.layout is not None else replace(study.stage, layout="auto")
    of_stage = replace(study.of_stage, stage=stage)
    # A stated batch splits the answers of a step into several updates.
    batch = None if study.training.global_batch is not None else whole["answers"]
    return replace(study, of_stage=of_stage, gpus=whole["gpus"], batch=batch), compute


def _whole(study: Study, path: str, node: Node, unit: str, why: str) -> Node:
    """A number that a layout divides: as it stands where it is whole and sure, else rounded."""
    value = central({"value": node})["value"]
    if value.is_integer() and not any(leaf.is_uncertain for leaf in leaves([node])):
        return node
    return study.derived(path, max(round(value), 1), unit, why)


@dataclass(frozen=True, kw_only=True, eq=False)
class Step:
    """One step on its fleet, with engines and updates as they are modelled."""

    study: Study
    asked: Rollouts
    passes: Passes
    fleet: Fleet
    engine: EngineNodes
    mfu: Node

    def parts(self) -> dict[str, Node]:
        """Accelerator-seconds of each part."""
        updates, scoring = self._passes()
        passes = {"scoring": scoring, "updates": updates, "new_weights": self._surround()}
        if not _is_measured(self.asked):
            return {**self._generated(updates, scoring), **passes}
        decode = _decode_mfu(self.study, self.asked, self.passes, self.mfu)
        slower = () if self.asked.decode_mfu is not None else self._uneven()
        flops = self.passes.flops["rollouts"]
        return {"rollouts": self.passes.gpu_seconds("rollouts", flops, decode, *slower), **passes}

    def _generated(self, updates: Node, scoring: Node) -> dict[str, Node]:
        """Accelerator-seconds of generating and of waiting."""
        study, fleet = self.study, self.fleet
        why = "accelerator-seconds of scoring and updating in one step"
        both = study.let("step/passes", "s", total(updates, scoring), why)
        why = "scoring and updating in one step"
        waiting = call(
            waiting_gpu_seconds,
            asynchronous=fleet.asynchronous,
            separate=fleet.separate,
            rollout_seconds=self._rollouts("step/rollout_seconds", full=False),
            full_seconds=self._rollouts("step/full_seconds", full=True),
            training_seconds=study.let("step/training_seconds", "s", both / fleet.training, why),
            rollout_gpus=fleet.rollouts,
            training_gpus=fleet.training,
            apart=study.fixed("rl/apart", study.known.rollouts["cycle.apart"], "share"),
        )
        full = product(self._rollouts("step/full_seconds", full=True), fleet.rollouts)
        why = "accelerator-seconds of one step in which nothing is computed"
        return {
            "rollouts": study.let("step/rollouts", "s", full, "accelerator-seconds of generating"),
            "waiting": study.let("step/waiting", "s", waiting, why),
        }

    def _passes(self) -> tuple[Node, Node]:
        """Accelerator-seconds of updates and of scoring."""
        study, passes, known = self.study, self.passes, self.study.known.rollouts
        own = study.fixed("rl/own_scoring", known["step.own_scoring"], "1")
        why = "log-probabilities of the policy, by the training software"
        policy = study.let("step/policy_flops", "FLOP", product(own, passes.flops["rollouts"]), why)
        why = "log-probabilities of the policy and everything else that scores"
        scored = total(policy, passes.flops["scoring"])
        forward = study.let("step/forward_flops", "FLOP", scored, why)
        return (
            passes.gpu_seconds("updates", passes.flops["updates"], self.mfu, *self._uneven()),
            passes.gpu_seconds("scoring", forward, self.mfu, *self._uneven()),
        )

    def _uneven(self) -> tuple[Node, ...]:
        """How much longer passes over answers of unequal length take; nothing where measured."""
        study, utilization = self.study, self.study.stage.utilization
        if study.stage.calibration is not None or (utilization and utilization.mfu):
            return ()
        return (study.fixed("rl/updates", study.known.rollouts["cycle.updates"], "1"),)

    def asked_of_engines(self) -> dict[str, Node]:
        """What the engines of the fleet are asked for, and how they are laid out."""
        shape = self.passes.shape
        return {
            "answers": shape.answers,
            "prompt_tokens": shape.prompt,
            "mean_tokens": shape.mean,
            "longest_tokens": shape.longest,
            "per_prompt": shape.per_prompt,
            "gpus": self.fleet.rollouts,
            "ahead": self._ahead(),
            **self.engine.arguments,
        }

    def _rollouts(self, path: str, *, full: bool) -> Node:
        """Seconds of generating: with answers always waiting, or until the longest is done."""
        study, known = self.study, self.study.known.rollouts
        slower = study.fixed("rl/rollouts", known["cycle.rollouts"], "1")
        seconds = call(
            rollout_seconds, formula=self.engine.formula, full=full, **self.asked_of_engines()
        )
        why = "the same answers without a tail" if full else "until the longest answer is done"
        alone = study.let(f"{path}/engine", "s", seconds, f"{why}, an engine by itself")
        return study.let(path, "s", product(alone, slower), why)

    def _ahead(self) -> Node:
        study, why = self.study, "steps by which answers may be older than the weights"
        if self.asked.staleness is not None and self.fleet.asynchronous:
            return study.stated("rl/staleness", self.asked.staleness, "steps", why)
        return study.derived("rl/staleness", float(self.fleet.asynchronous), "steps", why)

    def _surround(self) -> Node:
        """Accelerator-seconds around rollouts and updates."""
        study, fleet, known = self.study, self.fleet, self.study.known.rollouts
        terms = [self._refit()]
        kind = "separate_seconds" if fleet.separate else "colocated_seconds"
        terms.append(study.fixed(f"rl/{kind}", known[f"cycle.{kind}"], "s"))
        if self.asked.reward_time is not None:
            hours = study.stated("rl/reward_time", self.asked.reward_time, "h", "rewards")
            seconds = product(hours, study.conversion("seconds_per_hour"))
            terms.append(study.let("step/reward_seconds", "s", seconds, "waiting for rewards"))
        why = "seconds of one step around rollouts and updates"
        around = study.let("step/around", "s", total(*terms), why)
        why = "accelerator-seconds of one step around rollouts and updates"
        return study.let("step/new_weights", "s", product(around, fleet.all), why)

    def _refit(self) -> Node:
        study, known, engine = self.study, self.study.known.rollouts, self.engine.arguments
        names = ("weight_bytes", "tensor", "pipeline", "nic_per_gpu")
        seconds = call(
            engine_refit_seconds,
            network=self.engine.formula.network,
            tensor_seconds=study.fixed("rl/tensor_seconds", known["cycle.tensor_seconds"], "s"),
            **{name: engine[name] for name in names},
        )
        refit = study.let("step/refit", "s", seconds, "handing the new weights to the engines")
        if not self.fleet.asynchronous:
            return refit
        exposed = study.fixed("rl/exposed", known["cycle.exposed"], "share")
        why = "what engines wait for while they get new weights"
        return study.let("step/exposed_refit", "s", product(refit, exposed), why)


def rollout_seconds(*, formula: EngineFormula, full: bool, **values: Array) -> Array:
    """How long the engines of a fleet take for the answers of one step [s]."""
    waiting = np.asarray(1.0 + values["ahead"])
    asked, engine = answers_of(values)
    found = formula.generated(answers=asked, **engine)
    return np.asarray((found.full_seconds if full else found.seconds) / waiting)


def answers_of(values: Mapping[str, Array]) -> tuple[Answers, dict[str, Array]]:
    """What one of the engines is asked for, and the quantities that describe it."""
    engine = {key: value for key, value in values.items() if key not in ASKED}
    engines = np.maximum(values["gpus"] / (engine["tensor"] * engine["pipeline"]), 1.0)
    each = values["answers"] / engines * (1.0 + values["ahead"])
    longest = values["longest_tokens"]
    asked = Answers(
        count=each,
        prompt_tokens=values["prompt_tokens"],
        prompts_read=np.maximum(each / values["per_prompt"], 1.0),
        mean_tokens=np.minimum(values["mean_tokens"], longest),
        longest_tokens=longest,
    )
    return asked, engine


def engine_refit_seconds(
    *,
    network: DecodeNetwork,
    tensor_seconds: Array,
    weight_bytes: Array,
    tensor: Array,
    pipeline: Array,
    nic_per_gpu: Array,
) -> Array:
    """How long engines take to get new weights [s]."""
    return np.asarray(
        refit_seconds(
            network=network,
            tensor_seconds=tensor_seconds,
            weight_bytes=weight_bytes,
            engine_gpus=tensor * pipeline,
            nic_bytes_per_second=nic_per_gpu,
        )
    )
