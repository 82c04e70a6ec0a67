"""What a stage asks of its accelerator that the part does not have."""

from collections.abc import Iterator

from costcheck.catalog.hardware import Accelerator, Peaks
from costcheck.diagnostics import Diagnostic
from costcheck.scenario.load import Loaded
from costcheck.scenario.schema import Stage

NARROW = {"fp8": ("fp8",), "mxfp8": ("fp8", "fp4"), "nvfp4": ("fp4",)}
"""Peaks that a part with a number format has; block scales came with the 4-bit units."""

FORMATS = ("fp32", "tf32", "bf16", "fp16", "fp8", "mxfp8", "nvfp4")


def part_problems(loaded: Loaded, stage: Stage, name: str, entry: Accelerator) -> list[Diagnostic]:
    """Every thing a stage states that its accelerator does not have."""
    return [
        *_format_problems(loaded, stage, name, entry),
        *_link_problems(loaded, stage, name, entry),
    ]


def split_machine(loaded: Loaded, stage: Stage, part: str, size: int) -> Iterator[Diagnostic]:
    """Refuse a count that is a part of a machine: it may count the machines."""
    gpu, count = (stage.fleet.gpu, stage.fleet.count) if stage.fleet else (None, None)
    if count is None or count.kind not in ("stated", "exact") or not count.value % size:
        return
    said = f"{count.value:,.0f}"
    yield loaded.problem(
        "CC319",
        f"fleet.count counts accelerators: {said} fill no whole machine of {gpu}, {size} each",
        key="fleet.count",
        text=count.text,
        help=f"write {count.value * size:,.0f} for {said} of them, or gpu: {part}",
    )


def formats_of(peaks: Peaks) -> tuple[str, ...]:
    """Number formats that a part computes in."""
    needed = {word: NARROW.get(word, (word,)) for word in FORMATS}
    return tuple(word for word in FORMATS if all(getattr(peaks, peak) for peak in needed[word]))


def _format_problems(
    loaded: Loaded, stage: Stage, name: str, entry: Accelerator
) -> Iterator[Diagnostic]:
    stated = stage.training.precision if stage.training else None
    has = formats_of(entry.peak)
    if stated is not None and stated not in has:
        yield loaded.problem(
            "CC317",
            f"{name} does not compute in {stated}",
            key="training.precision",
            text=stated,
            help=f"it has {', '.join(has)}",
        )


def _link_problems(
    loaded: Loaded, stage: Stage, name: str, entry: Accelerator
) -> Iterator[Diagnostic]:
    link = stage.fleet.link if stage.fleet else None
    fabric = entry.scale_up
    has_nvlink = fabric is not None and fabric.domain.value > 1.0 and "NVLink" in fabric.kind
    if link in ("nvlink", "nvlink-pairs") and not has_nvlink:
        kind = fabric.kind if fabric else "none that the catalog knows"
        yield loaded.problem(
            "CC318",
            f"{name} has no NVLink",
            key="fleet.link",
            text=link,
            help=f"its links inside a server: {kind}",
        )
