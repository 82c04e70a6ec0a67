"""The batch of a run that states none: what published runs of its size take."""

import pytest

from costcheck import estimate


def batch_tokens(parameters, tokens, gpus):
    scenario = {
        "as_of": "2025-01-01",
        "model": {"parameters": f"{parameters:.4g}"},
        "training": {"tokens": f"{tokens:.4g}", "sequence_length": "4096"},
        "fleet": {"gpu": "h100", "count": str(gpus)},
        "layout": "auto",
    }
    lines = estimate(scenario).inputs
    return next(line.value for line in lines if line.path == "global_batch") * 4096


# Model cards and papers of models that the fit has not seen: arXiv:2302.13971 had 4M tokens for 7B,
# arXiv:2407.21783 16M at the end of 405B, arXiv:2402.00838 about 4M for OLMo 7B.
@pytest.mark.parametrize(
    ("parameters", "tokens", "gpus", "published"),
    [(405e9, 15.6e12, 16384, 16.8e6), (7e9, 2.46e12, 216, 4e6), (13e9, 5e12, 512, 8.4e6)],
)
def test_a_usual_batch_is_within_a_factor_of_two_of_published_ones(
    parameters, tokens, gpus, published
):
    assert published / 2.2 < batch_tokens(parameters, tokens, gpus) < published * 2.2


def test_a_batch_grows_with_the_run_and_feeds_every_gpu():
    small, large = batch_tokens(1e9, 1e11, 8), batch_tokens(7e10, 1e13, 1024)
    assert small < large
    assert batch_tokens(1e9, 1e11, 2048) >= 2048 * 2048
