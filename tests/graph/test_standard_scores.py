import numpy as np
import pytest
from scipy import stats

from costcheck.graph.standard_scores import (
    normal_quantile,
    score_strata,
    standard_score,
    student_quantile,
)

PROBABILITIES = np.concatenate(
    [[1e-300, 1e-30, 1e-12, 1e-7], np.linspace(1e-5, 1.0 - 1e-5, 20_001), [1.0 - 1e-9]]
)


def test_normal_quantiles_are_scipys():
    np.testing.assert_allclose(
        normal_quantile(PROBABILITIES), stats.norm.ppf(PROBABILITIES), rtol=1e-13, atol=1e-15
    )


@pytest.mark.parametrize("freedom", [1.0, 1.5, 2.5, 4.0, 7.0, 30.0, 200.0])
def test_student_quantiles_are_scipys(freedom):
    at = PROBABILITIES[2:]
    np.testing.assert_allclose(
        student_quantile(at, freedom), stats.t.ppf(at, freedom), rtol=1e-6, atol=1e-7
    )


@pytest.mark.parametrize("freedom", [3.0, np.inf])
def test_scores_are_one_at_the_ends_of_the_interval(freedom):
    points = standard_score(np.array([0.05, 0.5, 0.95]), freedom)
    np.testing.assert_allclose(points, [-1.0, 0.0, 1.0], atol=1e-9)


@pytest.mark.parametrize("count", [1, 2, 7, 64])
@pytest.mark.parametrize("freedom", [3.0, np.inf])
def test_tables_are_symmetric(freedom, count):
    table = score_strata(freedom, count)
    np.testing.assert_allclose(table, -table[::-1], atol=1e-15)
    np.testing.assert_allclose(
        table, standard_score((np.arange(count) + 0.5) / count, freedom), atol=1e-9
    )
