"""Stages that are not plain training: what RL, synthetic data and ablations compute and take.

Rollouts and synthetic data are generated one token at a time, at a few per cent of the peak, so
the hours of such a stage are the sum of its parts, each at its own MFU. Stated hours come first,
as everywhere: the parts then only say what the stage computes.
"""

from collections.abc import Mapping
from dataclasses import replace

from costcheck.estimate.compute import Compute, stated_compute
from costcheck.estimate.study import GENERATING_KINDS, Study
from costcheck.estimate.timing import Speeds, peak_node, stated_mfu
from costcheck.graph.nodes import Array, Node, call, product, total
from costcheck.physics import stages as formulas
from costcheck.quantities import FLOP_PER_PARAMETER_TOKEN
from costcheck.scenario.schema import Generation, Reinforcement, Stage
from costcheck.text.quantity import Quantity


def is_a_share(study: Study) -> bool:
    """Whether the stage is known only as a share of the final run."""
    stage, training = study.stage, study.training
    stated = (training.tokens, training.compute, stage.gpu_hours, stage.duration)
    return stage.kind == "ablations" and not any(stated)


def without_foreign_mfu(study: Study) -> Stage:
    """The stage without an MFU that speaks of another kind of work."""
    stage = study.stage
    if stage.utilization is None or not (stage.kind in GENERATING_KINDS or is_a_share(study)):
        return stage
    return replace(stage, utilization=replace(stage.utilization, mfu=None))


def kind_compute(study: Study, plain: Compute) -> Compute:
    """What the stage computes, by its kind."""
    if study.stage.kind == "rl":
        return _reinforcement(study, plain)
    if study.stage.kind == "synthetic-data" and study.training.tokens is not None:
        return _generation(study, plain)
    if is_a_share(study) and study.final_run:
        flops = study.result(
            "training_flops",
            _ablation_share(study) * study.final_run["training_flops"],
            "ablations and debugging, over the final run",
        )
        return replace(plain, training_flops=flops, six_nd_flops=flops, basis="share of the run")
    return plain


def kind_speeds(study: Study, compute: Compute, plain: Speeds) -> Speeds:
    """How fast the stage runs, by its kind."""
    stage = study.stage
    if stage.kind == "ablations":
        return Speeds(hours=_ablation_hours(study)) if is_a_share(study) else plain
    if stage.kind == "synthetic-data":
        stated = (stage.generation or Generation()).decode_mfu
        decode = _term(study, "mfu/decode", stated, "generation.decode_mfu", "MFU of generating")
        return Speeds(step={"generation": decode})
    step, mfu = plain.step, stage.utilization.mfu if stage.utilization else None
    if mfu is not None:
        step = {"stated": stated_mfu(study, mfu)}
    if step:
        return Speeds(step=_mixed(study, compute, step))
    return Speeds(end_to_end=_mixed(study, compute, plain.end_to_end))


def rollout_token_flops(
    *, active_parameters: Array, scorers: Array, update_passes: Array
) -> Array | float:
    """FLOPs of one rollout token: generated, scored, trained on."""
    return (
        formulas.generation_flops(active_parameters=active_parameters, kept_tokens=1.0)
        + formulas.scoring_flops(scorer_parameters=active_parameters * scorers, scored_tokens=1.0)
        + formulas.update_flops(
            active_parameters=active_parameters, tokens=1.0, passes=update_passes
        )
    )


def _reinforcement(study: Study, compute: Compute) -> Compute:
    weights = _effective_parameters(study, compute)
    per_token = study.let(
        "flops/rollout_token",
        "FLOP/token",
        call(
            rollout_token_flops,
            active_parameters=weights,
            scorers=_scorers(study),
            update_passes=_passes(study),
        ),
        "one rollout token: generated, scored and trained on",
    )
    tokens = _rollout_tokens(study, compute, per_token)
    flops = study.result(
        "training_flops", total(*_parts(study, weights, tokens)), "rollouts, scoring and updates"
    )
    return replace(
        compute,
        tokens=tokens,
        flops_per_token=per_token,
        training_flops=flops,
        six_nd_flops=flops,
        basis="rollouts, scoring and updates",
    )


def _parts(study: Study, weights: Node, tokens: Node) -> tuple[Node, Node, Node]:
    """FLOPs of rollouts, of scoring them and of the updates."""
    rollouts = study.let(
        "flops/rollouts",
        "FLOP",
        call(formulas.generation_flops, active_parameters=weights, kept_tokens=tokens),
        "a forward pass for every generated token",
    )
    why = "everything that scores a rollout"
    scorers = study.let("rl/scorer_parameters", "parameters", _scorers(study) * weights, why)
    scoring = study.let(
        "flops/scoring",
        "FLOP",
        call(formulas.scoring_flops, scorer_parameters=scorers, scored_tokens=tokens),
        "a forward pass of reference policy, reward model or verifier",
    )
    passes = _passes(study)
    updates = study.let(
        "flops/updates",
        "FLOP",
        call(formulas.update_flops, active_parameters=weights, tokens=tokens, passes=passes),
        "forward and backward passes over the rollouts",
    )
    return rollouts, scoring, updates


