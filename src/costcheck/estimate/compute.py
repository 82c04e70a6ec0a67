"""Parameters and FLOPs of a stage, from the exact architecture or from the size alone."""

import math
from dataclasses import dataclass

import numpy as np

from costcheck.estimate.amount import amount_nodes, computed_length, states_tokens
from costcheck.estimate.learning import PASSES, Forward, flops_per_token, is_plain
from costcheck.estimate.model_source import ResolvedModel
from costcheck.estimate.recipe_problems import method_of
from costcheck.estimate.study import Study
from costcheck.graph.nodes import Array, Node, Unknown, call, choice, total
from costcheck.physics.architectures.architecture import Architecture
from costcheck.physics.architectures.flops import core_flops
from costcheck.physics.architectures.parameters import (
    active_parameters,
    active_parameters_without_input_embedding,
    matmul_parameters,
    parameter_tree,
)
from costcheck.quantities import FLOP_PER_PARAMETER_TOKEN
from costcheck.text.quantity import Quantity

WORKED = "stated hours x stated speed"
"""How FLOPs are known that nobody states: the hours and the speed then decide them."""


POSITION_STEP = 64
"""Tables of positions have a few rows more than sequences have tokens (OPT, RoBERTa: 2)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Compute:
    """The nodes of a stage that do not depend on where it runs."""

    parameters_total: Node
    parameters_active: Node
    flops_per_token: Node
    training_flops: Node
    six_nd_flops: Node
    tokens: Node
    sequence_length: Node
    """Tokens of the longest sequences, which memory has to hold."""
    computed_length: Node
    """Tokens of the mean sequence that a step computes."""
    six_n: Node
    """Parameters that the 6ND rule counts."""
    basis: str
    """How the FLOPs were counted."""


def compute_nodes(study: Study, *, length: Node | None = None) -> Compute:
    """Parameters, FLOPs per token and training FLOPs of a stage; of a length where one is given."""
    model, training, given = study.of_stage.model, study.training, length
    length = given or _sequence_length(study)
    mean_length = given or computed_length(study, length)
    if model is None:
        missing: Node = study.unknown("model", "1", "no model is named")
        parameters, active, per_token, six_n = (missing,) * 4
        basis = ""
    elif model.architecture is not None:
        parameters, active, six_n = _counted(study, model, model.architecture)
        per_token = _flops_per_token(study, model.architecture, mean_length)
        decodes = model.architecture.kind == "decoder"
        basis = f"exact architecture{', causal' * decodes}"
    else:
        parameters, active = _sizes(study, model)
        six_n = active
        per_token = _by_size(study, active)
        basis = f"{'6 x' if is_plain(study) else 'passes over the'} active parameters x tokens"
    per_token_known = not isinstance(per_token, Unknown)
    tokens, flops = _amount(study, per_token if per_token_known else None, length)
    if training.compute is not None and not (states_tokens(training) and per_token_known):
        basis = "as stated"
    return Compute(
        parameters_total=parameters,
        parameters_active=active,
        flops_per_token=per_token,
        training_flops=flops,
        six_nd_flops=rule_of_thumb(study, six_n, tokens),
        tokens=tokens,
        sequence_length=length,
        computed_length=mean_length,
        six_n=six_n,
        basis=basis,
    )


def effective_parameters(study: Study, flops_per_token: Node) -> Node:
    """What forward formulas call active parameters: a sixth of a trained token's FLOPs.

    The attention of this architecture and sequence length is counted in.
    """
    why = "FLOPs of a trained token over 6: weights and attention one token meets"
    six_flops = study.derived("flops/six", FLOP_PER_PARAMETER_TOKEN, "FLOP", "6ND rule")
    return study.let("flops/effective_parameters", "parameters", flops_per_token / six_flops, why)


def rule_of_thumb(study: Study, parameters: Node, tokens: Node) -> Node:
    """Return 6ND, unknown where part of the weights stand still or only samples are counted."""
    model = study.of_stage.model
    if model is not None and model.architecture is not None and model.architecture.positions:
        return study.unknown("flops/six_nd", "FLOP", "6ND speaks of networks of tokens")
    if method_of(study.training) != "full":
        return study.unknown("flops/six_nd", "FLOP", "6ND is for a training of all weights")
    why = "the 6ND rule of thumb, for comparison"
    return study.let("flops/six_nd", "FLOP", six(study) * parameters * tokens, why)


def six(study: Study) -> Node:
    """FLOPs of a trained token per parameter it meets, by the rule of thumb."""
    return study.derived("flops/per_parameter", FLOP_PER_PARAMETER_TOKEN, "FLOP", "6ND rule")


def _sequence_length(study: Study) -> Node:
    path, unit, why = "sequence_length", "tokens", "tokens per sequence"
    stated, model = study.training.sequence_length, study.of_stage.model
    network = model.architecture if model else None
    if model is not None and network is not None and network.positions:
        why = f"positions of one sample: {network.sample}"
        return study.derived(path, network.positions, unit, why, model.sources)
    rows = network.embedding.positions // POSITION_STEP * POSITION_STEP if network else 0
    if stated is None and study.fine_tunes and not study.beside_pre_training:
        return _tuned_length(study, rows or math.inf)
    if stated is None and model is not None and model.sequence_length is not None:
        why = f"{why}, the model's published training length"
        return study.stated(path, model.sequence_length, unit, why, sources=model.sources)
    if stated is None and 0 < rows < study.known.general["sequence_length"].value:
        return study.derived(path, rows, unit, f"{why}: all that the model has positions for")
    if stated is None:
        return study.assumed(path, study.known.general["sequence_length"], unit)
    return study.stated(path, stated, unit, why)


def _tuned_length(study: Study, most: float) -> Node:
    """Where fine-tunes usually cut: longer where samples are, never beyond the model's own."""
    known, data, model = study.known.general, study.training.data, study.of_stage.model
    length = known["tuning_sequence_length"].value
    if data is not None:
        longest = known["tuning_length_over_mean"].value * data.tokens_per_sample.value
        length = max(length, 2.0 ** math.ceil(math.log2(longest)))
    if model is not None and model.sequence_length is not None:
        most = min(most, model.sequence_length.value)
    length = min(length, most)
    used = known["tuning_sequence_length"]._replace(value=length, text=f"{length:.0f}")
    return study.assumed("sequence_length", used, "tokens")


