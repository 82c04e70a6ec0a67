"""Energy and carbon on three bases that never mix: the chip, the server, the facility.

A chip figure is what the accelerators draw, a server figure adds host, memory and network cards, a
facility figure adds cooling and power distribution. Vendors' model cards use the chip's rated power
alone; an estimate on server and facility basis is 1.4 to 1.5 times such a card.
"""

from costcheck.arrays import Amount
from costcheck.units import HOURS_PER_YEAR, WATTS_PER_KILOWATT


def chip_kwh(*, gpu_hours: Amount, rated_watts: Amount, draw_fraction: Amount) -> Amount:
    """What the accelerators alone draw; a `draw_fraction` of 1 reproduces a model card."""
    return gpu_hours * rated_watts * draw_fraction / WATTS_PER_KILOWATT


def embodied_carbon_kg(
    *,
    gpu_hours: Amount,
    gpu_kg: Amount,
    server_kg: Amount,
    gpus_per_server: Amount,
    life_years: Amount,
    utilization: Amount,
) -> Amount:
    """The share of the hardware's manufacture that the run uses up [kg CO2e].

    `server_kg` is a server without its accelerators, `utilization` the share of its life in which
    the hardware works.

    Notes
    -----
    ``h (gpu + server / n) / (L 8766 u)``. BLOOM's 11.2 t follow from 150 kg and 2,500 kg.

    References
    ----------
    .. [1] Luccioni, Viguier, Ligozat (2022). Estimating the Carbon Footprint of BLOOM.
       arXiv:2211.02001, section 4.1.
    """
    working_hours = life_years * HOURS_PER_YEAR * utilization
    return gpu_hours * (gpu_kg + server_kg / gpus_per_server) / working_hours


def water_litres(
    *,
    it_kwh: Amount,
    facility_kwh: Amount,
    site_litres_per_kwh: Amount,
    grid_litres_per_kwh: Amount,
) -> Amount:
    """The water evaporated on site, by the energy of the servers, and at the power plants [L].

    Both intensities are the reader's: there is no default worth its name.

    References
    ----------
    .. [1] Li et al. (2023). Making AI Less "Thirsty". arXiv:2304.03271, section 3.
    """
    return it_kwh * site_litres_per_kwh + facility_kwh * grid_litres_per_kwh
