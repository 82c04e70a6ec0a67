"""Explanations of a set of statements, and the evidence for each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from costcheck.audit.identities import LOG_FORMS
from costcheck.audit.inference import Network, Posterior, infer
from costcheck.audit.network import Regime, Skeleton
from costcheck.audit.piecewise import Array, Piecewise
from costcheck.audit.statements import Statement, as_factor


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
    family: str
    """``stated``, ``wrong``, ``garble`` or ``scope``."""
    log_prior: float
    edits: tuple[Edit, ...] = ()
    note: str = ""

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
        """Return the posterior over explanations."""
        weights = np.exp(self.log_joint - self.log_joint.max())
        return np.asarray(weights / weights.sum())


def judge(
    skeleton: Skeleton, statements: Sequence[Statement], explanations: Sequence[Explanation]
) -> Judged:
    """Return the evidence of every explanation, summed over the regimes."""
    rows = {i: len(skeleton.names) + k for k, i in enumerate(_where(statements, sided=False))}
    sites = {i: len(skeleton.site_names) + k for k, i in enumerate(_where(statements, sided=True))}
    builder = _Builder(skeleton, statements, rows, sites)
    plain = [builder.build(item.edits) for item in explanations]
    network = _with_regimes(skeleton, plain)
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


def _where(statements: Sequence[Statement], *, sided: bool) -> list[int]:
    return [i for i, item in enumerate(statements) if (item.factor is not None) is sided]


@dataclass(frozen=True, slots=True)
class _Plain:
    rows: Array
    values: Array
    sds: Array
    forms: Array
    factors: Array


class _Builder:
    """Writes statements, edited, under the skeleton's rows and sites."""

    def __init__(
        self,
        skeleton: Skeleton,
        statements: Sequence[Statement],
        rows: dict[int, int],
        sites: dict[int, int],
    ) -> None:
        self.statements, self.rows, self.sites = statements, rows, sites
        fields = [LOG_FORMS[statements[i].field] for i in rows]
        values = [statements[i].log_value - LOG_FORMS[statements[i].field].constant for i in rows]
        width = skeleton.rows.shape[1]
        self.base = _Plain(
            rows=np.vstack([skeleton.rows, *[f.form[None] for f in fields]]),
            values=np.concatenate([skeleton.values, values]),
            sds=np.concatenate([skeleton.sds, [statements[i].sd for i in rows]]),
            forms=np.vstack(
                [skeleton.forms, *[LOG_FORMS[statements[i].field].form[None] for i in sites]]
            ).reshape(-1, width),
            factors=np.vstack([skeleton.factors, *[self._factor(i) for i in sites]]),
        )

    def _factor(
        self, index: int, field: str | None = None, shift: float = 0.0, widen: float | None = None
    ) -> Array:
        item = self.statements[index]
        constant = LOG_FORMS[field or item.field].constant
        return np.array([as_factor(item, shift - constant, widen)])

    def build(self, edits: Sequence[Edit]) -> _Plain:
        if not edits:
            return self.base
        base = self.base
        rows, values, sds = base.rows.copy(), base.values.copy(), base.sds.copy()
        forms, factors = base.forms.copy(), base.factors.copy()
        for edit in edits:
            item = self.statements[edit.statement]
            field = LOG_FORMS[edit.field or item.field]
            if edit.statement in self.rows:
                row = self.rows[edit.statement]
                rows[row] = field.form
                values[row] = item.log_value + edit.shift - field.constant
                sds[row] = math.hypot(item.sd, edit.widen or 0.0)
            else:
                site = self.sites[edit.statement]
                forms[site] = field.form
                factors[site] = self._factor(edit.statement, edit.field, edit.shift, edit.widen)[0]
        return _Plain(rows, values, sds, forms, factors)


def _with_regimes(skeleton: Skeleton, plain: Sequence[_Plain]) -> Network:
    """Repeat every network once per regime and write the regime into it."""
    count = len(skeleton.regimes)

    def stack(name: str) -> Array:
        return np.repeat(np.stack([getattr(item, name) for item in plain]), count, axis=0)

    values, sds, factors = stack("values"), stack("sds"), stack("factors")
    sparsity = skeleton.names.index("sparsity")
    utilisation = skeleton.site_names.index("mfu")
    for index, regime in enumerate(skeleton.regimes):
        _write(regime, slice(index, None, count), (values, sds, factors), (sparsity, utilisation))
    parts = [np.ascontiguousarray(factors[..., k]) for k in range(factors.shape[-1])]
    sites = Piecewise(
        knot=parts[0],
        left_slope=parts[1],
        left_precision=parts[2],
        right_slope=parts[3],
        right_precision=parts[4],
        height=parts[5],
    )
    return Network(rows=stack("rows"), values=values, sds=sds, forms=stack("forms"), sites=sites)


def _write(
    regime: Regime,
    at: slice,
    arrays: tuple[Array, Array, Array],
    places: tuple[int, int],
) -> None:
    values, sds, factors = arrays
    sparsity, utilisation = places
    values[at, sparsity], sds[at, sparsity] = regime.sparsity
    factors[at, utilisation] = regime.mfu
