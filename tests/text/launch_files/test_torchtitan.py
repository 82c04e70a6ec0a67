"""torchtitan job configs."""

from costcheck.text.launch_files import read_launch_file

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
    found = read_launch_file(LLAMA, "llama.toml")
    assert found.scenario == {
        "model": "llama3-70b",
        "training": {
            "tokens": 1000 * 48 * 8192,
            "sequence_length": 8192,
            "global_batch": 48,
            "precision": "bf16",
            "optimizer": "adamw",
        },
        "fleet": {"count": 16},
        "layout": {
            "tensor": 2,
            "pipeline": 1,
            "context": 1,
            "data": 8,
            "micro_batch": 6,
            "zero": 3,
            "shard_group": 8,
            "recompute": "full",
        },
    }
    assert found.unknown == ("training.peculiar",)
    assert any("bfloat16" in line for line in found.assumed)


def test_leftover_ranks_stay_open():
    text = LLAMA.replace("data_parallel_shard_degree = 8", "data_parallel_shard_degree = -1")
    found = read_launch_file(text, "llama.toml")
    assert "fleet" not in found.scenario
    places = " ".join(found.left_open)
    for place in ("layout.data", "fleet.count", "training.global_batch", "training.tokens"):
        assert place in places


def test_float8_and_schedule():
    text = LLAMA + '[float8]\nrecipe_name = "rowwise"\n'
    text = text.replace(
        "tensor_parallel_degree = 2",
        'tensor_parallel_degree = 2\npipeline_parallel_schedule = "Interleaved1F1B"',
    )
    scenario = read_launch_file(text, "llama.toml").scenario
    assert scenario["training"]["precision"] == "fp8"
    assert scenario["layout"]["schedule"] == "interleaved"


def test_unknown_schedule_is_left_open():
    text = LLAMA.replace("[activation", 'pipeline_parallel_schedule = "Spiral"\n[activation')
    found = read_launch_file(text, "llama.toml")
    assert any("spiral" in line for line in found.left_open)


def test_broken_toml():
    assert read_launch_file("[job", "a.toml").left_open
