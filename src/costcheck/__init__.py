"""What an AI training run takes, and whether a claim about one holds.

>>> from costcheck import estimate, load
>>> scenario = {"model": "llama-3.1-8b", "training": {"tokens": "15T"}}
>>> estimate(load(scenario))["training_flops"].unit
'FLOP'
"""

import sys

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


class _Library(type(sys)):  # type: ignore[misc]
    """The package itself: its public names are those of `costcheck.api`, imported on first use.

    Start-up of the command line must not pay for the library. And `costcheck.estimate` has to be
    the function although a subpackage of that name exists: a property of the class wins over the
    attribute that importing the subpackage would set.
    """


def _public(name: str) -> property:
    def read(_: object) -> object:
        from costcheck import api

        found: object = getattr(api, name)
        return found

    def keep(_: object, __: object) -> None:
        """Ignore the import system, which sets subpackages as attributes."""

    return property(read, keep)


for _name in __all__:
    setattr(_Library, _name, _public(_name))
sys.modules[__name__].__class__ = _Library
