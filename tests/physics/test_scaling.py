from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.optimize import minimize_scalar

from costcheck.physics import scaling
from costcheck.physics.scaling import LossLaw

REFIT = LossLaw(
    irreducible=1.8172,
    parameter_scale=482.01,
    token_scale=2085.43,
    parameter_exponent=0.3478,
    token_exponent=0.3658,
)
LAWS = yaml.safe_load(
    (Path(__file__).parents[2] / "configs" / "scaling" / "laws.yaml").read_text(encoding="utf-8")
)


def test_optimum_minimises_the_loss():
    compute = 3e24
    found = minimize_scalar(
        lambda log_n: scaling.loss(
            law=REFIT, parameters=np.exp(log_n), tokens=compute / (6.0 * np.exp(log_n))
        ),
        bounds=(np.log(1e9), np.log(1e13)),
        method="bounded",
        options={"xatol": 1e-10},
    )
    best = scaling.optimum(law=REFIT, training_flops=compute)
    assert best.parameters == pytest.approx(np.exp(found.x), rel=1e-4)
    assert 6.0 * best.parameters * best.tokens == pytest.approx(compute)


def test_chinchilla_itself_is_compute_optimal_under_the_refit():
    best = scaling.optimum(law=REFIT, training_flops=6.0 * 70e9 * 1.4e12)
    assert best.parameters == pytest.approx(70e9, rel=0.05)


def test_an_optimal_model_is_equivalent_to_itself():
    best = scaling.optimum(law=REFIT, training_flops=1e24)
    equivalent = scaling.equivalent_flops(law=REFIT, parameters=best.parameters, tokens=best.tokens)
    assert equivalent == pytest.approx(1e24)


@pytest.mark.parametrize(
    ("parameters", "tokens"),
    [(8e9, 15e12), (405e9, 15.6e12), (70e9, 2e12), (500e9, 300e9)],
)
def test_any_other_model_is_equivalent_to_less_compute(parameters, tokens):
    equivalent = scaling.equivalent_flops(law=REFIT, parameters=parameters, tokens=tokens)
    assert equivalent < 6.0 * parameters * tokens
    best = scaling.optimum(law=REFIT, training_flops=equivalent)
    assert scaling.loss(law=REFIT, parameters=best.parameters, tokens=best.tokens) == pytest.approx(
        scaling.loss(law=REFIT, parameters=parameters, tokens=tokens)
    )


def test_overtraining_llama_3_8b_spends_most_of_its_compute_on_being_small():
    equivalent = scaling.equivalent_flops(law=REFIT, parameters=8e9, tokens=15e12)
    assert 0.1 < equivalent / (6.0 * 8e9 * 15e12) < 0.5


def test_refit_tokens_per_parameter_fall_slowly():
    # 18.4 at Chinchilla's compute to 16.5 at Llama 3's.
    best = scaling.optimum(law=REFIT, training_flops=np.array([5.76e23, 3.8e25]))
    assert best.tokens / best.parameters == pytest.approx([18.4, 16.5], abs=0.1)


def test_data_file_reports_only_laws_that_agree_with_their_papers():
    rows = {row["name"]: row for row in LAWS["laws"]}
    assert not rows["hoffmann-rounded"]["reported"]
    assert not rows["llama-3-printed"]["reported"]
    keys = {source["key"] for source in LAWS["sources"]}
    for row in (*LAWS["laws"], LAWS["mixture_leverage"]):
        assert row["source"] in keys
    kinds = {row["kind"] for row in LAWS["laws"]}
    assert kinds == {"loss", "tokens"}


def test_reported_laws_are_a_spread_around_the_real_run_of_llama_3():
    sizes = [
        float(scaling.published_optimum(law=law, training_flops=3.8e25).parameters)
        for law in scaling.read_laws(LAWS)
    ]
    assert len(sizes) == 4
    assert min(sizes) < 405e9 < max(sizes)


def test_money_off_the_optimum():
    optimal = scaling.equivalent_flops(law=REFIT, parameters=8e9, tokens=15e12)
    lost = scaling.misallocated_usd(
        cost_usd=1e6, training_flops=6.0 * 8e9 * 15e12, optimal_flops=optimal
    )
    assert 0.5e6 < lost < 0.9e6
    best = scaling.optimum(law=REFIT, training_flops=1e24)
    assert scaling.misallocated_usd(
        cost_usd=1e6,
        training_flops=1e24,
        optimal_flops=scaling.equivalent_flops(
            law=REFIT, parameters=best.parameters, tokens=best.tokens
        ),
    ) == pytest.approx(0.0, abs=1.0)


def test_vector_equals_scalar():
    budgets = np.array([[1e22], [1e25]])
    exponents = np.array([0.30, 0.3478])
    law = LossLaw(
        irreducible=1.8172,
        parameter_scale=482.01,
        token_scale=2085.43,
        parameter_exponent=exponents,
        token_exponent=0.3658,
    )
    best = scaling.optimum(law=law, training_flops=budgets)
    assert np.shape(best.parameters) == (2, 2)
    alone = scaling.optimum(law=REFIT, training_flops=1e25)
    assert best.parameters[1, 1] == pytest.approx(alone.parameters, rel=1e-14)
    assert best.tokens[1, 1] == pytest.approx(alone.tokens, rel=1e-14)
