"""The catalog's own model files."""

from pathlib import Path

import pytest
import yaml

from costcheck.catalog.files import Catalog
from costcheck.catalog.huggingface import read_inline
from costcheck.physics.architectures.attention import Attention
from costcheck.physics.architectures.parameters import (
    active_parameters,
    active_parameters_without_input_embedding,
    mtp_parameters,
    total_parameters,
)

FOLDER = Path(__file__).resolve().parents[3] / "configs" / "models"
FILES = sorted(FOLDER.glob("*.yaml"))
SCALE = {"T": 1e12, "B": 1e9, "M": 1e6}


def _number(text):
    text = str(text)
    return float(text[:-1]) * SCALE[text[-1]] if text[-1] in SCALE else float(text)


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def entry(request):
    return yaml.safe_load(request.param.read_text(encoding="utf-8"))


def test_schema(entry):
    assert {"name", "aliases", "organisation", "released", "kind", "sources"} <= set(entry)
    assert all(isinstance(alias, str) for alias in entry["aliases"])
    assert set(entry.get("training", {})) <= {"sequence_length", "tokens"}
    assert entry["kind"] == "size only" or "architecture" in entry or "note" in entry
    for source in entry["sources"]:
        assert {"key", "title"} <= set(source)


def test_counts_agree_with_what_was_published(entry):
    published = entry.get("published", {})
    if "architecture" not in entry or "parameters" not in published:
        pytest.skip("no architecture, or no published size")
    architecture = read_inline(entry["architecture"]).architecture
    # Names are rounded freely: Llama 2 "7B" is 6.74B, Qwen3 "14B" 14.77B; prediction modules and
    # vision towers are in some published totals.
    totals = (total_parameters(architecture), total_parameters(architecture, mtp=True))
    stated = _number(published["parameters"])
    assert min(abs(total / stated - 1) for total in totals) < 0.06
    if "active_parameters" in published:
        stated = _number(published["active_parameters"])
        without = active_parameters_without_input_embedding(architecture)
        head = architecture.vocabulary_size * architecture.hidden_size
        candidates = (active_parameters(architecture), without, without - head)
        assert min(abs(active / stated - 1) for active in candidates) < 0.13
    assert mtp_parameters(architecture) < 0.15 * totals[0]


def test_no_alias_means_two_models():
    seen = {}
    for path in FILES:
        entry = yaml.safe_load(path.read_text(encoding="utf-8"))
        for alias in {entry["name"], *entry["aliases"]}:
            key = "".join(c for c in alias.rsplit("/", 1)[-1].lower() if c.isalnum() or c == ".")
            assert seen.setdefault(key, path.stem) == path.stem, alias


@pytest.mark.parametrize(
    ("written", "identifier"),
    [
        ("DeepSeek V3", "deepseek-v3"),
        ("meta-llama/Llama-3.1-405B", "llama-3.1-405b"),
        ("GPT-3 175B", "gpt3-175b"),
        ("LLaMA-65B", "llama-1-65b"),
        ("llama3-70B", "llama-3-70b"),
    ],
)
def test_names_as_people_write_them(written, identifier):
    found = Catalog().find("models", written)
    assert found is not None
    assert found.id == identifier


@pytest.mark.parametrize(
    ("written", "usual"),
    [
        ("qwen3.5", "qwen3.5-397b-a17b"),
        ("ministral-3", "ministral-3-8b"),
        ("granite-4", "granite-4.0-h-small"),
        ("nanochat", "nanochat-d20"),
    ],
)
def test_a_family_is_its_usual_member_and_says_so(written, usual):
    found = Catalog().find("models", written)
    assert (found.id, written in found.assumption) == (usual, True)
    assert not Catalog().find("models", usual).assumption


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        ("granite-4.0-h-micro", 3_191_396_096),  # as Ollama reports it
        ("mistral-small-3-24b", 23_572_403_200),  # the tensors of Devstral Small 2507
        ("nanochat-d32", 1_879_048_192),  # printed in run1000.sh
    ],
)
def test_counts_are_those_of_the_checkpoints(model, parameters):
    entry = yaml.safe_load((FOLDER / f"{model}.yaml").read_text(encoding="utf-8"))
    assert total_parameters(read_inline(entry["architecture"]).architecture) == parameters


@pytest.mark.parametrize(("model_type", "window"), [("ministral3", None), ("mistral", 4096)])
def test_the_window_where_a_config_states_none(model_type, window):
    """Defaults of Ministral3Config and MistralConfig."""
    fields = {"hidden_size": 4096, "num_hidden_layers": 4, "num_attention_heads": 32}
    network = read_inline({"model_type": model_type, **fields}).architecture
    blocks = [block for _, layer in network.schedule for block in layer.blocks]
    assert {block.window for block in blocks if isinstance(block, Attention)} == {window}
