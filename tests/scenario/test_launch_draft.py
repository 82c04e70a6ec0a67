"""Drafts from launch files: recognised or refused, nothing stated that the file does not say."""

import pytest
import yaml

from costcheck.api import estimate
from costcheck.catalog.files import Catalog
from costcheck.catalog.launchers import launchers
from costcheck.catalog.model_names import named_model
from costcheck.catalog.performance import performance_data
from costcheck.diagnostics import CostcheckError
from costcheck.scenario.launch_draft import launch_draft
from costcheck.scenario.load import load
from tests.shared_data import shared_path

CATALOG = Catalog()

AXOLOTL = """base_model: meta-llama/Llama-3.1-8B
adapter: qlora
load_in_4bit: true
sequence_len: 4096
micro_batch_size: 2
gradient_accumulation_steps: 4
max_steps: 100
optimizer: paged_adamw_8bit
gradient_checkpointing: true
bf16: auto
lora_r: 16
"""

TRL = """#!/bin/bash
#SBATCH --nodes=2
#SBATCH --gres=gpu:a100:8
accelerate launch sft.py --model_name_or_path Qwen/Qwen3-8B \\
  --per_device_train_batch_size 2 --gradient_accumulation_steps 4 --max_steps 500 \\
  --max_length 8192 --bf16 --gradient_checkpointing
"""

KUBERNETES = """apiVersion: kubeflow.org/v1
kind: PyTorchJob
spec:
  pytorchReplicaSpecs:
    Master:
      replicas: 1
      template: &pod
        spec:
          nodeSelector: {cloud.google.com/gke-accelerator: nvidia-h100-80gb}
          containers:
            - command: [torchrun, train.py, --model_name_or_path, Qwen/Qwen3-8B]
              resources: {limits: {nvidia.com/gpu: 8}}
    Worker:
      replicas: 3
      template: *pod
"""

SKYPILOT = """resources:
  accelerators: {H100: 8}
num_nodes: 4
run: |
  axolotl train config.yaml --base_model Qwen/Qwen3-8B
"""

NEOX = """{"pipe_parallel_size": 2, "model_parallel_size": 2, "num_layers": 24, "hidden_size": 1024,
 "num_attention_heads": 16, "seq_length": 2048, "pos_emb": "rotary", "no_weight_tying": true,
 "train_micro_batch_size_per_gpu": 4, "gradient_accumulation_steps": 2, "train_iters": 1000}"""

NANOTRON = """model:
  dtype: bfloat16
  model_config: {hidden_size: 2048, intermediate_size: 8192, num_attention_heads: 32,
    num_hidden_layers: 16, num_key_value_heads: 8, tie_word_embeddings: true, vocab_size: 128256}
parallelism: {dp: 4, pp: 1, tp: 2, tp_mode: REDUCE_SCATTER}
optimizer: {zero_stage: 1}
tokens: {batch_accumulation_per_replica: 2, micro_batch_size: 4, sequence_length: 4096,
  train_steps: 100}
"""


def drafted(text, name="run.yaml"):
    """Return a draft as data, after it has been read as a scenario."""
    draft = launch_draft(name, text, CATALOG)
    load("draft.yaml", text=draft, catalog=CATALOG)
    return yaml.safe_load(draft)


def test_an_adapter_over_four_bits():
    draft = drafted(AXOLOTL)
    assert draft["model"] == "llama-3.1-8b"
    assert draft["training"]["method"] == "qlora"
    assert draft["training"]["optimizer"] == "adamw-8bit"
    assert draft["training"]["adapter"]["base"] == "nf4"
    assert "tokens" not in draft["training"]  # steps of a batch whose ranks nobody knows


def test_a_scheduler_tells_the_fleet():
    draft = drafted(TRL, "job.sbatch")
    assert draft["fleet"] == {
        "gpu": "a100-sxm4-80gb", "gpus_per_node": 8, "count": 16,
        "software": "hf-trainer",
    }  # fmt: skip
    assert draft["training"]["global_batch"] == 2 * 4 * 16
    assert draft["training"]["tokens"] == 500 * 128 * 8192


@pytest.mark.parametrize(("text", "count"), [(KUBERNETES, 32), (SKYPILOT, 32)])
def test_a_cluster_tells_the_fleet(text, count):
    draft = drafted(text)
    assert draft["model"] == "qwen3-8b"
    assert draft["fleet"]["gpu"].startswith("h100")
    assert draft["fleet"]["count"] == count
    assert "tokens" not in draft.get("training", {})


def test_gpt_neox_by_its_own_names():
    draft = drafted(NEOX)
    assert draft["layout"] == {
        "pipeline": 2, "tensor": 2, "micro_batch": 4, "accumulation": 2, "schedule": "1f1b",
    }  # fmt: skip
    assert draft["model"]["tied_embeddings"] is False
    assert draft["model"]["ffn_size"] == 4096
    assert "count" not in draft.get("fleet", {})


def test_a_whole_network_in_the_file():
    draft = drafted(NANOTRON)
    total = estimate({"model": draft["model"]})["parameters_total"]
    assert total.central == 1_235_814_400  # the released Llama 3.2 1B has this shape
    assert draft["training"]["global_batch"] == 4 * 2 * 4
    assert draft["training"]["tokens"] == 100 * 32 * 4096


def test_each_line_names_its_origin():
    lines = launch_draft("run.yaml", AXOLOTL, CATALOG).splitlines()
    stated = [line for line in lines if ": " in line and not line.startswith(("#", "name"))]
    origins = ("# line ", "open:", "default", "# the file is one of Axolotl")
    assert all(any(origin in line for origin in origins) for line in stated)
    assert any("sequence_length: 4096" in line and "line 4: sequence_len" in line for line in lines)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("LICENSE", "MIT License\n\nPermission is hereby granted, free of charge, to any person"),
        ("notes.txt", "hello world"),
        ("compose.yaml", "services:\n  web: {image: nginx, ports: [80]}\n"),
        ("empty.sh", ""),
        ("package.json", '{"name": "x", "version": "1"}'),
        ("setup.py", "from setuptools import setup\nsetup(name='x', version='1')\n"),
    ],
)
def test_what_is_not_recognised_is_refused_with_the_formats(name, text):
    with pytest.raises(CostcheckError) as caught:
        launch_draft(name, text, CATALOG)
    (problem,) = caught.value.diagnostics
    assert problem.code == "CC041"
    assert "Megatron-LM" in problem.help
    assert "config.json" in problem.help


def test_an_article_becomes_claims_by_its_ending_and_its_figures():
    text = "Meta trained Llama 3.1 405B on 16,384 H100 GPUs."
    assert "16,384" in launch_draft("news.txt", text, CATALOG)
    for name in ("news", "news.cfg"):
        with pytest.raises(CostcheckError) as caught:
            launch_draft(name, text, CATALOG)
        assert "--claims" in caught.value.diagnostics[0].help


def test_an_encoder_is_recognised_and_refused():
    text = "torchrun pretrain_bert.py --num-layers 24 --hidden-size 1024 --num-attention-heads 16"
    with pytest.raises(CostcheckError) as caught:
        launch_draft("bert.sh", text, CATALOG)
    (problem,) = caught.value.diagnostics
    assert (problem.code, "BERT" in problem.message) == ("CC042", True)


