"""Megatron-LM and NeMo arguments as people write them."""

import pytest

from costcheck.catalog.huggingface import read_inline
from costcheck.physics.architectures.parameters import total_parameters
from tests.text.launch_files.reading import read

GPT_3 = """#!/bin/bash
GPUS_PER_NODE=8
NUM_NODES=${NUM_NODES:-128}
LAYERS=96   # a comment
BATCH=$((16*96))
DISTRIBUTED_ARGS=(
    --nproc_per_node $GPUS_PER_NODE
    --nnodes $NUM_NODES
)
MODEL_ARGS=(
    --num-layers $LAYERS
    --hidden-size 12288
    --num-attention-heads 96
    --seq-length 2048
    --max-position-embeddings 2048 # learned
    --micro-batch-size 1 --global-batch-size $BATCH
    --train-iters 500000
    --fp16
    --vocab-size 50257
    --recompute-granularity selective
    --data-path $1
    --strange-option 7
)
if [[ "$FP8" == 1 ]]; then
  MODEL_ARGS+=("--fp8-format hybrid")
fi
torchrun ${DISTRIBUTED_ARGS[@]} pretrain_gpt.py ${MODEL_ARGS[@]} \\
    --tensor-model-parallel-size 8 --sequence-parallel \\
    --pipeline-model-parallel-size 16 --num-layers-per-virtual-pipeline-stage 1
"""

DEEPSEEK_V3 = """python pretrain_gpt.py \\
    --num-layers 61 --hidden-size 7168 --ffn-hidden-size 18432 --num-attention-heads 128 \\
    --disable-bias-linear --untie-embeddings-and-output-weights --normalization RMSNorm \\
    --swiglu --multi-latent-attention --q-lora-rank 1536 --kv-lora-rank 512 --v-head-dim 128 \\
    --qk-head-dim 128 --qk-pos-emb-head-dim 64 --kv-channels 128 --num-experts 256 \\
    --moe-layer-freq "([0]*3+[1]*58)" --moe-ffn-hidden-size 2048 --moe-router-topk 8 \\
    --moe-shared-expert-intermediate-size 2048 --mtp-num-layers 1 \\
    --position-embedding-type rope --padded-vocab-size 129280 --seq-length 4096 \\
    --global-batch-size 15360 --train-iters $ITERS --bf16 --fp8-format e4m3 \\
    --expert-model-parallel-size 64 --use-distributed-optimizer
"""

NEMO = """
trainer: {num_nodes: 16, devices: 8, precision: bf16-mixed, max_steps: 1000}
model:
  num_layers: 32
  hidden_size: 4096
  ffn_hidden_size: 14336
  num_attention_heads: 32
  num_query_groups: 8
  normalization: rmsnorm
  activation: fast-swiglu
  bias: false
  share_embeddings_and_output_weights: false
  position_embedding_type: rope
  encoder_seq_length: 8192
  micro_batch_size: 1
  global_batch_size: 128
  tensor_model_parallel_size: 4
  virtual_pipeline_model_parallel_size: null
  vocab_size: 128256
  oddity: 1
"""


def test_script_becomes_a_scenario():
    found = read(GPT_3, "train.sh")
    scenario = found.scenario
    assert scenario["fleet"] == {
        "count": 1024, "gpus_per_node": 8, "software": "megatron-lm",
    }  # fmt: skip
    assert scenario["training"] == {
        "tokens": 500000 * 1536 * 2048,
        "sequence_length": 2048,
        "global_batch": 1536,
        "method": "full",
    }
    assert scenario["layout"] == {
        "tensor": 8,
        "pipeline": 16,
        "data": 8,
        "virtual": 6,
        "micro_batch": 1,
        "sequence_parallel": "true",
        "recompute": "selective",
    }
    assert found.unknown == ("line 22: --strange-option 7",)


def test_defaults_of_the_launcher_are_named():
    found = read(GPT_3, "train.sh")
    text = "\n".join(found.assumed)
    for name in ("ffn_hidden_size", "biases", "normalization", "51200", "tied", "position"):
        assert name in text
    # Padded to 8 x 128, learned positions, tied head: 174.6 billion.
    model = read_inline(found.scenario["model"])
    assert total_parameters(model.architecture) == 174_615_846_912


def test_options_in_a_condition_are_not_taken():
    found = read(GPT_3, "train.sh")
    assert "--fp8-format hybrid stands in a condition" in found.gaps["training.precision"]
    settled = read("FP8=0\n" + GPT_3, "train.sh").scenario["training"]
    assert settled["precision"] == "fp16"


def test_nothing_is_guessed_about_the_gpu():
    for text, name in ((GPT_3, "a.sh"), (DEEPSEEK_V3, "b.sh"), (NEMO, "c.yaml")):
        found = read(text, name)
        assert "gpu" not in found.scenario.get("fleet", {})
        assert any(line.startswith("fleet.gpu") for line in found.left_open)


