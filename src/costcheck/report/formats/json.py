"""An estimate as JSON: numbers as numbers, null with a reason where nothing can be known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcheck.codec import SCHEMA_VERSION, dumps, encode
from costcheck.estimate.result import Estimate

__all__ = ["SCHEMA_VERSION", "dumps", "encode", "render", "to_dict"]


def render(estimates: Sequence[Estimate]) -> str:
    """Write one object, or a list of them when there are several."""
    documents = [to_dict(estimate) for estimate in estimates]
    return dumps(documents[0] if len(documents) == 1 else documents)


def to_dict(estimate: Estimate) -> dict[str, Any]:
    """Return the document of one estimate, as DESIGN fixes it."""
    # Only those who want JSON pay for its types at start-up.
    from costcheck.estimate.saved import saved_result

    document: dict[str, Any] = encode(saved_result(estimate))
    return document
