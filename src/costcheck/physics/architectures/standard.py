"""A usual decoder of a size: what stands in where only parameters are known."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class UsualShape:
    """How the width and the parts of decoders follow from their size, fitted on published ones."""

    width_scale: float
    """Hidden size of one matmul parameter, by the power law [1]."""
    width_exponent: float
    """Power of the matmul parameters in the hidden size [1]."""
    feed_forward_ratio: float
    """Width of a gated feed-forward block over the hidden size [1]."""
    feed_forward_step: float
    """Widths are multiples of the tiles of matrix products."""
    head_dim: float
    key_value_heads: float
    """Of models wide enough to group their heads [1]."""
    vocabulary: float
    experts_per_token: float
    """Routed experts that a token meets in a mixture; one shared expert is added."""


def usual_decoder(
    *, parameters: float, active_parameters: float, shape: UsualShape
) -> dict[str, object]:
    """A decoder of usual proportions with a given size, in the words of a scenario file.

    Notes
    -----
    ``hidden = width_scale * N ** width_exponent``; a layer has ``2 h^2 (1 + groups / heads)``
    parameters of attention and ``3 h f`` of a gated feed-forward block; the layers, then the width
    of the block, follow from N. In a mixture the block is cut into experts of equal size, and
    their number follows from the total.
    """
    heads, step = _heads(active_parameters, shape), round(shape.feed_forward_step)
    groups = shape.key_value_heads if heads % shape.key_value_heads == 0 else float(heads)
    hidden = heads * round(shape.head_dim)
    embedding = 2.0 * hidden * shape.vocabulary
    body = max(active_parameters - embedding, active_parameters / 2.0)
    attention = 2.0 * hidden**2 * (1.0 + groups / heads)
    depth = body / (attention + 3.0 * shape.feed_forward_ratio * hidden**2)
    # Deep models divide over pipeline stages.
    layers = _in_steps(depth, 4 if depth >= 16.0 else 1)
    width = max((body / layers - attention) / (3.0 * hidden), float(hidden))
    decoder: dict[str, object] = {
        "layers": layers,
        "hidden_size": hidden,
        "heads": heads,
        "kv_heads": round(groups),
        "head_dim": round(shape.head_dim),
        "ffn_size": _in_steps(width, step),
        "vocabulary_size": round(shape.vocabulary),
        "tied_embeddings": active_parameters - embedding < active_parameters / 2.0,
    }
    if parameters <= active_parameters:
        return decoder
    met = shape.experts_per_token + 1.0
    size = _in_steps(width / met, step)
    idle = (parameters - active_parameters) / (3.0 * hidden * size * layers)
    experts = {"count": _in_steps(idle + shape.experts_per_token, 8), "top_k": round(met - 1.0)}
    return decoder | {"experts": {**experts, "size": size, "shared": 1}}


def _heads(parameters: float, shape: UsualShape) -> int:
    # Wide models have as many heads as split over the accelerators of a server and their groups.
    heads = shape.width_scale * parameters**shape.width_exponent / shape.head_dim
    wide = heads >= 2.0 * shape.key_value_heads
    return _in_steps(heads, round(shape.key_value_heads) if wide else 2)


def _in_steps(number: float, step: int) -> int:
    return max(round(number / step), 1) * step