GPT_3_SHAPE = """torchrun --nproc_per_node 8 pretrain_gpt.py --num-layers 96 --hidden-size 12288 \\
  --num-attention-heads 96 --seq-length 2048 --max-position-embeddings 2048 --bf16 \\
  --micro-batch-size 1 --global-batch-size 8 --vocab-file $1 --train-iters 10
"""


def test_a_vocabulary_is_taken_from_a_shape_only_where_all_models_of_it_agree():
    shaped = drafted(GPT_3_SHAPE, "gpt3.sh")["model"]
    assert "vocabulary_size" not in shaped  # GPT-3 and OPT share the shape
    stated = drafted(GPT_3_SHAPE.replace("--vocab-file $1", "--vocab-size 50257"), "gpt3.sh")
    assert stated["model"]["vocabulary_size"] == 50304


def test_a_script_that_states_its_architecture():
    text = """#SBATCH --nodes=4
    ARGS=(--max_context_width=4096 --num_key_value_heads=8 --intermediate_size=14336
      --hidden_width=4096 --num_layers=32 --num_heads=32 --model_type=llama_v3 --vocab_size 128256)
    srun torchrun --nproc_per_node=8 --nnodes=$SLURM_JOB_NUM_NODES train.py "${ARGS[@]}"
    """
    draft = drafted(text, "job.sbatch")
    assert draft["fleet"] == {"gpus_per_node": 8, "count": 32}
    # The tied head is Llama 3 8B's 8,030,261,248 without its second table.
    total = estimate({"model": {**draft["model"], "tied_embeddings": "false"}})["parameters_total"]
    assert total.central == 8_030_261_248


FACTORY = """
model_name_or_path: meta-llama/Meta-Llama-3-8B-Instruct
stage: sft
finetuning_type: lora
lora_rank: 8
lora_target: {}
template: llama3
cutoff_len: 2048
"""
VERL = """python3 -m verl.trainer.main_ppo actor_rollout_ref.model.path=$HOME/Qwen/Qwen3-8B \\
  algorithm.adv_estimator=grpo data.train_batch_size=128 actor_rollout_ref.rollout.n=8 \\
  actor_rollout_ref.actor.ppo_mini_batch_size=32 data.max_response_length=4096 \\
  data.max_prompt_length=512 actor_rollout_ref.rollout.tensor_model_parallel_size=2 \\
  trainer.nnodes=2 trainer.n_gpus_per_node=8 trainer.total_training_steps=100"""
OPENRLHF = """python3 -m openrlhf.cli.train_ppo_ray --ref_num_nodes 1 --ref_num_gpus_per_node 2 \\
  --actor_num_nodes 1 --actor_num_gpus_per_node 4 --critic_num_nodes 1 \\
  --critic_num_gpus_per_node 4 --vllm_num_engines 2 --vllm_tensor_parallel_size 2 \\
  --pretrain Qwen/Qwen3-8B --train_batch_size 128 --rollout_batch_size 1024 \\
  --micro_train_batch_size 1 --generate_max_len 1024 --zero_stage 3 --bf16 {}"""
GRPO = """
model_name_or_path: Qwen/Qwen3-8B
learning_rate: 2.0e-05
gradient_accumulation_steps: 4
per_device_train_batch_size: 16
num_generations: 16
max_completion_length: 1024
max_prompt_length: 512
max_steps: 500
"""


def test_reinforcement_learning_is_a_stage_with_its_rollouts():
    draft = drafted(VERL, "grpo.sh")
    assert draft["model"] == "qwen3-8b"
    assert draft["stages"] == [
        {
            "name": "reinforcement learning",
            "kind": "grpo",
            "rollouts": {
                "prompts_per_step": 128, "answers_per_prompt": 8, "longest_answer": 4096,
                "engine": {"tensor": 2}, "prompts": 12800,
            },
        }
    ]  # fmt: skip
    # verl multiplies ppo_mini_batch_size by the answers of a prompt: config documentation
    assert draft["training"]["global_batch"] == 32 * 8


@pytest.mark.parametrize(("placed", "count"), [("", 14), ("--colocate_all_models", 4)])
def test_parts_of_a_run_share_accelerators_or_add_up(placed, count):
    draft = drafted(OPENRLHF.format(placed), "ppo.sh")
    assert draft["fleet"]["count"] == count
    assert draft["layout"]["data"] == 4
    assert draft["stages"][0]["kind"] == "ppo"
    assert ("gpus" in draft["stages"][0]["rollouts"]["engine"]) == (not placed)


def test_answers_of_a_rank_wait_for_the_fleet():
    draft = drafted(GRPO, "grpo.yaml")
    assert draft["layout"]["accumulation"] == 4
    assert draft["stages"][0]["rollouts"] == {"answers_per_prompt": 16, "longest_answer": 1024}


def test_epochs_of_an_update_are_not_those_of_the_prompts():
    draft = launch_draft("ppo.sh", OPENRLHF.format("--max_epochs 2 --num_episodes 20"), CATALOG)
    assert "update_passes: 2" in draft
    assert "--num_episodes 20)" in draft


def test_two_numbers_for_one_key_leave_it_open():
    draft = drafted(TRL + "# nothing", "job.sbatch")
    assert draft["training"]["sequence_length"] == 8192
    text = launch_draft("job.sbatch", TRL.replace("--bf16", "--block_size 512 --bf16"), CATALOG)
    assert "# sequence_length: " in text
    assert "--max_length 8192, but line 6: --block_size 512" in text


def test_who_scores_answers_is_told():
    more = " reward_model.enable=True reward_model.model.path=a/RM-70B critic.ppo_epochs=4"
    draft = launch_draft("ppo.sh", VERL + more, CATALOG)
    assert "# scorers: " in draft
    assert "critic.ppo_epochs 4" in draft.partition("name:")[0]


@pytest.mark.parametrize(
    ("written", "targets"),
    [("all", "all-linear"), ("q_proj,v_proj", ["q_proj", "v_proj"]), ("mystery_proj", None)],
)
def test_modules_of_adapters_by_the_launchers_words(written, targets):
    text = FACTORY.format(written)
    adapter = drafted(text)["training"]["adapter"]
    assert adapter.get("targets") == targets
    assert adapter["rank"] == 8


