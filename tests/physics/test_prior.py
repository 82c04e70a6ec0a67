import numpy as np
import pytest

from costcheck.physics.prior import (
    EFFECTS,
    MfuPrior,
    RunFeatures,
    design,
    interval_score,
    log2_mfu as log2_of_mfu,
    run_ends,
    share_spread,
    usual_fleet,
)
from costcheck.physics.prior_fit import (
    RunTable,
    family_weights,
    fit_prior,
    left_out_residuals,
    robust_ridge,
    student_tails,
    without_families,
)

PRIOR = MfuPrior(
    intercept=-0.4, size=0.1, small_fleet=0.3, calendar=-0.4, step=0.3,
    unknown_hours=0.05, scale=0.3, degrees_of_freedom=3.0, scale_unknown_hours=0.5,
    degrees_of_freedom_unknown_hours=30.0, large_fleet=256.0,
    usual_parameters=1e10, fleet_intercept=8.0, fleet_slope=2.0,
)  # fmt: skip


def reference_run(**changes) -> RunFeatures:
    known = {
        "training_flops": 1e23, "predicted_mfu": 0.5, "active_parameters": 1e10,
        "accelerators": 1024.0, "calendar": 0.0, "step": 0.0,
    }  # fmt: skip
    return RunFeatures(**(known | changes))


def log2_mfu(**changes) -> float:
    return float(log2_of_mfu(prior=PRIOR, features=reference_run(**changes)))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, -1.4),
        ({"predicted_mfu": 0.125}, -3.4),  # the prediction counts in full
        ({"goodput": 0.5}, -2.4),
        ({"goodput": 0.5, "step": 1.0}, -1.1),  # hours of steps hold no faults
        ({"accelerators": 8.0}, -1.1),
        ({"accelerators": 1.0}, -1.1),
        ({"accelerators": 45.254833995939045}, -1.25),  # half of five doublings
        ({"active_parameters": 1e11}, -1.3),
        ({"active_parameters": 1e13}, -1.2),  # two tens at most
        ({"calendar": 1.0}, -1.8),
        ({"step": 1.0}, -1.1),
        ({"calendar": np.nan, "step": np.nan}, -1.35),
        ({"accelerators": np.nan, "training_flops": 1e18}, -1.1),  # must be one node
    ],
)
def test_each_effect_does_what_it_says(changes, expected):
    assert log2_mfu(**changes) == pytest.approx(expected)


def test_vector_equals_scalar():
    changes = [
        {},
        {"goodput": 0.9},
        {"accelerators": np.nan},
        {"calendar": np.nan},
        {"predicted_mfu": 0.2},
    ]
    runs = [reference_run(**change) for change in changes]
    table = RunFeatures(
        **{name: np.array([getattr(run, name) for run in runs]) for name in RunFeatures._fields}
    )
    found = log2_of_mfu(prior=PRIOR, features=table)
    for place, run in enumerate(runs):
        assert found[place] == log2_of_mfu(prior=PRIOR, features=run)


def test_features_broadcast():
    grid = reference_run(accelerators=np.array([8.0, 64.0, 512.0])[:, None], step=np.array([0, 1]))
    assert design(prior=PRIOR, features=grid).shape == (3, 2, len(EFFECTS))
    assert log2_of_mfu(prior=PRIOR, features=grid).shape == (3, 2)


def test_errors_of_a_step_and_of_what_runs_reach_add_in_squares_and_no_run_beats_its_steps():
    scatter = share_spread(prior=PRIOR, calendar=0.0, step=0.0)
    down, up = run_ends(scatter=scatter, share=0.9, step=(0.8, 1.25))
    assert up == pytest.approx(np.exp(np.hypot(np.log(scatter.high), np.log(1.25))))
    assert down == pytest.approx(np.exp(-np.hypot(np.log(0.9), np.log(0.8))))


def test_runs_scatter_more_where_nobody_says_what_the_hours_count():
    known = share_spread(prior=PRIOR, calendar=0.0, step=0.0)
    unknown = share_spread(prior=PRIOR, calendar=np.nan, step=np.nan)
    factor = 2.0 ** (0.3 * interval_score(3.0))
    assert (known.low, known.central, known.high) == pytest.approx((1.0 / factor, 1.0, factor))
    assert unknown.high > known.high


