"""No draw computes faster than the hardware: products have a best share of the peak."""

import numpy as np
import pytest

from costcheck import estimate, load
from costcheck.estimate import build
from costcheck.estimate.study import STEP_RESIDUAL
from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import leaves
from costcheck.physics.prior import kept_share

# Best measured share of the peak in products of any size: A100 SXM (Bekman, ML Engineering, MAMF).
BEST = 0.869
RATIO = {None: 1.0, "fp8": 2.0, "nvfp4": 4.0}


def scenario(gpu, precision=None, layout=None, count="64", **more):
    training = {"tokens": "15T", "sequence_length": "8192", "global_batch": "1024"}
    return {
        "as_of": "2026-06-01",
        "model": "llama-3.1-8b",
        "training": training | ({"precision": precision} if precision else {}),
        "fleet": {"gpu": gpu, "count": count, "software": "a-stack-nobody-knows"},
        **({"layout": layout} if layout else {}),
        **more,
    }


@pytest.mark.parametrize("layout", [None, "auto", {"tensor": "1", "recompute": "none"}])
@pytest.mark.parametrize(
    ("gpu", "precision"),
    [("a100-80gb", None), ("h20", None), ("k80", None), ("h100", "fp8"), ("b200", "nvfp4")],
)
def test_no_mfu_and_no_throughput_pass_the_ceiling(gpu, precision, layout):
    result = estimate(scenario(gpu, precision, layout), samples=4096)
    mfu, speed = result["mfu"], result["tokens_per_second_per_gpu"]
    assert 0.0 < mfu.low <= mfu.high <= BEST * RATIO[precision] * (1 + 1e-9)
    peak = next(line.value for line in result.inputs if line.path == "gpu/peak")
    most = peak * RATIO[precision] * BEST / result["flops_per_token"].central
    assert speed.high <= most * (1 + 1e-9)


def test_not_even_the_most_extreme_draw_does():
    stated = scenario("a100-80gb", layout={"tensor": "1", "recompute": "none"})
    prediction = build(load(stated)).stages[0].prediction
    (residual,) = (leaf for leaf in leaves([prediction.mfu]) if leaf.name == STEP_RESIDUAL)
    lowest = float(residual.spread.inverse_cdf(np.asarray([1e-12]))[0])
    mfu = evaluate([prediction.mfu], bindings={STEP_RESIDUAL: lowest})
    assert float(np.asarray(mfu[prediction.mfu])) <= BEST * (1 + 1e-9)


def test_a_hundred_thousand_gpus_and_nothing_else_stated():
    """The lost time of such a fleet is hardly known; its steps still obey the peak."""
    result = estimate(scenario("h100", count="100000"))
    assert result["mfu"].high <= BEST
    assert result["mfu_end_to_end"].high <= result["mfu"].high


@pytest.mark.parametrize(
    ("share", "residual", "goodput", "expected"),
    [(0.8, 1.0, 1.0, 0.8), (0.8, 3.0, 1.0, 1.0), (0.8, 3.0, 0.5, 0.5), (0.8, 1.0, 0.06, 0.048)],
)
def test_no_run_is_faster_than_its_steps(share, residual, goodput, expected):
    rest = {"residual": residual, "goodput": goodput}
    assert float(kept_share(share=share, **rest)) == pytest.approx(expected)
    np.testing.assert_allclose(kept_share(share=np.full(2, share), **rest), expected)
