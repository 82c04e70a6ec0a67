"""What stated parts of training software change in the constants of its usual bundle."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from costcheck.catalog.performance import Bundle, PerformanceData
from costcheck.scenario.run import Software

FUSED_DISPATCH = "fused-dispatch"


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Kernels a run uses."""

    traits: tuple[str, ...]
    """Traits whose factors apply."""
    attention: float
    """Rate of the attention core over that of the bundle's usual kernel."""
    fused: bool
    loops: bool
    """Whether the attention core is fused, and whether experts run one by one."""
    idle: Mapping[str, str]
    """Stated parts without effect here, with the reason."""


def parts_of(
    stated: Software, bundle: Bundle, *, family: str, experts: bool, data: PerformanceData
) -> Parts:
    """Kernels of a run: as stated, else as usual with its software."""
    known, idle = data.software, dict[str, str]()
    kernels: Mapping[str, Mapping[str, Any]] = known["attention"]
    kernel = stated.attention or bundle.attention
    able = kernels[kernel].get("only", (family,))
    if stated.attention and family not in able:
        idle["fleet.software.attention"] = f"{kernel} runs on {', '.join(able)} only"
        kernel = bundle.attention
    uncompiled = known["uncompiled"].get(bundle.generation)
    if stated.compile is not None and uncompiled is None:
        idle["fleet.software.compile"] = f"{bundle.generation} fuses its kernels by hand"
    if stated.experts and not experts:
        idle["fleet.software.experts"] = "the model has no experts"
    chosen = stated.experts or bundle.experts
    wanted = known["experts"][chosen].get("traits", ())
    measured = data.generation(bundle.generation)["factors"]
    if experts and (unseen := [trait for trait in wanted if trait not in measured]):
        idle["fleet.software.experts"] = f"nobody measured {unseen[0]} in {bundle.generation}"
    return Parts(
        traits=_traits(stated, bundle, uncompiled, known["experts"]),
        attention=_rate(kernels[kernel], family) / _rate(kernels[bundle.attention], family),
        fused=not kernels[kernel].get("unfused", False),
        loops=bool(known["experts"][chosen].get("loops", False)),
        idle=idle,
    )


def _rate(kernel: Mapping[str, Any], family: str) -> float:
    return float(kernel.get(family, 1.0))


def _traits(
    stated: Software,
    bundle: Bundle,
    uncompiled: str | None,
    experts: Mapping[str, Mapping[str, Any]],
) -> tuple[str, ...]:
    traits = list(bundle.traits)
    if stated.experts is not None:
        traits = [trait for trait in traits if trait != FUSED_DISPATCH]
        traits += experts[stated.experts].get("traits", ())
    if stated.compile is not None and uncompiled is not None:
        traits = [trait for trait in traits if trait != uncompiled]
        traits += [] if stated.compile else [uncompiled]
    return tuple(dict.fromkeys(traits))
