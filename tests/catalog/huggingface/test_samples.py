"""Encoders, towers and denoisers: what was published of their sizes and of their work."""

import pytest

from costcheck.catalog.huggingface import read_config
from costcheck.estimate.model_source import from_catalog
from costcheck.physics.architectures.flops import forward_flops
from costcheck.physics.architectures.parameters import total_parameters
from tests.calibrate.cases import CATALOG


def network(name):
    return from_catalog(CATALOG.find("models", name)).architecture


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        # Elements of the released checkpoints; BERT with the masked-language head, without pooler.
        ("bert-base", 109_514_298),
        ("roberta-large", 355_412_057),
        ("clip-vit-l-14", 427_616_513),
        ("stable-diffusion-1.5", 859_520_964),
        ("stable-diffusion-2", 865_910_724),
        ("stable-diffusion-xl", 2_567_463_684),
        ("flux.1-dev", 11_901_408_320),
    ],
)
def test_parameters_equal_the_checkpoints(name, parameters):
    assert total_parameters(network(name)) == parameters


def test_work_of_a_pair_is_as_published():
    # OpenCLIP, docs/model_profile.csv: ViT-L-14, 175.33 GFLOPs, of which 162.03 for the image.
    model = network("clip-vit-l-14")
    flops = forward_flops(model, sequence_length=model.positions).value
    assert flops / 1e9 == pytest.approx(175.33, rel=2e-3)


def test_dit_is_as_published_without_the_copies_of_its_conditions():
    # Peebles and Xie, table 1: DiT-XL has 675M; diffusers gives each layer its own copy of the
    # embeddings of timestep and class.
    config = {
        "_class_name": "DiTTransformer2DModel", "num_layers": 28, "num_attention_heads": 16,
        "attention_head_dim": 72, "sample_size": 32, "out_channels": 8,
    }  # fmt: skip
    width = 16 * 72
    copies = 27 * (256 * width + width + width * width + width + 1001 * width)
    total = total_parameters(read_config(config).architecture)
    assert (total - copies) / 1e6 == pytest.approx(675, abs=0.5)


def test_whole_squares_whatever_the_convention():
    model = network("vit-h-14")
    both = [
        forward_flops(model, sequence_length=model.positions, convention=convention).value
        for convention in ("full", "causal")
    ]
    assert both[0] == both[1]


def test_a_window_seen_from_both_sides():
    one = {"model_type": "modernbert", "hidden_size": 64, "num_attention_heads": 1}
    config = {**one, "num_hidden_layers": 2, "local_attention": 8, "global_attn_every_n_layers": 2}
    model = read_config(config).architecture
    core = model.schedule[1][1].blocks[-2].cores()[0]
    seen = sum(min(q + 4, 19) - max(q - 4, 0) + 1 for q in range(20))
    assert core.forward_flops(sequence_length=20, convention="causal") == 2 * seen * 2 * 64


@pytest.mark.parametrize(
    "levels",
    [
        {"block_out_channels": [320, "x"]},
        {"block_out_channels": [320], "attention_head_dim": [1, 2]},
    ],
)
def test_levels_that_do_not_fit_are_refused(levels):
    config = {"_class_name": "UNet2DConditionModel", "sample_size": 64, "cross_attention_dim": 768}
    found = read_config({**config, **levels})
    assert found.architecture is None
    assert {problem.code for problem in found.problems} <= {"CC403", "CC404"}
