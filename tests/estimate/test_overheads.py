"""Lines of the bill."""

from __future__ import annotations

import pytest

from costcheck.estimate.money import LINES
from tests.estimate.files import DEEPSEEK_V3, estimated


@pytest.mark.parametrize("key", [line.key for line in LINES])
def test_each_line_adds_its_amount(key: str) -> None:
    cost = estimated(DEEPSEEK_V3, overheads={key: "$1M"}, samples=64).figures["cost_usd"]
    assert cost.central == pytest.approx(6.576e6)


def test_a_range_of_a_line_widens_the_cost() -> None:
    cost = estimated(DEEPSEEK_V3, overheads={"support": "$1M-2M"}).figures["cost_usd"]
    assert cost.low == pytest.approx(6.576e6, rel=0.01)
    assert cost.high == pytest.approx(7.576e6, rel=0.01)


def test_a_line_in_another_currency() -> None:
    cost = estimated(
        DEEPSEEK_V3, overheads={"storage": "7.2M CNY"}, currency_rates={"CNY": "7.2"}, samples=64
    ).figures["cost_usd"]
    assert cost.central == pytest.approx(6.576e6)
