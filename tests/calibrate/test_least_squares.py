"""The fitter against scipy and against a known answer."""

import numpy as np
import pytest

from costcheck.calibrate.least_squares import Prior, Problem

X = np.linspace(0.1, 3.0, 40)


def problem(truth, *, weight=1e6, tail=10.0, noise=0.0):
    target = np.log(truth["a"] * np.exp(-truth["b"] * X)) + noise

    def residuals(values):
        return np.log(values["a"] * np.exp(-values["b"] * X)) - target

    priors = {"a": Prior(0.1, 1.0, 10.0, 2.0), "b": Prior(0.0, 0.5, 2.0, 2.0)}
    return Problem(priors=priors, residuals=residuals, weights=np.full(X.size, weight), tail=tail)


def test_strong_data_find_the_truth():
    fit = problem({"a": 3.0, "b": 1.2}).solve()
    assert fit.values == pytest.approx({"a": 3.0, "b": 1.2}, rel=1e-4)


def test_weak_data_leave_the_prior():
    fit = problem({"a": 3.0, "b": 1.2}, weight=1e-9).solve()
    assert fit.values == pytest.approx({"a": 1.0, "b": 0.5}, rel=1e-3)


def test_values_stay_inside_their_bounds():
    fit = problem({"a": 50.0, "b": 5.0}).solve()
    assert 0.1 < fit.values["a"] < 10.0
    assert 0.0 < fit.values["b"] < 2.0


def test_the_minimum_is_scipys():
    optimize = pytest.importorskip("scipy.optimize")
    noise = 0.2 * np.sin(37.0 * X)
    own = problem({"a": 3.0, "b": 1.2}, weight=50.0, noise=noise)
    fit = own.solve()
    other = optimize.minimize(
        lambda point: own.cost(point, own.errors(point)),
        own.start,
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-12, "maxiter": 4000},
    )
    assert fit.cost == pytest.approx(other.fun, rel=1e-6)


def test_an_odd_row_counts_little():
    noise = np.zeros(X.size)
    noise[5] = 2.0
    plain = problem({"a": 3.0, "b": 1.2}, noise=noise).solve()
    robust = problem({"a": 3.0, "b": 1.2}, noise=noise, tail=0.05).solve()
    assert abs(robust.values["a"] - 3.0) < 0.2 * abs(plain.values["a"] - 3.0)
