"""What a scenario may say about money."""

from dataclasses import dataclass
from typing import Annotated, Literal

from costcheck.text.forms import AtLeast, AtMost, Dimension, Forms, Positive
from costcheck.text.quantity import Quantity

Money = Annotated[Quantity, Dimension("money")]
Bytes = Annotated[Quantity, Dimension("bytes")]
Share = Annotated[Quantity, Dimension("ratio"), Positive]
Time = Annotated[Quantity, Dimension("duration"), Positive]


@dataclass(frozen=True, kw_only=True, eq=False)
class Book:
    """Which prices of the catalog apply."""

    provider: str | None = None
    """Kind of provider (hyperscaler, neocloud, marketplace, china) or one by name, such as aws."""
    term: Literal["on-demand", "monthly", "reserved-1y", "reserved-3y", "spot"] | None = None
    """Term of the contract; absent: the list price of a named provider, else the usual terms."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Own:
    """The accelerators are bought; absent values come from the catalog, marked assumed."""

    capital: Annotated[Quantity, Dimension("money_per_gpu"), Positive] | None = None
    """All-in IT capital per accelerator: server, network, storage."""
    life: Annotated[Quantity, Dimension("duration"), Positive] | None = None
    """Depreciation life."""
    kept: Annotated[Quantity, Dimension("duration"), Positive] | None = None
    """Time after which the accelerators, bought for this run, are sold; absent: they are kept for
    their life, with other work after the run."""
    cost_of_capital: Annotated[Quantity, Dimension("ratio")] | None = None
    """Yearly cost of capital."""
    salvage: Annotated[Quantity, Dimension("ratio"), AtMost(1)] | None = None
    """Share of the capital recovered at the end of life, or when sold."""
    colocation: Annotated[Quantity, Dimension("money_per_kw_month")] | None = None
    """Rent for space and cooling."""
    power: Annotated[Quantity, Dimension("power"), Positive] | None = None
    """IT power per accelerator, server and network included."""
    load: Annotated[Quantity, Dimension("ratio"), Positive, AtMost(1)] | None = None
    """Average power over the contracted IT power."""
    electricity: Annotated[Quantity, Dimension("money_per_kwh")] | None = None
    """Price of electricity."""
    pue: Annotated[Quantity, Dimension("ratio"), AtLeast(1)] | None = None
    """Power usage effectiveness of the building."""
    maintenance: Annotated[Quantity, Dimension("ratio")] | None = None
    """Spares and maintenance per year, as a share of the capital."""
    staff: Annotated[Quantity, Dimension("money_per_gpu_year")] | None = None
    """Operating staff."""
    utilization: Annotated[Quantity, Dimension("ratio"), Positive, AtMost(1)] | None = None
    """Share of the hours of a year that are used."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pricing:
    """How the accelerators are paid for: one of the four ways."""

    rent: Annotated[Quantity, Dimension("rent"), Positive] | None = None
    """Rent per accelerator-hour, or per node-hour of the nodes of the fleet."""
    book: Book | None = None
    """Rent by the price book of the catalog."""
    own: Own | None = None
    """Ownership: an annuity over capital, power, space and staff."""
    amortized: Literal["epoch"] | None = None
    """Amortised capital plus energy after Epoch AI's method."""

    def __post_init__(self) -> None:
        """Check that one way is chosen."""
        ways = [name for name in ("rent", "book", "own", "amortized") if getattr(self, name)]
        if len(ways) > 1:
            raise ValueError(f"one way of paying at a time, not {' and '.join(ways)}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Overheads:
    """What comes on top of the run: each a rung or a line of the ladder of scopes."""

    experiments: Annotated[Quantity, Dimension("ratio"), Positive] | None = None
    """Experiments and failed runs as a multiple of the bare run (1.2-4: that many runs in all)."""
    staff: Money | None = None
    """Researchers and engineers."""
    storage: Annotated[Money | Bytes, Forms("money, or an amount such as 500 TB")] | None = None
    """Storage of data and checkpoints: money, or how much is kept during the run."""
    egress: Annotated[Money | Bytes, Forms("money, or an amount such as 100 TB")] | None = None
    """Data moved out: money, or how much."""
    data: Annotated[Money | Time, Forms("money, or a time such as 12 months")] | None = None
    """Data licences and labelling: money, or how long a usual licence runs."""
    support: (
        Annotated[
            Literal["enterprise"] | Money | Share, Forms("money, a share such as 5%, or enterprise")
        ]
        | None
    ) = None
    """Support contracts: money, a share of the compute, or the bands of a cloud's list price."""
    idle: Annotated[Money | Share, Forms("money, or a share such as 10%")] | None = None
    """Capacity that stands idle: money, or a share of what is used, at its rent; of owned
    accelerators at what running them takes, without the capital."""
    commitment: Annotated[Money | Time, Forms("money, or a time such as 6 months")] | None = None
    """Minimum term: money, or its length; what of it outlasts the run is paid at the same rate.
    Owned accelerators have none: own.kept says how long they are kept."""
    fleet: Annotated[Quantity, Dimension("count"), Positive] | None = None
    """Accelerators of the whole fleet the run belongs to, for the last rungs of the ladder."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the bill."""

    key: str
    """Under `overheads`."""
    label: str
    """Where it is one of several."""
    why: str
    of_sum: str = ""
    """What follows its amount in a sum; absent: the label."""


LINES = (
    Line(key="storage", label="storage", why="storage of data and checkpoints"),
    Line(key="egress", label="egress", why="data moved out"),
    Line(key="support", label="support contracts", why="support contracts"),
    Line(key="idle", label="idle capacity", why="reserved capacity that stands idle"),
    Line(
        key="commitment",
        label="minimum terms",
        why="minimum terms that outlast the run",
        of_sum="committed and unused",
    ),
)
"""Keys of `overheads` that belong to the bill of the run; the others are rungs of the ladder."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Budget:
    """Limits that `check` enforces."""

    cost: Annotated[Quantity, Dimension("money")] | None = None
    """Limit on the cost, such as under $6M."""
    duration: Annotated[Quantity, Dimension("duration")] | None = None
    """Limit on the wall-clock time."""
    gpu_hours: Annotated[Quantity, Dimension("gpu_hours")] | None = None
    """Limit on the accelerator-hours."""
    energy: Annotated[Quantity, Dimension("energy")] | None = None
    """Limit on the energy."""
    carbon: Annotated[Quantity, Dimension("carbon")] | None = None
    """Limit on the emissions."""


def unstated(overheads: Overheads) -> tuple[str, ...]:
    """Labels of the lines that the file does not state."""
    return tuple(line.label for line in LINES if getattr(overheads, line.key) is None)
