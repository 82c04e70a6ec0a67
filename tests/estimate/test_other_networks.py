"""Networks that are no language models, from samples to dollars."""

import pytest

import costcheck
from costcheck.diagnostics import CostcheckError
from tests.benchmarks.bench_others import CATALOG, actual, fitted, hours_of, runs


def estimated(model, **training):
    scenario = {
        "model": model,
        "training": training,
        "fleet": {"gpu": "a100", "count": 64},
        "pricing": {"rent": "$2/GPU-hour"},
    }
    return costcheck.estimate(scenario).to_dict()


@pytest.fixture(scope="module")
def diffusion():
    return estimated("stable-diffusion-2", samples="1B")


def test_samples_times_flops_of_a_sample(diffusion):
    # 0.804 TFLOP forward at 512 x 512 (torch's counter on the class of diffusers), and twice that.
    flops = diffusion["results"]["training_flops"]["central"]
    assert flops == pytest.approx(1e9 * 3 * 804.3e9, rel=1e-3)


def test_the_whole_path_is_there(diffusion):
    for name in ("gpu_hours", "days", "cost_usd", "energy_kwh", "memory_bytes_per_gpu"):
        assert diffusion["results"][name]["central"] > 0
    assert diffusion["results"]["mfu_end_to_end_6nd"]["central"] is None


def test_published_hours_are_in_the_ranges():
    """Eleven of twelve runs; ModernBERT was faster than a step of a language model."""
    outside = []
    for run in runs():
        low, _, high = hours_of(run)
        if not low <= actual(run) <= high:
            outside.append(run["id"])
    assert len(outside) <= len(runs()) // 10, outside


def test_factors_are_those_fitted_to_the_published_runs():
    stated = CATALOG.document("prior/others.yaml")["slower"]
    for kind, found in fitted().items():
        assert found == tuple(stated[kind][key] for key in ("low", "value", "high"))


@pytest.mark.parametrize("training", [{"tokens": "1T"}, {"samples": "1B", "sequence_length": 512}])
def test_a_network_of_samples_is_not_trained_on_tokens(training):
    with pytest.raises(CostcheckError, match="sees whole samples"):
        estimated("whisper-large-v3", **training)


def test_samples_of_text_are_sequences():
    tokens = estimated("bert-large", tokens="131.072B", sequence_length=512)
    samples = estimated("bert-large", samples="256M", sequence_length=512)
    assert samples["results"]["training_flops"] == tokens["results"]["training_flops"]