@pytest.mark.parametrize(
    ("written", "model"),
    [
        ("Qwen/Qwen2.5-Math-7B-Instruct", "qwen2.5-7b"),  # its model card: base_model Qwen2.5-7B
        ("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "llama-3.1-8b"),  # DeepSeek-R1's README
        ("lmsys/vicuna-13b-v1.5", "llama-2-13b"),
        ("llama3_1/8B_lora_single_device", "llama-3.1-8b"),  # a recipe of torchtune
        ("stabilityai/stablelm-2-1_6b", {"parameters": "1.6B"}),
        ("/hub/LLM-Research/Llama-3___2-3B", "llama-3.2-3b"),  # a folder of ModelScope
        # The head of this one is not tied, that of its base is: no twin of it.
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B", {"parameters": "1.5B"}),
    ],
)
def test_names_of_the_hub_stand_for_their_layers(written, model):
    text = FACTORY.format("all").replace("meta-llama/Meta-Llama-3-8B-Instruct", written)
    assert drafted(text)["model"] == model


@pytest.mark.parametrize(
    ("start", "count"),
    [
        ("CUDA_VISIBLE_DEVICES=1,2,3,5 NPROC_PER_NODE=4 swift sft --train_type lora", 4),
        ("export CUDA_VISIBLE_DEVICES=0,1\npython train_sft.py", 2),
        ("deepspeed --include localhost:0,1,2,3,4,5 train_sft.py", 6),
        ("CUDA_VISIBLE_DEVICES=$1 python train_sft.py", None),
    ],
)
def test_listed_gpus_are_the_fleet(start, count):
    text = f"{start} --model_name_or_path Qwen/Qwen3-8B --model Qwen/Qwen3-8B --max_length 2048 "
    draft = drafted(text + "--per_device_train_batch_size 1 --learning_rate 1e-5", "run.sh")
    assert draft.get("fleet", {}).get("count") == count


def test_a_network_without_its_ffn_width_is_open():
    text = """python train.py --num_layers=32 --hidden_width=4096 --num_heads=32 \\
      --vocab_size=32000 --max_context_width=4096"""
    draft = launch_draft("train.sh", text, CATALOG)
    assert "model" not in (yaml.safe_load(draft) or {})
    assert "model.ffn_size: the file does not state it" in draft


def test_what_all_branches_say_is_said():
    text = """OPTIONS=(--num-layers 32 --hidden-size 4096 --num-attention-heads 32)
if [[ "$1" == mock ]]; then
  OPTIONS+=("--mock-data" "--vocab-size 128256" "--bf16")
else
  OPTIONS+=("--data-path $2" "--vocab-size 128256" "--fp16")
fi
torchrun --nproc_per_node 8 pretrain_gpt.py "${OPTIONS[@]}" --seq-length 4096
"""
    draft = drafted(text, "run.sh")
    assert draft["model"]["vocabulary_size"] == 128256
    assert "precision" not in draft["training"]


def test_a_guard_that_ends_the_script_is_passed():
    text = """IMAGE=""
if [ -z "$IMAGE" ]; then echo "set IMAGE"; exit 1; fi
torchrun --nproc_per_node 8 run_recipe.py --recipe llama3_8b_pretrain_config \\
  train.train_iters=10 train.global_batch_size=64 model.seq_length=4096 \\
  model.tensor_model_parallel_size=2
"""
    draft = drafted(text, "run.sh")
    assert draft["model"] == "llama-3-8b"
    assert draft["training"]["tokens"] == 10 * 64 * 4096


NEMO_RL = """
policy:
  model_name: Qwen/Qwen3-8B
  train_micro_batch_size: 1
  dtensor_cfg: {{enabled: {dtensor}, tensor_parallel_size: 2}}
  megatron_cfg:
    enabled: {megatron}
    tensor_model_parallel_size: 4
    pipeline_model_parallel_size: 2
grpo: {{num_prompts_per_step: 32, num_generations_per_prompt: 16}}
cluster: {{gpus_per_node: 8, num_nodes: 2}}
"""


@pytest.mark.parametrize(
    ("dtensor", "megatron", "layout"),
    [
        ("true", "false", {"tensor": 2, "data": 8}),
        ("false", "true", {"tensor": 4, "pipeline": 2, "data": 2}),
    ],
)
def test_what_is_switched_off_states_nothing(dtensor, megatron, layout):
    draft = drafted(NEMO_RL.format(dtensor=dtensor, megatron=megatron))
    assert {key: draft["layout"].get(key) for key in layout} == layout
    assert ("pipeline" in draft["layout"]) == ("pipeline" in layout)


def test_a_slice_of_tpus_is_chips_and_not_ranks():
    text = """xpk workload create --device-type=tpu7x-4x4x4 --num-slices=2 \\
  --command="python3 -m MaxText.train base.yml model_name=llama3.1-8b per_device_batch_size=4 \\
  max_target_length=8192 steps=30" """
    draft = drafted(text, "run.sh")
    assert draft["fleet"] == {"gpu": "tpu-v7", "count": 128, "software": "maxtext"}
    # A chip of this generation shows two devices, each with a batch of its own.
    assert "data" not in draft["layout"]
    assert "accumulation" not in draft["layout"]


def test_a_command_of_several_lines_stays_in_its_comment():
    text = """integrations: [{integration_type: git_repo}]
command: |
  cd scripts
  composer train.py
compute: {gpus: 16}
parameters:
  max_seq_len: 2048
  global_train_batch_size: 64
  device_train_microbatch_size: 4
  max_duration: 100ba
  model: {name: mpt_causal_lm, d_model: 2048, n_layers: 24, n_heads: 16, expansion_ratio: 4,
    vocab_size: 50368}
"""
    draft = drafted(text)
    assert draft["fleet"]["count"] == 16
    assert draft["training"]["tokens"] == 100 * 64 * 2048


FACTS = {
    "b01_comment_backslash.sh": {"layout.tensor": 4, "layout.pipeline": 12, "fleet.count": 384},
    "b02_unresolved_parallel_is_one.sh": {"layout.tensor": 4, "fleet.count": 128},
    "b03_last_branch_wins.sh": {"model.layers": 32, "model.hidden_size": 4096, "model.heads": 32},
    "b04_literal_condition.sh": {"training.precision": "fp8"},
    "b05_colon_equals_default.sh": {"model.layers": 36, "layout.tensor": 4, "fleet.count": 16},
    "b06_nested_arithmetic.sh": {"training.global_batch": 64, "fleet.count": 8},
    "b07_optimizer_adam.sh": {"training.optimizer": "adamw"},
    "b08_hybrid_pattern.yaml": {"model.model_type": "nemotron_h", "layout.expert": 64},
    "b09_torchtitan_2024.toml": {"layout.tensor": 8, "layout.data": 16, "fleet.count": 128},
    "b10_gpt_neox_70b.yml": {"model.ffn_size": 28672, "model.kv_heads": 8, "layout.tensor": 8},
    "b11_llama_factory.yaml": {"training.method": "full", "layout.zero": 3, "fleet.count": None},
    "b12_skypilot.yaml": {"model": "gpt-oss-120b", "fleet.count": 32, "fleet.gpus_per_node": 8},
    "b13_mindspeed_moe.sh": {"model.layers": 61, "model.experts.first_dense": 3},
    "b15_titan_float8_converter.toml": {"training.precision": "fp8", "model": "llama-3-8b"},
    "b16_titan_schedule_pp1.toml": {"layout.schedule": None, "layout.pipeline": 1},
    "b17_geglu_kvheads.sh": {"model.kv_heads": 4, "model.norm": "rms", "model.gated": True},
}
"""What the reviewed files say, by their review; None where a draft must stay silent."""


@pytest.mark.parametrize("name", FACTS)
def test_files_of_the_review(name):
    file = shared_path(f"validation/files/launch/{name}")
    draft = drafted(file.read_text("utf-8"), name)
    for path, value in FACTS[name].items():
        found = draft
        for key in path.split("."):
            found = (found or {}).get(key)
        assert found == value, path


@pytest.mark.parametrize(
    ("name", "total"),
    [("b08_hybrid_pattern.yaml", 120.7e9), ("b13_mindspeed_moe.sh", 671_026_404_352)],
)
def test_networks_of_the_review_have_their_size(name, total):
    file = shared_path(f"validation/files/launch/{name}")
    draft = drafted(file.read_text("utf-8"), name)
    found = estimate({"model": draft["model"]})["parameters_total"]
    assert found.central == pytest.approx(total, rel=3e-3)


@pytest.mark.parametrize(
    ("command", "micro"),
    [
        ("axolotl train conf.yaml", 2),
        ("accelerate launch -m axolotl.cli.train conf.yaml", 2),
        ("axolotl train conf.yaml --micro-batch-size 8", 8),
    ],
)
def test_a_config_that_a_script_writes_speaks_below_its_command(command, micro):
    draft = drafted(f"cat > conf.yaml <<EOF\n{AXOLOTL}EOF\n{command}\n", "run.sh")
    assert draft["model"] == "llama-3.1-8b"
    assert draft["fleet"]["software"] == "axolotl"
    assert draft["training"]["method"] == "qlora"
    assert draft["layout"]["micro_batch"] == micro
    assert draft["layout"]["accumulation"] == 4


def test_a_config_that_a_script_writes_is_read_as_if_it_were_a_file():
    text = """size=20480
    sbatch --wrap "bash -c 'ignored'"
    cat > run.yaml << EOF
    model_name_or_path: Qwen/Qwen3-8B
    stage: sft
    finetuning_type: lora
    lora_rank: 64
    cutoff_len: $size
    template: qwen3
    per_device_train_batch_size: 2
    EOF
    torchrun -m llamafactory.cli train run.yaml
    """.replace("\n    ", "\n")
    draft = drafted(text, "run.sh")
    assert draft["model"] == "qwen3-8b"
    assert draft["training"]["sequence_length"] == 20480
    assert draft["training"]["adapter"]["rank"] == 64


TITAN = "{}torchrun ./torchtitan/train.py --job.config_file ./configs/{}.toml"


@pytest.mark.parametrize(
    ("before", "config", "model"),
    [
        ("", "llama3_8b_bench", "llama-3-8b"),
        ("", "llama3_3b", {"parameters": "3B"}),
        ("# Base model: Qwen/Qwen3-8B\n", "a", "qwen3-8b"),
        ("# Data: someone/mix-2B\n", "a", None),
        ("cp llama3_70b.toml .\n", "llama3_8b", None),
    ],
)
def test_the_model_of_a_silent_script_is_the_one_its_config_or_a_comment_names(
    before, config, model
):
    assert drafted(TITAN.format(before, config), "train.sh").get("model") == model


def test_a_network_that_no_option_says_is_not_drafted_of_defaults():
    text = "train: {global_batch_size: 64, micro_batch_size: 1, train_iters: 50}\n"
    text += "model: {tensor_model_parallel_size: 4, pipeline_model_parallel_size: 2}\n"
    assert "Megatron's default LayerNorm" not in launch_draft("sft.yaml", text, CATALOG)


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("kimi-k2-1t", "kimi-k2"),
        ("Qwen/Qwen2.5-7B-SomeTune", "qwen2.5-7b"),
        ("llama3_8b_n8_benchmark", "llama-3-8b"),
        ("llama3_3b", None),
        ("my-llama-3-1b", None),
    ],
)
def test_a_longer_name_is_a_model_of_its_beginning_where_the_sizes_agree(written, known):
    found = named_model(CATALOG, written)
    assert (found and found.id) == known


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("merge.yaml", f"{AXOLOTL}export_dir: models/merged\n"),
        ("generate.sh", GPT_3_SHAPE.replace("pretrain_gpt.py", "tools/generate_samples_gpt.py")),
        ("rollout.sh", "python3 -m verl.trainer.main_generation model.path=Qwen/Qwen3-8B data.n=4"),
    ],
)
def test_what_generates_or_exports_is_no_training(name, text):
    with pytest.raises(CostcheckError) as caught:
        launch_draft(name, text, CATALOG)
    assert caught.value.diagnostics[0].code == "CC041"


