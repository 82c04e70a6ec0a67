"""Models, machines and fitted constants that the performance tests share."""

from dataclasses import replace
from typing import Any

import yaml

from costcheck.calibrate.gpus import gpu_named
from costcheck.catalog.files import Catalog
from costcheck.physics.machine import Machine
from costcheck.physics.memory.training import Reserve, Training
from costcheck.physics.search import Run
from costcheck.physics.step_time.constants import Constants
from costcheck.physics.step_time.generation import Precision, generation_values, resolve_constants
from costcheck.physics.workload import Workload

CATALOG = Catalog()


def data(name: str) -> Any:
    """Content of a file of configs/performance."""
    return yaml.safe_load(CATALOG.text(f"performance/{name}.yaml"))


def gpt(*, layers: float, hidden: float, heads: float, sequence_length: float = 2048.0) -> Workload:
    """A GPT: multi-head attention, four times as wide inside, tied tables of 51,200 rows."""
    return Workload(
        sequence_length=sequence_length,
        layers=layers,
        attention_layers=layers,
        dense_layers=layers,
        hidden=hidden,
        heads=heads,
        kv_heads=heads,
        score_width=hidden,
        value_width=hidden,
        key_value_width=2.0 * hidden,
        attended_keys=(sequence_length + 1.0) / 2.0,
        attention_parameters=4.0 * hidden**2,
        attention_activation_width=4.0 * hidden,
        ffn=4.0 * hidden,
        mlp_matmuls=2.0,
        vocabulary=51200.0,
        embedding_tables=1.0,
        layer_parameters=12.0 * layers * hidden**2,
    )


def deepseek_v3(*, sequence_length: float = 4096.0, mtp: float = 1.0) -> Workload:
    """DeepSeek-V3: latent attention, 3 dense layers, 58 with 256 experts (arXiv:2412.19437)."""
    hidden, heads, moe = 7168.0, 128.0, 58.0
    attention = (
        hidden * (1536.0 + 576.0)
        + 1536.0 * heads * 192.0
        + 512.0 * heads * 256.0
        + heads * 128.0 * hidden
    )
    around = 3.0 * hidden * 2048.0 + hidden * 256.0
    return Workload(
        sequence_length=sequence_length,
        layers=61.0,
        attention_layers=61.0,
        dense_layers=3.0,
        moe_layers=moe,
        hidden=hidden,
        heads=heads,
        kv_heads=heads,
        score_width=heads * 192.0,
        value_width=heads * 128.0,
        key_value_width=heads * 320.0,
        attended_keys=(sequence_length + 1.0) / 2.0,
        attention_parameters=attention,
        attention_activation_width=heads * (192.0 + 256.0 + 128.0),
        attention_latent_width=heads * (192.0 + 256.0),
        attention_matmuls=4.0,
        ffn=18432.0,
        experts=256.0,
        top_k=8.0,
        expert_ffn=2048.0,
        expert_width=hidden,
        router_parameters=hidden * 256.0,
        shared_ffn=2048.0,
        vocabulary=129280.0,
        mtp_layers=mtp,
        leading_dense_layers=3.0,
        layer_parameters=61.0 * attention + 3.0 * 3.0 * hidden * 18432.0 + moe * around,
        expert_parameters=moe * 256.0 * 3.0 * hidden * 2048.0,
    )


def machine(name: str, *, precision: Precision = Precision.SIXTEEN_BIT) -> Machine:
    """A GPU of the catalog."""
    gpu = gpu_named(CATALOG, name)
    return replace(gpu.machine, matmul_flops_per_second=gpu.peaks[precision])


def constants(
    gpu: str, *, generation: str = "megatron", precision: Precision = Precision.SIXTEEN_BIT
) -> Constants:
    """Fitted constants of a generation on a GPU."""
    found = gpu_named(CATALOG, gpu)
    values = generation_values(generation=data(generation), tags=(found.family, found.part))
    flash = generation != "megatron-2021"
    return resolve_constants(values=values, precision=precision, flash=flash)


def storage(generation: str = "megatron") -> tuple[Training, Reserve]:
    """How a generation stores parameters and what it holds beside the model."""
    entry = data("memory")["generations"][generation]
    scores = entry["unfused_score_bytes"] if generation == "megatron-2021" else 0.0
    return Training(**entry["training"], score_bytes=scores), Reserve(**entry["reserve"])


def run(workload: Workload, gpu: str, *, precision: Precision = Precision.SIXTEEN_BIT) -> Run:
    """Everything a search needs."""
    training, reserve = storage()
    return Run(
        workload=workload,
        machine=machine(gpu, precision=precision),
        constants=constants(gpu, precision=precision),
        training=training,
        reserve=reserve,
    )
