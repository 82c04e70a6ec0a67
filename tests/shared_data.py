"""Data from outside that tests hold the product against: shipped, or with the founders only."""

from pathlib import Path

import pytest

SHIPPED = Path(__file__).resolve().parent / "data"
SHARED = SHIPPED.parents[1].parent / "shared"


def shared_path(relative: str) -> Path:
    """Return a path in tests/data, else in the founders' ../shared; skip where it is in neither."""
    for folder in (SHIPPED, SHARED):
        if (folder / relative).exists():
            return folder / relative
    pytest.skip(f"needs ../shared/{relative}, which only the founders' machines have")