def test_tokens_that_end_a_run_come_before_its_samples():
    # Megatron-DeepSpeed stops at --train-tokens; its samples are twice as many, to be sure.
    text = GPT_3_SHAPE.replace("--train-iters 10", "--train-samples 800 --train-tokens 819200")
    assert drafted(text, "gpt3.sh")["training"]["tokens"] == 819200


def test_an_array_that_was_empty_can_grow():
    text = f'ARGS=()\nARGS+=" --bf16"\n{GPT_3_SHAPE}'
    assert drafted(text, "gpt3.sh")["model"]["layers"] == 96


@pytest.mark.parametrize(
    ("guard", "tensor"),
    [
        ('if [ -z "$TP" ]; then TP=8; fi', 8),
        ('if [[ -z "${TP:-}" ]]; then\n  echo "the default"\n  TP=8\nfi', 8),
        ('TP=2\nif [ -z "$TP" ]; then TP=8; fi', 2),
        ('if [ -z "$TP" ]; then TP=8; else TP=4; fi', None),
        ('if [ -z "$TP" ]; then TP=8; exit 1; fi', None),
        ('if [ -z "$HOME_TP" ]; then TP=8; fi', None),
    ],
)
def test_a_default_of_an_unset_variable_is_the_files_own(guard, tensor):
    launch = GPT_3_SHAPE.replace("--bf16", "--bf16 --tensor-model-parallel-size $TP")
    assert drafted(f"{guard}\n{launch}", "gpt3.sh")["layout"].get("tensor") == tensor


PIPELINED = """torchrun --nproc-per-node 8 --nnodes 8 pretrain_gpt.py {options} \\
  --tensor-model-parallel-size 2 --num-layers 32 --hidden-size 4096 --ffn-hidden-size 14336 \\
  --num-attention-heads 32 --swiglu --vocab-size 128256 --seq-length 8192 --bf16 \\
  --micro-batch-size 1 --global-batch-size 512 --train-iters 50000 --use-distributed-optimizer
"""


@pytest.mark.parametrize(
    ("options", "schedule", "recompute"),
    [
        ("--pipeline-model-parallel-size 2", "1f1b", "none"),
        ("--pipeline-model-parallel-size 1", None, "none"),
        (
            "--pipeline-model-parallel-size 2 --num-layers-per-virtual-pipeline-stage 4",
            None,
            "none",
        ),
        ("--pipeline-model-parallel-size 2 --recompute-granularity full", "1f1b", "full"),
    ],
)
def test_what_a_launcher_does_by_itself_is_stated_not_tuned(options, schedule, recompute):
    text = launch_draft("run.sh", PIPELINED.format(options=options), CATALOG)
    draft = yaml.safe_load(text)
    assert draft["fleet"]["software"] == "megatron-lm"
    assert draft["layout"].get("schedule") == schedule
    assert draft["layout"]["recompute"] == recompute
    assert ("layout.schedule: Megatron-LM's default 1f1b" in text) == (schedule is not None)
    draft["fleet"]["gpu"] = "h100"
    notes = " ".join(estimate(draft, samples=100).notes)
    assert "dualpipe" not in notes
    assert "completed to" not in notes


