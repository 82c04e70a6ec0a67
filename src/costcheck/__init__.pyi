"""The public names as type checkers see them; at run time they are imported on first use."""

from costcheck.api import (
    AuditResult as AuditResult,
    CostcheckError as CostcheckError,
    Diagnostic as Diagnostic,
    Estimate as Estimate,
    Figure as Figure,
    Result as Result,
    audit as audit,
    backtest as backtest,
    check as check,
    compare as compare,
    diff as diff,
    estimate as estimate,
    load as load,
    plan as plan,
    sensitivity as sensitivity,
    sweep as sweep,
)

__all__ = [
    "AuditResult",
    "CostcheckError",
    "Diagnostic",
    "Estimate",
    "Figure",
    "Result",
    "audit",
    "backtest",
    "check",
    "compare",
    "diff",
    "estimate",
    "load",
    "plan",
    "sensitivity",
    "sweep",
]
