"""Posterior, leave-one-out predictions and evidence of log-linear networks, many at once.

Rows are Gaussian pseudo-measurements of linear forms; sites are one-knot factors on linear forms,
approximated by expectation propagation [1]_. The leading axis holds hypotheses.

References
----------
.. [1] T. Minka, "Expectation propagation for approximate Bayesian inference", UAI 2001.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costcheck.audit.piecewise import Array, Piecewise, moments

SWEEPS = 3
_BROAD = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A batch of networks with the same number of variables, rows and sites."""

    rows: Array
    """Linear forms of the Gaussian rows, (batch, rows, variables)."""
    values: Array
    """What each row observes, (batch, rows)."""
    sds: Array
    """Standard deviation of each row, (batch, rows)."""
    forms: Array
    """Linear forms of the sites, (batch, sites, variables)."""
    sites: Piecewise
    """The sites' factors, (batch, sites)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """Result for a batch of networks."""

    mean: Array
    covariance: Array
    log_evidence: Array
    cavity_mean: Array
    """What everything else says about each site's form, (batch, sites)."""
    cavity_variance: Array


@dataclass(slots=True)
class _Approximation:
    """Gaussian approximation of a batch of networks while its sites are visited."""

    covariance: Array
    potential: Array
    tau: Array
    """Precision of each site's Gaussian, (batch, sites)."""
    nu: Array
    """Precision times mean of each site's Gaussian, (batch, sites)."""
    cavity_mean: Array
    cavity_variance: Array
    log_site: Array
    """Evidence each site adds, (batch, sites)."""

    def refine(self, network: Network, site: int) -> None:
        """Match the moments of one site's factor against all the rest: one EP update."""
        form = network.forms[:, site]
        spread = np.einsum("bij,bj->bi", self.covariance, form)
        variance = np.maximum(np.einsum("bi,bi->b", form, spread), 1e-12)
        mean = np.einsum("bi,bi->b", spread, self.potential)
        cavity = np.maximum(1.0 / variance - self.tau[:, site], 1e-9)
        centre = (mean / variance - self.nu[:, site]) / cavity
        log_z, site_mean, site_variance = moments(network.sites.at(site), centre, 1.0 / cavity)
        new_tau = np.maximum(1.0 / site_variance - cavity, 0.0)
        new_nu = site_mean * (cavity + new_tau) - centre * cavity
        step = new_tau - self.tau[:, site]
        scale = step / (1.0 + step * variance)
        self.covariance -= scale[:, None, None] * spread[:, :, None] * spread[:, None, :]
        self.potential += (new_nu - self.nu[:, site])[:, None] * form
        self.tau[:, site], self.nu[:, site] = new_tau, new_nu
        self.cavity_mean[:, site], self.cavity_variance[:, site] = centre, 1.0 / cavity
        self.log_site[:, site] = log_z - _gaussian_area(new_tau, new_nu, centre, 1.0 / cavity)


def infer(network: Network) -> Posterior:
    """Posterior, evidence and site cavities of every network in the batch."""
    found = _first_approximation(network)
    count = network.forms.shape[1]
    for _ in range(SWEEPS):
        for site in range(count):
            found.refine(network, site)
    mean = np.einsum("bij,bj->bi", found.covariance, found.potential)
    return Posterior(
        mean=mean,
        covariance=found.covariance,
        log_evidence=_log_evidence(network, found, mean),
        cavity_mean=found.cavity_mean,
        cavity_variance=found.cavity_variance,
    )


def _first_approximation(network: Network) -> _Approximation:
    """The Gaussian rows with a first Gaussian for each site."""
    weights = network.sds**-2.0
    precision = np.einsum("bri,br,brj->bij", network.rows, weights, network.rows, optimize=True)
    potential = np.einsum("bri,br->bi", network.rows, weights * network.values)
    tau, nu = _start(network)
    precision += np.einsum("bsi,bs,bsj->bij", network.forms, tau, network.forms, optimize=True)
    potential += np.einsum("bsi,bs->bi", network.forms, nu)
    return _Approximation(
        covariance=np.linalg.inv(precision),
        potential=potential,
        tau=tau,
        nu=nu,
        cavity_mean=np.zeros_like(tau),
        cavity_variance=np.zeros_like(tau),
        log_site=np.zeros_like(tau),
    )


def _log_evidence(network: Network, found: _Approximation, mean: Array) -> Array:
    """The log evidence up to what all networks of one shape share."""
    _, log_det = np.linalg.slogdet(found.covariance)
    return np.asarray(
        0.5 * np.einsum("bi,bi->b", found.potential, mean)
        + 0.5 * log_det
        - 0.5 * np.sum((network.values / network.sds) ** 2, axis=1)
        - np.sum(np.log(network.sds), axis=1)
        + np.sum(found.log_site, axis=1)
    )


def _start(network: Network) -> tuple[Array, Array]:
    """Natural parameters of a first Gaussian for each site: its own moments."""
    shape = network.forms.shape[:2]
    if not shape[1]:
        return np.zeros(shape), np.zeros(shape)
    knot = np.broadcast_to(network.sites.knot, shape)
    _, mean, variance = moments(network.sites, knot, np.full(shape, 100.0))
    tau = 1.0 / variance - 0.01
    tau = np.where(variance > 50.0, 0.0, np.maximum(tau, 0.0))
    nu = np.where(tau > 0.0, mean * (tau + 0.01) - 0.01 * knot, 0.0)
    return tau, nu


def _gaussian_area(tau: Array, nu: Array, mean: Array, variance: Array) -> Array:
    """Ln of the integral of exp(nu x - tau x**2 / 2) against N(mean, variance)."""
    shifted = mean / variance + nu
    return np.asarray(
        0.5 * (shifted**2 / (1.0 / variance + tau) - mean**2 / variance - np.log1p(tau * variance))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOneOut:
    """What the rest of a network says about one of its rows."""

    predicted: Array
    """The rest's value for the row."""
    sd: Array
    """The rest's uncertainty about it; the row is testable to exp(1.645 sd)."""


def leave_one_out(network: Network, posterior: Posterior) -> LeaveOneOut:
    """The leave-one-out predictions of all Gaussian rows, (batch, rows)."""
    fitted = np.einsum("bri,bi->br", network.rows, posterior.mean)
    variance = np.einsum(
        "bri,bij,brj->br", network.rows, posterior.covariance, network.rows, optimize=True
    )
    leverage = np.clip(variance / network.sds**2, 0.0, 1.0 - 1e-9)
    residual = network.values - fitted
    sd = np.minimum(network.sds * np.sqrt(leverage / (1.0 - leverage)), _BROAD)
    predicted = network.values - residual / (1.0 - leverage)
    return LeaveOneOut(predicted=predicted, sd=sd)