def test_every_launcher_s_software_is_one_whose_abilities_are_known():
    data = performance_data(CATALOG)
    for launcher in launchers():
        if launcher.software:
            assert data.bundle(software=launcher.software, sharded=False, date="2026-11-29").known


SLIME = """MODEL_ARGS=(--num-layers 36 --hidden-size 2048)
ROLLOUT_ARGS=(--hf-checkpoint /root/Qwen2.5-3B/ --num-rollout 3000 --rollout-batch-size 32
  --n-samples-per-prompt 8 --rollout-max-response-len 512 --global-batch-size 256)
ray job submit -- python3 train.py --actor-num-nodes 1 --actor-num-gpus-per-node 4 {placed} \\
  --tensor-model-parallel-size 2 --advantage-estimator grpo ${{MODEL_ARGS[@]}} ${{ROLLOUT_ARGS[@]}}
"""


@pytest.mark.parametrize(("placed", "count"), [("--rollout-num-gpus 4", 8), ("--colocate", 4)])
def test_slime_trains_on_megatron_what_its_engines_answer(placed, count):
    # docs/en/get_started/usage.md of the project: rollout GPUs come on top unless colocated
    draft = yaml.safe_load(launch_draft("run.sh", SLIME.format(placed=placed), CATALOG))
    assert draft["model"] == "qwen2.5-3b"
    assert (draft["fleet"]["count"], draft["layout"]["tensor"]) == (count, 2)
    rollouts = draft["stages"][0]["rollouts"]
    assert (rollouts["prompts"], rollouts["answers_per_prompt"]) == (96000, 8)


LISTED = """PARAMS=(
  --num-layers 24 --hidden-size 2048 --num-attention-heads 16 --seq-length 4096
  --tokenizer-type Llama2Tokenizer --tokenizer-model ${DIR}/our-own-v4.model
  --micro-batch-size 1 --global-batch-size 512 --train-iters 1000
)
"""


def test_a_script_that_only_lists_options_is_read_and_a_tokenizer_class_is_no_vocabulary():
    draft = yaml.safe_load(launch_draft("params.sh", LISTED, CATALOG))
    assert draft["training"]["tokens"] == 1000 * 512 * 4096
    assert "vocabulary_size" not in draft["model"]


FOUNDRY = """max_seq_len: 4096
model: {name: mosaic_llama2_3b, d_model: 2560, n_heads: 20, n_layers: 32, intermediate_size: 6912,
  vocab_size: 32000}
global_train_batch_size: 32
device_train_microbatch_size: 8
max_duration: 800ba
"""


def test_defaults_of_one_network_are_not_those_of_another():
    draft = yaml.safe_load(launch_draft("train.yaml", FOUNDRY, CATALOG))
    assert draft["model"]["gated"] is True
    assert (draft["model"]["norm"], draft["model"]["ffn_size"]) == ("rms", 6912)
    silent = FOUNDRY.replace(FOUNDRY.split("\n")[1], "model: {train_unet: true,")
    assert "\nmodel:" not in launch_draft(
        "train.yaml", silent.replace("\n  vocab_size: 32000", ""), CATALOG
    )


def test_another_optimizer_that_is_switched_on_is_open():
    text = (
        "model_name_or_path: Qwen/Qwen3-8B\nstage: sft\nfinetuning_type: full\ncutoff_len: 2048\n"
    )
    draft = launch_draft("sft.yaml", f"{text}template: qwen\nuse_galore: true\n", CATALOG)
    assert "# optimizer:" in draft
    assert "optimizer: adamw" not in draft


NEMO = """trainer: {num_nodes: 4, devices: 8, precision: bf16, max_steps: 200}
model:
  micro_batch_size: 4
  global_batch_size: 256
  tensor_model_parallel_size: 4
  encoder_seq_length: 1024
  num_layers: 44
  hidden_size: 6144
  ffn_hidden_size: ${multiply:4, ${.hidden_size}}
  num_attention_heads: 48
"""


def test_a_product_of_other_keys_is_computed():
    draft = yaml.safe_load(launch_draft("sft.yaml", NEMO, CATALOG))
    assert draft["model"]["ffn_size"] == 4 * 6144


MULTIQUERY = """torchrun --nproc_per_node 8 finetune_mtf.py --num-layers 24 --hidden-size 2048 \\
  --num-attention-heads 16 --attention-head-type multiquery --seq-length 2048 \\
  --micro-batch-size 8 --global-batch-size 64 --train-iters 500 --tensor-model-parallel-size 1
"""


def test_a_program_of_a_common_name_is_told_by_its_options():
    draft = launch_draft("ft.sh", MULTIQUERY, CATALOG)
    assert "as Megatron-LM" in draft
    assert yaml.safe_load(draft)["model"]["kv_heads"] == 1


@pytest.mark.parametrize(
    ("flavor", "name", "active"),
    [
        ("16B", "deepseek-v2-lite", 2.4e9),
        ("236B", "deepseek-v2", 21e9),
        ("671B", "deepseek-v3", 37e9),
    ],
)
def test_flavors_of_a_mixture_are_the_models_of_their_sizes(flavor, name, active):
    text = (
        f'[job]\ndump_folder = "o"\n[model]\nname = "deepseek_v3"\nflavor = "{flavor}"\n'
        "[training]\nlocal_batch_size = 4\nseq_len = 4096\nsteps = 20\n"
    )
    assert yaml.safe_load(launch_draft("mixture.toml", text, CATALOG))["model"] == name
    found = estimate({"model": name, "training": {"tokens": "1B"}})
    assert found["parameters_active"].central == pytest.approx(active, rel=0.12)


TUNED = """#!/bin/bash
#SBATCH --exclusive
#SBATCH --gres=gpu:4
{slurm}
{start} {program} --model_name_or_path Qwen/Qwen3-8B --per_device_train_batch_size 1 \\
  --learning_rate 1e-5 --max_length 2048 {more}
"""


def tuned(start="torchrun --nproc_per_node 4", program="train.py", more="", slurm=""):
    """Return the draft of a fine-tuning script, as data and as text."""
    text = TUNED.format(start=start, program=program, more=more, slurm=slurm)
    return drafted(text, "tune.sh"), launch_draft("tune.sh", text, CATALOG)


