"""Which layers see a window and which hold experts, by the rules of the libraries' configs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from costcheck.catalog.huggingface.fields import CONTRADICTION, WRONG_TYPE, Fields
from costcheck.catalog.huggingface.traits import Traits


class Reach(NamedTuple):
    """How far the queries of a layer see; neither window nor chunk means all the way."""

    name: str = "full"
    window: int | None = None
    chunk: int | None = None


FULL = Reach()


def reaches(fields: Fields, rule: str, layers: int) -> list[Reach]:
    """Return the reach of every layer."""
    if rule == "none":
        return [FULL] * layers
    if rule == "chunked":
        return _chunked(fields, layers)
    window = _window(fields, rule)
    if window is None:
        return [FULL] * layers
    sliding = Reach("sliding", window=window)
    pattern = fields.items("hybrid_layer_pattern") if rule == "hybrid" else None
    if pattern is not None:
        check_length(fields, "hybrid_layer_pattern", len(pattern), layers)
        return [sliding if item else FULL for item in _stretched(pattern, layers)]
    kinds = layer_types(fields, layers, ("full_attention", "sliding_attention"))
    if kinds is not None and rule != "all":
        return [sliding if kind == "sliding_attention" else FULL for kind in kinds]
    is_sliding = _WINDOW_RULES[rule](fields)
    return [sliding if is_sliding(index) else FULL for index in range(layers)]


def _window(fields: Fields, rule: str) -> int | None:
    if rule in ("after_first", "alternate_first", "switched", "no_rope") and not fields.flag(
        "use_sliding_window"
    ):
        return None
    window = fields.optional_size("sliding_window")
    if window is not None and fields.raw("use_bidirectional_attention") in (True, "all"):
        return window // 2 + 1
    return window


def _chunked(fields: Fields, layers: int) -> list[Reach]:
    chunk = fields.optional_size("attention_chunk_size")
    chunked = Reach("chunked", chunk=chunk) if chunk else FULL
    kinds = layer_types(fields, layers, ("full_attention", "chunked_attention"))
    if kinds is not None:
        return [chunked if kind == "chunked_attention" else FULL for kind in kinds]
    return [chunked if rope else FULL for rope in _rope_layers(fields, layers)]


def _rope_layers(fields: Fields, layers: int) -> list[bool]:
    stated = fields.items("no_rope_layers")
    if stated:
        check_length(fields, "no_rope_layers", len(stated), layers)
        return [bool(item) for item in _stretched(stated, layers)]
    interval = fields.size("no_rope_layer_interval")
    return [(index + 1) % interval != 0 for index in range(layers)]


def _every(fields: Fields, name: str) -> Callable[[int], bool]:
    period = fields.size(name)
    return lambda index: (index + 1) % period != 0


def _no_rope(fields: Fields) -> Callable[[int], bool]:
    rope = _rope_layers(fields, fields.layers("num_hidden_layers"))
    return lambda index: not rope[index]


def _full_every_nth(fields: Fields) -> Callable[[int], bool]:
    period = fields.size("global_attn_every_n_layers")
    return lambda index: index % period != 0


def _after_first(fields: Fields) -> Callable[[int], bool]:
    first = fields.count("max_window_layers")
    return lambda index: index >= first


def _alternate_first(fields: Fields) -> Callable[[int], bool]:
    first = fields.count("max_window_layers")
    return lambda index: index % 2 == 0 and index < first


_WINDOW_RULES: dict[str, Callable[[Fields], Callable[[int], bool]]] = {
    "all": lambda _: lambda _: True,
    "listed": lambda _: lambda _: True,
    "switched": lambda _: lambda _: True,
    "even": lambda _: lambda index: index % 2 == 0,
    "pattern": lambda fields: _every(fields, "sliding_window_pattern"),
    "after_first": _after_first,
    "alternate_first": _alternate_first,
    "no_rope": _no_rope,
    "full_every_nth": _full_every_nth,
    "hybrid": lambda _: lambda index: index != 0 and (index + 1) % 6 != 0,
}


def sparse_layers(fields: Fields, rule: str, layers: int) -> list[bool]:
    """Return which layers hold experts."""
    if rule in ("none", "all"):
        return [rule == "all"] * layers
    return _SPARSE_RULES[rule](fields, layers)


def _first_dense(fields: Fields, layers: int) -> list[bool]:
    dense, period = fields.count("first_k_dense_replace"), fields.optional_size("moe_layer_freq")
    return [index >= dense and index % (period or 1) == 0 for index in range(layers)]


def _every_nth(fields: Fields, layers: int) -> list[bool]:
    dense, step = fields.count("first_k_dense_replace"), fields.optional_size("sparse_step") or 1
    return [index >= dense and (index + 1) % step == 0 for index in range(layers)]


def _listed_types(fields: Fields, layers: int) -> list[bool]:
    kinds = fields.items("mlp_layer_types")
    if kinds is None:
        return _first_dense(fields, layers)
    check_length(fields, "mlp_layer_types", len(kinds), layers)
    return [kind == "sparse" for kind in _stretched(kinds, layers)]


def _stepped(fields: Fields, layers: int) -> list[bool]:
    dense = _indices(fields, "mlp_only_layers", layers) or set()
    step = fields.size("decoder_sparse_step")
    any_expert = fields.count("num_experts") > 0
    return [
        any_expert and index not in dense and (index + 1) % step == 0 for index in range(layers)
    ]


def _interleaved(fields: Fields, layers: int) -> list[bool]:
    stated = _indices(fields, "moe_layers", layers)
    if stated is not None:
        return [index in stated for index in range(layers)]
    step = fields.size("interleave_moe_layer_step")
    return [(index + 1) % step == 0 for index in range(layers)]


def _periodic(fields: Fields, layers: int) -> list[bool]:
    period, offset = fields.size("expert_layer_period"), fields.count("expert_layer_offset")
    check_offset(fields, "expert_layer", offset, period)
    sparse = fields.count("num_experts") > 1
    return [sparse and index % period == offset for index in range(layers)]


def _ranged(fields: Fields, layers: int) -> list[bool]:
    first, step = fields.count("moe_layer_start_index"), fields.optional_size("moe_layer_interval")
    end = fields.optional_count("moe_layer_end_index")
    last = layers - 1 if end is None else end
    return [(index + 1) % (step or 1) == 0 and first <= index <= last for index in range(layers)]


def _any_experts(fields: Fields, layers: int) -> list[bool]:
    return [fields.count("num_local_experts") > 0] * layers


def _switched_on(fields: Fields, layers: int) -> list[bool]:
    return [fields.flag("enable_moe_block")] * layers


def _frequency(fields: Fields, layers: int) -> list[bool]:
    """Read one flag for each layer, or a list of the kinds of blocks."""
    stated = fields.raw("moe_layer_freq")
    if not isinstance(stated, list | tuple):
        return _listed_types(fields, layers)
    check_length(fields, "moe_layer_freq", len(stated), layers)
    return [bool(item) for item in _stretched(list(stated), layers)]


_SPARSE_RULES: dict[str, Callable[[Fields, int], list[bool]]] = {
    "first_dense": _first_dense,
    "every_nth": _every_nth,
    "mlp_layer_types": _listed_types,
    "stepped": _stepped,
    "interleaved": _interleaved,
    "periodic": _periodic,
    "ranged": _ranged,
    "any_experts": _any_experts,
    "switched_on": _switched_on,
    "frequency": _frequency,
}


def own_fields(fields: Fields, layers: int) -> list[tuple[tuple[str, object], ...]]:
    """Return the fields that single layers state for themselves."""
    stated = fields.raw("per_layer_config") if fields.has("per_layer_config") else None
    own: list[tuple[tuple[str, object], ...]] = [()] * layers
    for key, values in stated.items() if isinstance(stated, Mapping) else ():
        index = int(key) if str(key).isdigit() else layers
        if index < layers and isinstance(values, Mapping):
            own[index] = tuple(sorted(values.items()))
    return own


def borrowing_layers(fields: Fields, layers: int) -> list[bool]:
    """Return which layers at the end take keys and values of an earlier one."""
    shared = fields.count("num_kv_shared_layers")
    return [index >= layers - shared for index in range(layers)]


def mixers(fields: Fields, traits: Traits, layers: int) -> list[str]:
    """Return the mixer of every layer."""
    other = traits.word("mixer", "attention")
    rule = traits.word("attention_layers", "all")
    if rule == "all":
        return ["attention"] * layers
    if rule == "none":
        return [other] * layers
    attends = _attention_layers(fields, rule, layers)
    return ["attention" if attention else other for attention in attends]


def _attention_layers(fields: Fields, rule: str, layers: int) -> list[bool]:
    if rule in _LAYER_LISTS:
        return _numbered(fields, rule, layers)
    if rule == "periodic":
        period, offset = fields.size("attn_layer_period"), fields.count("attn_layer_offset")
        check_offset(fields, "attn_layer", offset, period)
        return [index % period == offset for index in range(layers)]
    marks = fields.items("attn_type_list")
    if marks is not None:
        check_length(fields, "attn_type_list", len(marks), layers)
        return [mark == 1 for mark in _stretched(marks, layers)]
    kinds = layer_types(fields, layers, _MIXER_WORDS)
    if kinds is not None:
        return [kind in ("full_attention", "attention") for kind in kinds]
    if fields.optional_size("full_attention_interval") is None:
        return [index % 2 == 0 for index in range(layers)]
    interval = fields.size("full_attention_interval")
    return [(index + 1) % interval == 0 for index in range(layers)]


_MIXER_WORDS = (
    "full_attention",
    "attention",
    "linear_attention",
    "mamba",
    "conv",
    "minimax_m3_sparse",
)
_LAYER_LISTS = {"attn_layer_indices": 0, "linear_attn_config.full_attn_layers": 1}
"""Lists of the layers that attend, and the number of the first layer in them."""


def _numbered(fields: Fields, rule: str, layers: int) -> list[bool]:
    first = _LAYER_LISTS[rule]
    stated = fields.items(rule)
    if stated is None:
        kinds = layer_types(fields, layers, _MIXER_WORDS)
        return [kind in ("full_attention", "attention") for kind in kinds or ()] or [False] * layers
    return [index + first in stated for index in range(layers)]


def shared_indexes(fields: Fields, traits: Traits, layers: int) -> list[bool]:
    """Return which layers of sparse attention reuse an earlier layer's index."""
    if not traits.flag("shared_indexes"):
        return [False] * layers
    stated = fields.items("indexer_types") or _index_pattern(fields)
    if stated is not None:
        check_length(fields, "indexer_types", len(stated), layers)
        return [kind == "shared" for kind in _stretched(stated, layers)]
    period, offset = fields.size("index_topk_freq"), fields.count("index_skip_topk_offset")
    return [max(index - offset + 1, 0) % period != 0 for index in range(layers)]


