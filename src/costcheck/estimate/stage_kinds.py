"""Stages that are not plain training: what RL, synthetic data and ablations compute and take.

Stated hours come first, as everywhere: what is known of the kind then only says what the stage
computes, and what it would have taken.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from costcheck.estimate.compute import Compute, effective_parameters
from costcheck.estimate.engines import engine_nodes, full_token_seconds
from costcheck.estimate.goodput import goodput_node
from costcheck.estimate.study import Study
from costcheck.estimate.timing import Speeds, count_node
from costcheck.graph.nodes import Node, call, product
from costcheck.physics import stages as formulas
from costcheck.scenario.rollouts import Engine
from costcheck.scenario.schema import Generation
from costcheck.text.quantity import Quantity

SHARE = "share of the final run"


def kind_compute(study: Study, plain: Compute) -> Compute:
    """What the stage computes, by its kind."""
    if study.is_a_share and study.final_run:
        flops = study.result(
            "training_flops",
            _share(study) * study.final_run["training_flops"],
            f"{study.stage.name}, over the final run",
        )
        return replace(plain, training_flops=flops, six_nd_flops=flops, basis="share of the run")
    if study.stage.kind == "synthetic-data" and study.training.tokens is not None:
        return _generation(study, plain)
    return plain


def kind_speeds(study: Study, compute: Compute, plain: Speeds) -> Speeds:
    """How fast the stage runs, by its kind."""
    if study.is_a_share:
        why = "" if study.final_run else "share_of_final_run needs a training stage before this one"
        return Speeds(hours=_share_hours(study), why=why)
    if study.stage.kind == "synthetic-data":
        return _generating(study, compute)
    return plain


def _generating(study: Study, compute: Compute) -> Speeds:
    """How fast a teacher generates: its stated MFU, else its engines, always full."""
    stage = study.stage
    generation = stage.generation or Generation()
    if generation.decode_mfu is not None:
        why = "MFU of generating"
        return Speeds(
            step={"generation": study.stated("mfu/decode", generation.decode_mfu, "share", why)}
        )
    if stage.gpu_hours is not None or stage.duration is not None:
        return Speeds()
    engine = engine_nodes(study, generation.engine or Engine(), gpus=np.inf)
    if isinstance(engine, str):
        return Speeds(why=engine)
    cycle = study.known.rollouts
    lengths = {
        key: study.term(
            f"generation/{key}",
            getattr(generation, key),
            cycle[f"step.{key}"],
            "tokens",
            cycle[f"step.{key}"].why,
        )
        for key in ("prompt_tokens", "answer_tokens")
    }
    per_token = study.let(
        "generation/gpu_seconds_per_token",
        "s",
        call(full_token_seconds, formula=engine.formula, reads=True, **lengths, **engine.arguments),
        "accelerator-seconds of one token on a full engine",
    )
    default = cycle["residual"]
    residual = study.assumed("generation/residual", default, "1", default.why)
    generated = compute.tokens / _kept_share(study)
    tokens = study.let("generation/tokens", "tokens", generated, "tokens generated, kept or not")
    per_hour = study.conversion("seconds_per_hour")
    goodput = goodput_node(study, count_node(study))
    why = "tokens on full engines"
    hours = product(tokens, per_token, residual) / (per_hour * goodput)
    return Speeds(hours={"generation": study.let("gpu_hours/generation", "GPU-hours", hours, why)})


def _generation(study: Study, compute: Compute) -> Compute:
    flops = study.result(
        "training_flops",
        call(
            formulas.generation_flops,
            active_parameters=effective_parameters(study, compute.flops_per_token),
            kept_tokens=compute.tokens,
            kept_share=_kept_share(study),
        ),
        "a forward pass for every generated token, kept or not",
    )
    why = "FLOPs per token that is kept"
    return replace(
        compute,
        flops_per_token=study.let("flops/kept_token", "FLOP/token", flops / compute.tokens, why),
        training_flops=flops,
        six_nd_flops=study.unknown("flops/six_nd", "FLOP", "6ND is for training alone"),
        basis="generation, with what is filtered away",
    )


def _kept_share(study: Study) -> Node:
    stated = (study.stage.generation or Generation()).kept_share
    path, default = "generation/kept_share", "generation.kept_share"
    return _term(study, path, stated, default, "kept over generated")


def _share_hours(study: Study) -> Mapping[str, Node]:
    if not study.final_run:
        return {}
    hours = study.let(
        "gpu_hours/share_of_final_run",
        "GPU-hours",
        _share(study) * study.final_run["gpu_hours"],
        f"{study.stage.name}, over the final run",
    )
    return {SHARE: hours}


def _share(study: Study) -> Node:
    why, stated = f"{study.stage.name} over the final run", study.stage.share_of_final_run
    path, default = "ablations/share_of_final_run", "ablations.share_of_final_run"
    return _term(study, path, stated, default, why)


def _term(study: Study, path: str, stated: Quantity | None, default: str, why: str) -> Node:
    return study.term(path, stated, study.known.stages[default], "1", why)
