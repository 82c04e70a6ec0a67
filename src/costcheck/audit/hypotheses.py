"""Explanations of a set of statements, and the evidence for each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from costcheck.audit.identities import LOG_FORMS, LogForm
from costcheck.audit.inference import Network, Posterior, infer
from costcheck.audit.network import Skeleton
from costcheck.audit.piecewise import Array, Piecewise
from costcheck.audit.statements import Statement, as_factor

Family = Literal["stated", "bridge", "wrong", "garble", "scope"]
"""Kinds of explanations: as stated; all meant, with a difference of definition between them; wrong
without a simple repair; a named garble; right, of something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What one statement really measures: another field, a shifted value, or nothing much."""

    statement: int
    field: str | None = None
    """The quantity it really measures; none: the one it names."""
    shift: float = 0.0
    """ln of true over printed value."""
    widen: float | None = None
    """Spread of ln added when the number carries no information."""

    def corrected(self, statement: Statement) -> float | None:
        """What the number would be; none where it carries no information."""
        return statement.value * math.exp(self.shift) if self.widen is None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One account of how the printed numbers came about."""

    name: str
    family: Family
    log_prior: float
    edits: tuple[Edit, ...] = ()
    plain: bool = False
    """Whether it fits any discrepancy: it only counts where the rest pins the number well."""

    @property
    def touches(self) -> frozenset[int]:
        """The statements it changes."""
        return frozenset(edit.statement for edit in self.edits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Explanations with their posterior, and the posterior networks of each regime."""

    explanations: tuple[Explanation, ...]
    log_joint: Array
    """ln of prior times evidence, (explanations,)."""
    network: Network
    """Networks of every explanation and regime, explanation-major."""
    posterior: Posterior
    regime_weights: Array
    """Posterior weight of each regime within each explanation, (explanations, regimes)."""
    rows: dict[int, int]
    """Row of each Gaussian statement in the network."""
    sites: dict[int, int]
    """Site of each one-sided statement."""

    @property
    def probabilities(self) -> Array:
        """The posterior over explanations."""
        weights = np.exp(self.log_joint - self.log_joint.max())
        return np.asarray(weights / weights.sum())


def judge(
    skeleton: Skeleton,
    statements: Sequence[Statement],
    explanations: Sequence[Explanation],
    live: Sequence[int],
) -> Judged:
    """The evidence of every explanation of the `live` statements, summed over the regimes."""
    sided = [i for i in live if statements[i].factor is not None]
    plain = [i for i in live if statements[i].factor is None]
    rows = {i: len(skeleton.names) + k for k, i in enumerate(plain)}
    sites = {i: len(skeleton.site_names) + k for k, i in enumerate(sided)}
    base = _as_stated(skeleton, statements, plain, sided)
    edited = [_edited(base, item.edits, statements, rows, sites) for item in explanations]
    network = _with_regimes(skeleton, edited)
    posterior = infer(network)
    count = len(skeleton.regimes)
    weights = np.array([regime.log_weight for regime in skeleton.regimes])
    by_regime = posterior.log_evidence.reshape(len(explanations), count) + weights
    top = by_regime.max(axis=1, keepdims=True)
    evidence = top[:, 0] + np.log(np.exp(by_regime - top).sum(axis=1))
    prior = np.array([item.log_prior for item in explanations])
    return Judged(
        explanations=tuple(explanations),
        log_joint=prior + evidence,
        network=network,
        posterior=posterior,
        regime_weights=np.exp(by_regime - evidence[:, None]),
        rows=rows,
        sites=sites,
    )


def _as_stated(
    skeleton: Skeleton, statements: Sequence[Statement], plain: list[int], sided: list[int]
) -> Skeleton:
    """The statements under the skeleton's rows and sites."""

    def form(i: int) -> LogForm:
        return LOG_FORMS[statements[i].field]

    values = [statements[i].log_value - form(i).constant for i in plain]
    factors = [as_factor(statements[i], -form(i).constant, None) for i in sided]
    return replace(
        skeleton,
        rows=np.vstack([skeleton.rows, *[form(i).form for i in plain]]),
        values=np.concatenate([skeleton.values, values]),
        sds=np.concatenate([skeleton.sds, [statements[i].sd for i in plain]]),
        forms=np.vstack([skeleton.forms, *[form(i).form for i in sided]]),
        factors=np.vstack([skeleton.factors, *factors]),
    )


_ARRAYS = ("rows", "values", "sds", "forms", "factors")


def _edited(
    base: Skeleton,
    edits: Sequence[Edit],
    statements: Sequence[Statement],
    rows: Mapping[int, int],
    sites: Mapping[int, int],
) -> Skeleton:
    """The network when some statements measure something else than they say."""
    if not edits:
        return base
    new = replace(base, **{name: getattr(base, name).copy() for name in _ARRAYS})
    for edit in edits:
        item = statements[edit.statement]
        meant = LOG_FORMS[edit.field or item.field]
        shift = edit.shift - meant.constant
        if edit.statement in rows:
            row = rows[edit.statement]
            new.rows[row] = meant.form
            new.values[row] = item.log_value + shift
            new.sds[row] = math.hypot(item.sd, edit.widen or 0.0)
        else:
            site = sites[edit.statement]
            new.forms[site] = meant.form
            new.factors[site] = as_factor(item, shift, edit.widen)
    return new


def _with_regimes(skeleton: Skeleton, networks: Sequence[Skeleton]) -> Network:
    """Repeat every network once per regime and write the regime into it."""
    count = len(skeleton.regimes)

    def stack(name: str) -> Array:
        return np.repeat(np.stack([getattr(item, name) for item in networks]), count, axis=0)

    values, sds, factors = stack("values"), stack("sds"), stack("factors")
    sparsity = skeleton.names.index("sparsity")
    utilisation = skeleton.site_names.index("mfu")
    for index, regime in enumerate(skeleton.regimes):
        at = slice(index, None, count)
        values[at, sparsity], sds[at, sparsity] = regime.sparsity
        factors[at, utilisation] = regime.mfu
    sites = Piecewise(*(np.ascontiguousarray(part) for part in np.moveaxis(factors, -1, 0)))
    return Network(rows=stack("rows"), values=values, sds=sds, forms=stack("forms"), sites=sites)
