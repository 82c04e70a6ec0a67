"""The accelerators as data: sourced, dense, plausible, and all the names people write."""

from datetime import date

import pytest

from costcheck.catalog.files import Catalog
from costcheck.text import yaml_text
from costcheck.text.quantity import parse

CATALOG = Catalog()
IDS = CATALOG.names("gpus")
DOCUMENTS = {each: yaml_text.parse(CATALOG.find("gpus", each).text, each) for each in IDS}
ENTRIES = {each: document.data for each, document in DOCUMENTS.items()}
KEYS = {
    "name", "aliases", "family_aliases", "vendor", "released", "peak", "memory",
    "memory_bandwidth", "scale_up", "host_link", "network", "gpus_per_node", "tdp", "server_power",
    "notes", "sources",
}  # fmt: skip
DIMENSIONS = {
    "memory": "bytes",
    "host_link": "byte_rate",
    "memory_bandwidth": "byte_rate",
    "gpus_per_node": "count",
    "tdp": "power",
    "server_power": "power",
}

# Part, precision, boost clock [Hz], FMA per core and clock, cores: peak = clock x FMA x 2 x cores.
DATASHEET_PEAKS = [
    ("h100-sxm5-80gb", "bf16", 1830e6, 512, 528),
    ("h200-sxm-141gb", "bf16", 1830e6, 512, 528),
    ("a100-sxm4-80gb", "bf16", 1410e6, 256, 432),
    ("a100-pcie-40gb", "fp16", 1410e6, 256, 432),
    ("a800-pcie-40gb", "bf16", 1410e6, 256, 432),
    ("mi300x", "bf16", 2100e6, 256, 1216),
    ("mi300a", "bf16", 2100e6, 256, 912),
    ("mi250x", "bf16", 1700e6, 128, 880),
    ("mi355x", "bf16", 2400e6, 512, 1024),
    ("max-1550", "bf16", 1600e6, 256, 1024),
    ("gaudi2", "bf16", 1650e6, 65536, 2),
    ("v100-sxm2-16gb", "fp16", 1530e6, 64, 640),
    ("v100s-pcie-32gb", "fp16", 1597e6, 64, 640),
    ("t4", "fp16", 1590e6, 64, 320),
    ("rtx-2080-ti", "fp16", 1545e6, 32, 544),
    ("titan-rtx", "fp16", 1770e6, 64, 576),
    ("a64fx", "fp64", 2200e6, 16, 48),
]

# Rates vendors print first, with 2:4 sparsity, or of CUDA cores: none may be a dense matrix rate.
WRONG_TFLOPS = {
    "h100": {1979.0, 3958.0, 267.6, 133.8},
    "h200": {1979.0, 3958.0, 2000.0},
    "a100": {624.0, 77.97},
    "b200": {4500.0},
    "mi300x": {2614.9},
    "mi355x": {10100.0, 2340.0},
    "l4": {242.0},
    "rtx-4090": {330.3, 82.6},
    "rtx-3090": {35.6},
    "a40": {37.4},
    "trainium2": {2563.0},
    "cerebras-wse3": {125000.0},
}

# Every hardware name of the published runs, claims, costs and measurements the project checks
# itself against, as written there.
NAMES_IN_USE = """
A100 | A100-40GB | A100-80GB | A100 (40/80GB) | A100-SXM | A100-SXM-40GB | A100-SXM-80GB
A64FX (CPU) | AMD Radeon Instinct MI250X | Ascend 910C class | B200 | B200-SXM-180GB | B300
GB200-NVL72 | GB300-NVL72 | GH200 | Google TPU v1 | Google TPU v2 | Google TPU v3 | Google TPU v4
Google TPU v5e | H100 | H100-64GB (MareNostrum5) | H100-80GB SXM | H100-SXM-80GB
H100-SXM-96GB-HBM2e-500W | H200 | H800 | Huawei Ascend 910 | NVIDIA A100 | NVIDIA A100 SXM4 40 GB
NVIDIA A100 SXM4 80 GB | NVIDIA A800 PCIe 40 GB | NVIDIA GTX Titan Black
NVIDIA GeForce GTX 1080 Ti
NVIDIA GeForce GTX 580 | NVIDIA GeForce GTX 780 | NVIDIA GeForce GTX TITAN X
NVIDIA GeForce RTX 2080 Ti 11GB | NVIDIA GeForce RTX 3090 | NVIDIA GeForce RTX 3090 Ti
NVIDIA GeForce RTX 4060 Ti | NVIDIA GeForce RTX 4090 | NVIDIA H100 PCIe | NVIDIA H100 SXM5 80GB
NVIDIA H800 SXM5 | NVIDIA M40 | NVIDIA P100 | NVIDIA Quadro GP100 | NVIDIA Quadro K4000
NVIDIA Quadro K6000 | NVIDIA Quadro P600 | NVIDIA RTX A5000 | NVIDIA RTX A6000 | NVIDIA TITAN Xp
NVIDIA Tesla C2075 | NVIDIA Tesla K40s | NVIDIA Tesla K40t | NVIDIA Tesla K80
NVIDIA Tesla V100 DGXS 16 GB | NVIDIA Tesla V100 DGXS 32 GB | NVIDIA Tesla V100S PCIe 32 GB
NVIDIA Titan V | NVIDIA V100 | P100 | TPU-v4 | TPU-v5e | TPUv3 | TPUv4 | TPUv5e | TPUv5p | Trainium1
V100
"""
MIXED_OR_UNNAMED = [
    "A800 + Ascend 910B (mix)",
    "TPUv3 / TPUv4",
    "TPUv5e then TPUv4",
    "not stated",
    '"tens of thousands of accelerators" (unnamed)',
]


