import pytest

from costcheck.physics import stages


def test_training_is_three_forward_passes():
    forward = stages.scoring_flops(scorer_parameters=7e9, scored_tokens=1e9)
    assert stages.update_flops(active_parameters=7e9, tokens=1e9) == 3.0 * forward


def test_rejected_samples_are_paid_for():
    kept = stages.generation_flops(active_parameters=70e9, kept_tokens=1e9)
    assert stages.generation_flops(
        active_parameters=70e9, kept_tokens=1e9, kept_share=0.25
    ) == pytest.approx(4.0 * kept)


def test_the_decode_mfu_follows_from_the_share_of_the_time():
    decode = stages.decode_mfu_from_share(
        rollout_flops=2.0, update_flops=6.0, training_mfu=0.35, rollout_share=0.9
    )
    assert decode == pytest.approx(0.013, abs=0.0005)


def test_gpu_hours_of_a_deepseek_v3_like_run():
    # 14.8T tokens at 250 GFLOP on H800 (989 TFLOPS) at 39 %: the 2.664M hours published.
    hours = stages.gpu_hours(flops=14.8e12 * 250e9, peak_flops_per_second=989e12, mfu=0.39)
    assert hours == pytest.approx(2.664e6, rel=0.01)


def test_compute_at_peak_takes_the_hours_it_takes():
    assert stages.gpu_hours(flops=3.6e18, peak_flops_per_second=1e15, mfu=1.0) == 1.0
