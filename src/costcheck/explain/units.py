"""How numbers may be written, and what they mean: read off the reader's own tables."""

from __future__ import annotations

from dataclasses import dataclass

from costcheck.text.dimensions import PLAIN, RATES, Plain, Rate
from costcheck.units import HOURS_PER_YEAR

RULES = (
    "Suffixes K, M, B, T and the words thousand, million, billion, trillion multiply.",
    "A range is written 1.2-4; about is ~2,000; bounds are under $6M and $100M+; x ± n% works.",
    "Written precision counts: $5.5M stands for 5.45 to 5.55; trailing zeros of whole numbers "
    "say nothing.",
    "Inside {...} or [...] a comma separates: quote 2,048 there or write 2048.",
    f"A year has {HOURS_PER_YEAR:g} hours. Currencies other than USD need currency_rates.",
    "Inside costcheck everything is in base units: FLOP, byte, second, watt, US dollar.",
)
"""What holds for every number."""


@dataclass(frozen=True)
class Unit:
    """What one kind of field accepts."""

    dimension: str
    label: str
    base: str
    example: str
    bare: bool
    """Whether a number without a unit is accepted."""


def units() -> tuple[Unit, ...]:
    """Return what every kind of field accepts, in the order of the schema's tables."""
    tables: list[tuple[str, Plain | Rate]] = [*PLAIN.items(), *RATES.items()]
    return tuple(
        Unit(name, spec.label, spec.unit, spec.example.format(n="5"), spec.bare)
        for name, spec in tables
    )
