"""The scenario file: every key it may have."""

from datetime import date
from typing import Annotated, Literal

from costcheck.core.records import record
from costcheck.scenario.claim import Claim
from costcheck.scenario.pricing import Budget, Overheads
from costcheck.scenario.quantity import Quantity
from costcheck.scenario.reader import Dimension, OneOrMany, Positive
from costcheck.scenario.run import Run

StageKind = Literal["pre-training", "context-extension", "sft", "rl", "synthetic-data", "ablations"]


@record
class Stage(Run):
    """One stage of the training; what it does not say, the top level says."""

    name: str
    """Name of the stage, unique in the file."""
    kind: StageKind = "pre-training"
    """What is done: decides how its compute is estimated."""
    concurrent: bool = False
    """True: runs beside the stage before it, so its days do not add."""


@record
class Scenario(Run):
    """A training run, planned or claimed."""

    name: str = ""
    """Title of the report."""
    as_of: date | None = None
    """Day whose prices and hardware apply; absent: the catalog's newest, marked assumed."""
    currency_rates: dict[str, Annotated[Quantity, Dimension("ratio"), Positive]] | None = None
    """Units of other currencies per US dollar, for amounts the file gives in them."""
    overheads: Overheads | None = None
    """What comes on top of the run."""
    stages: tuple[Stage, ...] = ()
    """Stages of the training; then the top level holds only their defaults."""
    claims: Annotated[tuple[Claim, ...], OneOrMany] = ()
    """Public statements to compare with the estimate."""
    budget: Budget | None = None
    """Limits that `check` enforces."""
    extends: str | tuple[str, ...] | None = None
    """Files whose keys this one overrides."""