@pytest.mark.parametrize(
    ("text", "name", "kept"),
    [
        (
            '{"zero_optimization": {"stage": 3, "offload_optimizer": {"device": "cpu"},'
            ' "offload_param": {"device": "nvme"}}, "gradient_clipping": 1.0}',
            "ds.json",
            "all",
        ),
        (
            "compute_environment: LOCAL\nmixed_precision: bf16\nnum_machines: 1\n"
            "num_processes: 8\ndeepspeed_config: {zero_stage: 2,"
            " offload_optimizer_device: cpu, offload_param_device: none}\n",
            "accelerate.yaml",
            "optimizer",
        ),
        ("[training]\nseq_len = 8192\nenable_cpu_offload = true\n[model]\nflavor = \"8B\"\n"
         "[activation_checkpoint]\nmode = \"none\"\n", "titan.toml", "all"),
        (AXOLOTL.replace("checkpointing: true", "checkpointing: offload"), "a.yaml", "activations"),
        (OPENRLHF.format("--adam_offload"), "ppo.sh", "optimizer"),
        (FACTORY.format("all") + "deepspeed: z3_offload.json\n", "lf.yaml", None),
    ],
)  # fmt: skip
def test_what_is_kept_in_host_memory(text, name, kept):
    assert drafted(text, name).get("layout", {}).get("offload") == kept
    decided = "layout.offload: line" in launch_draft(name, text, CATALOG)
    assert decided == (kept is None)


@pytest.mark.parametrize(
    ("program", "more", "method"),
    [
        ("train.py", "--lora_r 8", None),
        ("train_lora.py", "--lora_r 8", "lora"),
        ("train.py", "--use_lora True --lora_r 8", "lora"),
        ("train_lora.py", "--lora_r 8 --q_lora True", "qlora"),
        ("train.py", "--freeze_backbone True", None),
        ("train.py", "--freeze_backbone False", "not stated"),
    ],
)
def test_adapters_are_trained_where_the_file_says_so(program, more, method):
    data, text = tuned(program=program, more=more)
    assert data["training"].get("method") == (None if method == "not stated" else method)
    assert ("training.method: line" in text) == (method is None)


@pytest.mark.parametrize(
    ("program", "more", "key", "value"),
    [
        ("train_dpo.py", "", "objective", "dpo"),
        ("grpo_math.py", "--num_generations 8", "kind", "grpo"),
        ("grpo_math.py", "", "kind", "grpo"),
        ("sft.py", "", "objective", "sft"),
    ],
)
def test_a_program_says_what_it_trains_for(program, more, key, value):
    data, _ = tuned(program=program, more=more)
    assert (data.get("stages") or [data["training"]])[0][key] == value


@pytest.mark.parametrize(
    ("start", "slurm", "count"),
    [
        ("torchrun --nproc_per_node 4", "#SBATCH --nodes=3", 12),  # torchrun alone means one node
        ("torchrun --nproc_per_node 4", "", 4),
        ("torchrun --nnodes 2 --nproc_per_node 4", "#SBATCH --nodes=3", None),
        ("deepspeed --num_gpus 2", "", 2),
        ("srun --nodes=5 --gres=gpu:4 python", "", 20),
        ("srun python", "#SBATCH --ntasks=6\n#SBATCH --gpus-per-task=1", 6),
    ],
)
def test_schedulers_and_starters_count_the_fleet(start, slurm, count):
    data, text = tuned(start=start, slurm=slurm)
    assert data.get("fleet", {}).get("count") == count
    assert ("but line" in text) == (count is None)


def test_auto_is_decided_by_who_starts_it():
    text = '{"zero_optimization": {"stage": 2}, "bf16": {"enabled": "auto"}}'
    assert "precision" not in drafted(text, "ds.json").get("training", {})


def test_a_script_that_writes_the_script_it_runs():
    text = """work=$(cat <<- EOM
  python train.py --model_name_or_path Qwen/Qwen3-8B --max_length 2048 \\
    --per_device_train_batch_size 2 --learning_rate 1e-5 --local_rank \\$RANK
EOM
)
echo "$work" > work.sh
torchrun --nproc_per_node 8 --no-python bash work.sh
"""
    assert drafted(text, "run.sh")["model"] == "qwen3-8b"


def test_a_deployment_serves():
    text = "apiVersion: apps/v1\nkind: Deployment\nspec: {replicas: 2}\n"
    with pytest.raises(CostcheckError, match="no scenario can be drafted"):
        launch_draft("serve.yaml", text, CATALOG)


@pytest.mark.parametrize(
    "path",
    [
        "/data/models/Qwen3-8B/snapshots/0a1b2c",
        "~/hub/models--Qwen--Qwen3-8B/snapshots/0a",
        "$CACHE/hub/models--Qwen--Qwen3-8B/snapshots/0a",
    ],
)
def test_a_folder_of_a_path_names_the_model(path):
    draft = drafted(FACTORY.format("all").replace("meta-llama/Meta-Llama-3-8B-Instruct", path))
    assert draft["model"] == "qwen3-8b"


def test_branches_that_do_not_know_do_not_agree():
    text = """if [[ $1 = a ]]; then LENGTH=2048
elif [[ $1 = b ]]; then
  if [[ $2 = c ]]; then LENGTH=2048; else LENGTH=4096; fi
else LENGTH=2048; fi
torchrun --nproc_per_node 8 pretrain_gpt.py --num-layers 32 --hidden-size 4096 \\
  --num-attention-heads 32 --micro-batch-size 1 --global-batch-size 8 --seq-length $LENGTH
"""
    assert "sequence_length" not in drafted(text, "run.sh")["training"]


def test_a_command_that_grows_in_a_branch_keeps_what_it_has():
    text = """COMMAND="python pretrain_gpt.py --num-layers 32 --hidden-size 4096 \\
  --seq-length 4096 --num-attention-heads 32 --micro-batch-size 1 --global-batch-size 8"
if [ -n "$KEY" ]; then COMMAND="$COMMAND --wandb-project x --train-iters 5"; fi
srun bash -c "RANK=\\$SLURM_PROCID $COMMAND"
"""
    draft = drafted(text, "run.sh")
    assert draft["model"]["layers"] == 32
    assert "tokens" not in draft["training"]


def test_what_is_named_default_is_not_named():
    text = """model_name: default
base_emb_dim: 2048
base_num_query_heads: 16
base_num_kv_heads: 16
base_mlp_dim: 7168
base_num_decoder_layers: 16
head_dim: 128
vocab_size: 32000
num_experts: 1
ici_fsdp_parallelism: -1
"""
    assert drafted(text)["model"]["layers"] == 16


@pytest.mark.parametrize(
    ("name", "flavor"), [("deepseek_v3", "5B"), ("llama4", "17bx64e"), ("my-moe", "16B")]
)
def test_a_mixture_of_unknown_experts_has_no_plain_size(name, flavor):
    text = f'[model]\nname = "{name}"\nflavor = "{flavor}"\n[training]\nseq_len = 4096\n'
    text += '[activation_checkpoint]\nmode = "none"\n'
    draft = launch_draft("titan.toml", text, CATALOG)
    assert "model" not in yaml.safe_load(draft)
    assert "model: line 2: model.name" in draft


