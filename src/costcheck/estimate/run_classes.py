"""What kind of run a stage is, in the classes by which errors are kept."""

from costcheck.estimate.resolve import ResolvedStage, resolve
from costcheck.scenario.load import Loaded
from costcheck.scenario.run import Layout

_SCALES = ((1, "1 GPU"), (8, "to 8 GPUs"), (64, "to 64 GPUs"), (1024, "to 1,024 GPUs"))


def run_classes(loaded: Loaded) -> dict[str, str]:
    """Classes of a scenario's first stage: hardware, link, software, method, offload, scale."""
    return classes_of(resolve(loaded).stages[0])


def classes_of(stage: ResolvedStage) -> dict[str, str]:
    """Classes of a stage."""
    fleet, layout, training = stage.stage.fleet, stage.stage.layout, stage.stage.training
    entry = stage.hardware.entry if stage.hardware else None
    offload = layout.offload if isinstance(layout, Layout) else None
    precision = (training.precision if training else None) or "bf16"
    count = fleet.count.value if fleet and fleet.count else 0.0
    return {
        "hardware": stage.hardware.id.split("-")[0] if stage.hardware else "none",
        "vendor": entry.vendor if entry else "none",
        "link": _link(entry.scale_up.kind if entry and entry.scale_up else ""),
        "software": (fleet.software_parts.name if fleet else None) or "unsaid",
        "method": (training.method if training else None) or "full",
        "offload": "offload" if offload not in (None, "none") else "none",
        "precision": "16 bit" if precision in ("bf16", "fp16") else precision,
        "scale": next((label for most, label in _SCALES if count <= most), "beyond 1,024 GPUs"),
    }


def _link(kind: str) -> str:
    lowered = kind.lower()
    for word, name in (("bridge", "NVLink pairs"), ("pcie", "PCIe"), ("nvl", "NVLink")):
        if word in lowered:
            return name
    return kind.split(" ", maxsplit=1)[0] if kind else "none said"
