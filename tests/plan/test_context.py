"""The longest sequence that fits: by recomputation, by method, against memory of the layout."""

import pytest

from costcheck import CostcheckError, plan
from costcheck.plan.context import GRAIN

TUNED = {
    "as_of": "2026-06-30",
    "model": "llama-3.1-8b",
    "training": {"tokens": "100M", "objective": "sft", "method": "lora"},
    "fleet": {"gpu": "h100", "count": "1", "software": "torchtune"},
}


def longest(case, **training):
    return plan({**case, "training": {**case["training"], **training}}, max_context=True)


@pytest.fixture(scope="module")
def lora():
    return longest(TUNED)


def test_more_computed_again_allows_longer_sequences(lora):
    tokens = [row.tokens for row in lora.contexts]
    assert len(tokens) >= 2
    assert tokens == sorted(set(tokens))
    assert all(length % GRAIN == 0 for length in tokens)
    assert all(row.memory_bytes <= 80e9 for row in lora.contexts)


def test_the_length_is_the_last_that_fits(lora):
    """Stated in a scenario, the length fits; a tenth more does not."""
    row = lora.contexts[-1]
    at, beyond = (
        plan(
            {
                **TUNED,
                "training": {
                    **TUNED["training"],
                    "sequence_length": str(length),
                    "global_batch": "1",
                },
            },
            keep=1,
        ).chosen
        for length in (row.tokens, int(row.tokens * 1.1))
    )
    assert at.best is not None
    assert beyond.best is None or beyond.best.layout.offload


def test_full_fine_tuning_of_8b_on_one_gpu_leaves_less_than_lora_and_that_less_than_qlora(lora):
    packed = longest(TUNED, method="qlora").contexts[-1].tokens
    full = longest(TUNED, method="full").contexts
    assert packed > lora.contexts[-1].tokens
    assert not full or full[-1].tokens < lora.contexts[-1].tokens


def test_more_accelerators_allow_longer_sequences():
    case = {**TUNED, "fleet": {"gpu": "h100", "count": "8", "software": "torchtitan"}}
    full = longest(case, method="full").contexts[-1]
    alone = longest(TUNED).contexts[-1]
    assert full.tokens > alone.tokens
    assert full.layout.context * full.layout.tensor > 1


def test_it_is_a_question_about_one_fleet():
    with pytest.raises(CostcheckError) as caught:
        plan(TUNED, max_context=True, gpus=[1, 8])
    assert "one fleet" in caught.value.diagnostics[0].message
