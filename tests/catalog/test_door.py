"""catalog/ is the only door to configs; what lies behind it is read or said to be for people."""

import dataclasses
import re
from pathlib import Path

import pytest

from costcheck.catalog import hardware, models
from costcheck.catalog.files import Catalog, bundled_folder
from costcheck.catalog.knowledge import Knowledge

SOURCE = Path(__file__).parents[2] / "src" / "costcheck"
CONFIGS = Path(bundled_folder())
TEXTS = {
    path.relative_to(SOURCE).as_posix(): path.read_text("utf-8") for path in SOURCE.rglob("*.py")
}
OUTSIDE = [name for name in TEXTS if not name.startswith("catalog/")]
FOR_PEOPLE = Catalog().document("catalog.yaml")["documentation"]
BY_NAME = re.compile(
    r"(gpus|models|huggingface|launchers|claims|performance/measured)/"
    r"|prices/[^/]*\.csv|performance/[^/]*\.yaml"
)
"""Files found by a name: that of a part, a model, a type, a launcher, an index, a software."""
ENTRIES = [
    hardware.Accelerator, hardware.Peaks, hardware.ScaleUp, hardware.Network, hardware.Source,
    models.Model, models.Published, models.Recipe,
]  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE)
def test_nobody_else_opens_a_data_file(name):
    assert not re.search(r"bundled_folder|_configs\b|catalog\.text\(", TEXTS[name])
    allowed = name in {"text/yaml_text.py", "text/launch_files/read.py"}
    assert allowed or not re.search(r"yaml\.(safe_)?load\(", TEXTS[name])


def test_every_data_file_is_read_or_for_people():
    files = {path.relative_to(CONFIGS).as_posix() for path in CONFIGS.rglob("*.*")}
    named = {file for file in files if any(file in text for text in TEXTS.values())}
    unread = {file for file in files - named if not BY_NAME.match(file)}
    declared = set(FOR_PEOPLE["files"])
    assert unread <= declared
    assert not declared - files


@pytest.mark.parametrize(
    ("entry", "field"),
    [(entry, item.name) for entry in ENTRIES for item in dataclasses.fields(entry)],
    ids=lambda item: getattr(item, "__name__", item),
)
def test_every_field_of_an_entry_is_read_or_for_people(entry, field):
    read = re.search(rf"\.{field}\b|[\"']{field}[\"']", "".join(TEXTS.values())) is not None
    assert read or f"{entry.__name__}.{field}" in FOR_PEOPLE["fields"]


@pytest.mark.parametrize(
    ("part", "watts", "ratio"),
    [
        ("NVIDIA GH200 96GB", 760.0, "gpu"),  # the H200 in its name is another part
        ("NVIDIA H200 SXM 141GB", None, "H200"),
        ("NVIDIA GB300 NVL72", None, "GB300"),
        ("Google TPU v4", 378.5, "tpu"),
        ("NVIDIA A100-SXM4-80GB", None, "A100"),
    ],
)
def test_a_part_is_looked_up_by_the_words_of_its_name(part, watts, ratio):
    known = Knowledge(Catalog())
    measured = known.server_watts(part)
    assert (measured and measured.value) == watts
    assert known.server_over_chip(part) == known.power[f"server_over_chip.{ratio}"]
