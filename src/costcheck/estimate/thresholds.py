"""Which compute thresholds of regulations a run crosses on its day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from costcheck.physics.thresholds import crossings, read_thresholds

if TYPE_CHECKING:
    from costcheck.estimate.knowledge import Knowledge
    from costcheck.estimate.result import Figure


class ThresholdLine(NamedTuple):
    """One rule beside the range of a run's compute."""

    name: str
    jurisdiction: str
    title: str
    flops: float
    status: str
    """On the day of the scenario: proposed, adopted, in force, revoked ..."""
    verdict: str
    """``crosses``, ``may cross`` or ``below``."""
    ratio: float
    """Central compute over the threshold."""
    consequence: str
    sources: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {**self._asdict(), "sources": list(self.sources)}


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
