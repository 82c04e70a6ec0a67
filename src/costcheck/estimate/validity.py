"""What a scenario may not do although every value in it reads well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from costcheck.diagnostics import Diagnostic
from costcheck.estimate.currency import BASE_CURRENCY
from costcheck.scenario.load import Loaded
from costcheck.scenario.quantity import Quantity


def missing_currency_rates(loaded: Loaded) -> list[Diagnostic]:
    """Return a diagnostic for every amount in a currency the file gives no rate for."""
    rates = loaded.scenario.currency_rates or {}
    found = []
    for quantity in _quantities(loaded.scenario):
        currency = quantity.currency
        if currency in (None, BASE_CURRENCY) or currency in rates or quantity.place is None:
            continue
        found.append(
            Diagnostic(
                "CC304",
                "error",
                f"{quantity.text} needs a rate: currencies are not converted silently",
                quantity.place,
                f"add currency_rates: {{{currency}: <{currency} per US dollar>}}",
                loaded.document.excerpt(quantity.place),
            )
        )
    return found


def _quantities(section: object) -> Iterator[Quantity]:
    if isinstance(section, Quantity):
        yield section
    elif isinstance(section, tuple):
        for item in section:
            yield from _quantities(item)
    elif is_dataclass(section) and not isinstance(section, type):
        for item in fields(section):
            yield from _quantities(getattr(section, item.name))
