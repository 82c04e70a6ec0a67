"""What screens call things whose names are keys or paths, from ``configs/words.yaml``."""

from collections.abc import Mapping
from typing import Any, Literal

from costcheck.catalog.files import catalog_of

Part = Literal[
    "inputs", "parts", "units", "edits", "logged", "examples",
    "refusals", "machine", "layout", "engine", "step", "memory",
    "rollouts", "rollouts_short", "decoding", "ladder",
]  # fmt: skip


def words_of(part: Part) -> Mapping[str, Any]:
    """Words by what they are said of."""
    table: Mapping[str, Any] = catalog_of().document("words.yaml", as_text=True)[part]
    return table
