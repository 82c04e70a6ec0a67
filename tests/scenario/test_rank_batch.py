"""A batch said for each rank is the batch of the fleet: micro-batch x accumulation x ranks."""

import pytest

from costcheck import estimate
from costcheck.diagnostics import CostcheckError

RUN = {
    "model": "llama-3.1-8b",
    "training": {"steps": 100, "sequence_length": 4096},
    "fleet": {"gpu": "h100-sxm", "count": 16},
}


@pytest.mark.parametrize(
    ("layout", "batch"),
    [
        ({"micro_batch": 2, "accumulation": 4}, 128),
        ({"tensor": 2, "micro_batch": 2, "accumulation": 4}, 64),
        ({"data": 4, "tensor": 4, "accumulation": 8}, 32),
    ],
)
def test_ranks_times_accumulation_is_the_batch(layout, batch):
    found = estimate({**RUN, "layout": layout})
    tokens = found["training_flops"].central / found["flops_per_token"].central
    assert tokens == pytest.approx(100 * batch * 4096)
    stated = {**RUN, "training": {**RUN["training"], "global_batch": batch}}
    without = {key: value for key, value in layout.items() if key != "accumulation"}
    same = estimate({**stated, "layout": without})
    assert found["cost_usd"].central == pytest.approx(same["cost_usd"].central)


def test_both_ways_at_once_are_refused():
    training = {**RUN["training"], "global_batch": 64}
    with pytest.raises(CostcheckError, match="accumulation each say"):
        estimate({**RUN, "training": training, "layout": {"accumulation": 4}})
