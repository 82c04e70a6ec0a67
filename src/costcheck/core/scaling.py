"""Compute-optimal size and tokens under the published scaling laws, and the way back.

Compute is ``C = 6 N D`` throughout; for a mixture of experts ``N`` is the active parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Amount = float | NDArray[np.float64]

FLOPS_PER_PARAMETER_TOKEN = 6.0
"""Forward and backward multiply-adds of one parameter for one token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossLaw:
    """A loss ``E + A / N**alpha + B / D**beta`` in nats per token."""

    irreducible: Amount
    parameter_scale: Amount
    """``A``."""
    token_scale: Amount
    """``B``."""
    parameter_exponent: Amount
    """``alpha``."""
    token_exponent: Amount
    """``beta``."""


class Optimum(NamedTuple):
    """The compute-optimal allocation of a budget."""

    parameters: Amount
    tokens: Amount


def loss(*, law: LossLaw, parameters: Amount, tokens: Amount) -> Amount:
    """Return the loss [nat/token] of a model of ``parameters`` trained on ``tokens``.

    References
    ----------
    .. [1] Hoffmann et al. (2022). Training Compute-Optimal Large Language Models.
       arXiv:2203.15556, eq. 2.
    """
    size: Amount = law.parameter_scale * np.power(parameters, -np.asarray(law.parameter_exponent))
    data: Amount = law.token_scale * np.power(tokens, -np.asarray(law.token_exponent))
    return law.irreducible + size + data


def optimum(*, law: LossLaw, training_flops: Amount) -> Optimum:
    """Return the size and tokens that minimise the loss for a budget of compute.

    Parameters
    ----------
    law : LossLaw
        A fitted loss.
    training_flops : float or array
        Training compute ``C = 6 N D`` [FLOP].

    Returns
    -------
    Optimum
        Parameters and tokens, broadcast.

    Notes
    -----
    ``N* = G (C/6)**(beta/(alpha+beta))``, ``D* = (C/6) / N*`` with
    ``G = (alpha A / (beta B))**(1/(alpha+beta))``.

    References
    ----------
    .. [1] Hoffmann et al. (2022). arXiv:2203.15556, eq. 4 (approach 3).
    .. [2] Besiroglu et al. (2024). Chinchilla Scaling: A replication attempt. arXiv:2404.10102.
    """
    products = np.asarray(training_flops) / FLOPS_PER_PARAMETER_TOKEN
    exponent = law.token_exponent / (law.parameter_exponent + law.token_exponent)
    parameters = _balance(law) * np.power(products, exponent)
    return Optimum(parameters=parameters, tokens=products / parameters)


def equivalent_flops(*, law: LossLaw, parameters: Amount, tokens: Amount) -> Amount:
    """Return the compute-optimal budget that reaches the loss of a given model.

    Parameters
    ----------
    law : LossLaw
        A fitted loss.
    parameters : float or array
        Parameters of the model (active ones for a mixture of experts).
    tokens : float or array
        Tokens it is trained on.

    Returns
    -------
    float or array
        Compute [FLOP], never above ``6 N D``. ``1 - equivalent / (6 N D)`` is the share of the
        money an allocation away from the optimum spends on a smaller or larger model than needed.

    Notes
    -----
    Along the optimum both terms of the loss fall as ``(C/6)**-g`` with
    ``g = alpha beta / (alpha + beta)``, so the inverse is closed:
    ``C = 6 ((A G**-alpha + B G**beta) / (L - E))**(1/g)``.
    """
    alpha, beta = np.asarray(law.parameter_exponent), np.asarray(law.token_exponent)
    balance = _balance(law)
    scale = law.parameter_scale * np.power(balance, -alpha) + law.token_scale * np.power(
        balance, beta
    )
    reducible = loss(law=law, parameters=parameters, tokens=tokens) - law.irreducible
    rate = alpha * beta / (alpha + beta)
    flops: Amount = FLOPS_PER_PARAMETER_TOKEN * np.power(scale / reducible, 1.0 / rate)
    return flops


def power_law_tokens(*, training_flops: Amount, coefficient: Amount, exponent: Amount) -> Amount:
    """Return compute-optimal tokens from a law ``D* = c C**a`` fitted to them directly.

    References
    ----------
    .. [1] Llama Team (2024). The Llama 3 Herd of Models. arXiv:2407.21783, section 3.2.1.
    .. [2] DeepSeek-AI (2024). DeepSeek LLM. arXiv:2401.02954, eq. 4.
    """
    tokens: Amount = coefficient * np.power(training_flops, exponent)
    return tokens


def parameters_for(*, training_flops: Amount, tokens: Amount) -> Amount:
    """Return the parameters that spend ``training_flops`` on ``tokens``: ``C / (6 D)``."""
    return training_flops / (FLOPS_PER_PARAMETER_TOKEN * tokens)


def dense_equivalent_flops(*, training_flops: Amount, efficiency_leverage: Amount) -> Amount:
    """Return the compute a dense model needs for the loss of a mixture of experts.

    Parameters
    ----------
    training_flops : float or array
        Compute of the mixture of experts ``6 N_active D`` [FLOP].
    efficiency_leverage : float or array
        Dense over mixture compute at equal loss [1]; published values span 3 to 7.

    Returns
    -------
    float or array
        Compute [FLOP].

    References
    ----------
    .. [1] Towards Greater Leverage: Scaling Laws for Efficient MoE. arXiv:2507.17702.
    """
    return training_flops * efficiency_leverage


def _balance(law: LossLaw) -> Amount:
    """Return ``G``, which sets how a budget splits between size and tokens."""
    alpha, beta = np.asarray(law.parameter_exponent), np.asarray(law.token_exponent)
    ratio = alpha * law.parameter_scale / (beta * law.token_scale)
    balance: Amount = np.power(ratio, 1.0 / (alpha + beta))
    return balance
