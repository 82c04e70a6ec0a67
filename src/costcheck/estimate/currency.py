"""Money in dollars: other currencies only at a rate the file states."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from costcheck.scenario.claim import NUMBER_FIELDS, Claim
from costcheck.text.quantity import Quantity

BASE_CURRENCY = "USD"

Rates = Mapping[str, Quantity]
"""Units of other currencies per US dollar."""


def dollars_per_unit(amount: Quantity, rates: Rates) -> float:
    """What one unit of an amount's currency is worth; 1 for dollars and for no money."""
    currency = amount.currency or BASE_CURRENCY
    return 1.0 if currency == BASE_CURRENCY else 1.0 / rates[currency].value


def claim_in_dollars(claim: Claim, rates: Rates | None) -> Claim:
    """A claim with its money in dollars; an amount without a rate stays as it is."""
    stated = {key: value for key in NUMBER_FIELDS if (value := getattr(claim, key)) is not None}
    changed = {key: _in_dollars(value, rates or {}) for key, value in stated.items()}
    return replace(claim, **{key: new for key, new in changed.items() if new is not stated[key]})


def _in_dollars(stated: Any, rates: Rates) -> Any:
    if isinstance(stated, tuple):
        return tuple(_in_dollars(item, rates) for item in stated)
    if stated.currency in (None, BASE_CURRENCY) or stated.currency not in rates:
        return stated
    worth = dollars_per_unit(stated, rates)
    ends = {name: getattr(stated, name) * worth for name in ("value", "low", "high")}
    return replace(stated, currency=BASE_CURRENCY, **ends)
