"""How many tokens a run trains on: as stated, by its steps, or by its data and its padding."""

from dataclasses import dataclass

from costcheck.estimate.recipe_rules import objective_of
from costcheck.estimate.study import Study
from costcheck.graph.nodes import Node, product
from costcheck.scenario.run import Data, Training


@dataclass(frozen=True, kw_only=True, eq=False)
class Amount:
    """Tokens of the data that are trained on, and tokens that are computed, with padding."""

    tokens: Node
    computed: Node


def states_tokens(training: Training) -> bool:
    """Whether the tokens are stated, or follow from steps or data."""
    return any((training.tokens, training.samples, training.steps, training.data))


def amount_nodes(study: Study, length: Node) -> Amount | None:
    """The tokens of a stage; None where the file says nothing of them."""
    training, why = study.training, "tokens seen in training"
    if training.tokens is not None:
        tokens: Node = study.stated("tokens", training.tokens, "tokens", why)
        return Amount(tokens=tokens, computed=tokens)
    if training.samples is not None:
        samples = study.stated("samples", training.samples, "samples", "samples seen in training")
        tokens = study.let("tokens", "tokens", product(samples, length), why)
        return Amount(tokens=tokens, computed=tokens)
    if training.steps is not None and training.global_batch is not None:
        steps = study.stated("steps", training.steps, "steps", "optimizer steps")
        batch = study.stated(
            "global_batch", training.global_batch, "sequences", "sequences per optimizer step"
        )
        tokens = study.let("tokens", "tokens", product(steps, batch, length), why)
        return Amount(tokens=tokens, computed=tokens)
    return None if training.data is None else _of_data(study, training.data)


def _of_data(study: Study, data: Data) -> Amount:
    """Tokens of a data set; padding is computed too, and trains nothing."""
    samples = study.stated("data/samples", data.samples, "samples", "samples of one epoch")
    each = study.stated(
        "data/tokens_per_sample", data.tokens_per_sample, "tokens", "mean tokens of a sequence"
    )
    epochs = (
        study.stated("data/epochs", data.epochs, "1", "how often each sample is seen")
        if data.epochs
        else study.derived("data/epochs", 1.0, "1", "how often each sample is seen")
    )
    why = "sequences of a sample: two where the objective compares a pair"
    sequences = study.derived("data/sequences", objective_of(study).sequences, "1", why)
    why = "tokens of the data, all epochs"
    tokens = study.let("tokens", "tokens", product(samples, sequences, each, epochs), why)
    if data.packing:
        return Amount(tokens=tokens, computed=tokens)
    padding = study.assumed("data/padding", study.known.general["padding"], "1")
    why = "tokens that are computed: of the data, and padding"
    computed = study.let("tokens/computed", "tokens", product(tokens, padding), why)
    return Amount(tokens=tokens, computed=computed)
