"""Many answers of different lengths on one engine: how long until the last of them is done."""

from dataclasses import dataclass

import numpy as np

from costcheck.arrays import Amount
from costcheck.physics.decode.engine import (
    Generator,
    most_sequences,
    prefill_seconds,
    token_seconds,
)

POINTS = 12
"""Nodes of the quadrature over the length of answers."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(POINTS)
_FLAT = 1e-6
_STEEPEST = 60.0
_NEWTON_STEPS = 30


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What an engine is asked for; scalars or arrays."""

    count: Amount
    """Answers per engine, all asked for at once."""
    prompt_tokens: Amount
    prompts_read: Amount
    """Prompts that are read: fewer than answers where several share one."""
    mean_tokens: Amount
    longest_tokens: Amount


@dataclass(frozen=True, kw_only=True)
class Generated:
    """How long an engine generates [s], and its part after it could have been full."""

    seconds: Amount
    full_seconds: Amount
    """Time the same tokens take with answers waiting in line: without a tail."""
    sequences: Amount
    """Sequences under way at once while answers wait."""


def steepness(*, mean_over_longest: Amount) -> Amount:
    """How fast the share of longer answers falls, for a mean between 0 and the longest [1].

    Notes
    -----
    Lengths have a density ``exp(-a x)`` on [0, 1]: the widest distribution with a given mean and
    end. Solves ``1/a - 1/(exp(a) - 1) = mean`` by Newton; 0 is the even distribution.
    """
    mean = np.clip(np.asarray(mean_over_longest, dtype=np.float64), 0.017, 0.983)
    slope = np.where(mean < 0.5, 1.0 / mean, -1.0 / (1.0 - mean)) * np.abs(1.0 - 2.0 * mean)
    for _ in range(_NEWTON_STEPS):
        near = np.where(np.abs(slope) < _FLAT, _FLAT, slope)
        grown = np.expm1(np.clip(near, -_STEEPEST, _STEEPEST))
        value = 1.0 / near - 1.0 / grown
        derivative = -1.0 / near**2 + (grown + 1.0) / grown**2
        slope = np.clip(near - (value - mean) / derivative, -_STEEPEST, _STEEPEST)
    return slope


def longer_share(*, at: Amount, slope: Amount) -> Amount:
    """Share of the answers that are longer than a part of the longest [1]."""
    near = np.where(np.abs(slope) < _FLAT, _FLAT, slope)
    return np.expm1(near * (1.0 - at)) / np.expm1(near)


def generate_seconds(generator: Generator, *, answers: Answers) -> Generated:
    """How long one engine takes for all its answers.

    Notes
    -----
    While answers wait, the engine is as full as its memory allows; then nothing is left to start
    and it runs until the longest answer is done. With ``S`` the share of longer answers, the last
    part takes the integral of the time of one token at a batch of ``n S(x)`` over the positions.
    """
    prompt, mean = answers.prompt_tokens, answers.mean_tokens
    held = most_sequences(generator, prompt_tokens=prompt, answer_tokens=mean)
    sequences = np.minimum(answers.count, np.maximum(held, 1.0))
    waiting = (answers.count - sequences) / sequences
    one = token_seconds(generator, sequences=sequences, context=prompt + 0.5 * mean).total()
    queue = waiting * mean * one
    reading = answers.prompts_read * prefill_seconds(generator, prompt_tokens=prompt)
    last = _last_seconds(generator, answers, sequences)
    full = reading + queue + mean * one
    return Generated(
        seconds=np.maximum(reading + queue + last, full), full_seconds=full, sequences=sequences
    )


def _last_seconds(generator: Generator, answers: Answers, sequences: Amount) -> Amount:
    """From the start of the last answers to the end of the longest."""
    longest = np.maximum(answers.longest_tokens, answers.mean_tokens)
    slope = steepness(mean_over_longest=answers.mean_tokens / longest)
    seconds: Amount = 0.0
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        at = 0.5 * (node + 1.0)
        going = np.maximum(sequences * longer_share(at=at, slope=slope), 1.0)
        token = token_seconds(
            generator,
            sequences=going,
            context=answers.prompt_tokens + at * longest,
        ).total()
        seconds = seconds + 0.5 * weight * longest * token
    return seconds
