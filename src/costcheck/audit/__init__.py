"""Claims about training runs: exact arithmetic, a log-linear network, explanations, known runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from costcheck.audit.engine import audit
    from costcheck.audit.known_runs import load_registry
    from costcheck.audit.result import ClaimAudit
    from costcheck.audit.sources import load_knowledge

__all__ = ["ClaimAudit", "audit", "load_knowledge", "load_registry"]

_HOMES = {
    "ClaimAudit": "result",
    "audit": "engine",
    "load_knowledge": "sources",
    "load_registry": "known_runs",
}


def __getattr__(name: str) -> Any:
    """Import a part of the audit when it is first used; start-up pays for none of it."""
    from importlib import import_module

    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"costcheck.audit.{_HOMES[name]}"), name)
