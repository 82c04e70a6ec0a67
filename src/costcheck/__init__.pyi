"""The public names as type checkers see them; at run time they are imported on first use."""

from costcheck.api import (
    CostcheckError as CostcheckError,
    Diagnostic as Diagnostic,
    Estimate as Estimate,
    Figure as Figure,
    Result as Result,
    check as check,
    diff as diff,
    estimate as estimate,
    load as load,
    plan as plan,
)

__all__ = [
    "CostcheckError",
    "Diagnostic",
    "Estimate",
    "Figure",
    "Result",
    "check",
    "diff",
    "estimate",
    "load",
    "plan",
]
