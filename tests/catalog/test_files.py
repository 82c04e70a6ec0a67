"""Names resolve to the right part, or to none; never silently to a wrong one."""

import subprocess
import sys

import pytest

from costcheck.catalog.files import Catalog, line_value
from costcheck.catalog.hardware import Accelerator
from costcheck.catalog.models import Model, typed_entry
from costcheck.diagnostics import CostcheckError
from costcheck.estimate.resolve import accelerator
from costcheck.text.part_names import PartName

WORDS = Catalog().part_words

EXACT = {
    "NVIDIA H800 SXM5": "h800-sxm5-80gb",
    "H800-SXM": "h800-sxm5-80gb",
    "A100-SXM-80GB": "a100-sxm4-80gb",
    "NVIDIA A100-SXM4-80GB": "a100-sxm4-80gb",
    "NVIDIA A100 SXM4 40 GB": "a100-sxm4-40gb",
    "A100-SXM-40GB": "a100-sxm4-40gb",
    "NVIDIA A100 40GB PCIe": "a100-pcie-40gb",
    "NVIDIA A800 PCIe 40 GB": "a800-pcie-40gb",
    "H100-80GB SXM": "h100-sxm5-80gb",
    "H100-SXM-80GB": "h100-sxm5-80gb",
    "h100_sxm": "h100-sxm5-80gb",
    "NVIDIA H100 80GB HBM3": "h100-sxm5-80gb",
    "HGX H100": "h100-sxm5-80gb",
    "DGX H100": "h100-sxm5-80gb",
    "H100 PCI-E 80GB": "h100-pcie-80gb",
    "NVIDIA H100 PCIe": "h100-pcie-80gb",
    "NVIDIA H100 NVL": "h100-nvl-94gb",
    "H100-64GB (MareNostrum5)": "h100-sxm5-64gb",
    "H100-SXM-96GB-HBM2e-500W": "h100-sxm5-96gb-hbm2e",
    "H200 NVL": "h200-nvl-141gb",
    "H200 SXM": "h200-sxm-141gb",
    "H20": "h20-sxm-96gb",
    "H20 141GB": "h20-sxm-141gb",
    "A10G": "a10g",
    "DGX Spark": "gb10",
    "Rubin": "vr200-nvl72",
    "Vera Rubin NVL144": "vr200-nvl72",
    "TPU 8t": "tpu-8t",
    "TPU v8i": "tpu-8i",
    "MI455X": "mi455x",
    "Ascend 950DT": "ascend-950dt",
    "RTX PRO 4500": "rtx-pro-4500-blackwell",
    "RTX 3060": "rtx-3060",
    "NVIDIA GH200 480GB": "gh200-96gb",
    "B200": "b200-sxm-180gb",
    "B200-SXM-180GB": "b200-sxm-180gb",
    "B200 192GB": "b200-sxm-180gb",
    "B300": "b300-sxm-288gb",
    "GB200": "gb200-nvl72",
    "GB200-NVL72": "gb200-nvl72",
    "NVIDIA GB300 NVL72": "gb300-nvl72",
    "NVIDIA Tesla V100 DGXS 32 GB": "v100-dgxs-32gb",
    "Tesla V100 SXM2 32GB": "v100-sxm2-32gb",
    "V100-SXM3-32GB": "v100-sxm3-32gb",
    "NVIDIA Tesla V100S PCIe 32 GB": "v100s-pcie-32gb",
    "NVIDIA Tesla K80": "k80",
    "Tesla T4": "t4",
    "L40": "l40",
    "L40S": "l40s",
    "NVIDIA RTX A6000": "rtx-a6000",
    "A6000": "rtx-a6000",
    "GeForce RTX 4090": "rtx-4090",
    "4090": "rtx-4090",
    "RTX 2080 Ti": "rtx-2080-ti",
    "NVIDIA GTX Titan Black": "gtx-titan-black",
    "NVIDIA TITAN Xp": "titan-xp",
    "AMD Instinct MI300X": "mi300x",
    "AMD Radeon Instinct MI250X": "mi250x",
    "MI250X GCD": "mi250x-gcd",
    "TPUv4": "tpu-v4",
    "TPU-v5p": "tpu-v5p",
    "Google TPU v3": "tpu-v3",
    "tpu v5 lite": "tpu-v5e",
    "v5e": "tpu-v5e",
    "Trillium": "tpu-v6e",
    "Google TPU v6e Trillium": "tpu-v6e",
    "Ironwood": "tpu-v7",
    "TPU7x": "tpu-v7",
    "Trn2": "trainium2",
    "AWS Trainium": "trainium1",
    "Gaudi 3": "gaudi3",
    "Ponte Vecchio": "max-1550",
    "Ascend 910C": "ascend-910c",
    "Cerebras CS-3": "cerebras-wse3",
    "A64FX (CPU)": "a64fx",
    "NVIDIA A40 PCIe": "a40",
    "H800 SXM5 80GB GPUs": "h800-sxm5-80gb",
    "TPU v4 chips": "tpu-v4",
    "GB200s": "gb200-nvl72",
    "RTX 4090s": "rtx-4090",
    "V100S": "v100s-pcie-32gb",
    "H20s": "h20-sxm-96gb",
}

