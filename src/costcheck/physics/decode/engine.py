"""One engine that generates: how long a token takes at a batch, and what batch its memory holds."""

from dataclasses import dataclass

import numpy as np

from costcheck.arrays import Amount
from costcheck.physics.decode.network import DecodeNetwork
from costcheck.physics.machine import Machine
from costcheck.physics.workload import ACTIVATION_BYTES

COLLECTIVES_PER_LAYER = 2.0
"""All-reduces of a tensor-parallel layer: after attention and after the feed-forward part."""
MULTIPLY_ADD = 2.0


@dataclass(frozen=True, kw_only=True)
class Engine:
    """How one engine is laid out and what it stores; scalars or arrays."""

    tensor: Amount = 1.0
    """Accelerators that share each layer."""
    pipeline: Amount = 1.0
    """Groups of layers; as many parts of the batch are under way."""
    attention_data: Amount = 1.0
    """Parts of the batch whose attention stays apart on its own accelerators, of `tensor`."""
    weight_bytes: Amount = 2.0
    cache_bytes: Amount = 2.0
    """Bytes of one stored weight, and of one number of the cache [byte]."""

    @property
    def gpus(self) -> Amount:
        """Accelerators of the engine."""
        return self.tensor * self.pipeline


@dataclass(frozen=True, kw_only=True)
class EngineConstants:
    """What engines reach of their hardware, fitted on published throughput."""

    bandwidth: Amount
    """Share of the memory bandwidth at which weights and cache are read."""
    matmul: Amount
    """Share of the peak that products of a large batch reach."""
    prefill: Amount
    """Share of the peak while prompts are read."""
    expert_matmul: Amount
    """The same of the many small products of routed experts."""
    layer_seconds: Amount
    expert_layer_seconds: Amount
    """Least time of the kernels of one layer, and of routing to experts on top [s]."""
    collective_seconds: Amount
    """Latency of one all-reduce inside the fast domain, per doubling of its members [s]."""
    network_seconds: Amount
    """The same of one that crosses the network [s]."""
    link: Amount
    """Share of the link bandwidth that collectives of activations reach."""
    sequence_seconds: Amount
    """Sampling and scheduling of one sequence for one token [s]."""
    memory: Amount
    """Share of the memory that holds weights and cache."""
    resident: Amount
    """Tokens of the answer that are in memory on average, over its length."""
    most_sequences: Amount
    """Sequences an engine takes at once, at most."""


@dataclass(frozen=True, kw_only=True)
class Generator:
    """A network on one engine of a machine."""

    network: DecodeNetwork
    machine: Machine
    engine: Engine
    constants: EngineConstants


@dataclass(frozen=True, kw_only=True)
class TokenSeconds:
    """Terms of one decoding step, in which every sequence gains a token [s]."""

    weights: Amount
    cache: Amount
    collectives: Amount
    launch: Amount
    sequences: Amount

    def total(self) -> Amount:
        """The whole step."""
        return self.weights + self.cache + self.collectives + self.launch + self.sequences


def token_seconds(generator: Generator, *, sequences: Amount, context: Amount) -> TokenSeconds:
    """How long one token takes for all sequences, at the mean of the tokens behind them.

    Of weights and of the cache the larger of reading and computing counts.

    Notes
    -----
    Weights: bytes that a batch touches over the bandwidth [1]; of E experts a batch of B visits
    ``E (1 - (1 - k/E)^B)``; parts of the batch whose attention stays apart each
    read the shared weights. Cache: its bytes over the bandwidth, or the FLOP of looking at it.

    References
    ----------
    .. [1] R. Pope et al., "Efficiently Scaling Transformer Inference", 2022, section 2,
       https://arxiv.org/abs/2211.05102
    """
    network, machine = generator.network, generator.machine
    engine, constants = generator.engine, generator.constants
    batch = sequences / engine.pipeline
    width = engine.tensor / engine.attention_data
    bandwidth = machine.memory_bytes_per_second * constants.bandwidth
    touched = touched_experts(network=network, sequences=batch)
    one_token = MULTIPLY_ADD * batch / (engine.tensor * machine.matmul_flops_per_second)
    read = engine.weight_bytes / (engine.tensor * bandwidth)
    copies = network.shared * engine.attention_data
    shared = np.maximum(copies * read, network.shared * one_token / constants.matmul)
    visited = (network.active - network.shared) * one_token / constants.expert_matmul
    cache_bytes: Amount = 0.0
    cache_flops: Amount = 0.0
    for kept in network.caches:
        seen = np.minimum(context, kept.window) * kept.layers
        split = np.minimum(width, kept.heads) * engine.attention_data
        cache_bytes = cache_bytes + seen * kept.elements / split
        cache_flops = cache_flops + seen * kept.flops / engine.tensor
    looked = batch * cache_flops / (machine.attention_flops_per_second * constants.matmul)
    return TokenSeconds(
        weights=shared + np.maximum(touched * read, visited),
        cache=np.maximum(batch * cache_bytes * engine.cache_bytes / bandwidth, looked),
        collectives=_collective_seconds(generator, batch),
        launch=network.layers * constants.layer_seconds
        + network.moe_layers * constants.expert_layer_seconds,
        sequences=constants.sequence_seconds * sequences,
    )


