"""torchtitan job configs."""

from tests.text.launch_files.reading import read

LLAMA = """
[job]
description = "a run"
[model]
name = "llama3"
flavor = "70B"
[training]
local_batch_size = 6
seq_len = 8192
steps = 1000
peculiar = 3
[parallelism]
data_parallel_shard_degree = 8
tensor_parallel_degree = 2
[activation_checkpoint]
mode = "full"
[optimizer]
name = "AdamW"
"""


def test_job_config_becomes_a_scenario():
    found = read(LLAMA, "llama.toml")
    assert found.scenario == {
        "model": "llama3-70b",
        "training": {
            "tokens": 1000 * 48 * 8192,
            "sequence_length": 8192,
            "global_batch": 48,
            "precision": "bf16",
            "optimizer": "adamw",
        },
        "fleet": {"count": 16, "software": "torchtitan"},
        "layout": {
            "tensor": 2,
            "pipeline": 1,
            "context": 1,
            "data": 8,
            "micro_batch": 6,
            "zero": "3",
            "shard_group": 8,
            "recompute": "full",
        },
    }
    assert found.unknown == ("line 11: training.peculiar 3",)
    assert any("bfloat16" in line for line in found.assumed)


def test_leftover_ranks_stay_open():
    text = LLAMA.replace("data_parallel_shard_degree = 8", "data_parallel_shard_degree = -1")
    found = read(text, "llama.toml")
    assert found.scenario["fleet"] == {"software": "torchtitan"}
    places = " ".join((*found.left_open, *found.gaps))
    assert "fleet.count" in places
    assert "data" not in found.scenario["layout"]


def test_steps_and_the_batch_of_a_rank_are_kept_where_only_the_ranks_are_open():
    text = LLAMA.replace("data_parallel_shard_degree = 8", "data_parallel_shard_degree = -1")
    found = read(text, "llama.toml").scenario
    assert found["training"]["steps"] == 1000
    assert (found["layout"]["micro_batch"], found["layout"]["accumulation"]) == (6, 1)
    stated = read(
        text.replace("steps = 1000", "global_batch_size = 96\nsteps = 1000"), "llama.toml"
    )
    assert stated.scenario["training"]["tokens"] == 1000 * 96 * 8192


def test_float8_and_schedule():
    text = LLAMA + '[float8]\nrecipe_name = "rowwise"\n'
    text = text.replace(
        "tensor_parallel_degree = 2",
        'pipeline_parallel_degree = 2\npipeline_parallel_schedule = "Interleaved1F1B"',
    )
    scenario = read(text, "llama.toml").scenario
    assert scenario["training"]["precision"] == "fp8"
    assert scenario["layout"]["schedule"] == "interleaved"


def test_a_schedule_without_a_pipeline_is_none():
    text = LLAMA.replace(
        "[activation", 'pipeline_parallel_schedule = "Interleaved1F1B"\n[activation'
    )
    assert "schedule" not in read(text, "llama.toml").scenario["layout"]


def test_unknown_schedule_is_left_open():
    text = LLAMA.replace(
        "[activation",
        'pipeline_parallel_degree = 2\npipeline_parallel_schedule = "Spiral"\n[activation',
    )
    assert "Spiral" in read(text, "llama.toml").gaps["layout.schedule"]


def test_a_converter_decides_the_precision():
    text = LLAMA.replace("[training]", 'converters = ["quantize.linear.float8"]\n[training]')
    assert read(text, "llama.toml").scenario["training"]["precision"] == "fp8"


def test_names_of_2024():
    text = LLAMA.replace("[parallelism]", "").replace("local_batch_size", "batch_size")
    text = text.replace("data_parallel_shard_degree", "data_parallel_degree")
    assert read(text, "llama.toml").scenario == read(LLAMA, "llama.toml").scenario


def test_broken_toml():
    assert "no valid TOML" in read("[job", "a.toml").refused