FAMILY = {
    "H800": "h800-sxm5-80gb",
    "NVIDIA H800": "h800-sxm5-80gb",
    "H100": "h100-sxm5-80gb",
    "H200": "h200-sxm-141gb",
    "A100": "a100-sxm4-80gb",
    "A100-SXM": "a100-sxm4-80gb",
    "A100-80GB": "a100-sxm4-80gb",
    "a100_80gb": "a100-sxm4-80gb",
    "A100-40GB": "a100-sxm4-40gb",
    "A100 (40/80GB)": "a100-sxm4-80gb",
    "A100 PCIe": "a100-pcie-80gb",
    "A800": "a800-sxm4-80gb",
    "V100": "v100-sxm2-16gb",
    "V100 32GB": "v100-sxm2-32gb",
    "P100": "p100-sxm2-16gb",
    "NVIDIA M40": "m40-12gb",
    "GH200": "gh200-96gb",
    "Huawei Ascend 910": "ascend-910a",
    "910B": "ascend-910b2",
    "NVIDIA Titan X": "gtx-titan-x",
    "TPU v3 32GB": "tpu-v3",
    "Nvidia's H100s": "h100-sxm5-80gb",
    "Nvidia Hopper H800": "h800-sxm5-80gb",
    "H800s": "h800-sxm5-80gb",
    "A100 GPUs": "a100-sxm4-80gb",
}

UNKNOWN = [
    "",
    "?",
    "unknown",
    "80GB",
    "NVL72",
    "X100",
    "H1O0",
    "H100 SXM4",
    "B300 PCIe",
    "Hopper",
    "GB200 superchip",
    "RTX 4090 48GB",
    "A100 60GB",
    "TPU v3 device",
    "TPUv3 / TPUv4",
    "TPUv5e then TPUv4",
    "A800 + Ascend 910B (mix)",
]


@pytest.fixture(scope="module")
def catalog():
    return Catalog()


@pytest.mark.parametrize(("name", "identifier"), EXACT.items())
def test_a_full_name_finds_its_part_without_an_assumption(catalog, name, identifier):
    found = catalog.find("gpus", name)
    assert found is not None
    assert (found.id, found.assumption) == (identifier, "")


@pytest.mark.parametrize(("name", "identifier"), FAMILY.items())
def test_a_family_name_finds_the_usual_part_and_says_so(catalog, name, identifier):
    found = catalog.find("gpus", name)
    assert found is not None
    assert found.id == identifier
    assert name in found.assumption
    assert line_value(found.text, "name") in found.assumption


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_or_mixed_name_finds_nothing(catalog, name):
    assert catalog.find("gpus", name) is None


def test_near_names_lead_to_the_part(catalog):
    assert "h100-sxm5-80gb" in catalog.near("gpus", "H1O0")
    assert catalog.near("gpus", "H100 SXM4")[0].startswith("h100")
    assert catalog.near("gpus", "RTX 4090 48GB") == ["rtx-4090"]
    assert catalog.near("gpus", "zzzzzz") == []


def test_the_short_cut_by_file_name_agrees_with_reading_every_file(catalog, monkeypatch):
    answers = {name: catalog.find("gpus", name) for name in (*EXACT, *FAMILY)}
    everything = list(catalog._parts("gpus"))
    monkeypatch.setattr(Catalog, "_parts", lambda self, kind, model="": iter(everything))
    assert {name: catalog.find("gpus", name) for name in answers} == answers


def test_all_spellings_are_unique(catalog):
    seen: dict[PartName, str] = {}
    for part in catalog._parts("gpus"):
        for spelling in (part.title, *part.aliases):
            name = WORDS.read(spelling)
            assert seen.setdefault(name, part.entry.id) == part.entry.id, spelling
    families = [a for part in catalog._parts("gpus") for a in part.family_aliases]
    assert len({WORDS.read(family) for family in families}) == len(families)
    assert not {WORDS.read(family) for family in families} & set(seen)


def test_every_spelling_in_the_catalog_finds_its_own_file(catalog):
    for part in catalog._parts("gpus"):
        for spelling in (part.entry.id, part.title, *part.aliases, *part.family_aliases):
            found = catalog.find("gpus", spelling)
            assert found is not None, spelling
            assert found.id == part.entry.id, spelling


def test_written_names_are_taken_apart():
    assert WORDS.read("NVIDIA H100-80GB SXM") == PartName("h100", "sxm", (80.0,))
    assert WORDS.read("A100 (40/80GB)") == PartName("a100", "", (40.0, 80.0))
    assert WORDS.read("DGX H100") == PartName("h100", "sxm")
    assert WORDS.read("H100 PCIe 5.0") == PartName("h100", "pcie")
    assert WORDS.read("TPU-v5p") == WORDS.read("TPUv5p") == PartName("tpuv5p")


