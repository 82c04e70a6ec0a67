"""Launch options of a plan, read back by `init`: the same layout, batch and precision."""

import json
from dataclasses import replace

import pytest
import yaml

from costcheck import load
from costcheck.catalog.files import Catalog
from costcheck.estimate.layout_words import code_name
from costcheck.physics.layout import Offload
from costcheck.plan import plan_fleet
from costcheck.scenario.starter import from_file

PRE_TRAINING = {
    "as_of": "2026-06-30",
    "model": "llama-3.1-70b",
    "training": {"tokens": "1T", "sequence_length": "8192", "global_batch": "512"},
    "fleet": {"gpu": "h100", "count": "256"},
}
FINE_TUNING = {
    "as_of": "2026-06-30",
    "model": "llama-3.1-8b",
    "training": {
        "tokens": "1B",
        "sequence_length": "4096",
        "global_batch": "64",
        "objective": "sft",
    },
    "fleet": {"gpu": "h100", "count": "8"},
}


def with_software(case, name, **training):
    return {
        **case,
        "fleet": {**case["fleet"], "software": name},
        "training": {**case["training"], **training},
    }


def read_back(text, name="run.sh"):
    return yaml.safe_load(from_file(name, text, Catalog(), None))


CASES = [
    with_software(PRE_TRAINING, "megatron-lm"),
    with_software(PRE_TRAINING, "megatron-lm", precision="fp8"),
    with_software({**PRE_TRAINING, "model": "qwen3-30b-a3b"}, "megatron-lm"),
    with_software(PRE_TRAINING, "nemo"),
    with_software(PRE_TRAINING, "torchtitan"),
    with_software(FINE_TUNING, "torchtitan"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["fleet"]["software"])
def test_init_reads_the_options_back(case):
    found = plan_fleet(load(case), keep=1)
    split, read = found.best.layout, read_back(found.command.text)
    layout = read["layout"]
    for key in ("tensor", "pipeline", "context", "expert", "virtual", "micro_batch", "data"):
        assert float(layout.get(key, 1)) == getattr(split, key), key
    assert float(layout["zero"]) == split.zero
    recompute = code_name("recompute", float(split.recompute))
    assert layout.get("recompute", "none") == recompute.replace("operations", "selective")
    assert read["training"]["global_batch"] == found.global_batch
    assert read["training"]["sequence_length"] == int(case["training"]["sequence_length"])
    assert read["training"]["precision"] == case["training"].get("precision", "bf16")
    assert read["fleet"]["count"] == found.gpus


def test_hugging_face_options_are_read_back():
    found = plan_fleet(load(with_software(FINE_TUNING, "trl", method="lora")), keep=1)
    split, read = found.best.layout, read_back(found.command.text)
    assert read["training"]["method"] == "lora"
    assert read["layout"]["micro_batch"] == split.micro_batch
    assert float(read["layout"]["zero"]) == split.zero
    assert read["training"]["sequence_length"] == 4096


def test_deepspeed_json_is_read_back():
    found = plan_fleet(load(with_software(FINE_TUNING, "deepspeed")), keep=1)
    name, _, text = found.command.text.partition(": ")
    split, read = found.best.layout, read_back(text, name)
    written = json.loads(text)
    assert read["layout"] == {"zero": int(split.zero), "micro_batch": int(split.micro_batch)}
    assert read["training"]["global_batch"] == written["train_batch_size"] == 64
    accumulated = written["gradient_accumulation_steps"] * split.micro_batch * split.data
    assert accumulated == written["train_batch_size"]


def test_maxtext_divides_the_batch_over_its_chips():
    case = with_software(PRE_TRAINING, "maxtext")
    found = plan_fleet(load({**case, "fleet": {**case["fleet"], "gpu": "tpu-v5p"}}), keep=1)
    options = dict(word.split("=") for word in found.command.text.split() if "=" in word)
    sequences = float(options["per_device_batch_size"]) * 256
    assert sequences * float(options.get("gradient_accumulation_steps", 1)) == 512
    assert int(options["ici_fsdp_parallelism"]) == found.best.layout.data


@pytest.mark.parametrize("gpu", ["tpu-v5p", "tpu-v6e"])
@pytest.mark.parametrize("model", ["llama-3.1-70b", "qwen3-30b-a3b"])
def test_maxtext_options_are_read_back(model, gpu):
    case = with_software({**PRE_TRAINING, "model": model}, "maxtext")
    found = plan_fleet(load({**case, "fleet": {**case["fleet"], "gpu": gpu}}), keep=1)
    split, read = found.best.layout, read_back(found.command.text)
    for key in ("tensor", "pipeline", "context", "expert", "micro_batch", "data"):
        assert float(read["layout"].get(key, 1)) == getattr(split, key), key
    assert float(read["layout"]["zero"]) == split.zero
    assert read["training"]["global_batch"] == found.global_batch
    assert read["training"]["sequence_length"] == 8192
    assert read["fleet"]["count"] == found.gpus


def test_software_whose_options_are_unknown_gets_none():
    assert plan_fleet(load(with_software(FINE_TUNING, "colossalai")), keep=1).command.text == ""


def command_of(case, **layout):
    """The command of a planned file, its first layout changed."""
    found = plan_fleet(load(case), keep=1)
    best = replace(found.best, layout=replace(found.best.layout, **layout))
    return replace(found, layouts=(best,)).command


def test_servers_that_are_not_full_get_as_many_processes_each():
    case = with_software(FINE_TUNING, "trl", method="lora")
    case["training"]["global_batch"] = "60"
    case["fleet"]["count"] = "12"
    assert "--nproc-per-node 6 --nnodes 2 " in plan_fleet(load(case), keep=1).command.text


def test_gpus_that_no_equal_servers_hold_have_no_command_but_a_reason():
    case = with_software(FINE_TUNING, "trl", method="lora")
    case["training"]["global_batch"] = "55"
    case["fleet"]["count"] = "11"
    command = plan_fleet(load(case), keep=1).command
    assert not command.text
    assert "11 GPUs" in command.why_none


@pytest.mark.parametrize("software", ["maxtext", "levanter"])
def test_what_shards_gradients_only_with_weights_gets_no_zero_2(software):
    fleet = {"gpu": "tpu-v6e", "count": "256", "software": software}
    case = {**PRE_TRAINING, "model": "llama-3-8b", "fleet": fleet}
    found = plan_fleet(load(case))
    assert found.layouts
    assert not [item for item in found.layouts if item.layout.zero == 2]
    assert not found.command.missing


def test_software_whose_options_are_not_on_record_has_no_command_but_a_reason():
    command = plan_fleet(load(with_software(PRE_TRAINING, "levanter")), keep=1).command
    assert not command.text
    assert "levanter" in command.why_none


@pytest.mark.parametrize(
    ("software", "option"),
    [
        ("megatron-lm", "--decoder-last-pipeline-num-layers 17"),
        ("nemo", "model.num_layers_in_last_pipeline_stage=17"),
    ],
)
def test_a_shorter_last_stage_is_an_option_of_megatron(software, option):
    case = with_software(PRE_TRAINING, software)
    # 80 layers over 3 stages: 27, 27, 26; the option is the last stage's.
    command = command_of(case, pipeline=3.0, virtual=1.0)
    assert option.replace("17", "26") in command.text
    assert not command.missing
    assert "last" not in command_of(case, pipeline=4.0, virtual=1.0).text
    cut = command_of(case, pipeline=3.0, virtual=2.0)
    assert "unequal depth" in " ".join(cut.missing)


def test_what_the_launcher_has_no_option_for_is_said():
    case = with_software(
        FINE_TUNING, "trl", method="lora", adapter={"rank": "16", "targets": ["q_proj", "v_proj"]}
    )
    case["training"]["data"] = {"samples": "10K", "tokens_per_sample": "500", "packing": "true"}
    del case["training"]["tokens"]
    command = command_of(case, offload=float(Offload.OPTIMIZER), zero=3.0)
    assert "--lora_r 16" in command.text
    assert command.missing == ("optimizer offload", "packing", "adapter targets")
    plain = with_software(PRE_TRAINING, "megatron-lm")
    assert not command_of(plain, offload=float(Offload.OPTIMIZER), virtual=1.0).missing
