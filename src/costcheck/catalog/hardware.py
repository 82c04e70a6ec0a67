"""What an accelerator entry says: the same keys in a catalog file and inline in a scenario."""

from dataclasses import dataclass, field
from typing import Annotated

from costcheck.text.forms import Dated, Dimension, Positive
from costcheck.text.quantity import Quantity

Rate = Annotated[Quantity, Dimension("flop_rate"), Positive]


@dataclass(frozen=True, kw_only=True, eq=False)
class Peaks:
    """Dense peak rates by precision, without structured sparsity, with FP32 accumulation."""

    fp64: Rate | None = None
    """FP64 vector rate."""
    fp32: Rate | None = None
    """FP32 vector rate."""
    tf32: Rate | None = None
    """TF32 matrix rate."""
    fp16: Rate | None = None
    """FP16 matrix rate."""
    bf16: Rate | None = None
    """BF16 matrix rate."""
    fp8: Rate | None = None
    """FP8 matrix rate."""
    int8: Rate | None = None
    """INT8 matrix rate."""
    fp4: Rate | None = None
    """FP4 matrix rate."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ScaleUp:
    """The fast links inside a node or rack."""

    kind: str = ""
    """Name of the link, such as NVLink 4."""
    bandwidth: Annotated[Quantity, Dimension("byte_rate"), Positive]
    """Bandwidth per accelerator, both directions added."""
    domain: Annotated[Quantity, Dimension("count"), Positive]
    """Accelerators that reach each other over these links."""
    torus: Annotated[Quantity, Dimension("count"), Positive] | None = None
    """Dimensions of the torus that the links make; absent: a switch, or pairs."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """The network between nodes."""

    nics_per_node: Annotated[Quantity, Dimension("count"), Positive] | None = None
    """Network cards per node."""
    nic: Annotated[Quantity, Dimension("byte_rate"), Positive] | None = None
    """Bandwidth of one network card, one direction."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """Where a number comes from."""

    key: str = ""
    """Short name by which values refer to the source."""
    title: str = ""
    """What the source is called."""
    url: str = ""
    """Where it can be read."""
    date: str = ""
    """When it was published."""
    checked: str = ""
    """When somebody last looked."""
    note: str = ""
    """What to know about it."""

    @property
    def label(self) -> str:
        """The source in one line."""
        name = self.title or self.url or self.key
        when = self.date or self.checked
        return f"{name} ({when})" if when else name


@dataclass(frozen=True, kw_only=True, eq=False)
class Accelerator:
    """A GPU, TPU or other training chip as one schedulable device."""

    name: str = ""
    """Name for people."""
    vendor: str = ""
    """Who makes it."""
    released: Annotated[str, Dated] | None = None
    """First day it could be had (YYYY-MM-DD or YYYY-MM); runs before it are infeasible."""
    peak: Peaks
    """Dense peak rates by precision."""
    memory: Annotated[Quantity, Dimension("bytes"), Positive] | None = None
    """Memory of one device, as the vendor prints it."""
    memory_bandwidth: Annotated[Quantity, Dimension("byte_rate"), Positive] | None = None
    """Memory bandwidth of one device."""
    scale_up: ScaleUp | None = None
    """Links inside the scale-up domain."""
    host_link: Annotated[Quantity, Dimension("byte_rate"), Positive] | None = None
    """Link of one device to its server and through it to its neighbours, both directions added."""
    network: Network | None = None
    """Network of the usual server."""
    gpus_per_node: Annotated[Quantity, Dimension("count"), Positive] | None = None
    """Devices in the usual server."""
    tdp: Annotated[Quantity, Dimension("power"), Positive] | None = None
    """Thermal design power of one device."""
    server_power: Annotated[Quantity, Dimension("power"), Positive] | None = None
    """Rated power of the server, per device."""
    aliases: tuple[str, ...] = ()
    """Other names people write."""
    family_aliases: tuple[str, ...] = ()
    """Family names that mean this part unless said otherwise."""
    notes: str = ""
    """Remarks."""
    sources: tuple[Source, ...] = field(default=())
    """Where the numbers come from."""

    @property
    def is_tpu(self) -> bool:
        """Whether it is one of Google's, which are rented and not sold."""
        return self.vendor == "Google"

    @property
    def rated_power(self) -> Quantity | None:
        """Power as the maker rates it; None where others only estimate it, as a range."""
        return self.tdp if self.tdp is not None and self.tdp.is_point else None
