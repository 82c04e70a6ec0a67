"""Model configs in, architectures out."""

from __future__ import annotations

from collections.abc import Mapping

from costcheck.catalog.huggingface.config import Imported, read_config
from costcheck.catalog.huggingface.fields import Problem

__all__ = ["Imported", "Problem", "read_config", "read_inline"]


def read_inline(given: Mapping[str, object]) -> Imported:
    """Read an architecture written by hand; see `costcheck.catalog.huggingface.inline`."""
    from costcheck.catalog.huggingface import inline

    return inline.read_inline(given)
