"""Money in dollars: other currencies only at a rate the file states."""

from collections.abc import Mapping

from costcheck.text.quantity import Quantity, QuantityProblem, parse

BASE_CURRENCY = "USD"

Rates = Mapping[str, Quantity]
"""Units of other currencies per US dollar."""


def dollars_per_unit(amount: Quantity, rates: Rates) -> float:
    """What one unit of an amount's currency is worth; 1 for dollars and for no money."""
    currency = amount.currency or BASE_CURRENCY
    return 1.0 if currency == BASE_CURRENCY else 1.0 / rates[currency].value


def said(amount: Quantity, rates: Rates) -> str:
    """An amount as the file states it, with the rate by which another currency is converted."""
    if amount.currency in (None, BASE_CURRENCY):
        return amount.said
    return f"{amount.said} at {rates[amount.currency].text} {amount.currency} per dollar"


def dollars_only(text: str, dimension: str) -> float:
    """A number beside a file, where nobody states the rate of another currency."""
    found = parse(text, dimension)
    if found.currency not in (None, BASE_CURRENCY):
        advice = "write dollars here, or a budget in the file, which has currency_rates"
        raise QuantityProblem("CC205", f"{text!r} is in {found.currency}", advice)
    return found.value
