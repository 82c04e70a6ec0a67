"""The machine a scenario describes: catalog parts, inline ones, smaller servers, other networks."""

import pytest

from costcheck import load
from costcheck.catalog.performance import performance_data
from costcheck.estimate import build
from costcheck.estimate.machine_of import machine_from, machine_nodes
from costcheck.estimate.study import central
from costcheck.physics.step_time import Precision

INLINE = {
    "name": "our chip",
    "peak": {"bf16": "500 TFLOPS", "fp8": "1000 TFLOPS"},
    "memory": "96 GB",
    "memory_bandwidth": "3 TB/s",
}


def machine(fleet, precision="bf16"):
    scenario = {"model": "llama-3.1-8b", "fleet": fleet, "training": {"precision": precision}}
    loaded = load(scenario)
    study = build(loaded).stages[0].study
    return machine_nodes(study, study.hardware, performance_data(loaded.catalog))


def values(fleet, precision="bf16"):
    return machine_from(**central(machine(fleet, precision).leaves))


def test_h100_as_its_datasheet_has_it():
    """H100 SXM: 989.4 TFLOPS BF16, 3.35 TB/s, NVLink 900 GB/s both ways; DGX 8 x 400 Gbps."""
    found = values({"gpu": "h100", "count": "8"})
    assert float(found.matmul_flops_per_second) == 989.4e12
    assert float(found.memory_bytes_per_second) == 3.35e12
    assert float(found.scale_up_bytes_per_second) == 450e9
    assert float(found.nic_bytes_per_second) == 50e9
    assert float(found.scale_up_gpus) == 8


def test_h800_has_less_than_half_of_its_links():
    full, cut = (values({"gpu": gpu, "count": "8"}) for gpu in ("h100", "h800"))
    ratio = cut.scale_up_bytes_per_second / full.scale_up_bytes_per_second
    assert float(ratio) == pytest.approx(400 / 900)


@pytest.mark.parametrize(
    ("precision", "rate", "code"),
    [
        ("bf16", 989e12, Precision.SIXTEEN_BIT),
        ("fp8", 1979e12, Precision.EIGHT_BIT),
        ("tf32", 494.5e12, Precision.SIXTEEN_BIT),
    ],
)
def test_products_run_at_the_peak_of_their_precision(precision, rate, code):
    nodes = machine({"gpu": "h800", "count": "8"}, precision)
    assert float(machine_from(**central(nodes.leaves)).matmul_flops_per_second) == rate
    assert nodes.precision is code


def test_a_part_without_fp8_runs_in_16_bits_and_says_so():
    nodes = machine({"gpu": "a100", "count": "8"}, "fp8")
    assert nodes.precision is Precision.SIXTEEN_BIT
    assert any("FP8" in note for note in nodes.notes)


def test_the_network_of_the_file_replaces_the_usual_one():
    network = {"nics_per_node": "4", "nic": "200 Gbps"}
    found = values({"gpu": "h100", "count": "8", "network": network})
    assert float(found.nic_bytes_per_second) == 4 * 25e9 / 8


def test_a_smaller_server_has_its_cards_in_proportion_and_a_smaller_domain():
    found = values({"gpu": "h100", "count": "8", "gpus_per_node": "4"})
    assert float(found.nic_bytes_per_second) == 50e9
    assert float(found.scale_up_gpus) == 4


def test_the_links_of_a_rack_do_not_end_at_the_server():
    found = values({"gpu": "gb200", "count": "72", "gpus_per_node": "4"})
    assert float(found.scale_up_gpus) == 72


def test_an_inline_part_without_links_or_cards_gets_the_slowest_measured_card():
    nodes = machine({"gpu": INLINE, "count": "8"})
    found = machine_from(**central(nodes.leaves))
    assert not nodes.family
    assert float(found.scale_up_gpus) == 1
    assert float(found.nic_bytes_per_second) == 12.5e9
    assert float(found.scale_up_bytes_per_second) == 12.5e9


def test_an_inline_part_with_links_uses_them():
    linked = {
        **INLINE,
        "scale_up": {"bandwidth": "600 GB/s", "domain": "16"},
        "network": {"nics_per_node": "8", "nic": "400 Gbps"},
        "gpus_per_node": "8",
    }
    found = values({"gpu": linked, "count": "64"})
    assert float(found.scale_up_bytes_per_second) == 300e9
    assert float(found.scale_up_gpus) == 16
    assert float(found.nic_bytes_per_second) == 50e9


def test_an_inline_part_called_like_a_catalog_one_uses_its_constants():
    nodes = machine({"gpu": {**INLINE, "name": "H100 SXM5 at 500 W"}, "count": "8"})
    assert machine({"gpu": {**INLINE, "name": "H100"}, "count": "8"}).family == "hopper"
    assert nodes.family == ""
