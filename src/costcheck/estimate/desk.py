"""Make the leaves of an estimate: every input carries who says so and how sure it is.

A value that two stages share (a price of the top level, a default, a catalog figure) is one leaf:
it is drawn once, swept once, and a diff sees one change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from costcheck.graph.distributions import Spread
from costcheck.graph.nodes import Input, Node, Provenance, Unknown
from costcheck.text.quantity import Quantity

if TYPE_CHECKING:
    from costcheck.catalog.defaults import Default
    from costcheck.scenario.schema import Scenario

N = TypeVar("N", bound=Node)

UNCERTAIN = ("range", "approx")
"""Wordings that make an input uncertain; everything else the author stated is taken as exact."""


class Desk:
    """Hands out the leaves of one estimate, each once.

    Parameters
    ----------
    scenario : Scenario
        The file: quantities of its top level are shared by the stages that inherit them.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.made: dict[str, Node] = {}
        self.inherited = frozenset(_quantities(scenario, leave="stages"))

    def stage(self, name: str) -> StageDesk:
        """Return the desk of one stage; without a name nothing is prefixed."""
        return StageDesk(self, f"{name}/" if name else "")


class StageDesk:
    """Gives the nodes of one stage their paths, and its leaves."""

    def __init__(self, desk: Desk, prefix: str) -> None:
        self.desk = desk
        self.prefix = prefix

    def __call__(self, path: str) -> str:
        """Return the full path of a computed quantity: ``pre-training/cost/compute``."""
        return self.prefix + path

    def stated(
        self,
        path: str,
        quantity: Quantity,
        unit: str,
        why: str,
        *,
        sources: Iterable[str] = (),
    ) -> Input:
        """Return an input somebody wrote down, in the file or in a catalog."""
        place = f"{quantity.place.file}:{quantity.place.line}" if quantity.place else ""
        leaf = Input(
            name=path,
            unit=unit,
            why=why,
            value=quantity.value,
            spread=_spread(quantity),
            provenance=Provenance(quantity.origin, quantity.text, place, tuple(sources)),
        )
        own = quantity.origin in ("file", "set", "python") and id(quantity) not in (
            self.desk.inherited
        )
        return self.file(leaf, shared=not own)

    def assumed(self, path: str, default: Default, unit: str, why: str = "") -> Input:
        """Return an input nobody stated: a sourced default with its spread."""
        leaf = Input(
            name=path,
            unit=unit,
            why=why or default.why,
            value=default.value,
            spread=default.spread,
            provenance=Provenance("default", default.text, "", default.sources),
        )
        return self.file(leaf, shared=True)

    def derived(
        self, path: str, value: float, unit: str, why: str = "", sources: Iterable[str] = ()
    ) -> Input:
        """Return a number that follows from something that is no number, or a conversion."""
        provenance = Provenance("derived", "", "", tuple(sources))
        leaf = Input(name=path, unit=unit, why=why, value=float(value), provenance=provenance)
        return self.file(leaf, shared=True)

    def unknown(self, path: str, unit: str, why: str) -> Unknown:
        """Return a quantity nobody can know from here, with the reason."""
        known = self.desk.made.get(self(path))
        if isinstance(known, Unknown):
            return known
        node = Unknown(name=self(path), unit=unit, why=why)
        self.desk.made[node.name] = node
        return node

    def once(self, node: N) -> N:
        """Return the node that already bears this name, or file this one under it.

        Two results that need the same quantity (the capital per accelerator, a year of hours) get
        one node, however often it is asked for.
        """
        return self.desk.made.setdefault(node.name, node)  # type: ignore[return-value]

    def file(self, leaf: Input, *, shared: bool = True) -> Input:
        """Return the leaf under its path, or the one that already says the same."""
        # A shared leaf keeps its plain path; a second value of that path is prefixed.
        candidates = (leaf.name, self(leaf.name)) if shared else (self(leaf.name),)
        for name in candidates:
            known = self.desk.made.get(name)
            if isinstance(known, Input) and _same(known, leaf):
                return known
            if known is None:
                filed = replace(leaf, name=name)
                self.desk.made[name] = filed
                return filed
        raise ValueError(f"two values for {leaf.name}")


def _same(known: Input, leaf: Input) -> bool:
    return (known.value, known.unit, known.spread, known.provenance) == (
        leaf.value,
        leaf.unit,
        leaf.spread,
        leaf.provenance,
    )


def _spread(quantity: Quantity) -> Spread | None:
    if quantity.kind not in UNCERTAIN or not quantity.low < quantity.high:
        return None
    return Spread(
        central=quantity.value,
        low=quantity.low,
        high=quantity.high,
        shape="lognormal" if quantity.low > 0 else "normal",
    )


def _quantities(section: object, leave: str = "") -> Iterable[int]:
    """Yield the identities of all quantities below a section, one of its fields left out."""
    if isinstance(section, Quantity):
        yield id(section)
        return
    for part in _parts(section, leave):
        yield from _quantities(part)


def _parts(section: object, leave: str) -> Iterable[object]:
    if isinstance(section, Mapping):
        return section.values()
    if isinstance(section, tuple):
        return section
    if is_dataclass(section):
        return [getattr(section, item.name) for item in fields(section) if item.name != leave]
    return ()
