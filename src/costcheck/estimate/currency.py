"""Money in dollars: other currencies only at a rate the file states."""

from collections.abc import Mapping

from costcheck.text.quantity import Quantity

BASE_CURRENCY = "USD"

Rates = Mapping[str, Quantity]
"""Units of other currencies per US dollar."""


def dollars_per_unit(amount: Quantity, rates: Rates) -> float:
    """What one unit of an amount's currency is worth; 1 for dollars and for no money."""
    currency = amount.currency or BASE_CURRENCY
    return 1.0 if currency == BASE_CURRENCY else 1.0 / rates[currency].value