def touched_experts(*, network: DecodeNetwork, sequences: Amount) -> Amount:
    """Parameters of the experts that a batch visits in one step [1]."""
    if not network.experts:
        return 0.0
    missed = (1.0 - network.top_k / network.experts) ** np.maximum(sequences, 1.0)
    return network.routed * (1.0 - missed)


def _collective_seconds(generator: Generator, batch: Amount) -> Amount:
    network, machine = generator.network, generator.machine
    engine, constants = generator.engine, generator.constants
    members, domain = engine.tensor, machine.scale_up_gpus
    crosses = np.greater(members, domain)
    sent = batch * network.hidden * ACTIVATION_BYTES * 2.0 * (1.0 - 1.0 / members)
    link = np.where(
        crosses, machine.nic_bytes_per_second * domain, machine.scale_up_bytes_per_second
    )
    latency = constants.collective_seconds * np.log2(np.maximum(np.minimum(members, domain), 1.0))
    outside = constants.network_seconds * np.log2(np.maximum(members / domain, 1.0))
    one = latency + np.where(crosses, outside, 0.0) + sent / (link * constants.link)
    return np.where(np.greater(members, 1.0), COLLECTIVES_PER_LAYER * network.layers * one, 0.0)


def prefill_seconds(generator: Generator, *, prompt_tokens: Amount) -> Amount:
    """The time in which an engine reads one prompt, many of them in a batch [s].

    Notes
    -----
    ``2 N p`` FLOP of products and half a square of looking back, spread over the engine.
    """
    network, machine = generator.network, generator.machine
    engine, constants = generator.engine, generator.constants
    cores: Amount = 0.0
    for kept in network.caches:
        seen = np.minimum(0.5 * prompt_tokens, kept.window)
        cores = cores + seen * kept.layers * kept.flops
    products = MULTIPLY_ADD * network.active / machine.matmul_flops_per_second
    looking = cores / machine.attention_flops_per_second
    return prompt_tokens * (products + looking) / (engine.gpus * constants.prefill)


def most_sequences(generator: Generator, *, prompt_tokens: Amount, answer_tokens: Amount) -> Amount:
    """Sequences whose cache fits beside the weights; below 1 where the weights do not fit."""
    network, engine, constants = generator.network, generator.engine, generator.constants
    tokens = prompt_tokens + constants.resident * answer_tokens
    width = engine.tensor / engine.attention_data
    per_sequence: Amount = 0.0
    for kept in network.caches:
        copies = np.maximum(width / kept.heads, 1.0)
        held = np.minimum(tokens, kept.kept) * kept.layers * kept.elements * copies
        per_sequence = per_sequence + held * engine.cache_bytes
    free = free_bytes(generator)
    fitting: Amount = np.minimum(
        free / np.maximum(per_sequence, 1.0), constants.most_sequences * engine.attention_data
    )
    return fitting


def free_bytes(generator: Generator) -> Amount:
    """Memory of an engine beside its weights; attention of parts of the batch is kept in each."""
    network, engine = generator.network, generator.engine
    copied = (engine.attention_data - 1.0) * (network.stored - network.routed)
    weights = (network.stored + copied) * engine.weight_bytes
    return engine.gpus * generator.machine.memory_bytes * generator.constants.memory - weights
