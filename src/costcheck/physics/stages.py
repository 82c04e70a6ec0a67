"""Compute of the stages around pre-training: fine-tuning, reinforcement learning, synthetic data.

``N`` is the active parameters. A forward pass is ``2 N`` and a training step ``6 N`` FLOP per
token; attention over long rollouts comes on top and belongs to the architecture's own count.
"""

from costcheck.arrays import Amount
from costcheck.quantities import FLOP_PER_PARAMETER_TOKEN
from costcheck.units import SECONDS_PER_HOUR

FORWARD_FLOPS = FLOP_PER_PARAMETER_TOKEN / 3.0
"""Of one parameter for one token: the backward pass takes twice as many."""


def generation_flops(
    *, active_parameters: Amount, kept_tokens: Amount, kept_share: Amount = 1.0
) -> Amount:
    """The compute of generating tokens: rollouts, or synthetic data by a teacher.

    Notes
    -----
    ``2 N T / kept``. Decoding reads every weight for every token, so its MFU is a fraction of
    training's; `gpu_hours` takes it separately.
    """
    return FORWARD_FLOPS * active_parameters * kept_tokens / kept_share


def scoring_flops(*, scorer_parameters: Amount, scored_tokens: Amount) -> Amount:
    """The compute of one forward pass: a reference policy, reward model or verifier."""
    return FORWARD_FLOPS * scorer_parameters * scored_tokens


def update_flops(*, active_parameters: Amount, tokens: Amount, passes: Amount = 1.0) -> Amount:
    """The compute of training on ``tokens``, ``passes`` times: fine-tuning or RL updates."""
    return FLOP_PER_PARAMETER_TOKEN * active_parameters * tokens * passes


def gpu_hours(*, flops: Amount, peak_flops_per_second: Amount, mfu: Amount) -> Amount:
    """The GPU-hours [h] of a piece of work at its own MFU."""
    return flops / (peak_flops_per_second * mfu * SECONDS_PER_HOUR)


def decode_mfu_from_share(
    *, rollout_flops: Amount, update_flops: Amount, training_mfu: Amount, rollout_share: Amount
) -> Amount:
    """The decode MFU implied by the share of an RL stage's GPU time that rollouts take.

    Notes
    -----
    ``R/u : U/m = share : 1 - share``. Publications state the share of time, not the MFU; a
    rollout share of 90 % at a training MFU of 35 % is a decode MFU of 1.3 %.
    """
    ratio = rollout_flops / update_flops
    return training_mfu * ratio * (1.0 - rollout_share) / rollout_share
