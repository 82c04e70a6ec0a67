"""Posterior, leave-one-out surprise and evidence of log-linear networks, many at once.

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


def infer(network: Network) -> Posterior:
    """Return posterior, evidence and site cavities of every network in the batch."""
    weights = network.sds**-2.0
    precision = np.einsum("bri,br,brj->bij", network.rows, weights, network.rows, optimize=True)
    potential = np.einsum("bri,br->bi", network.rows, weights * network.values)
    tau, nu = _start(network)
    precision += np.einsum("bsi,bs,bsj->bij", network.forms, tau, network.forms, optimize=True)
    potential += np.einsum("bsi,bs->bi", network.forms, nu)
    covariance = np.linalg.inv(precision)
    count = network.forms.shape[1]
    cavities = np.zeros((2, *tau.shape))
    log_site = np.zeros_like(tau)
    for _ in range(SWEEPS if count else 0):
        for site in range(count):
            form = network.forms[:, site]
            spread = np.einsum("bij,bj->bi", covariance, form)
            variance = np.maximum(np.einsum("bi,bi->b", form, spread), 1e-12)
            mean = np.einsum("bi,bi->b", spread, potential)
            cavity = np.maximum(1.0 / variance - tau[:, site], 1e-9)
            centre = (mean / variance - nu[:, site]) / cavity
            log_z, site_mean, site_variance = moments(network.sites.at(site), centre, 1.0 / cavity)
            new_tau = np.maximum(1.0 / site_variance - cavity, 0.0)
            new_nu = site_mean * (cavity + new_tau) - centre * cavity
            step = new_tau - tau[:, site]
            scale = step / (1.0 + step * variance)
            covariance -= scale[:, None, None] * spread[:, :, None] * spread[:, None, :]
            potential += (new_nu - nu[:, site])[:, None] * form
            tau[:, site], nu[:, site] = new_tau, new_nu
            cavities[0, :, site], cavities[1, :, site] = centre, 1.0 / cavity
            log_site[:, site] = log_z - _gaussian_area(new_tau, new_nu, centre, 1.0 / cavity)
    mean = np.einsum("bij,bj->bi", covariance, potential)
    _, log_det = np.linalg.slogdet(covariance)
    evidence = (
        0.5 * np.einsum("bi,bi->b", potential, mean)
        + 0.5 * log_det
        - 0.5 * np.sum((network.values / network.sds) ** 2, axis=1)
        - np.sum(np.log(network.sds), axis=1)
        + np.sum(log_site, axis=1)
    )
    return Posterior(
        mean=mean,
        covariance=covariance,
        log_evidence=evidence,
        cavity_mean=cavities[0],
        cavity_variance=cavities[1],
    )


def _start(network: Network) -> tuple[Array, Array]:
    """Return natural parameters of a first Gaussian for each site: its own moments."""
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
    """Return ln of the integral of exp(nu x - tau x**2 / 2) against N(mean, variance)."""
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
    surprise: Array
    """Standardised difference between row and prediction."""


def leave_one_out(network: Network, posterior: Posterior) -> LeaveOneOut:
    """Return the leave-one-out predictions of all Gaussian rows, (batch, rows)."""
    fitted = np.einsum("bri,bi->br", network.rows, posterior.mean)
    variance = np.einsum(
        "bri,bij,brj->br", network.rows, posterior.covariance, network.rows, optimize=True
    )
    leverage = np.clip(variance / network.sds**2, 0.0, 1.0 - 1e-9)
    residual = network.values - fitted
    surprise = residual / (network.sds * np.sqrt(1.0 - leverage))
    sd = np.minimum(network.sds * np.sqrt(leverage / (1.0 - leverage)), _BROAD)
    predicted = network.values - residual / (1.0 - leverage)
    return LeaveOneOut(predicted=predicted, sd=sd, surprise=surprise)
