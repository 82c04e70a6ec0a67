"""Compute-optimal size and tokens under the published scaling laws, and the way back.

Compute is ``C = 6 N D`` throughout; for a mixture of experts ``N`` is the active parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from costcheck.arrays import Amount
from costcheck.quantities import FLOP_PER_PARAMETER_TOKEN


@dataclass(frozen=True, kw_only=True, eq=False)
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


@dataclass(frozen=True)
class Optimum:
    """The compute-optimal allocation of a budget."""

    parameters: Amount
    tokens: Amount


@dataclass(frozen=True)
class PublishedLaw:
    """A law of the data file: either a loss, or tokens as a power of compute."""

    name: str
    source: str
    loss: LossLaw | None
    coefficient: float = 0.0
    exponent: float = 0.0


def read_laws(data: Mapping[str, Any]) -> tuple[PublishedLaw, ...]:
    """The laws estimates report, from a parsed ``configs/scaling/laws.yaml``.

    Notes
    -----
    Laws that contradict the text they stand in are kept in the file and left out here.
    """
    reported = (row for row in data["laws"] if str(row["reported"]).lower() == "true")
    return tuple(_published_law(row) for row in reported)


def published_optimum(*, law: PublishedLaw, training_flops: Amount) -> Optimum:
    """The compute-optimal size and tokens under a published law of either kind."""
    if law.loss is not None:
        return optimum(law=law.loss, training_flops=training_flops)
    tokens = power_law_tokens(
        training_flops=training_flops, coefficient=law.coefficient, exponent=law.exponent
    )
    return Optimum(
        parameters=parameters_for(training_flops=training_flops, tokens=tokens), tokens=tokens
    )


def misallocated_usd(*, cost_usd: Amount, training_flops: Amount, optimal_flops: Amount) -> Amount:
    """The part of a cost that another split of size and tokens would have saved.

    `optimal_flops` reach the same loss: `equivalent_flops`. A model made small on purpose buys
    cheaper inference with it.
    """
    return cost_usd * (1.0 - optimal_flops / training_flops)


def loss(*, law: LossLaw, parameters: Amount, tokens: Amount) -> Amount:
    """The loss [nat/token] of a model of ``parameters`` trained on ``tokens``.

    References
    ----------
    .. [1] Hoffmann et al. (2022). Training Compute-Optimal Large Language Models.
       arXiv:2203.15556, eq. 2.
    """
    size: Amount = law.parameter_scale * np.power(parameters, -np.asarray(law.parameter_exponent))
    data: Amount = law.token_scale * np.power(tokens, -np.asarray(law.token_exponent))
    return law.irreducible + size + data


def optimum(*, law: LossLaw, training_flops: Amount) -> Optimum:
    """The size and tokens that minimise the loss for a budget of compute, ``C = 6 N D`` [FLOP].

    Notes
    -----
    ``N* = G (C/6)**(beta/(alpha+beta))``, ``D* = (C/6) / N*`` with
    ``G = (alpha A / (beta B))**(1/(alpha+beta))``.

    References
    ----------
    .. [1] Hoffmann et al. (2022). arXiv:2203.15556, eq. 4 (approach 3).
    .. [2] Besiroglu et al. (2024). Chinchilla Scaling: A replication attempt. arXiv:2404.10102.
    """
    products = np.asarray(training_flops) / FLOP_PER_PARAMETER_TOKEN
    exponent = law.token_exponent / (law.parameter_exponent + law.token_exponent)
    parameters = _balance(law) * np.power(products, exponent)
    return Optimum(parameters=parameters, tokens=products / parameters)


def equivalent_flops(*, law: LossLaw, parameters: Amount, tokens: Amount) -> Amount:
    """The compute-optimal budget that reaches the loss of a given model [FLOP].

    ``1 - equivalent / (6 N D)`` is the share of the money that an allocation away from the optimum
    spends on a smaller or larger model than needed.

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
    flops: Amount = FLOP_PER_PARAMETER_TOKEN * np.power(scale / reducible, 1.0 / rate)
    return flops


def power_law_tokens(*, training_flops: Amount, coefficient: Amount, exponent: Amount) -> Amount:
    """Compute-optimal tokens from a law ``D* = c C**a`` fitted to them directly.

    References
    ----------
    .. [1] Llama Team (2024). The Llama 3 Herd of Models. arXiv:2407.21783, section 3.2.1.
    .. [2] DeepSeek-AI (2024). DeepSeek LLM. arXiv:2401.02954, eq. 4.
    """
    tokens: Amount = coefficient * np.power(training_flops, exponent)
    return tokens


def parameters_for(*, training_flops: Amount, tokens: Amount) -> Amount:
    """The parameters that spend ``training_flops`` on ``tokens``: ``C / (6 D)``."""
    return training_flops / (FLOP_PER_PARAMETER_TOKEN * tokens)


def _published_law(row: Mapping[str, Any]) -> PublishedLaw:
    name, source = str(row["name"]), str(row["source"])
    if row["kind"] == "loss":
        constants = {each.name: float(row[each.name]) for each in fields(LossLaw)}
        return PublishedLaw(name, source, LossLaw(**constants))
    return PublishedLaw(name, source, None, float(row["coefficient"]), float(row["exponent"]))


def _balance(law: LossLaw) -> Amount:
    """``G``, which sets how a budget splits between size and tokens."""
    alpha, beta = np.asarray(law.parameter_exponent), np.asarray(law.token_exponent)
    ratio = alpha * law.parameter_scale / (beta * law.token_scale)
    balance: Amount = np.power(ratio, 1.0 / (alpha + beta))
    return balance