def _counted(study: Study, model: ResolvedModel, network: Architecture) -> tuple[Node, Node, Node]:
    """Stored parameters, those one token meets, and the same without the input table."""

    def counted(path: str, number: float, why: str = "") -> Node:
        return study.derived(path, number, "parameters", why, model.sources)

    lines = [
        counted(f"parameters/{line.name}", float(line.value))
        for line in parameter_tree(network).children
        if line.value
    ]
    return (
        study.result(
            "parameters_total",
            total(*lines),
            "stored parameters, tied weights once, prediction modules apart",
        ),
        counted(
            "parameters_active",
            active_parameters(network),
            "parameters one token meets: embedding, head and the routed experts it visits",
        ),
        counted(
            "parameters_six_n",
            active_parameters_without_input_embedding(network),
            "active parameters less the input table, which is only looked up",
        ),
    )


def _flops_per_token(study: Study, network: Architecture, length: Node) -> Node:
    unit, mtp = "FLOP/token", bool(study.training.mtp)
    per_weight = study.derived("flops/per_weight", 2.0, "FLOP", "a multiplication and an addition")
    weights = study.derived(
        "parameters_matmul",
        matmul_parameters(network, mtp=mtp),
        "parameters",
        "weights one token is multiplied with in the forward pass",
    )
    why = "2 FLOP per weight a token is multiplied with; look-ups are free, the head counts"
    matmuls = study.let("flops/matmuls", unit, per_weight * weights, why)
    cores = study.let(
        "flops/attention",
        unit,
        call(attention_flops_per_token, sequence_length=length, architecture=network, mtp=mtp),
        "scores and scans without weights, causal, windows respected",
    )
    forward = study.let("flops/forward", unit, matmuls + cores, "one forward pass")
    if not is_plain(study):
        parts = Forward(matmuls=matmuls, cores=cores, whole=forward)
        return flops_per_token(study, network, parts)
    passes = study.derived("flops/passes", PASSES, "1", "forward and twice that backward")
    why = "model FLOPs of one trained token: forward and backward, causal attention"
    return study.let("flops_per_token", unit, passes * forward, why)


def _by_size(study: Study, active: Node) -> Node:
    """FLOPs of a trained token where only the size of the model is known."""
    if is_plain(study):
        why = "6 FLOP per active parameter: attention scores are not known from a size"
        return study.result("flops_per_token", six(study) * active, why)
    each = study.derived("flops/per_weight", 2.0, "FLOP", "a multiplication and an addition")
    why = "one forward pass: attention scores are not known from a size"
    forward = study.let("flops/forward", "FLOP/token", each * active, why)
    return flops_per_token(study, None, Forward(matmuls=forward, cores=None, whole=forward))


def attention_flops_per_token(
    *, sequence_length: Array, architecture: Architecture, mtp: bool
) -> Array:
    """Forward FLOPs of the weightless cores per token."""
    flops = core_flops(architecture, sequence_length=sequence_length, convention="causal", mtp=mtp)
    return np.asarray(flops / sequence_length)


def _sizes(study: Study, model: ResolvedModel) -> tuple[Node, Node]:
    def size(quantity: Quantity | None, path: str, why: str) -> Node:
        if quantity is None:
            return study.unknown(path, "parameters", f"{model.name}: nobody published it")
        return study.stated(path, quantity, "parameters", why, sources=model.sources)

    all_of_them = size(model.parameters, "parameters_total", "all parameters")
    if model.active is None or model.active is model.parameters:
        return all_of_them, all_of_them
    return all_of_them, size(model.active, "parameters_active", "parameters one token meets")


def _amount(study: Study, per_token: Node | None, length: Node) -> tuple[Node, Node]:
    """Tokens and training FLOPs: one follows from the other and the FLOPs per token."""
    training = study.training
    ways: dict[str, Node] = {}
    tokens: Node | None = None
    amount = amount_nodes(study, length)
    if amount is not None:
        tokens = amount.tokens
        if per_token is not None:
            why = "tokens times FLOPs per token"
            counted = study.let("flops/counted", "FLOP", amount.computed * per_token, why)
            ways["counted"] = counted
    if training.compute is not None:
        ways["stated"] = stated_compute(study, training.compute)
        if tokens is None and per_token is not None:
            why = "follows from the stated compute"
            tokens = study.let("tokens", "tokens", ways["stated"] / per_token, why)
    if tokens is None:
        tokens = study.unknown("tokens", "tokens", "no token count is stated")
    if not ways:
        missing = "the tokens" if per_token is not None else "the model"
        why = f"needs {missing}, or training.compute"
        return tokens, study.no_result("training_flops", why)
    why = "model FLOPs of the whole stage"
    return tokens, study.result("training_flops", choice(ways), why)


def stated_compute(study: Study, compute: Quantity) -> Node:
    """Training compute as the file states it."""
    return study.stated("flops/stated", compute, "FLOP", "training compute as stated")
