"""The table of launchers: every file has keys that are read, for targets a scenario has."""

from pathlib import Path

import pytest
import yaml

from costcheck.catalog.files import bundled_folder
from costcheck.catalog.launchers import launchers, vocabulary
from costcheck.report.formats.schemas import scenario_schema
from costcheck.text.launch_files.launcher import FLAGS, WORDS, Launcher, is_harmless, plain

SOURCE = Path(__file__).parents[2] / "src" / "costcheck"
READERS = "".join(
    path.read_text("utf-8")
    for path in (
        *SOURCE.glob("text/launch_files/*.py"),
        *SOURCE.glob("catalog/huggingface/inline.py"),
    )
)
FILES = sorted(
    path for path in Path(bundled_folder(), "launchers").glob("*.yaml") if path.stem != "words"
)
SCHEMA = scenario_schema()
SHARED = Launcher("any")
TARGETS = sorted(
    {
        target
        for launcher in launchers()
        for table in (launcher.keys, launcher.switches, launcher.defaults)
        for target in table
    }
)


def choices(node):
    """Return what the schema allows: kinds of JSON, words, mappings by their keys."""
    if "$ref" in node:
        return choices(SCHEMA["definitions"][node["$ref"].rpartition("/")[2]])
    if "anyOf" in node:
        return [each for part in node["anyOf"] for each in choices(part)]
    return [node]


def in_schema(target):
    """Return what a scenario takes under a dotted target; nothing where it has no such key."""
    section, *keys = target.split(".")
    found = (
        [SCHEMA["properties"][section]]
        if section in SCHEMA["properties"]
        else [SCHEMA["definitions"]["Stage"]]
        if section == "stage"
        else [SCHEMA["definitions"]["Stage"]["properties"][section]]
        if section in SCHEMA["definitions"]["Stage"]["properties"]
        else []
    )
    for key in keys:
        inside = [part.get("properties", {}) for node in found for part in choices(node)]
        found = [properties[key] for properties in inside if key in properties]
    return [part for node in found for part in choices(node)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_key_of_a_file_is_read(path):
    data = yaml.safe_load(path.read_text("utf-8"))
    assert data.keys() <= {*Launcher._fields, "like", "source"}


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_is_a_key_of_a_scenario_or_leads_to_one(target):
    last = target.rpartition(".")[2]
    led = f'"{target}"' in READERS or (target.startswith("model.") and f'"{last}"' in READERS)
    led = led or (target.startswith("groups.") and f'"{target.split(".")[1]}"' in READERS)
    assert in_schema(target) or led


@pytest.mark.parametrize("target", ["layout.tensr", "layout.schedul", "training.batch"])
def test_a_slip_is_no_key_of_a_scenario(target):
    assert not in_schema(target)
    assert f'"{target}"' not in READERS


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_is_read_as_what_the_scenario_takes(target):
    kinds = {str(part.get("type")) for part in in_schema(target)} - {"null"}
    if "boolean" in kinds:
        read = any(target in launcher.keys for launcher in launchers())
        assert target in FLAGS or not read
    elif kinds == {"string"} and all("enum" in part for part in in_schema(target)):
        tables = [launcher for launcher in launchers() if target in launcher.keys]
        assert target in WORDS or all(target in launcher.words for launcher in tables)


def test_words_of_tables_are_words_of_the_scenario():
    for launcher in launchers():
        meanings = [(t, w) for t, words in launcher.words.items() for w in words.values()]
        meanings += [(t, w) for t, words in launcher.switches.items() for w in words]
        for target, word in meanings:
            parts = in_schema(target)
            allowed = {w for part in parts for w in (*part.get("enum", ()), part.get("const"))}
            free = not parts or any(
                part.get("type") in ("string", "boolean") and not {"enum", "const"} & part.keys()
                for part in parts
            )
            assert free or word in {*allowed, "open", None}, (launcher.name, target, word)


def test_no_beginning_that_launchers_share_covers_what_one_of_them_reads():
    words = vocabulary()
    listed = {entry.rstrip("*") for entry in words.harmless}
    for launcher in launchers():
        lists = [
            *launcher.keys.values(),
            *(n for c in launcher.switches.values() for n in c.values()),
        ]
        read = {plain(name) for names in lists for name in names}
        for name in {name for name in read if not name.startswith("class.")}:
            ends = [name.split(".", at)[-1] for at in range(name.count(".") + 1)]
            assert not is_harmless(name, SHARED, words) or listed & set(ends), name


@pytest.mark.parametrize(
    "name",
    [
        "reward_model_path", "ref_model", "packing", "env_steps", "container_size", "error_bound",
        "critic_coef", "load_in_3bit", "num_prompt_epoch", "eval_horizon.layers", "name_of_expert",
    ],
)  # fmt: skip
def test_what_may_cost_is_never_harmless(name):
    assert not any(is_harmless(name, launcher, vocabulary()) for launcher in launchers())


@pytest.mark.parametrize(
    "name", ["eval_steps", "save_steps", "lr_warmup_steps", "wandb_project", "output_dir"]
)
def test_what_is_done_beside_training_is_harmless(name):
    assert is_harmless(name, SHARED, vocabulary())
