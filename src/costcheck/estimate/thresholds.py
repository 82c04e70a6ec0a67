"""Which compute thresholds of regulations a run crosses on its day."""

from __future__ import annotations

from costcheck.catalog.knowledge import Knowledge
from costcheck.estimate.result import Figure, ThresholdLine
from costcheck.physics.thresholds import crossings, read_thresholds


def threshold_lines(flops: Figure, as_of: str, known: Knowledge) -> tuple[ThresholdLine, ...]:
    """Every rule that existed on a day, from the smallest threshold up."""
    if flops.low is None or flops.central is None or flops.high is None:
        return ()
    crossed = crossings(
        read_thresholds(known.thresholds.data),
        low_flops=flops.low,
        central_flops=flops.central,
        high_flops=flops.high,
        as_of=as_of,
    )
    return tuple(
        ThresholdLine(
            name=item.threshold.name,
            jurisdiction=item.threshold.jurisdiction,
            title=item.threshold.title,
            flops=item.threshold.flops,
            status=item.status,
            verdict=item.verdict,
            ratio=item.ratio,
            consequence=item.threshold.consequence,
            sources=known.thresholds.labels({"sources": item.threshold.sources}),
        )
        for item in crossed
    )
