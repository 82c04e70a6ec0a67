"""Encoders, encoder-decoders, vision and diffusion against their libraries' own classes."""

import pytest

from costcheck.catalog.huggingface import read_config
from costcheck.physics.architectures.flops import forward_flops
from costcheck.physics.architectures.parameters import total_parameters

pytestmark = [pytest.mark.recount, pytest.mark.filterwarnings("ignore")]

ENCODER = {
    "hidden_size": 128, "num_hidden_layers": 3, "num_attention_heads": 8, "vocab_size": 500,
    "intermediate_size": 192, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
IMAGE = {
    "hidden_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 160,
    "image_size": 32, "patch_size": 8, "num_channels": 3,
}  # fmt: skip
TEXT = {
    "hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 80,
    "vocab_size": 300, "max_position_embeddings": 16, "pad_token_id": 0, "bos_token_id": 1,
    "eos_token_id": 2, "projection_size": 64,
}  # fmt: skip
T5 = {
    "vocab_size": 500, "d_model": 64, "d_kv": 24, "d_ff": 96, "num_layers": 2, "num_heads": 4,
    "num_decoder_layers": 3, "n_positions": 24, "target_length": 10,
}  # fmt: skip
MASKED = {
    "bert": ENCODER,
    "camembert": {**ENCODER, "max_position_embeddings": 64},
    "roberta": {**ENCODER, "max_position_embeddings": 64, "type_vocab_size": 1},
    "xlm-roberta": {**ENCODER, "max_position_embeddings": 64},
    "data2vec-text": {**ENCODER, "max_position_embeddings": 64},
    "xlm-roberta-xl": {**ENCODER, "max_position_embeddings": 64},
    "distilbert": {"dim": 128, "n_layers": 3, "n_heads": 8, "vocab_size": 500, "hidden_dim": 192},
    "modernbert": {**ENCODER, "num_hidden_layers": 4, "local_attention": 16},
}
OTHERS = {
    "vit": ("AutoModelForImageClassification", {
        **IMAGE, "architectures": ["ViTForImageClassification"], "num_labels": 10,
    }),
    "clip": ("AutoModel", {"vision_config": IMAGE, "text_config": TEXT, "projection_dim": 48}),
    "siglip": ("AutoModel", {
        "vision_config": {**IMAGE, "hidden_size": 64}, "text_config": TEXT,
    }),
    "t5": ("AutoModelForSeq2SeqLM", T5),
    "mt5": ("AutoModelForSeq2SeqLM", {**T5, "feed_forward_proj": "gated-gelu"}),
    "whisper": ("AutoModelForSpeechSeq2Seq", {
        "vocab_size": 500, "num_mel_bins": 20, "d_model": 64, "encoder_layers": 2,
        "encoder_attention_heads": 4, "encoder_ffn_dim": 96, "decoder_layers": 3,
        "decoder_attention_heads": 4, "decoder_ffn_dim": 80, "max_source_positions": 20,
        "max_target_positions": 12, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
        "decoder_start_token_id": 1,
    }),
}  # fmt: skip
LEFT_OUT = {"clip": 2 * 48, "siglip": 2 * 64 + 4 * 16 * 64}
"""FLOPs of the logit of the one pair, and of the scores of the one query that pools an image."""
DIFFUSERS = {
    "UNet2DConditionModel": {
        "sample_size": 16, "block_out_channels": [32, 64, 96], "cross_attention_dim": 48,
        "layers_per_block": 2, "attention_head_dim": 8, "norm_num_groups": 8,
        "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
        "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
    },
    "DiTTransformer2DModel": {
        "num_layers": 3, "num_attention_heads": 4, "attention_head_dim": 24, "sample_size": 16,
        "out_channels": 8,
    },
    "PixArtTransformer2DModel": {
        "num_layers": 3, "num_attention_heads": 4, "attention_head_dim": 24, "sample_size": 16,
        "cross_attention_dim": 96, "caption_channels": 80,
    },
    "FluxTransformer2DModel": {
        "num_layers": 2, "num_single_layers": 3, "num_attention_heads": 4, "attention_head_dim": 16,
        "in_channels": 16, "joint_attention_dim": 40, "pooled_projection_dim": 24,
        "axes_dims_rope": [4, 6, 6], "guidance_embeds": True, "image_length": 36, "text_length": 8,
    },
}  # fmt: skip


def _ours(name, fields, key="model_type"):
    imported = read_config({key: name, **fields})
    assert imported.architecture is not None, imported.problems
    return imported.architecture


def _theirs(name, cls, fields):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    config = transformers.AutoConfig.for_model(name, **fields)
    with torch.device("meta"):
        return getattr(transformers, cls).from_config(config, attn_implementation="eager")


def _held(model):
    return sum(each.numel() for each in model.parameters())


def _counted(model, **inputs):
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        model(**inputs)
    return counter.get_total_flops()


@pytest.mark.parametrize(("name", "fields"), sorted(MASKED.items()))
def test_encoders_are_exact(name, fields):
    model, network = _theirs(name, "AutoModelForMaskedLM", fields), _ours(name, fields)
    assert total_parameters(network) == _held(model)
    import torch

    flops = _counted(model, input_ids=torch.zeros((1, 40), dtype=torch.long, device="meta"))
    assert forward_flops(network, sequence_length=40).value == flops


@pytest.mark.parametrize(("name", "kind"), sorted(OTHERS.items()))
def test_samples_are_exact(name, kind):
    cls, fields = kind
    model, network = _theirs(name, cls, fields), _ours(name, fields)
    assert total_parameters(network) == _held(model)
    ours = forward_flops(network, sequence_length=network.positions).value
    theirs = _counted(model, **_inputs(name, fields)) - LEFT_OUT.get(name, 0)
    assert ours == pytest.approx(theirs, rel=1e-9)


def _inputs(name, fields):
    import torch

    def zeros(*shape):
        return torch.zeros(shape, dtype=torch.long, device="meta")

    pixels = torch.zeros((1, 3, 32, 32), device="meta")
    if name == "vit":
        return {"pixel_values": pixels}
    if name in ("clip", "siglip"):
        return {"pixel_values": pixels, "input_ids": zeros(1, 16)}
    if name == "whisper":
        return {
            "input_features": torch.zeros((1, 20, 40), device="meta"),
            "decoder_input_ids": zeros(1, 12),
        }
    return {"input_ids": zeros(1, 24), "decoder_input_ids": zeros(1, 10)}


@pytest.mark.parametrize(("name", "fields"), sorted(DIFFUSERS.items()))
def test_denoisers_are_exact(name, fields):
    torch, diffusers = pytest.importorskip("torch"), pytest.importorskip("diffusers")
    theirs = {k: v for k, v in fields.items() if k not in ("image_length", "text_length")}
    with torch.device("meta"):
        model = getattr(diffusers, name)(**theirs)
    network = _ours(name, fields, "_class_name")
    assert total_parameters(network) == _held(model)
    ours = forward_flops(network, sequence_length=network.positions).value
    counted = _counted(model, **_noise(name, fields, torch))
    assert ours == pytest.approx(counted, rel=1e-9)


def _noise(name, fields, torch):
    step = torch.zeros((1,), dtype=torch.long, device="meta")
    latent = torch.zeros((1, 4, 16, 16), device="meta")
    if name == "UNet2DConditionModel":
        return {
            "sample": latent,
            "timestep": step,
            "encoder_hidden_states": torch.zeros((1, 77, 48), device="meta"),
        }
    if name == "DiTTransformer2DModel":
        return {"hidden_states": latent, "timestep": step, "class_labels": step}
    if name == "PixArtTransformer2DModel":
        sizes = {"resolution": None, "aspect_ratio": None}
        return {
            "hidden_states": latent,
            "timestep": step,
            "added_cond_kwargs": sizes,
            "encoder_hidden_states": torch.zeros((1, 120, 80), device="meta"),
        }
    return {
        "hidden_states": torch.zeros((1, 36, 16), device="meta"),
        "encoder_hidden_states": torch.zeros((1, 8, 40), device="meta"),
        "pooled_projections": torch.zeros((1, 24), device="meta"),
        "timestep": step.float(),
        "guidance": step.float(),
        "img_ids": torch.zeros((36, 3), device="meta"),
        "txt_ids": torch.zeros((8, 3), device="meta"),
    }
