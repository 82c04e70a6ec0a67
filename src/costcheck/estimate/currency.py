"""Money in dollars: other currencies only at a rate the file states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costcheck.core.graph import Node, Product

if TYPE_CHECKING:
    from costcheck.estimate.desk import StageDesk
    from costcheck.scenario.quantity import Quantity

BASE_CURRENCY = "USD"


def in_dollars(path: str, amount: Quantity, unit: str, why: str, desk: StageDesk) -> Node:
    """Return an amount of money in dollars, at the file's own rate where it is another currency.

    Raises
    ------
    KeyError
        If the file gives no rate for the currency; `missing_currency_rates` reports it first.
    """
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
