"""The machine a scenario describes: catalog parts, inline ones, smaller servers, other networks."""

import pytest

from costcheck import estimate, load
from costcheck.catalog.performance import performance_data
from costcheck.diagnostics import CostcheckError
from costcheck.estimate import build
from costcheck.estimate.machine_of import machine_from, machine_nodes
from costcheck.estimate.study import central
from costcheck.physics.step_time.generation import Precision

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


@pytest.mark.parametrize(
    ("gpu", "stated", "has"),
    [
        ("a100", "fp8", "fp32, tf32, bf16, fp16"),
        ("h100", "nvfp4", "fp32, tf32, bf16, fp16, fp8"),
        ("h100", "mxfp8", "fp32, tf32, bf16, fp16, fp8"),
        ("v100-sxm2-32gb", "bf16", "fp32, fp16"),
    ],
)
def test_a_format_the_part_does_not_have_is_refused_with_those_it_has(gpu, stated, has):
    with pytest.raises(CostcheckError) as refused:
        machine({"gpu": gpu, "count": "8"}, stated)
    assert [item.code for item in refused.value.diagnostics] == ["CC317"]
    assert refused.value.diagnostics[0].help == f"it has {has}"


@pytest.mark.parametrize(("gpu", "stated"), [("h100", "fp8"), ("b200", "mxfp8"), ("b200", "nvfp4")])
def test_a_format_the_part_has_is_taken(gpu, stated):
    assert machine({"gpu": gpu, "count": "8"}, stated).precision is not Precision.SIXTEEN_BIT


def test_pcie_takes_the_fast_links_away_and_pairs_keep_two():
    fleet = {"gpu": "h100", "count": "8"}
    usual, pairs, tree = (
        values(fleet | stated)
        for stated in ({"link": "nvlink"}, {"link": "nvlink-pairs"}, {"link": "pcie"})
    )
    assert [float(one.scale_up_gpus) for one in (usual, pairs, tree)] == [8.0, 2.0, 1.0]
    assert float(pairs.scale_up_bytes_per_second) == 450e9
    assert float(tree.node_bytes_per_second) == 32e9  # PCIe 4.0 x16, one direction


def test_nvlink_on_a_part_without_it_is_refused():
    with pytest.raises(CostcheckError, match="has no NVLink"):
        machine({"gpu": "rtx-4090", "count": "4", "link": "nvlink"})


def test_the_clock_goes_with_the_cube_root_of_a_power_limit():
    """Patel et al., arXiv:2308.12908: about 10 % slower at 70 % of the design power."""
    limited = values({"gpu": "h100", "count": "8", "power_limit": "490 W"})
    assert float(limited.clock_share) == pytest.approx(0.9, abs=0.02)
    nodes = machine({"gpu": "h100", "count": "8", "power_limit": "700 W"})
    assert float(machine_from(**central(nodes.leaves)).clock_share) == 1.0
    assert "fleet.power_limit" in nodes.idle


def test_a_stated_host_counts_where_something_is_offloaded_to_it():
    host = {"memory_bandwidth": "200 GB/s", "link": "128 GB/s"}
    scenario = {
        "model": "llama-3.1-8b",
        "fleet": {"gpu": "a100", "count": "8", "host": host},
        "layout": {"data": "8", "offload": ["optimizer", "parameters"]},
        "training": {"tokens": "1B"},
    }
    stage = build(load(scenario)).stages[0]
    found = machine_from(**central(stage.prediction.performance.machine.leaves))
    assert float(found.host_memory_bytes_per_second) == 200e9
    assert float(found.host_link_bytes_per_second) == 64e9


def test_a_tpu_is_a_torus():
    assert float(values({"gpu": "tpu-v5p", "count": "64"}).torus_dimensions) == 3
    assert float(values({"gpu": "tpu-v6e", "count": "64"}).torus_dimensions) == 2


def test_the_network_of_the_file_replaces_the_usual_one():
    network = {"nics_per_node": "4", "nic": "200 Gbps"}
    found = values({"gpu": "h100", "count": "8", "network": network})
    assert float(found.nic_bytes_per_second) == 4 * 25e9 / 8


# Google Cloud, networking and GPU machines; ASRock Rack ROMED8-2T.
@pytest.mark.parametrize(("gpu", "gigabits"), [("l4", 100), ("rtx-4090", 20), ("mi300x", 3200)])
def test_a_part_without_a_stated_network_has_that_of_its_usual_server(gpu, gigabits):
    found = values({"gpu": gpu, "count": "16"})
    assert float(found.nic_bytes_per_second) * 8 == gigabits * 1e9 / 8


def test_only_power_that_the_maker_rates_decides_the_clock():
    """Google states no power of a TPU v5p: the catalog has an estimate of others, a range."""
    assert float(values({"gpu": "tpu-v5p", "count": "64"}).watts) == 0.0
    assert float(values({"gpu": "h100", "count": "8"}).watts) == 700.0
    limited = machine({"gpu": "tpu-v5p", "count": "64", "power_limit": "300 W"})
    assert "fleet.power_limit" in limited.idle


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


@pytest.mark.parametrize(("memory", "verdict"), [("64 GB", "infeasible"), ("512 GB", "feasible")])
def test_what_is_offloaded_has_to_fit_into_a_stated_host(memory, verdict):
    """AdamW keeps 12 bytes for each of 8.03 billion parameters: 96 GB."""
    scenario = {
        "model": "llama-3.1-8b",
        "fleet": {"gpu": "a100", "count": "8", "host": {"memory": memory}},
        "layout": {"data": "8", "zero": "2", "recompute": "full", "offload": "optimizer"},
        "training": {"tokens": "1B"},
    }
    result = estimate(scenario)
    found = [item for item in result.feasibility if item.check == "host-memory"]
    assert [item.verdict for item in found] == [verdict]
    assert not [item for item in result.diagnostics if "fleet.host" in item.message]


def test_a_card_and_its_two_dies_are_one_machine():
    run = {
        "model": "llama-3.1-8b",
        "training": {"tokens": "1T", "sequence_length": "2048", "global_batch": "2048"},
        "pricing": {"rent": "$2/GPU-hour"},
    }
    card = estimate({**run, "fleet": {"gpu": "mi250x", "count": "256"}})
    dies = estimate({**run, "fleet": {"gpu": "mi250x-gcd", "count": "512"}})
    assert dies["days"].central == pytest.approx(card["days"].central, rel=0.1)
