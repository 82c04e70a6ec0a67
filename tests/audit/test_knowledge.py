"""What an audit knows of hardware is of that hardware, not of one with a longer name."""

import pytest

from costcheck.audit.knowledge import load_knowledge
from costcheck.scenario.claim import Claim


def capex(catalog, gpu, year=2024):
    known = load_knowledge(catalog, [Claim(id="c", gpu=gpu, as_of=year)])
    part = known.part(gpu, year)
    return part.capex, known.priors.unknown_hardware["capex"]


@pytest.mark.parametrize("gpu", ["A10", "A30", "L4", "B100"])
def test_a_part_nobody_quotes_has_the_capex_of_unknown_hardware(catalog, gpu):
    found, unknown = capex(catalog, gpu)
    assert found == unknown


@pytest.mark.parametrize("gpu", ["A100", "H100", "H800", "TPU v4", "RTX 4090"])
def test_quoted_parts_have_their_own(catalog, gpu):
    found, unknown = capex(catalog, gpu)
    assert found != unknown