def _index_pattern(fields: Fields) -> list[object] | None:
    if not fields.has("index_topk_pattern"):
        return None
    if isinstance(fields.raw("index_topk_pattern"), list):
        return fields.items("index_topk_pattern")
    words = {"F": "full", "S": "shared"}
    return [words.get(letter, letter) for letter in fields.text("index_topk_pattern") or ""] or None


def check_offset(fields: Fields, prefix: str, offset: int, period: int) -> None:
    """Note an offset that no layer of its period can have."""
    if offset >= period:
        fields.report(
            f"{prefix}_offset",
            CONTRADICTION,
            f"{prefix}_offset {offset} must be smaller than {prefix}_period {period}",
        )


def layer_types(fields: Fields, layers: int, known: tuple[str, ...]) -> list[str] | None:
    """Return ``layer_types`` when stated, checked for length and known words."""
    stated = fields.items("layer_types")
    if stated is None:
        return None
    check_length(fields, "layer_types", len(stated), layers)
    for kind in dict.fromkeys(str(item) for item in stated):
        if kind not in known:
            fields.report(
                "layer_types",
                WRONG_TYPE,
                f"layer_types holds {kind!r}, which this model type does not know",
                f"known: {', '.join(known)}",
            )
    return [str(item) for item in _stretched(stated, layers)]


def _stretched(stated: list[object], layers: int) -> list[object]:
    """Return one entry per layer also of a list of the wrong length, which has been reported."""
    return [stated[index % len(stated)] if stated else None for index in range(layers)]


def check_length(fields: Fields, name: str, found: int, layers: int) -> None:
    """Note a per-layer list that does not have one entry per layer."""
    if found != layers:
        fields.report(
            name,
            CONTRADICTION,
            f"{name} has {found} entries but num_hidden_layers is {layers}",
            "give one entry per layer",
        )


def _indices(fields: Fields, name: str, layers: int) -> set[int] | None:
    stated = fields.items(name)
    if stated is None:
        return None
    for item in stated:
        if isinstance(item, bool) or not isinstance(item, int) or not 0 <= item < layers:
            fields.report(
                name, CONTRADICTION, f"{name} holds {item!r}, which is no layer of {layers}"
            )
    return {item for item in stated if isinstance(item, int)}
