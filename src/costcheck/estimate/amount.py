"""How many tokens a run trains on: as stated, by its steps, or by its data and its padding."""

import math
from dataclasses import dataclass

import numpy as np

from costcheck.estimate.recipe_rules import objective_of
from costcheck.estimate.study import Study, known_value
from costcheck.graph.nodes import Array, Node, call, product
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
    return None if training.data is None else _of_data(study, training.data, length)


def computed_length(study: Study, length: Node) -> Node:
    """Tokens of the mean sequence that a step computes: where nothing is packed, it is padded."""
    data = study.training.data
    if data is None or data.packing:
        return length
    share = study.known.general["padding"].value
    why = "usual tokens that are computed over tokens of the data"
    padding = study.derived("data/usual_padding", share, "1", why)
    each = _each(study, data)
    mean = call(padded, tokens=each, padding=padding, each=each, longest=length)
    why = "tokens of the mean sequence with its padding; each sequence is one of a batch"
    return study.let("sequence_length/computed", "tokens", mean, why)


def padded_over(study: Study) -> Node | None:
    """Tokens of the mean sequence of the data where the run counts those, and computes padding."""
    data, training = study.training.data, study.training
    if data is None or data.packing or training.tokens or training.samples or training.steps:
        return None
    return _each(study, data)


def padded(*, tokens: Array, padding: Array, each: Array, longest: Array) -> Array:
    """Tokens that are computed of unpacked data: sequences of `each`, at most the longest [token].

    What is padded beyond the longest is cut there; the mean itself never is.
    """
    most = np.maximum(np.divide(longest, each), 1.0)
    return np.asarray(tokens * np.minimum(padding, most))


def padding_notes(study: Study, length: Node) -> tuple[str, ...]:
    """What is assumed of padding, where the file states data and does not pack them."""
    data, share = study.training.data, study.known.general["padding"]
    tokens = known_value(length)
    if data is None or data.packing or share.spread is None or tokens is None:
        return ()
    times, least = tokens / data.tokens_per_sample.value, share.spread.low
    assumed = f"(assumed, {least:g} to {share.spread.high:g})"
    if times < (1.0 - 1e-9) * share.value:
        assumed = "and cut there"
    words = f"sequences are padded to {tokens:.0f} tokens, {times:.3g} times their mean {assumed}"
    batch = study.training.global_batch
    if batch is not None:
        epochs = data.epochs.value if data.epochs else 1.0
        samples = data.samples.value * objective_of(study).sequences * epochs
        words = f"{math.ceil(samples / batch.value):,} steps: {words}"
    return (f"{words}; `packing: true` pads none",)


def _each(study: Study, data: Data) -> Node:
    why = "mean tokens of a sequence"
    return study.stated("data/tokens_per_sample", data.tokens_per_sample, "tokens", why)


def _of_data(study: Study, data: Data, length: Node) -> Amount:
    """Tokens of a data set; padding is computed too, and trains nothing."""
    samples = study.stated("data/samples", data.samples, "samples", "samples of one epoch")
    each = _each(study, data)
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
    whole = call(padded, tokens=tokens, padding=padding, each=each, longest=length)
    computed = study.let("tokens/computed", "tokens", whole, why)
    return Amount(tokens=tokens, computed=computed)
