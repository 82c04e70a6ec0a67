"""A part as Epoch AI's cost method knows it."""

from costcheck.catalog.knowledge import Knowledge
from costcheck.estimate.resolve import Hardware
from costcheck.physics import epoch_method
from costcheck.physics.epoch_method import Chip
from costcheck.text.dates import day_number


def chip_of(hardware: Hardware) -> Chip | None:
    """A part as the method knows it, None where nobody says when it came out."""
    released = hardware.entry.released
    return None if released is None else _chip(hardware, day_number(str(released)))


def power_over_rated(hardware: Hardware, known: Knowledge) -> float:
    """Rated power of the server over that of the chip, by the method."""
    return epoch_method.power_over_rated(known.epoch_method, _chip(hardware, 0.0))[0]


def _chip(hardware: Hardware, day: float) -> Chip:
    tdp = hardware.entry.tdp
    return Chip(
        hardware=hardware.name,
        release_day=day,
        rated_watts=tdp.value if tdp is not None else 0.0,
        peak_flops_per_second=0.0,
    )
