"""Cloud instances and bundles by the names people write."""

import csv

import pytest

from costcheck.catalog.files import Catalog
from costcheck.catalog.instances import find_instance
from costcheck.catalog.price_book import kind_of_provider
from costcheck.text import yaml_text

CATALOG = Catalog()
ROWS = list(csv.DictReader(CATALOG.text("instances.csv").splitlines()))

# As the providers document them.
KNOWN = {
    "p5.48xlarge": ("h100-sxm5-80gb", 8, "aws"),
    "p5en.48xlarge": ("h200-sxm-141gb", 8, "aws"),
    "p4d.24xlarge": ("a100-sxm4-40gb", 8, "aws"),
    "ml.p4de.24xlarge": ("a100-sxm4-80gb", 8, "aws"),
    "p6-b200.48xlarge": ("b200-sxm-180gb", 8, "aws"),
    "trn2.48xlarge": ("trainium2", 16, "aws"),
    "g6e.48xlarge": ("l40s", 8, "aws"),
    "a3-highgpu-8g": ("h100-sxm5-80gb", 8, "gcp"),
    "a4-highgpu-8g": ("b200-sxm-180gb", 8, "gcp"),
    "ND96isr_H100_v5": ("h100-sxm5-80gb", 8, "azure"),
    "Standard_ND96isr_H100_v5": ("h100-sxm5-80gb", 8, "azure"),
    "v5p-8": ("tpu-v5p", 4, "gcp"),
    "v5litepod-256": ("tpu-v5e", 256, "gcp"),
    "v6e-64": ("tpu-v6e", 64, "gcp"),
    "8xH100": ("H100", 8, ""),
    "8 x H100": ("H100", 8, ""),
    "1,024 H200": ("H200", 1024, ""),
    "2048 H800": ("H800", 2048, ""),
    "H100:8": ("H100", 8, ""),
    "A100-80GB:4": ("A100-80GB", 4, ""),
    "tpu-v5e-256": ("tpu-v5e", 256, "gcp"),
    "tpu-v5p-8": ("tpu-v5p", 4, "gcp"),
    "tpu7x-128": ("tpu-v7", 64, "gcp"),
    "ct5lp-hightpu-4t": ("tpu-v5e", 4, "gcp"),
    "ct6e-standard-8t": ("tpu-v6e", 8, "gcp"),
    "gx3d-160x1792x8h100": ("h100-sxm5-80gb", 8, "ibm"),
    "gx3-48x240x2l40s": ("l40s", 2, "ibm"),
}
SEVERAL = {
    "2 nodes of 8 B200": ("B200", 16, "", 2),
    "2 nodes of 4 x H100": ("H100", 8, "", 2),
    "2x8xH100": ("H100", 16, "", 2),
    "16 x 8xH100": ("H100", 128, "", 16),
    "4 x p5.48xlarge": ("h100-sxm5-80gb", 32, "aws", 4),
    "4 p5.48xlarge": ("h100-sxm5-80gb", 32, "aws", 4),
    "32 machines with 8 H200": ("H200", 256, "", 32),
}


@pytest.mark.parametrize("name", KNOWN)
def test_an_instance_is_its_parts(name):
    assert find_instance(CATALOG, name) == (*KNOWN[name], 1)


@pytest.mark.parametrize("name", SEVERAL)
def test_several_machines_are_as_many_times_their_parts(name):
    assert find_instance(CATALOG, name) == SEVERAL[name]


@pytest.mark.parametrize(
    "name",
    [
        "h100",
        "p5.49xlarge",
        "0xh100",
        "8xqqq",
        "v9-8",
        "v6e-0",
        "ct9-hightpu-4t",
        "0 nodes of 8 B200",
        "2 nodes of B200",
        "2x2x8xH100",
        "a100-sxm4-80gb",
        "rtx-4090",
        "4090",
        "1080 Ti",
        "9" * 5000 + " x H100",
    ],
)
def test_what_is_no_instance_is_none(name):
    assert find_instance(CATALOG, name) is None


def test_every_row_names_a_part_a_provider_and_a_source():
    keys = {
        source["key"]
        for source in yaml_text.parse(CATALOG.text("instance-sources.yaml"), "x").data["sources"]
    }
    for row in ROWS:
        assert row["gpu"] in CATALOG.names("gpus")
        assert kind_of_provider(CATALOG, row["provider"])
        assert row["source"] in keys
        assert int(row["count"]) >= 1
    assert len({row["instance"].lower() for row in ROWS}) == len(ROWS)
