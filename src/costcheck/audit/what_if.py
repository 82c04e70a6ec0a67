"""What would have to be true: the numbers of a claim as a graph of what they are made of.

Each number is a product of a few variables (`costcheck.quantities.Claimed`). A variable that nobody
states is solved from the numbers that are, so turning one shows what the others would have to be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from costcheck.audit.result import ClaimAudit
from costcheck.graph.nodes import Input, Node, Product
from costcheck.quantities import (
    CLAIMED,
    FLOP_PER_PARAMETER_TOKEN,
    NUISANCES,
    STATED,
    Claimed,
    Definition,
)

USUAL: Mapping[str, float] = {
    name: FLOP_PER_PARAMETER_TOKEN if name == "intensity" else 1.0 for name in NUISANCES
}
"""What stands between printed numbers where nothing is lost."""


@dataclass(frozen=True, kw_only=True, eq=False)
class WhatIf:
    """The numbers of a claim, to be computed anew; all in the units of their quantities."""

    turned: Mapping[Input, Definition]
    """Variables: those that are stated and those that are solved."""
    solved: frozenset[Input]
    numbers: Mapping[Node, Definition]
    """What is made of them."""
    stated: Mapping[Node, float]
    """What the text says of these."""


def what_if(found: ClaimAudit) -> WhatIf | None:
    """The graph of a claim's numbers, None where it states none that is made of others."""
    said = {item.field: item.stated for item in found.numbers}
    said = {key: value for key, value in said.items() if key in CLAIMED and value > 0.0}
    values = _solved(said)
    leaves = {
        name: Input(name=row.key, unit=row.unit, value=values[name] * row.scale)
        for name, row in SINGLE.items()
        if name in values
    }
    numbers = {
        _node(row, form, leaves): row
        for row, form in COMPOUND.items()
        if _needs(form) <= leaves.keys()
    }
    stated = {node: said[row.key] * row.scale for node, row in numbers.items() if row.key in said}
    if not stated:
        return None
    used = {leaf for node in stated for leaf in node.children}
    return WhatIf(
        turned={leaf: SINGLE[name] for name, leaf in leaves.items() if leaf in used},
        solved=frozenset(leaf for leaf in leaves.values() if leaf.name not in said),
        numbers=numbers,
        stated=stated,
    )


SINGLE = {form.over[0]: CLAIMED[key] for key, form in STATED.items() if len(form.over) == 1}
"""The quantity that a variable is by itself."""

COMPOUND = {CLAIMED[key]: form for key, form in STATED.items() if len(form.over) > 1}


def _needs(form: Claimed) -> set[str]:
    """The variables of a number that are no nuisance."""
    return {*form.over, *form.under} - USUAL.keys()


def _solved(said: Mapping[str, float]) -> dict[str, float]:
    """Values of variables in base units: as stated, else the one that a stated number lacks."""
    values = {name: said[row.key] for name, row in SINGLE.items() if row.key in said}
    for _ in COMPOUND:
        for row, form in COMPOUND.items():
            missing = _needs(form) - values.keys()
            if row.key in said and len(missing) == 1 and missing <= SINGLE.keys():
                (name,) = missing
                ratio = said[row.key] / _product(form, {**USUAL, **values, name: 1.0})
                values[name] = ratio if name in form.over else 1.0 / ratio
    return values


def _product(form: Claimed, values: Mapping[str, float]) -> float:
    over, under = (prod(values[name] for name in names) for names in (form.over, form.under))
    return form.constant * over / under


def _node(row: Definition, form: Claimed, leaves: Mapping[str, Input]) -> Node:
    """A number as a product of variables, in its own unit."""
    scales = {name: 1.0 / single.scale for name, single in SINGLE.items()}
    factor = _product(form, {**scales, **USUAL}) * row.scale
    constant = Input(name=f"{row.key}/constant", unit=row.unit, value=factor)
    over = tuple(leaves[name] for name in form.over if name in leaves)
    under = tuple(leaves[name] for name in form.under if name in leaves)
    return Product(name=row.key, unit=row.unit, over=(constant, *over), under=under)
