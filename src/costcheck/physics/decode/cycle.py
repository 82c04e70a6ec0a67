"""One step of reinforcement learning: new weights for the engines, and who waits for whom."""

import numpy as np

from costcheck.arrays import Amount
from costcheck.physics.decode.network import DecodeNetwork


def refit_seconds(
    *,
    network: DecodeNetwork,
    tensor_seconds: Amount,
    weight_bytes: Amount,
    engine_gpus: Amount,
    nic_bytes_per_second: Amount,
) -> Amount:
    """How long it takes until engines have the new weights [s].

    Notes
    -----
    Each accelerator of an engine receives its share over the network, and every matrix of an
    expert is named, cut and placed by itself.
    """
    arriving = network.stored * weight_bytes / (engine_gpus * nic_bytes_per_second)
    return arriving + network.expert_tensors * tensor_seconds


def waiting_gpu_seconds(
    *,
    asynchronous: bool,
    separate: bool,
    rollout_seconds: Amount,
    full_seconds: Amount,
    training_seconds: Amount,
    rollout_gpus: Amount,
    training_gpus: Amount,
    apart: Amount,
) -> Amount:
    """Accelerator time of one step in which nothing is computed [s].

    Synchronous: the tail of long answers, `rollout_seconds` less `full_seconds`, and those that do
    the other work where rollouts have accelerators of their own (`separate`). Asynchronous: the
    side that is done sooner waits for the other, and both for the part `apart` of the shorter work
    that does not run beside the longer one.
    """
    if asynchronous:
        shorter = np.minimum(full_seconds, training_seconds)
        step = np.maximum(full_seconds, training_seconds) + apart * shorter
        return (step - full_seconds) * rollout_gpus + (step - training_seconds) * training_gpus
    tail = (rollout_seconds - full_seconds) * rollout_gpus
    if not separate:
        return tail
    return tail + rollout_seconds * training_gpus + training_seconds * rollout_gpus