def test_an_overlay_adds_and_replaces_parts(tmp_path, catalog):
    folder = tmp_path / "gpus"
    folder.mkdir()
    (folder / "x1.yaml").write_text("name: Acme X1 32GB\naliases: [X-One]\nmemory: 32 GB\n")
    (folder / "t4.yaml").write_text("name: NVIDIA T4\naliases: []\nnotes: ours\n")
    mine = Catalog((tmp_path,))
    assert mine.find("gpus", "x-one").id == "x1"
    assert "ours" in mine.find("gpus", "Tesla T4").text
    assert mine.find("gpus", "H100 PCIe") == catalog.find("gpus", "H100 PCIe")
    assert mine.sha256 != catalog.sha256
    assert set(mine.names("gpus")) == {*catalog.names("gpus"), "x1"}
    assert mine.text("catalog.yaml") == catalog.text("catalog.yaml")


def test_the_last_overlay_wins(tmp_path):
    for name in ("below", "above"):
        (tmp_path / name / "gpus").mkdir(parents=True)
        (tmp_path / name / "gpus" / "t4.yaml").write_text(f"name: NVIDIA T4\nnotes: {name}\n")
    found = Catalog((tmp_path / "below", tmp_path / "above")).find("gpus", "T4")
    assert line_value(found.text, "notes") == "above"


def test_models_are_found_by_name_alias_and_family(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "toy-7b.yaml").write_text(
        'name: Toy 7B\naliases: ["toy/first, 7B"]\nfamily_aliases: [Toy]\nlayers: 2\n'
    )
    mine = Catalog((tmp_path,))
    for name in ("toy-7b", "Toy 7B", "TOY_7B", "acme/Toy-7B", "toyfirst7b"):
        assert mine.find("models", name).id == "toy-7b", name
    assert "Toy 7B" in mine.find("models", "toy").assumption
    assert mine.find("models", "toy-8b") is None
    assert mine.near("models", "toy-8b")[0] == "toy-7b"


def test_a_missing_overlay_is_an_error_with_help(tmp_path):
    with pytest.raises(CostcheckError, match="CC120"):
        Catalog((tmp_path / "nowhere",))


def test_a_missing_file_is_named(catalog):
    assert not catalog.has("gpus/none.yaml")
    with pytest.raises(FileNotFoundError, match=r"gpus/none\.yaml"):
        catalog.text("gpus/none.yaml")


def test_the_catalog_is_dated_and_fingerprinted(catalog):
    assert len(catalog.date) == len("2026-11-22")
    assert len(catalog.sha256) == 64
    assert catalog.sha256 == Catalog().sha256


def test_a_look_up_opens_few_files(catalog):
    """A guard on work instead of milliseconds: names in file names need no scan of all files."""
    opened: list[str] = []
    counting = Catalog()
    parts = counting._parts

    def counted(kind, model=""):
        for part in parts(kind, model):
            opened.append(part.entry.id)
            yield part

    counting._parts = counted
    for name in ("H800", "A100-SXM-80GB", "TPUv4", "RTX 4090"):
        opened.clear()
        counting.find("gpus", name)
        assert len(opened) <= 8, (name, opened)


def test_the_import_stays_light():
    code = (
        "import sys; from costcheck.catalog.files import Catalog\n"
        "Catalog().find('gpus', 'H800')\n"
        "print(*sorted({'yaml', 'pathlib', 'difflib', 'hashlib', 'csv', 'numpy', 'pydantic'}"
        " & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split()) - _loaded_by_the_interpreter()
    assert not loaded


def _loaded_by_the_interpreter():
    """Return modules that site hooks of this environment import before any of our code."""
    code = "import sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize(
    "names",
    [
        "aliases:\n  - x100\n  - Quick X\n",
        "aliases: [x100,\n  Quick X]\n",
        "aliases: [x100, Quick X]  # both\n",
        "aliases:   [ 'x100' , \"Quick X\" ]\n",
    ],
)
def test_names_are_read_however_yaml_writes_them(tmp_path, names):
    (tmp_path / "gpus").mkdir()
    (tmp_path / "gpus" / "quick.yaml").write_text(
        f"name: Quick One\n{names}peak: {{bf16: 1 PFLOP/s}}\n"
    )
    found = Catalog((tmp_path,)).find("gpus", "x100")
    assert found is not None
    assert found.id == "quick"


def test_a_key_that_nothing_reads_is_refused_in_an_overlay(tmp_path):
    (tmp_path / "gpus").mkdir()
    (tmp_path / "gpus" / "quick.yaml").write_text(
        "name: Quick\npeak: {bf16: 1 PFLOP/s}\ntpd: 700 W\n"
    )
    with pytest.raises(CostcheckError, match="unknown key 'tpd'") as caught:
        accelerator(Catalog((tmp_path,)), "quick")
    assert "tdp" in caught.value.diagnostics[0].help


@pytest.mark.parametrize("kind", ["gpus", "models"])
def test_every_shipped_entry_has_only_keys_that_are_read(kind):
    catalog = Catalog()
    for name in catalog.names(kind):
        typed_entry(catalog.find(kind, name), Accelerator if kind == "gpus" else Model)
