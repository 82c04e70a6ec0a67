"""What moves between a GPU and its host, and over a torus."""

import numpy as np
import pytest

from costcheck.physics.collectives import torus_hops
from costcheck.physics.layout import Layout, Offload, Recompute, offloads
from costcheck.physics.step_time.offload import (
    streamed_activation_bytes,
    streamed_weight_bytes,
)
from tests.calibrate.cases import gpt

WORKLOAD = gpt(layers=32.0, hidden=4096.0, heads=32.0)


def test_flags_stand_together():
    layout = Layout(offload=float(Offload.OPTIMIZER | Offload.PARAMETERS))
    assert offloads(layout.offload, Offload.OPTIMIZER)
    assert offloads(layout.offload, Offload.PARAMETERS)
    assert not offloads(layout.offload, Offload.ACTIVATIONS)


def test_a_shard_of_the_weights_comes_twice_and_its_gradients_go_once():
    """Fully sharded over 8: (2 + 2 + 2) bytes of an eighth of the parameters."""
    layout = Layout(data=8.0, zero=3.0, offload=float(Offload.PARAMETERS))
    held = WORKLOAD.layer_parameters + 2.0 * WORKLOAD.vocabulary * WORKLOAD.hidden
    moved = streamed_weight_bytes(workload=WORKLOAD, layout=layout)
    assert float(moved) == pytest.approx(6.0 * held / 8.0, rel=0.05)
    whole = Layout(data=8.0, zero=1.0, offload=float(Offload.PARAMETERS))
    assert streamed_weight_bytes(workload=WORKLOAD, layout=whole) > 7.0 * moved


def test_with_full_recomputation_only_the_input_of_each_layer_goes():
    """2 bytes of tokens x hidden a layer, down and back."""
    full = Layout(recompute=float(Recompute.FULL), offload=float(Offload.ACTIVATIONS))
    kept = Layout(offload=float(Offload.ACTIVATIONS))
    tokens = WORKLOAD.sequence_length
    expected = 2.0 * 2.0 * tokens * WORKLOAD.hidden * WORKLOAD.layers
    moved = streamed_activation_bytes(workload=WORKLOAD, layout=full)
    assert float(moved) == pytest.approx(expected)
    assert streamed_activation_bytes(workload=WORKLOAD, layout=kept) > 5.0 * moved


def test_hops_on_a_torus():
    """A ring of 8 has 2 hops on average, a torus of 8 x 8 x 8 has 6, a switch 1."""
    hops = torus_hops(members=np.array([8.0, 512.0, 512.0]), dimensions=np.array([1.0, 3.0, 0.0]))
    assert hops == pytest.approx([2.0, 6.0, 1.0])
