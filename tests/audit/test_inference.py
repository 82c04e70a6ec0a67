import numpy as np
import pytest
from scipy import integrate, stats

from costcheck.audit.engine import context_of
from costcheck.audit.inference import Network, infer, leave_one_out
from costcheck.audit.knowledge import load_knowledge
from costcheck.audit.network import skeleton
from costcheck.audit.piecewise import Piecewise, at_most, two_piece
from costcheck.audit.reasoning import tail
from costcheck.catalog.files import Catalog
from costcheck.quantities import VARIABLES
from costcheck.scenario.claim import Claim


def network(
    rows: list[list[float]],
    values: list[float],
    sds: list[float],
    sites: list[tuple[list[float], tuple[float, ...]]] = (),
) -> Network:
    width = len(rows[0])
    names = ("knot", "left_slope", "left_precision", "right_slope", "right_precision", "height")
    fields = np.array([f for _, f in sites]).reshape(1, len(sites), 6)
    return Network(
        rows=np.array([rows]),
        values=np.array([values]),
        sds=np.array([sds]),
        forms=np.array([[f for f, _ in sites]]).reshape(1, len(sites), width),
        sites=Piecewise(**{n: fields[..., k] for k, n in enumerate(names)}),
    )


def test_posterior_is_the_textbook_weighted_mean() -> None:
    found = infer(network([[1.0], [1.0]], [1.0, 3.0], [1.0, 0.5]))
    assert found.mean[0, 0] == pytest.approx((1.0 + 4 * 3.0) / 5.0)
    assert found.covariance[0, 0, 0] == pytest.approx(1 / 5.0)


def test_leave_one_out_predicts_a_row_from_the_others() -> None:
    net = network([[1.0], [1.0], [1.0]], [0.0, 0.2, 3.0], [1.0, 1.0, 0.1])
    left = leave_one_out(net, infer(net))
    assert left.predicted[0, 2] == pytest.approx(0.1)
    assert left.sd[0, 2] == pytest.approx(np.sqrt(0.5))


@pytest.mark.parametrize("fields", [two_piece(0.3, 0.5, 0.1), at_most(0.0, 0.28, 0.05)])
def test_one_site_is_exact(fields: tuple[float, ...]) -> None:
    found = infer(network([[1.0]], [0.6], [0.7], [([1.0], fields)]))
    base = infer(network([[1.0]], [0.6], [0.7]))
    grid = np.linspace(-6, 6, 400_001)
    knot, ls, lp, rs, rp, height = fields
    d = grid - knot
    site = np.exp(height + np.where(d < 0, ls * d - lp * d**2 / 2, rs * d - rp * d**2 / 2))
    weight = site * stats.norm.pdf(grid, 0.6, 0.7)
    z = integrate.trapezoid(weight, grid)
    assert found.log_evidence[0] - base.log_evidence[0] == pytest.approx(np.log(z), abs=1e-4)
    mean = integrate.trapezoid(weight * grid, grid) / z
    assert found.mean[0, 0] == pytest.approx(mean, abs=1e-4)


def test_two_sites_come_close_to_numerical_integration() -> None:
    sites = [([1.0, 1.0], two_piece(0.0, 0.5, 0.2)), ([1.0, -1.0], at_most(0.4, 0.3, 0.1))]
    found = infer(network([[1.0, 0.0], [0.0, 1.0]], [0.5, 0.2], [0.8, 0.6], sites))
    base = infer(network([[1.0, 0.0], [0.0, 1.0]], [0.5, 0.2], [0.8, 0.6]))
    x, y = np.meshgrid(np.linspace(-4, 4, 1601), np.linspace(-4, 4, 1601), indexing="ij")
    weight = stats.norm.pdf(x, 0.5, 0.8) * stats.norm.pdf(y, 0.2, 0.6)
    for form, (knot, ls, lp, rs, rp, height) in sites:
        d = form[0] * x + form[1] * y - knot
        weight = weight * np.exp(
            height + np.where(d < 0, ls * d - lp * d**2 / 2, rs * d - rp * d**2 / 2)
        )
    step = (8 / 1600) ** 2
    z = weight.sum() * step
    assert found.log_evidence[0] - base.log_evidence[0] == pytest.approx(np.log(z), abs=0.03)
    assert found.mean[0, 0] == pytest.approx((weight * x).sum() * step / z, abs=0.03)


def test_order_of_rows_does_not_matter() -> None:
    rows, values, sds = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [1.0, 2.0, 3.5], [1.0, 2.0, 0.1]
    site = [([1.0, -1.0], two_piece(0.0, 0.5, 0.2))]
    one = infer(network(rows, values, sds, site))
    other = infer(network(rows[::-1], values[::-1], sds[::-1], site))
    assert one.log_evidence[0] == pytest.approx(other.log_evidence[0])
    np.testing.assert_allclose(one.mean, other.mean)


@pytest.mark.parametrize(("chi2", "freedom"), [(6.6349, 1), (9.2103, 2), (11.3449, 3)])
def test_the_tail_of_chi_square_at_one_per_cent(chi2, freedom):
    # Critical values at 0.01: NIST/SEMATECH handbook, section 1.3.6.7.4.
    assert tail(chi2, freedom) == pytest.approx(0.01, rel=1e-3)


def test_numbers_that_physics_cannot_reconcile_are_named_and_sound_ones_are_not(judge):
    # 3e24 FLOP on 256 H800 in 30 days would be a utilisation of 4.6; 2.4e23 FLOP are 0.37.
    claim = "{id: a, gpu: H800, gpus: 256, duration: 30 days, compute: FIGURE FLOP}"
    wrong = judge(f"claims: [{claim.replace('FIGURE', '3e24')}]", use_registry=False)[0]
    right = judge(f"claims: [{claim.replace('FIGURE', '2.4e23')}]", use_registry=False)[0]
    assert {words.split()[0] for words in wrong.conflict} == {"gpus", "duration", "compute"}
    assert not right.conflict


def test_something_is_usual_of_every_variable(catalog: Catalog) -> None:
    claim = Claim(text="It cost $5M.")
    known = load_knowledge(catalog, [claim], use_registry=False)
    prior = skeleton(context_of([claim], known), known.priors, frozenset())
    rows = np.vstack([prior.rows, prior.forms])
    rank = np.linalg.matrix_rank(rows)
    alone = np.eye(len(VARIABLES))
    free = [
        name
        for name, row in zip(VARIABLES, alone, strict=True)
        if np.linalg.matrix_rank(np.vstack([rows, row])) > rank
    ]
    assert free == []
