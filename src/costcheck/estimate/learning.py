"""FLOPs of training where not all of a model learns, or other models run beside."""

from dataclasses import dataclass

from costcheck.estimate.recipe_problems import ADAPTED, method_of
from costcheck.estimate.recipe_rules import (
    adapters_in,
    compared_length,
    objective_of,
    rank_of,
    rules_of,
    teacher_flops,
)
from costcheck.estimate.study import Study
from costcheck.graph.nodes import Factors, Node, product, total
from costcheck.physics.architectures.architecture import Architecture
from costcheck.scenario.run import Adapter

PASSES = 3.0
"""Forward, and a backward pass of twice the forward's matmuls."""

FROZEN_PASSES = {"lora": 2.0, "qlora": 2.0, "dora": 2.0, "frozen-backbone": 1.0}
"""Passes of a frozen weight: forward and the gradient of its input; the head's own gradient asks
for none below it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Forward:
    """Nodes of one forward pass: products with weights, cores without, where these are known."""

    matmuls: Node
    cores: Node | None
    whole: Node


def is_plain(study: Study) -> bool:
    """Whether all of the model learns and nothing runs beside."""
    training = study.training
    return method_of(training) == "full" and training.objective in (None, "pretrain", "sft", "orpo")


def flops_per_token(study: Study, network: Architecture | None, forward: Forward) -> Node:
    """FLOP of one trained token: frozen weights without their gradient, adapters, other passes.

    Of a model that is a size alone, head and adapters count as nothing.
    """
    unit, parts = "FLOP/token", [_trained(study, network, forward)]
    objective = objective_of(study)
    if objective.scoring_passes:
        why = "forward passes of the reference, and of the model itself where the loss asks"
        passes = study.derived("flops/scoring_passes", objective.scoring_passes, "1", why)
        parts.append(study.let("flops/scoring", unit, passes * forward.whole, why))
    teacher = study.of_stage.teacher
    if objective.teacher and teacher is not None:
        why = f"forward pass of the teacher, {teacher.name}"
        flops = teacher_flops(teacher, compared_length(study))
        parts.append(study.derived("flops/teacher", flops, unit, why))
    why = "what this training needs of one token: forward, backward, adapters, other models"
    return study.let("flops_per_token", unit, total(*parts), why)


def _trained(study: Study, network: Architecture | None, forward: Forward) -> Node:
    method, unit = method_of(study.training), "FLOP/token"
    all_passes = study.derived("flops/passes", PASSES, "1", "forward and twice that backward")
    if method == "full" and not objective_of(study).scalar_head:
        return study.let("flops/trained", unit, all_passes * forward.whole, "forward and backward")
    weights = network.head.weights() if network else ()
    head = 2.0 * sum(weight.inputs * weight.outputs for weight in weights)
    if method == "full":
        why = "the head gives one number per sequence"
        without = study.derived("flops/head", -PASSES * head, unit, why)
        whole = study.let("flops/with_head", unit, all_passes * forward.whole, "with a whole head")
        return study.let("flops/trained", unit, total(whole, without), "forward and backward")
    why = "passes of a frozen weight: forward, and the gradient of its input where any is asked"
    passes = study.derived("flops/frozen_passes", FROZEN_PASSES[method], "1", why)
    if method not in ADAPTED:
        why = "gradient of the head's weights"
        frozen = study.let("flops/frozen", unit, passes * forward.whole, "one forward pass")
        own = study.derived("flops/head_gradient", head, unit, why)
        return study.let("flops/trained", unit, total(frozen, own), "the head learns")
    products = study.let("flops/frozen", unit, passes * forward.matmuls, "frozen weights")
    if network is None or forward.cores is None:
        return products
    cores = study.let("flops/cores", unit, all_passes * forward.cores, "scores both ways")
    added = study.let("flops/adapters", unit, _adapters(study, network), "adapters, all passes")
    return study.let("flops/trained", unit, total(products, cores, added), "forward and backward")


def _adapters(study: Study, network: Architecture) -> Factors:
    """FLOP of the adapters: six per parameter that a token meets."""
    found = adapters_in(study, network)
    stated, default = (study.training.adapter or Adapter()).rank, rank_of(study)
    why = "inner width of the adapters"
    rank = (
        study.stated("adapter/rank", stated, "1", why)
        if stated
        else study.derived("adapter/rank", default, "1", f"{why}: usual", _sources(study))
    )
    width = found.width if found else 0
    size = study.derived("adapter/width", width, "1", "inputs and outputs of all adapters")
    each = study.derived("flops/per_trained_parameter", 2.0 * PASSES, "FLOP", "6ND rule")
    return product(each, rank, size)


def _sources(study: Study) -> tuple[str, ...]:
    rules = rules_of(study)
    named = {source["key"]: source["title"] for source in rules["sources"]}
    return tuple(named[key] for key in rules["adapters"]["rank"]["sources"])
