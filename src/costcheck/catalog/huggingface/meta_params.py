"""Meta's ``params.json``: the shape of Llama in the words of the original code."""

from __future__ import annotations

from collections.abc import Mapping

_NAMES = {
    "dim": "hidden_size",
    "n_layers": "num_hidden_layers",
    "n_heads": "num_attention_heads",
    "n_kv_heads": "num_key_value_heads",
}
_SIGNS = ("dim", "n_layers", "n_heads")
_USUAL_MULTIPLE = 256
"""The original code rounds the feed-forward width up to this where nothing is stated."""


def from_meta_params(config: Mapping[str, object]) -> Mapping[str, object]:
    """Return a config in the library's words; one that is not Meta's as it is.

    The width of the feed-forward block is two thirds of four times the hidden size, scaled and
    rounded up.

    References
    ----------
    .. [1] Meta, llama3 reference code, FeedForward,
       https://github.com/meta-llama/llama3/blob/main/llama/model.py
    """
    signs = all(isinstance(config.get(name), int) for name in _SIGNS)
    if not signs or "hidden_size" in config or config.get("model_type", "llama") != "llama":
        return config
    hidden = int(str(config["dim"]))
    width = int(2 * 4 * hidden / 3)
    times = config.get("ffn_dim_multiplier")
    if isinstance(times, int | float) and times:
        width = int(times * width)
    stated = config.get("multiple_of")
    multiple = stated if isinstance(stated, int) and stated > 0 else _USUAL_MULTIPLE
    rows = config.get("vocab_size")
    known = isinstance(rows, int) and rows > 0
    return {
        "model_type": "llama",
        "tie_word_embeddings": False,
        "intermediate_size": -(-width // multiple) * multiple,
        "vocab_size": rows if known else None,
        **{theirs: config[name] for name, theirs in _NAMES.items() if name in config},
    }
