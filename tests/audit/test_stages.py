"""Stages on a trained model: what pre-training usually takes is no measure of them."""

import pytest

from tests.cli.test_told import readings

CANNOT, HOLDS, IMPOSSIBLE = "cannot-be-checked", "holds", "impossible"


@pytest.mark.parametrize(
    ("sentence", "headline"),
    [
        ("Llama-2-70B was fine-tuned with FSDP and QLoRA on two RTX 4090 GPUs in 22 hours", CANNOT),
        ("Falcon-40B was LoRA fine-tuned on 4 A100 GPUs in 3 days", CANNOT),
        ("Zephyr-7B was aligned with DPO on 16 A100 GPUs in 4 hours", CANNOT),
        ("BERT-base was fine-tuned on SQuAD in 30 minutes on one Cloud TPU v2", CANNOT),
        ("Code Llama 70B continued pre-training from Llama 2 70B on 1 trillion tokens", CANNOT),
        ("Evaluating o1 on seven reasoning benchmarks cost $2,767", CANNOT),
        ("s1-32B was fine-tuned on 16 H100 GPUs in 26 minutes", HOLDS),
        ("Sky-T1-32B was trained with supervised fine-tuning on 8 H100 GPUs in 19 hours", HOLDS),
        # Hard limits stay: the peak of the chips, and their memory.
        ("Llama-2-70B was fine-tuned on 10T tokens on two RTX 4090 GPUs in 22 hours", IMPOSSIBLE),
        ("Falcon-180B was fully fine-tuned on two RTX 4090 GPUs in 3 hours", IMPOSSIBLE),
        # A training told with its later stages is still one.
        ("Llama-2-70B was trained from scratch on two RTX 4090 GPUs in 22 hours", IMPOSSIBLE),
        ("DeepSeek-V3 took 2.788 million GPU hours including post-training", HOLDS),
    ],
)
def test_a_stage_is_held_against_hard_limits_and_its_own_record(sentence, headline):
    (claim,) = readings(sentence)["claims"]
    assert claim["headline"] == headline