@pytest.mark.parametrize("compiled", [True, False])
def test_whether_a_compiler_fuses(compiled):
    text = '[model]\nname = "llama3"\nflavor = "8B"\n[training]\nseq_len = 8192\n'
    text += '[activation_checkpoint]\nmode = "none"\n'
    text += f"[compile]\nenable = {str(compiled).lower()}\n"
    software = drafted(text, "titan.toml")["fleet"]["software"]
    assert software == {"name": "torchtitan", "compile": compiled}


def test_a_run_of_mosaic_counts_its_gpus():
    text = "image: x\ngpu_num: 16\ncommand: |\n  accelerate launch --num_machines 2 train.py\n"
    assert drafted(text)["fleet"]["count"] == 16


def test_a_file_without_a_model_says_so():
    assert "# model: the file does not say" not in launch_draft("a.yaml", AXOLOTL, CATALOG)
    text = launch_draft(
        "ds.json", '{"zero_optimization": {"stage": 2}, "gradient_clipping": 1}', CATALOG
    )
    assert "model: the file does not say what it trains" in text


def test_a_network_in_the_file_stands_where_its_name_is_unknown():
    text = """model_name: our-secret-8x
num_hidden_layers: 32
hidden_size: 4096
num_attention_heads: 32
intermediate_size: 14336
vocab_size: 32000
"""
    assert drafted(text)["model"]["layers"] == 32
    named = drafted(text.replace("our-secret-8x", "Qwen/Qwen3-8B").replace("32\n", "36\n"))
    assert named["model"] == "qwen3-8b"


@pytest.mark.parametrize("name", ["Mistral-7B-v0.1-BlockExp-64", "Llama-3.1-8B-pruned"])
def test_a_reshaped_model_is_not_the_one_it_is_named_for(name):
    draft = launch_draft(
        "lf.yaml", FACTORY.format("all").replace("Meta-Llama-3-8B-Instruct", name), CATALOG
    )
    assert "model" not in yaml.safe_load(draft)
    assert name[:9] in draft


def test_ulysses_takes_ranks_from_the_data():
    text = VERL + " actor_rollout_ref.actor.ulysses_sequence_parallel_size=2"
    layout = drafted(text, "grpo.sh")["layout"]
    assert (layout["context"], layout["data"]) == (2, 8)


def test_the_average_of_the_weights_is_not_what_is_trained():
    text = FACTORY.format("all") + "ema: {cpu_offload: true}\n"
    assert "layout" not in drafted(text) or "offload" not in drafted(text)["layout"]


def test_an_encoder_with_the_options_of_a_decoder_is_refused():
    text = """dir=`pwd`
deepspeed ${dir}/../pretrain_bert.py --num-layers 24 --hidden-size 1024 --seq-length 512 \\
  --num-attention-heads 16 --micro-batch-size 4 --global-batch-size 64
"""
    with pytest.raises(CostcheckError, match="recognised as Megatron-LM's BERT"):
        launch_draft("bert.sh", text, CATALOG)


def test_a_job_that_only_generates_is_refused():
    text = "#SBATCH --nodes=2\n#SBATCH --gpus-per-node=8\npython generate_answers.py --model x\n"
    with pytest.raises(CostcheckError, match="no format that init reads"):
        launch_draft("job.slurm", text, CATALOG)


def test_degrees_that_are_all_stated_count_the_fleet():
    assert drafted(NANOTRON)["fleet"]["count"] == 4 * 2


def test_parts_of_a_run_on_some_nodes_are_no_conflict():
    text = "#SBATCH -N 2\n" + OPENRLHF.format("")
    assert drafted(text, "ppo.slurm")["fleet"]["count"] == 14


def test_a_default_stands_for_an_argument_that_nobody_gave():
    text = """MODEL=$1
MODEL=${MODEL:-"/models/Qwen/Qwen3-8B/"}
torchrun --nproc_per_node 8 train.py --model_name_or_path ${MODEL} --learning_rate 1e-5 \\
  --per_device_train_batch_size ${2} --max_length 2048
"""
    draft = drafted(text, "run.sh")
    assert draft["model"] == "qwen3-8b"
    assert "layout" not in draft or "micro_batch" not in draft["layout"]


def test_a_common_name_of_a_program_is_no_launcher():
    text = "torchrun --nproc_per_node 4 finetune.py --plugin hybrid --model_config t5\n"
    with pytest.raises(CostcheckError, match="no format that init reads"):
        launch_draft("run.sh", text, CATALOG)


def test_a_sum_that_a_branch_decides_is_told_as_it_is_written():
    text = """NODES=$SLURM_NNODES
if [[ $1 = served ]]; then NODES=$((NODES - 1)); fi
torchrun --nnodes $NODES --nproc_per_node 8 train.py --model_name_or_path Qwen/Qwen3-8B \\
  --learning_rate 1e-5 --per_device_train_batch_size 1 --num_train_epochs 1
"""
    draft = launch_draft("run.sh", text, CATALOG)
    assert not any(ord(char) < 32 and char != "\n" for char in draft)
    assert "count" not in drafted(text, "run.sh").get("fleet", {})


def test_options_that_a_script_only_exports_are_read():
    text = """export PARAMS=" ${MORE} \\
  --tensor-model-parallel-size ${TP} --num-layers 32 --hidden-size 4096 \\
  --num-attention-heads 32 --micro-batch-size 1 --seq-length 2048"
"""
    draft = launch_draft("params.sh", text, CATALOG)
    assert yaml.safe_load(draft)["training"]["sequence_length"] == 2048
    assert "layout.tensor: --tensor-model-parallel-size is ${TP}" in draft


def test_a_config_of_xtuner():
    text = """pretrained_model_name_or_path = "Qwen/Qwen3-8B"
max_length = 2048
batch_size = 1
accumulative_counts = 16
max_epochs = 3
evaluation_freq = 500
evaluation_inputs = ["How are you?"]
model = dict(llm=dict(load_in_4bit=True), lora=dict(r=64, lora_alpha=16))
"""
    draft = drafted(text, "qwen3_qlora.py")
    assert draft["training"]["method"] == "qlora"
    assert draft["training"]["adapter"] == {"base": "nf4", "rank": 64}
    assert draft["layout"] == {"micro_batch": 1, "accumulation": 16}


TRL_PYTHON = """
from trl import GRPOConfig, GRPOTrainer
rank = 8
rank *= 4
trainer = GRPOTrainer(
    model="Qwen/Qwen3-4B",
    args=GRPOConfig(per_device_train_batch_size=4, gradient_accumulation_steps=2,
                    max_completion_length=2**11),
    peft_config=LoraConfig(r=rank, target_modules=["q_proj", "v_proj"]),
)
"""
TITAN_PYTHON = """
optimizer = {"name": "AdamW", "lr": 3e-4}
model = {"name": "llama3", "flavor": "8B"}
training = {"local_batch_size": 2, "global_batch_size": 16 * 8, "seq_len": 2048, "steps": 100}
parallelism = {"tensor_parallel_degree": 2, "data_parallel_shard_degree": 8}
validation = {"steps": 5}
"""
NEMO_PYTHON = """
def trainer(num_nodes: int = 16, num_gpus_per_node: int = 8):
    return llama3_70b.trainer(tensor_parallelism=8, pipeline_parallelism=4, context_parallelism=4,
                              num_nodes=num_nodes, num_gpus_per_node=num_gpus_per_node)
data = run.Config(MockDataModule, seq_length=65536, global_batch_size=512, micro_batch_size=1)
"""


