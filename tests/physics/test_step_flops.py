"""The step model computes the FLOPs that `flops_per_token` counts, for every catalog model."""

from dataclasses import fields, replace

import numpy as np
import pytest

from costcheck.estimate.model_source import from_catalog
from costcheck.physics.architectures.flops import core_flops, forward_flops
from costcheck.physics.layout import Layout, Recompute
from costcheck.physics.machine import Machine
from costcheck.physics.step_time.constants import Constants
from costcheck.physics.step_time.step import step_seconds
from costcheck.physics.workload_of import workload_from_architecture
from tests.calibrate.cases import CATALOG

LENGTH = 4096
# Fields of the catalog that no reader accepts yet; another test of the catalog names them.
UNREAD = ("jamba-v0.1", "mamba-2.8b")


def architecture(name):
    return from_catalog(CATALOG.find("models", name)).architecture


MODELS = [
    name
    for name in CATALOG.names("models")
    if name not in UNREAD and architecture(name) is not None
]

# 1 FLOP/s, nothing else takes time: seconds are FLOPs.
FREE = {field.name: 0.0 for field in fields(Constants)}
IDEAL = Constants(
    **{
        name: 1.0 if name.endswith(("_efficiency", "_per_second", "_overlap", "ceiling")) else value
        for name, value in FREE.items()
    }
)
MACHINE = Machine(
    matmul_flops_per_second=1.0,
    attention_flops_per_second=1.0,
    memory_bytes=np.inf,
    memory_bytes_per_second=np.inf,
    scale_up_bytes_per_second=np.inf,
    scale_up_gpus=8.0,
    nic_bytes_per_second=np.inf,
)


def step(workload, recompute=Recompute.NONE):
    return step_seconds(
        workload=workload,
        machine=MACHINE,
        constants=IDEAL,
        layout=Layout(zero=0.0, sequence_parallel=0.0, recompute=recompute),
        global_batch=1.0,
    )


def forward(model, length=LENGTH, **keys):
    return float(forward_flops(model, sequence_length=length, convention="causal", **keys).value)


@pytest.mark.parametrize("name", MODELS)
def test_the_step_computes_what_is_counted(name):
    model = architecture(name)
    length = model.positions or LENGTH
    workload = workload_from_architecture(architecture=model, sequence_length=length)
    core, once = float(core_flops(model, sequence_length=length)), forward(model, length)
    # A fused core computes its scores again in the backward pass: half a forward pass more.
    training = 3.0 * once + 0.5 * core
    assert float(step(workload).total_seconds()) == pytest.approx(training, rel=1e-9)
    head = 2.0 * length * model.hidden_size * max(model.vocabulary_size, 1)
    again = float(step(workload, Recompute.FULL).total_seconds())
    assert again == pytest.approx(training + once - head, rel=1e-9)
    # Frozen weights have no weight gradient: two passes of the products instead of three.
    frozen = replace(workload, trained_share=0.01, layer_passes=2.0, head_passes=2.0)
    adapters = float(step(frozen).total_seconds())
    assert adapters == pytest.approx(2.0 * once + 1.5 * core, rel=1e-9)


@pytest.mark.parametrize("name", [name for name in MODELS if architecture(name).mtp])
def test_prediction_modules_are_computed_too(name):
    model = architecture(name)
    workload = workload_from_architecture(architecture=model, sequence_length=LENGTH, mtp=True)
    core = float(core_flops(model, sequence_length=LENGTH))
    training = 3.0 * forward(model, mtp=True) + 0.5 * core
    # The modules' own cores are recomputed as well, which is not in `core`.
    assert float(step(workload).total_seconds()) == pytest.approx(training, rel=2e-3)
