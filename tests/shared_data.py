"""The founders' shared folder beside the checkout: present on their machines only."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[1].parent / "shared"


def shared_path(relative: str) -> Path:
    """Return a path in the shared folder, or skip the test where there is none."""
    path = SHARED / relative
    if not path.exists():
        pytest.skip(f"needs ../shared/{relative}, which only the founders' machines have")
    return path