def test_latent_attention_and_experts_equal_the_released_model():
    found = read(DEEPSEEK_V3, "run")
    model = read_inline(found.scenario["model"])
    assert total_parameters(model.architecture) == 671_026_404_352
    assert found.scenario["training"]["precision"] == "fp8"
    assert found.scenario["layout"] == {
        "tensor": 1, "pipeline": 1, "expert": 64, "zero": "1", "recompute": "none",
    }  # fmt: skip
    assert "$ITERS" in found.gaps["run.steps"]
    assert "tokens" not in found.scenario["training"]


def test_nemo_yaml():
    found = read(NEMO, "llama.yaml")
    # 8,030,261,248 as released, and 256 rows more in each table: padded to 4 x 128.
    total = total_parameters(read_inline(found.scenario["model"]).architecture)
    assert total == 8_030_261_248 + 2 * 256 * 4096
    assert found.scenario["fleet"] == {"count": 128, "gpus_per_node": 8, "software": "nemo"}
    assert found.scenario["layout"]["data"] == 32
    assert found.scenario["training"]["precision"] == "bf16"
    assert found.unknown == ("line 20: model.oddity 1",)


@pytest.mark.parametrize(
    ("frequency", "experts"),
    [
        ("2", {"every": 2}),
        ("[0,1]*4", {"every": 2}),
        ("[0]*3+[1]*5", {"first_dense": 3}),
        ("([0]+[1]*7)", {"first_dense": 1}),
        ("[1]*8", {}),
    ],
)
def test_layers_with_experts(frequency, experts):
    text = (
        f'python pretrain_gpt.py --num-experts 8 --moe-router-topk 2 --moe-layer-freq "{frequency}"'
    )
    found = read(text, "a.sh")
    assert found.scenario["model"]["experts"] == {"count": 8, "top_k": 2, **experts}


def test_odd_layer_pattern_is_left_open():
    text = 'python pretrain_gpt.py --num-experts 8 --moe-layer-freq "[1,1,0]*4"'
    assert "moe_layer_freq" in read(text, "a.sh").gaps["model.experts"]


@pytest.mark.parametrize(
    ("text", "name"),
    [("", "a.sh"), ("", "a.yaml"), ("- 1\n", "a.yaml"), ("a: [", "a.yaml"), ('echo "', "a.sh")],
)
def test_hopeless_files_raise_nothing(text, name):
    found = read(text, name)
    assert found is None or found.refused


def test_state_spaces_and_experts_in_a_pattern():
    text = """MODEL_ARGS:
      --hybrid-layer-pattern: "ME*E"
      --num-layers: 4
      --hidden-size: 256
      --ffn-hidden-size: 96
      --num-attention-heads: 8
      --num-query-groups: 2
      --kv-channels: 32
      --mamba-num-heads: 16
      --mamba-head-dim: 32
      --num-experts: 8
      --moe-router-topk: 2
      --moe-shared-expert-intermediate-size: 64
      --vocab-size: 1024
      --tensor-model-parallel-size: 2
    """
    model = read_inline(read(text, "a.yaml").scenario["model"]).architecture
    assert [layer.name for _, layer in model.schedule] == ["mamba", "moe", "attention", "moe"]


def test_an_option_of_the_network_that_is_unknown_leaves_it_open():
    text = DEEPSEEK_V3.rstrip() + " --engram-hidden-size 64\n"
    assert "--engram-hidden-size" in read(text, "a.sh").gaps["model"]


def test_an_undecided_degree_is_no_default():
    found = read(DEEPSEEK_V3.rstrip() + " --tensor-model-parallel-size $TP\n", "a.sh")
    assert "tensor" not in found.scenario["layout"]
    assert "$TP" in found.gaps["layout.tensor"]


def test_mindspeeds_names():
    text = DEEPSEEK_V3.replace("--num-layers 61", "--num-layers 64 --noop-layers 61,62,63")
    text = text.replace('--moe-layer-freq "([0]*3+[1]*58)"', "--moe-layer-freq 1")
    text = text.replace("--moe-shared-expert-intermediate-size 2048", "--n-shared-experts 1")
    model = read(text.rstrip() + " --first-k-dense-replace 3\n", "a.sh").scenario["model"]
    assert total_parameters(read_inline(model).architecture) == 671_026_404_352


@pytest.mark.parametrize(
    ("constraint", "gpu"),
    [
        ("rtx_a6000&ib", "rtx a6000"),
        ("h100_80gb", "h100 80gb"),
        ("v100-32g", "v100-32g"),
        ("a100|a100", "a100"),
        ("haswell", None),
        ("[t4|l4]", None),
    ],
)
def test_a_constraint_of_the_scheduler_names_a_gpu_of_the_catalog(constraint, gpu):
    script = f"#!/bin/bash\n#SBATCH -N 2 --gpus-per-node=8 -C {constraint}  # of ours\n"
    found = read(
        f"{script}srun python pretrain_gpt.py --num-layers 2 --micro-batch-size 1\n", "a.sh"
    )
    assert found.scenario["fleet"]["count"] == 16
    assert found.scenario["fleet"].get("gpu") == gpu
    assert ("l4 or t4" in found.gaps.get("fleet.gpu", "")) is (constraint == "[t4|l4]")
