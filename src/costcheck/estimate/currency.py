"""Money in dollars: other currencies only at a rate the file states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from costcheck.graph.nodes import Node, Product

if TYPE_CHECKING:
    from costcheck.estimate.desk import StageDesk
    from costcheck.text.quantity import Quantity

BASE_CURRENCY = "USD"

Rates: TypeAlias = "Mapping[str, Quantity]"
"""Units of other currencies per US dollar."""


def dollars_per_unit(amount: Quantity, rates: Rates) -> float:
    """Return what one unit of an amount's currency is worth; 1 for dollars and for no money."""
    currency = amount.currency or BASE_CURRENCY
    return 1.0 if currency == BASE_CURRENCY else 1.0 / rates[currency].value


def in_dollars(path: str, amount: Quantity, unit: str, why: str, desk: StageDesk) -> Node:
    """Return an amount of money in dollars, at the file's own rate where it is another currency."""
    currency = amount.currency or BASE_CURRENCY
    if currency == BASE_CURRENCY:
        return desk.stated(path, amount, unit, why)
    rates = desk.desk.scenario.currency_rates or {}
    return desk.once(
        Product(
            name=desk(path),
            unit=unit,
            why=f"{why}, from {currency}",
            over=(desk.stated(f"{path}/{currency}", amount, currency, why),),
            under=(
                desk.stated(
                    f"currency/{currency}",
                    rates[currency],
                    f"{currency}/USD",
                    f"{currency} per US dollar",
                ),
            ),
        )
    )
