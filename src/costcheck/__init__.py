"""What an AI training run takes, and whether a claim about one holds.

>>> from costcheck import estimate, load
>>> scenario = {"model": "llama-3.1-8b", "training": {"tokens": "15T"}}
>>> estimate(load(scenario))["training_flops"].unit
'FLOP'
"""

import sys

TYPE_CHECKING = False
"""Type checkers take it as true; importing `typing` would double the time of ``--version``."""

if TYPE_CHECKING:
    from costcheck.api import (
        AuditResult,
        CostcheckError,
        Diagnostic,
        Estimate,
        Figure,
        Result,
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


class _Library(type(sys)):  # type: ignore[misc]
    """The package: its names are those of `costcheck.api`, imported on first use.

    Importing all of it takes several times as long as importing numpy. And `costcheck.estimate` has
    to be the function although a subpackage has that name, which a module's own ``__getattr__``
    would no longer be asked for once the subpackage is imported.
    """

    def __getattribute__(self, name: str) -> object:
        if name not in __all__:
            return super().__getattribute__(name)
        from costcheck import api

        return getattr(api, name)

    def __dir__(self) -> list[str]:
        return [*__all__, "__doc__", "__file__", "__name__", "__path__"]


sys.modules[__name__].__class__ = _Library
