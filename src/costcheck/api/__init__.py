"""The library: read a scenario, estimate it, hold the result.

Nothing here prints or exits. Unusable input raises `CostcheckError`, which carries every problem.
"""

from costcheck.api.results import AuditResult, Result
from costcheck.api.review import check, diff
from costcheck.api.scenarios import audit, compare, estimate, load, sensitivity
from costcheck.api.studies import backtest, plan, sweep
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
    "check",
    "compare",
    "diff",
    "estimate",
    "load",
    "plan",
    "sensitivity",
    "sweep",
]