def test_a_script_of_trl_says_by_its_classes_what_it_trains_for():
    draft = drafted(TRL_PYTHON, "grpo.py")
    assert draft["model"] == "qwen3-4b"
    assert draft["training"]["adapter"] == {"rank": 32, "targets": ["q_proj", "v_proj"]}
    assert draft["stages"][0]["kind"] == "grpo"
    assert draft["stages"][0]["rollouts"]["longest_answer"] == 2048


def test_arguments_of_a_python_script_are_their_defaults():
    text = """parser.add_argument("--model", default="Qwen/Qwen3-4B")
parser.add_argument("--accumulation-steps", type=int, default=64)
class Script:
    length: int = field(default=512, metadata={"help": "length"})
trainer = SFTTrainer(model=args.model, args=SFTConfig(per_device_train_batch_size=2,
    gradient_accumulation_steps=args.accumulation_steps, max_seq_length=script.length))
"""
    draft = drafted(text, "sft.py")
    assert draft["model"] == "qwen3-4b"
    assert draft["training"] == {"objective": "sft", "sequence_length": 512}
    assert draft["layout"] == {"micro_batch": 2, "accumulation": 64}


def test_what_another_file_of_the_launcher_says_is_no_default():
    text = """python levanter/main/train_lm.py --config_path llama.yaml --trainer.num_train_steps 10
 --model.seq_len 8192 --model.hidden_dim 768 --model.num_layers 12 --trainer.train_batch_size 128"""
    draft = launch_draft("run.sh", text.replace("\n", " "), CATALOG)
    assert "default" not in draft


def test_dictionaries_of_a_python_config_are_its_sections():
    draft = drafted(TITAN_PYTHON, "config.py")
    assert draft["training"]["global_batch"] == 128
    assert draft["training"]["tokens"] == 100 * 128 * 2048
    assert draft["layout"]["tensor"] == 2


def test_defaults_of_a_recipe_s_functions_are_the_recipe_s():
    draft = drafted(NEMO_PYTHON, "recipe.py")
    assert draft["model"] == "llama-3-70b"
    assert draft["fleet"]["count"] == 128
    assert draft["layout"] == {
        "tensor": 8, "pipeline": 4, "context": 4, "data": 1, "micro_batch": 1,
    }  # fmt: skip


def test_a_recipe_of_olmo_core_names_its_model():
    text = """SEQUENCE_LENGTH = 4096
config = TransformerConfig.olmo2_7B(vocab_size=1)
data = dict(sequence_length=SEQUENCE_LENGTH, global_batch_size=4194304, rank_microbatch_size=8192)
"""
    draft = drafted(text, "train.py")
    assert draft["model"] == "olmo-2-7b"
    assert draft["training"]["global_batch"] == 1024


@pytest.mark.parametrize(
    ("header", "gpu", "guessed"),
    [
        ("-C v100-32g", "v100-sxm2-32gb", False),
        ("-C v100-32", "v100-sxm2-32gb", False),
        ("-C a100-40g", "a100-sxm4-40gb", False),
        ("-p gpuA100x4", "a100-sxm4-80gb", True),
        ("--partition=kempner_h100", "h100-sxm5-80gb", True),
        ("-A xyz@v100", "v100-sxm2-16gb", True),
        ("-J a\n#BSUB -q gpuv100", "v100-sxm2-16gb", True),
    ],
)
def test_the_names_of_nodes_say_the_accelerator_and_its_memory(header, gpu, guessed):
    text = f"#!/bin/bash\n#SBATCH {header}\n#SBATCH --gres=gpu:4\ntorchrun train.py --bf16\n"
    (line,) = [
        line
        for line in launch_draft("job.sh", text, CATALOG).splitlines()
        if line.startswith("  gpu:")
    ]
    assert line.split()[1] == gpu
    assert ("a guess by that name" in line) == guessed
    assert "is taken as" in line


TRAINER = "--per_device_train_batch_size 4 --num_train_epochs 1 --model_name_or_path gpt2"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            f"# On 2x A100 40GB, 52k samples\ntorchrun train.py {TRAINER}\n",
            "fleet.gpu: the file may say which GPU it runs on where it is not read: line 1, a comm",
        ),
        (
            f"# On 2x A100 40GB, 52k samples\ntorchrun train.py {TRAINER}\n",
            "training.tokens: 1 epochs of data whose size is not read (line 2: --num_train_epochs "
            "1); it may stand in line 1, a comment: On 2x A100 40GB, 52k samples",
        ),
        (
            "#!/bin/bash\n#SBATCH -p gpumedium\npython train.py --model google/flan-t5-large\n",
            "model: the file may say what it trains where it is not read: line 3: --model google",
        ),
        (
            "#!/bin/bash\n#SBATCH -p gpumedium\npython train.py --model google/flan-t5-large\n",
            "fleet.gpu: the file may say which GPU it runs on where it is not read: line 2: -p",
        ),
        (
            f"torchrun train.py {TRAINER}\n",
            "fleet.gpu: the file does not say which GPU it runs on",
        ),
    ],
)
def test_what_is_not_read_is_quoted_and_not_denied(text, sentence):
    lines = launch_draft("job.sh", text, CATALOG).splitlines()
    assert any(line.startswith(f"#   {sentence}") for line in lines), lines


@pytest.mark.parametrize("variable", ["HIP_VISIBLE_DEVICES", "ASCEND_RT_VISIBLE_DEVICES"])
def test_listed_accelerators_of_other_makers_are_counted(variable):
    found = launch_draft("a.sh", f"{variable}=0,1,2 python train.py {TRAINER}\n", CATALOG)
    assert "count: 3 " in found


def test_a_script_for_npus_is_for_no_gpu():
    text = f"NPUS_PER_NODE=8\ntorchrun --nproc_per_node $NPUS_PER_NODE train.py {TRAINER}\n"
    (line,) = [each for each in launch_draft("a.sh", text, CATALOG).splitlines() if "gpu: " in each]
    assert "gpu: ascend-" in line
    assert "line 1: NPUS_PER_NODE=8; a guess" in line
    plain = f"from transformers import is_torch_npu_available\n{TRANSFORMERS}"
    assert "ascend" not in launch_draft("a.py", plain, CATALOG)


TRANSFORMERS = (
    "args = TrainingArguments(per_device_train_batch_size=4, num_train_epochs=1, "
    "gradient_accumulation_steps=2)\n"
)


def test_options_of_recomputation_that_are_not_understood_leave_it_open():
    text = "torchrun pretrain_gpt.py --num-layers 4 --hidden-size 512 --num-attention-heads 8 "
    text += "--seq-length 512 --micro-batch-size 1 --global-batch-size 4 --recompute-norm\n"
    found = launch_draft("a.sh", text, CATALOG)
    assert "recompute: none" not in found
    assert (
        "layout.recompute: options that are not understood say it: line 1: --recompute-n" in found
    )
