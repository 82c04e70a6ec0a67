"""Lines of the bill that only the file can know: storage, egress, support, idle terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costcheck.estimate.currency import in_dollars
from costcheck.graph.nodes import Node

if TYPE_CHECKING:
    from costcheck.estimate.desk import StageDesk

LINES = (
    ("storage", "storage of data and checkpoints"),
    ("egress", "data moved out"),
    ("support", "support contracts"),
    ("idle", "reserved capacity that stands idle"),
    ("commitment", "minimum terms that outlast the run"),
)
"""Keys of `overheads` that belong to the bill of the run; the others are rungs of the ladder."""


def overhead_lines(desk: StageDesk) -> tuple[Node, ...]:
    """Return the lines that the file adds to the cost of the run."""
    given = desk.desk.scenario.overheads
    return tuple(
        in_dollars(f"cost/{key}", amount, "USD", why, desk)
        for key, why in LINES
        if given is not None and (amount := getattr(given, key)) is not None
    )
