"""What a scenario may not do although every value in it reads well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from costcheck.diagnostics import Diagnostic
from costcheck.estimate.currency import BASE_CURRENCY
from costcheck.scenario.inherit import states_amount
from costcheck.scenario.load import Loaded
from costcheck.scenario.quantity import Quantity

RESERVED = frozenset(
    [
        "total",
        "cost",
        "currency",
        "gpu",
        "mfu",
        "flops",
        "price",
        "energy",
        "reliability",
        "parameters",
        "days",
    ]
)
"""First steps of the paths that belong to the whole scenario."""


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


def bad_stage_names(loaded: Loaded) -> list[Diagnostic]:
    """Return a diagnostic for every stage whose name cannot be part of a path."""
    found, seen = [], set()
    for index, stage in enumerate(loaded.scenario.stages):
        problem = ""
        if not stage.name.strip() or "/" in stage.name or stage.name in RESERVED:
            problem = f"a stage cannot be named {stage.name!r}"
        elif stage.name in seen:
            problem = f"two stages are named {stage.name!r}"
        seen.add(stage.name)
        if problem:
            key, advice = f"stages.{index}.name", "give each stage a name of its own, without /"
            found.append(loaded.problem("CC307", problem, key=key, help=advice))
    return found


def shared_amounts(loaded: Loaded) -> list[Diagnostic]:
    """Return a warning where several silent stages each take an amount of the top level."""
    scenario = loaded.scenario
    training = scenario.training
    amounts = {
        "gpu_hours": scenario.gpu_hours,
        "duration": scenario.duration,
        "training.tokens": training.tokens if training else None,
        "training.compute": training.compute if training else None,
    }
    silent = [stage.name for stage in scenario.stages if not states_amount(stage)]
    if len(silent) < 2:
        return []
    return [
        loaded.problem(
            "CC308",
            f"{', '.join(silent)} each take {key} of the top level: it counts {len(silent)} times",
            key=key,
            severity="warning",
            help="state the amount in the stage it belongs to",
        )
        for key, value in amounts.items()
        if value is not None
    ]


def _quantities(section: object) -> Iterator[Quantity]:
    if isinstance(section, Quantity):
        yield section
    elif isinstance(section, tuple):
        for item in section:
            yield from _quantities(item)
    elif is_dataclass(section) and not isinstance(section, type):
        for item in fields(section):
            yield from _quantities(getattr(section, item.name))