def _rollout_tokens(study: Study, compute: Compute, per_token: Node) -> Node:
    rl, training = _rl(study), study.training
    if rl.prompts is not None and rl.tokens_per_rollout is not None:
        stated = (
            ("prompts", rl.prompts, "prompts", "prompts over the whole stage"),
            ("tokens_per_rollout", rl.tokens_per_rollout, "tokens", "tokens of one answer"),
            ("rollouts_per_prompt", rl.rollouts_per_prompt, "1", "answers per prompt"),
        )
        factors = [
            study.stated(f"rl/{key}", quantity, unit, why)
            for key, quantity, unit, why in stated
            if quantity is not None
        ]
        why = "tokens generated over the whole stage"
        return study.let("rl/tokens", "tokens", product(*factors), why)
    if training.tokens is None and training.compute is not None:
        flops, why = stated_compute(study, training.compute), "follows from the stated compute"
        return study.let("rl/tokens", "tokens", flops / per_token, why)
    return compute.tokens


def _generation(study: Study, compute: Compute) -> Compute:
    stated = (study.stage.generation or Generation()).kept_share
    path = "generation/kept_share"
    flops = study.result(
        "training_flops",
        call(
            formulas.generation_flops,
            active_parameters=_effective_parameters(study, compute),
            kept_tokens=compute.tokens,
            kept_share=_term(study, path, stated, "generation.kept_share", "kept over generated"),
        ),
        "a forward pass for every generated token, kept or not",
    )
    why = "FLOPs per token that is kept"
    return replace(
        compute,
        flops_per_token=study.let("flops/kept_token", "FLOP/token", flops / compute.tokens, why),
        training_flops=flops,
        six_nd_flops=flops,
        basis="generation, with what is filtered away",
    )


def _ablation_hours(study: Study) -> Mapping[str, Node]:
    if not study.final_run:
        return {}
    hours = study.let(
        "gpu_hours/share_of_final_run",
        "GPU-hours",
        _ablation_share(study) * study.final_run["gpu_hours"],
        "ablations and debugging, over the final run",
    )
    return {"share of the final run": hours}


def _ablation_share(study: Study) -> Node:
    why, stated = "ablations and debugging over the final run", study.stage.share_of_final_run
    path, default = "ablations/share_of_final_run", "ablations.share_of_final_run"
    return _term(study, path, stated, default, why)


def _mixed(study: Study, compute: Compute, speeds: Mapping[str, Node]) -> dict[str, Node]:
    """MFU of rollouts, scoring and updates together, from the hours of each."""
    if not speeds:
        return {}
    flops, peak = compute.training_flops, peak_node(study)
    training_mfu = next(iter(speeds.values()))
    decode_mfu = _decode_mfu(study, training_mfu)
    mfus = {"rollouts": decode_mfu, "scoring": training_mfu, "updates": training_mfu}
    hours = [
        study.let(
            f"gpu_hours/{part}",
            "GPU-hours",
            call(formulas.gpu_hours, flops=node, peak_flops_per_second=peak, mfu=mfu),
            f"productive hours of {part}",
        )
        for node, (part, mfu) in zip(flops.children, mfus.items(), strict=True)
    ]
    why = "rollouts, scoring and updates"
    parts = study.let("gpu_hours/parts", "GPU-hours", total(*hours), why)
    mixed = study.let(
        "mfu/mixed",
        "share",
        flops / (parts * peak * study.conversion("seconds_per_hour")),
        "FLOPs of all parts over what the peak allowed in their hours",
    )
    return {"rollouts and updates": mixed}


def _decode_mfu(study: Study, training_mfu: Node) -> Node:
    rl, path = _rl(study), "mfu/decode"
    if rl.decode_mfu is not None:
        return study.stated(path, rl.decode_mfu, "share", "MFU of generating")
    share = _term(
        study,
        "rl/rollout_share",
        rl.rollout_share,
        "reinforcement.rollout_share",
        "rollouts over rollouts and updates, in GPU time",
    )
    return study.let(
        path,
        "share",
        call(
            formulas.decode_mfu_from_share,
            training_mfu=training_mfu,
            rollout_share=share,
            update_passes=_passes(study),
        ),
        "MFU of generating that the share of the time implies",
    )


def _passes(study: Study) -> Node:
    why, stated = "training passes over each rollout", _rl(study).update_passes
    return _term(study, "rl/update_passes", stated, "reinforcement.update_passes", why)


def _scorers(study: Study) -> Node:
    why = "parameters of everything that scores a rollout, over the policy's"
    stated, default = _rl(study).scorers, "reinforcement.scorers_over_policy"
    return _term(study, "rl/scorers", stated, default, why)


def _effective_parameters(study: Study, compute: Compute) -> Node:
    # A sixth of a trained token's FLOPs is what the formulas call active parameters, with the
    # attention of this architecture and sequence length counted in.
    return study.let(
        "flops/effective_parameters",
        "parameters",
        compute.flops_per_token
        / study.derived("flops/six", FLOP_PER_PARAMETER_TOKEN, "FLOP", "6ND rule"),
        "FLOPs of a trained token over 6: weights and attention one token meets",
    )


def _term(study: Study, path: str, stated: Quantity | None, default: str, why: str) -> Node:
    return study.term(path, stated, study.known.stages[default], "1", why)


def _rl(study: Study) -> Reinforcement:
    return study.stage.rl or Reinforcement()
