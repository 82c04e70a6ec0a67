import math
import re

import pytest

from costcheck.catalog.files import Catalog
from costcheck.catalog.known_runs import load_registry, subject_of, words
from costcheck.diagnostics import CostcheckError


@pytest.fixture(scope="module")
def registry():
    return load_registry(Catalog())


def test_at_least_sixty_sourced_runs(registry):
    assert len(registry) >= 60
    assert len({run.id for run in registry}) == len(registry)
    for run in registry:
        assert run.sources, run.id
        assert all(source.get("title") for source in run.sources), run.id
        assert run.figures or run.tags.get("unpublished"), run.id
        assert run.worth.words, run.id
        assert bool(run.worth.says) is run.worth.confirms, run.id
        assert run.worth.account or not run.worth.confirms, run.id


def test_no_page_is_cited_twice_in_a_file_nor_one_that_the_entry_doubts():
    catalog = Catalog()
    remarks = re.compile(r"\b(wrong|debunk\w*|doubt\w*|todo|unsure)\b", re.IGNORECASE)
    for name in catalog.document("claims/index.yaml")["files"]:
        data = catalog.document(f"claims/{name}.yaml")
        pages = [source.get("url", source["title"]) for source in data["sources"]]
        assert len(pages) == len(set(pages)), name
        cited = [key for run in data["runs"] for key in run["sources"]]
        assert set(cited) == {source["key"] for source in data["sources"]}, name
        for run in data["runs"]:
            assert {*run.get("cites", {}), *run.get("also", {})} <= {*run["figures"]}, run["id"]
            assert all(": " in told for told in run.get("also", {}).values()), run["id"]
            assert {key for keys in run.get("cites", {}).values() for key in keys} <= {
                *run["sources"]
            }
        assert all(len(run["sources"]) == len(set(run["sources"])) for run in data["runs"]), name
        assert not [s["key"] for s in data["sources"] if remarks.search(s["title"])], name


def test_gpu_hours_are_gpus_times_hours_wherever_all_three_are_published(registry):
    # Two accounts disagree with themselves as published: hours of two phases, throughput-derived.
    loose = 0
    for run in registry:
        if {"gpus", "duration", "gpu_hours"} <= set(run.figures):
            product = run.figures["gpus"].value * run.figures["duration"].value
            loose += abs(math.log(run.figures["gpu_hours"].value / product)) > 0.25
    assert loose <= 2


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("deepseek-r1", "DeepSeek-R1"),
        ("DeepSeek R1", "DeepSeek-R1"),
        ("DeepSeek-R1 (RL stage)", "DeepSeek-R1"),
        ("DeepSeek-V3 cluster", "DeepSeek-V3"),
        ("DeepSeek-V3 vs Llama-3.1-405B", "DeepSeek-V3"),
        ("GPT-3 175B", "GPT-3"),
        ("openai-o1", "OpenAI-o1"),
        ("Llama 3.1 405B", "Llama-3.1-405B"),
        ("GPT-4o", "GPT-4o"),
        ("BLOOM", "BLOOM-176B"),
        ("GPT-4 Turbo", None),
        ("Kimi K2 Thinking", "Kimi-K2-Thinking"),
        ("DeepSeek-V3.2", None),
        ("", None),
        (None, None),
    ],
)
def test_names_as_texts_write_them(registry, name, subject):
    assert subject_of(name, registry) == subject


def test_words():
    assert words("DeepSeek-V3 (all stages)") == ("deepseek", "v3")


def test_what_a_run_names_and_nothing_looks_at_is_told_at_once(tmp_path):
    (tmp_path / "claims").mkdir()
    for name in Catalog().document("claims/index.yaml")["files"]:
        (tmp_path / "claims" / f"{name}.yaml").write_text("{sources: [], runs: []}")
    (tmp_path / "claims" / "others.yaml").write_text(
        "sources: [{key: a, title: A paper}]\n"
        "runs:\n"
        "- {id: x, subject: X, stage: pre-trainning, scope: all, standing: develloper,"
        " sources: [b], figures: {gpuz: 5}}\n"
    )
    with pytest.raises(CostcheckError) as caught:
        load_registry(Catalog([tmp_path]))
    found = caught.value.diagnostics
    assert [item.code for item in found] == ["CC126"] * 4
    told = " ".join(f"{item.message} {item.help}" for item in found)
    for word in ("'pre-training'?", "'developer'?", "'gpus'?", "no source is called 'b'"):
        assert word in told