def test_fleets_grow_with_the_run_within_one_node_and_the_largest():
    fleets = usual_fleet(prior=PRIOR, training_flops=np.array([1e15, 10**22.5, 1e30]))
    np.testing.assert_allclose(fleets, [8.0, 256.0, 16_384.0])


def test_a_missing_constant_is_named():
    with pytest.raises(KeyError, match="intercept"):
        MfuPrior.from_mapping({})


def made_up_runs(count: int = 240, noise: float = 0.1) -> RunTable:
    generator = np.random.default_rng(11)
    calendar = generator.random(count) < 0.4
    features = RunFeatures(
        training_flops=10.0 ** generator.uniform(19, 25, count),
        predicted_mfu=generator.uniform(0.1, 0.7, count),
        goodput=generator.uniform(0.8, 1.0, count),
        accelerators=2.0 ** generator.uniform(3, 13, count),
        calendar=calendar.astype(float),
        step=(~calendar & (generator.random(count) < 0.4)).astype(float),
    )
    features = features._replace(active_parameters=10.0 ** generator.uniform(8, 12, count))
    observed = log2_of_mfu(prior=PRIOR, features=features)
    observed = observed + noise * generator.standard_t(3.0, count)
    return RunTable(
        features=features,
        log2_mfu=observed,
        families=[f"family {place % 40}" for place in range(count)],
        scored=np.ones(count, dtype=bool),
    )


def test_the_fit_finds_the_effects_behind_made_up_runs():
    fitted = fit_prior(made_up_runs(), start=PRIOR, ridge=0.3)
    assert fitted.intercept == pytest.approx(PRIOR.intercept, abs=0.05)
    np.testing.assert_allclose(fitted.effects(), PRIOR.effects(), atol=0.06)
    assert fitted.scale == pytest.approx(0.1, rel=0.4)
    assert fitted.scale_unknown_hours > fitted.scale


def test_left_out_intervals_hold_what_they_say_on_made_up_runs():
    table = made_up_runs()
    fitted = fit_prior(table, start=PRIOR, ridge=0.3)
    sizes = np.abs(left_out_residuals(table, start=PRIOR, ridge=0.3).known_hours)
    for level, share in ((0.95, 0.9), (0.75, 0.5)):
        inside = sizes <= fitted.scale * interval_score(fitted.degrees_of_freedom, level)
        assert np.mean(inside) == pytest.approx(share, abs=0.06)


def test_a_left_out_family_does_not_see_itself():
    table = made_up_runs(80)
    spoiled = table.log2_mfu.copy()
    mine = np.array([name == "family 3" for name in table.families])
    spoiled[mine] += 5.0
    other = RunTable(
        features=table.features, log2_mfu=spoiled, families=table.families, scored=table.scored
    )
    before = left_out_residuals(table, start=PRIOR, ridge=0.3).known_hours
    after = left_out_residuals(other, start=PRIOR, ridge=0.3).known_hours
    np.testing.assert_allclose(after[mine] - before[mine], 5.0, atol=1e-5)
    assert "family 3" not in without_families(table, {"family 3"}).families


def test_outliers_hardly_move_the_fit():
    generator = np.random.default_rng(3)
    columns = generator.standard_normal((200, 2))
    response = 1.0 + columns @ np.array([0.5, -0.25]) + 0.05 * generator.standard_normal(200)
    response[:10] += 8.0
    intercept, effects = robust_ridge(columns, response, np.ones(200), ridge=0.1, freedom=4.0)
    np.testing.assert_allclose([intercept, *effects], [1.0, 0.5, -0.25], atol=0.04)


def test_a_large_family_counts_for_the_root_of_its_runs():
    weights = family_weights(["a", "b", "a", "a", "a"])
    np.testing.assert_allclose(weights, [0.5, 1.0, 0.5, 0.5, 0.5])


def test_tails_follow_the_residuals():
    scale, freedom = student_tails(np.random.default_rng(5).standard_normal(20_000))
    heavy_scale, heavy_freedom = student_tails(np.random.default_rng(5).standard_t(2.5, 20_000))
    assert freedom == 30.0
    assert scale == pytest.approx(1.0, rel=0.05)
    assert heavy_freedom <= 3.0
    assert heavy_scale == pytest.approx(1.0, rel=0.1)
