"""The library: read a scenario, estimate it, hold the result.

Nothing here prints or exits. Unusable input raises `CostcheckError`, which carries every problem.
"""

from costcheck.api.functions import (
    audit,
    backtest,
    calibrate,
    check,
    compare,
    diff,
    estimate,
    load,
    plan,
    sensitivity,
    sweep,
)
from costcheck.api.results import AuditResult, Result
from costcheck.diagnostics import CostcheckError, Diagnostic
from costcheck.estimate.result import Estimate, Figure

__all__ = [
    "AuditResult",
    "CostcheckError",
    "Diagnostic",
    "Estimate",
    "Figure",
    "Result",
    "audit",
    "backtest",
    "calibrate",
    "check",
    "compare",
    "diff",
    "estimate",
    "load",
    "plan",
    "sensitivity",
    "sweep",
]