def _peak(identifier, precision):
    return parse(ENTRIES[identifier]["peak"][precision], "flop_rate").value


@pytest.mark.parametrize(
    "name", [n.strip() for n in NAMES_IN_USE.replace("\n", "|").split("|") if n.strip()]
)
def test_every_name_in_use_is_known(name):
    assert CATALOG.find("gpus", name) is not None


@pytest.mark.parametrize("name", MIXED_OR_UNNAMED)
def test_a_mixed_fleet_is_no_single_part(name):
    assert CATALOG.find("gpus", name) is None


@pytest.mark.parametrize("identifier", IDS)
def test_an_entry_holds_known_keys_and_quantities(identifier):
    entry = ENTRIES[identifier]
    assert DOCUMENTS[identifier].diagnostics == ()
    assert set(entry) <= KEYS
    assert {"name", "aliases", "vendor", "peak", "memory", "gpus_per_node", "sources"} <= set(entry)
    for key, dimension in DIMENSIONS.items():
        assert key not in entry or parse(entry[key], dimension).value > 0
    assert set(entry["peak"]) <= {"fp64", "fp32", "tf32", "fp16", "bf16", "fp8", "fp4", "int8"}
    assert all(parse(text, "flop_rate").value > 0 for text in entry["peak"].values())
    if "scale_up" in entry:
        assert set(entry["scale_up"]) - {"torus"} == {"kind", "bandwidth", "domain"}
        assert parse(entry["scale_up"]["bandwidth"], "byte_rate").value > 0
    if "network" in entry:
        assert set(entry["network"]) == {"nics_per_node", "nic"}


@pytest.mark.parametrize("identifier", IDS)
def test_every_entry_is_sourced_and_dated(identifier):
    sources = ENTRIES[identifier]["sources"]
    assert sources
    assert len({source["key"] for source in sources}) == len(sources)
    for source in sources:
        assert source["title"]
        assert source["url"].startswith("https://")
        date.fromisoformat(source.get("date") or source["checked"])


@pytest.mark.parametrize(("identifier", "precision", "clock", "fma", "cores"), DATASHEET_PEAKS)
def test_a_peak_is_clock_times_units(identifier, precision, clock, fma, cores):
    assert _peak(identifier, precision) == pytest.approx(clock * fma * 2 * cores, rel=0.007)


@pytest.mark.parametrize("family", WRONG_TFLOPS)
def test_no_sparse_or_cuda_core_rate_is_a_dense_peak(family):
    for identifier in IDS:
        if identifier == family or identifier.startswith(f"{family}-"):
            for precision in {"fp16", "bf16"} & set(ENTRIES[identifier]["peak"]):
                assert _peak(identifier, precision) / 1e12 not in WRONG_TFLOPS[family]


@pytest.mark.parametrize("identifier", IDS)
def test_rates_are_ordered_by_precision(identifier):
    peak = {
        key: parse(text, "flop_rate").value for key, text in ENTRIES[identifier]["peak"].items()
    }
    half = max((peak[key] for key in ("fp16", "bf16") if key in peak), default=None)
    if half is None:
        return
    assert half >= 0.99 * peak.get("fp32", 0)
    assert half >= 0.99 * peak.get("tf32", 0)
    # Rubin has 17.5 PFLOPS of FP8 over 4 of BF16.
    assert 0.99 <= peak.get("fp8", half) / half < 4.5
    assert peak.get("fp4", peak.get("fp8", half)) >= 0.99 * peak.get("fp8", 0)


def test_export_parts_differ_from_their_originals_where_they_should():
    for cut, full in (("h800-sxm5-80gb", "h100-sxm5-80gb"), ("a800-sxm4-80gb", "a100-sxm4-80gb")):
        assert _peak(cut, "bf16") == pytest.approx(_peak(full, "bf16"), rel=0.001)
        assert parse(ENTRIES[cut]["scale_up"]["bandwidth"], "byte_rate").value == 400e9
    assert _peak("h800-sxm5-80gb", "fp64") == 1e12
    assert _peak("h20-sxm-96gb", "bf16") == 148e12


def test_a_gcd_is_half_a_card():
    assert _peak("mi250x-gcd", "bf16") == pytest.approx(_peak("mi250x", "bf16") / 2)


@pytest.mark.parametrize("identifier", IDS)
def test_power_of_a_server_exceeds_its_chip(identifier):
    entry = ENTRIES[identifier]
    if "server_power" in entry:
        ratio = parse(entry["server_power"], "power").value / parse(entry["tdp"], "power").value
        # The rack of the GB300 is 120 to 132 kW for 72 x 1,400 W.
        assert 1.2 < ratio < 2.2


@pytest.mark.parametrize("identifier", IDS)
def test_names_are_one_flow_list_on_one_line(identifier):
    """The catalog reads them as text, so a list broken over lines would be cut off."""
    lines = CATALOG.find("gpus", identifier).text.splitlines()
    for key in ("aliases", "family_aliases"):
        if key in ENTRIES[identifier]:
            line = next(each for each in lines if each.startswith(f"{key}: "))
            assert yaml_text.parse(line, identifier).data[key] == ENTRIES[identifier][key]
