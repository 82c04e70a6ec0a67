"""Values stated for one part that another part now uses unchanged: a rent, an MFU, hours."""

from collections.abc import Iterator, Sequence

from costcheck.diff.keys import Key, Side
from costcheck.diff.result import Carried

BOUND = {
    ("fleet", "gpu"): (
        ("pricing", "rent"),
        ("utilization", "mfu"),
        ("utilization", "tokens_per_second_per_gpu"),
        ("gpu_hours",),
    ),
    ("model",): (
        ("utilization", "mfu"),
        ("utilization", "tokens_per_second_per_gpu"),
        ("gpu_hours",),
    ),
}
"""What a stated value was measured or quoted with, by the key that changed."""


def carried_over(old: Side, new: Side, changed: Sequence[Key]) -> tuple[Carried, ...]:
    """The stated values that stayed while the part they were stated for was exchanged."""
    return tuple(item for key in changed for item in _carried(old, new, key))


def _carried(old: Side, new: Side, key: Key) -> Iterator[Carried]:
    stage, name = (key[:2], key[2:]) if key[0] == "stages" else ((), key)
    before, after = old.text(key), new.text(key)
    for bound in BOUND.get(name, ()):
        value = old.text((*stage, *bound)) or old.text(bound)
        stayed = value == (new.text((*stage, *bound)) or new.text(bound))
        if value and stayed and before and after:
            yield Carried(".".join(key), ".".join(bound), value, before, after)
