"""What is known of an accelerator, as plain numbers, and what a claim says besides its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from costcheck.audit.priors import LogSpread


@dataclass(frozen=True, kw_only=True)
class HardwareFacts:
    """One accelerator at one time."""

    name: str
    peak_flops_per_second: float
    """Dense BF16 peak (FP16, then FP32, where a part has no BF16)."""
    peak_precision: str = "BF16"
    """Of which precision that peak is."""
    low_precision: Mapping[str, float] = field(default_factory=dict)
    """Dense peaks of narrower formats that it trains in, FP8 and FP4, where they are higher."""
    has_bf16: bool = True
    is_tpu: bool = False
    power: LogSpread | None
    """Power per accelerator at the meter [W], from chip-only cards to facility meters."""
    memory_bytes: float | None = None
    released: dt.date | None = None
    price: LogSpread
    """Rent per accelerator-hour in the year of the run [USD]."""
    capex: LogSpread
    """Purchase per accelerator, server included [USD]."""
    listed: tuple[float, float] | None = None
    """Lowest and highest rent the price book lists around that year [USD]."""

    @property
    def is_fast(self) -> bool:
        """Whether it has an FP8 peak of its own."""
        return bool(self.low_precision)

    @property
    def mfu_class(self) -> str:
        """Which utilisation prior applies."""
        if self.is_tpu:
            return "tpu"
        if not self.has_bf16:
            return "no_bf16"
        return "fp8_part" if self.is_fast else "bf16"


@dataclass(frozen=True, kw_only=True)
class ClaimContext:
    """What a claim says besides its numbers."""

    hardware: HardwareFacts | None
    year: int
    dated: bool = True
    moe: bool | None = None
    moe_share: float = 0.5
    """How likely a mixture of experts is, where `moe` is not known."""
    listed_price: float | None = None
    """The stated rent, where the price book lists it for the part and the year."""
    language_model: bool = True
    adapts: bool = False
    """Whether the text tells a stage on a trained model: no pre-training is a measure of it."""
    precision: str = ""
    """As the text names it, in small letters; empty where it names none."""

    @property
    def mixture_share(self) -> float:
        """How likely a mixture of experts is, of a model whose kind is known too."""
        return self.moe_share if self.moe is None else float(self.moe)
