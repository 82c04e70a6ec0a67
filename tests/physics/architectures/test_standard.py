"""Usual decoders have the size that was asked for and the shape of published ones."""

import pytest

from costcheck.catalog.files import Catalog
from costcheck.catalog.knowledge import knowledge
from costcheck.estimate.model_source import usual_model
from costcheck.physics.architectures.parameters import active_parameters, total_parameters
from costcheck.physics.architectures.standard import usual_decoder

SHAPE = knowledge(Catalog()).usual_shape


@pytest.mark.parametrize("size", [1e9, 3e9, 7e9, 13e9, 34e9, 70e9, 175e9, 405e9, 1e12])
def test_a_dense_decoder_has_the_parameters_asked_for(size):
    network = usual_model(SHAPE, size, size)
    assert total_parameters(network) == pytest.approx(size, rel=0.02)


@pytest.mark.parametrize(
    ("total", "active"), [(30e9, 3e9), (235e9, 22e9), (671e9, 37e9), (1e12, 32e9)]
)
def test_a_mixture_has_both_sizes(total, active):
    network = usual_model(SHAPE, total, active)
    assert total_parameters(network) == pytest.approx(total, rel=0.05)
    assert active_parameters(network) == pytest.approx(active, rel=0.05)


@pytest.mark.parametrize(
    ("size", "hidden", "layers"),
    [  # Llama 3.1 (arXiv 2407.21783, table 3)
        (8.03e9, 4096, 32), (70.6e9, 8192, 80), (405.9e9, 16384, 126),
    ],
)  # fmt: skip
def test_shapes_are_those_of_published_models(size, hidden, layers):
    shape = usual_decoder(parameters=size, active_parameters=size, shape=SHAPE)
    assert shape["hidden_size"] == pytest.approx(hidden, rel=0.15)
    assert shape["layers"] == pytest.approx(layers, rel=0.25)
