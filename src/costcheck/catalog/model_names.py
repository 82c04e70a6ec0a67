"""Names of models as hubs and launchers write them, and models found by their shape."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from costcheck.catalog.files import Catalog, Found, read_yaml
from costcheck.catalog.huggingface import read_config, read_inline
from costcheck.catalog.knowledge import knowledge
from costcheck.physics.architectures.attention import Attention
from costcheck.physics.architectures.feed_forward import Experts, FeedForward

_SIZE = re.compile(r"(?<![\d.A-Za-z])(\d+(?:\.\d+)?)([bmt])(?![a-z])", re.IGNORECASE)
_MIXED = re.compile(r"(?<![\d.A-Za-z])(\d+)x(\d+(?:\.\d+)?)b(?![a-z])", re.IGNORECASE)
_ACTIVE = re.compile(r"-a(\d+(?:\.\d+)?)b(?![a-z])", re.IGNORECASE)
_EXPERTS = re.compile(r"(?<![a-z])\w*moe(?![a-z])|(?<=[-x\d])\d+e(?![a-z\d])")
"""What a name of a mixture has: moe, 16e, 17bx128e."""
_MIXTURE = "mixture of experts"
_CACHED = re.compile(r"(?:.*/)?models--([^/]+?)--([^/]+)(?:/.*)?")
"""A snapshot in the cache of the hub."""
_MODELSCOPE = "___"
"""What ModelScope's folders have for a point."""
_BILLIONS = {"M": 1e-3, "B": 1.0, "T": 1e3}
_POINT = re.compile(r"(\d)_(?=\d)(?!\d+[bm](?![a-z]))|(?<![\da-z])(\d)_(?=\d+[bm])", re.IGNORECASE)
"""An underscore for a decimal point, as in llama3_1 and 0_5b, and not in llama3_8b."""
_LAST_WORD = re.compile(r"[-_.][^-_.]*$")
_OF_FAMILY = re.compile(r"(\w+)/(\d[\d.]*[BM])_\w+", re.IGNORECASE)
"""A recipe of a size of a family, such as llama3_1/8B_lora."""
_RECIPE = re.compile(
    r"^.*\.|^(?:q?lora|dora|full)_|(?:_(?:pretrain|sft|peft|finetune))*_config$", re.IGNORECASE
)


def named_model(catalog: Catalog, written: str) -> Found | None:
    """Return the model a hub, a path or a recipe names."""
    written = hub_name(written).replace(_MODELSCOPE, ".")
    name = written.strip().rstrip("/").rsplit("/", 1)[-1].removesuffix(".yaml")
    tries = [written, name, name.replace("_", "-")]
    bare = name
    while (shorter := _RECIPE.sub("", bare, count=1)) != bare and "-" not in bare:
        bare = shorter
        tries += [bare, _spelled(bare)]
    if recipe := _OF_FAMILY.fullmatch(written.strip()):
        tries.append("-".join(map(_spelled, recipe.groups())))
    sizes = _whole(written)
    tries += _folders(written)
    named = (found for each in tries if (found := catalog.find("models", each)))
    agree = (found for found in named if one_size(catalog, sizes, _whole(found.id)))
    return next(agree, None) or _begins(catalog, name)


def hub_name(written: str) -> str:
    """Return what the hub calls a model whose snapshot lies in its cache; else what is written."""
    return _CACHED.sub(r"\1/\2", written.strip().rstrip("/"))


def _folders(written: str) -> list[str]:
    """Return the folders of a path that name a model of a size, the innermost first."""
    folders = written.strip().rstrip("/").replace("--", "/").split("/")[:-1]
    return [folder for folder in reversed(folders) if _whole(folder)]


def _begins(catalog: Catalog, name: str) -> Found | None:
    """Return the model that the beginning of a name says, where both say the same size."""
    size = _whole(name)
    while size and (shorter := _LAST_WORD.sub("", name)) != name:
        name = shorter
        if found := catalog.find("models", _spelled(name)):
            own = _whole(found.id) or _published(found)
            return found if own and one_size(catalog, size, own) else None
    return None


def _spelled(name: str) -> str:
    """Return a name with the points and dashes that the words of a recipe stand for."""
    return _POINT.sub(r"\1\2.", name).replace("_", "-")


def _published(found: Found) -> float | None:
    """Return the parameters that a model is published with, in billions."""
    published = read_yaml(found.text, found.path).get("published") or {}
    return _whole(f"x-{published.get('parameters', '')}")


def one_size(catalog: Catalog, size: float | None, own: float | None) -> bool:
    """Say whether two sizes may be those of one model, as far as both are known."""
    if size is None or own is None:
        return True
    ratio = knowledge(catalog).general["sizes_of_one_model"].value
    return max(size, own) < ratio * min(size, own)


def _whole(name: str) -> float | None:
    """Return the parameters that a name says, in billions."""
    written = str(size_in_name(name).get("parameters", ""))
    return float(written[:-1]) * _BILLIONS[written[-1]] if written else None


def size_in_name(written: str) -> dict[str, object]:
    """Return the parameters that a name such as Qwen3-30B-A3B states; empty where it has none."""
    name = _spelled(hub_name(written).rsplit("/", 1)[-1].replace(_MODELSCOPE, "."))
    if _MIXED.search(name):
        return {}
    found = _SIZE.findall(name)
    if len(found) != 1:
        return {}
    number, unit = found[0]
    sizes: dict[str, object] = {"parameters": f"{number}{unit.upper()}"}
    active = _ACTIVE.search(name)
    if active:
        sizes["active"] = f"{active.group(1)}B"
    return sizes


def of_mixtures(catalog: Catalog, written: str) -> bool:
    """Say whether a name is that of a mixture of experts, or of a family that has them."""
    name = _spelled(hub_name(written).rsplit("/", 1)[-1]).lower()
    if _EXPERTS.search(name):
        return True
    family = _SIZE.split(name)[0].strip("-")
    found = catalog.find("models", family) if family else None
    return found is not None and _MIXTURE in str(read_yaml(found.text, found.path).get("kind"))


def twin_vocabularies(catalog: Catalog, model: Mapping[str, object]) -> dict[int, str]:
    """Return the vocabularies of the models of a shape, each with one that has it."""
    names = (("layers", "num_hidden_layers"), ("hidden_size",), ("heads", "num_attention_heads"))
    wanted = [next((model[n] for n in choice if n in model), None) for choice in names]
    size = model.get("ffn_size")
    twins: dict[int, str] = {}
    for name in catalog.names("models") if None not in wanted else ():
        shape = _shape(catalog, name)
        if shape is not None and shape[:3] == tuple(wanted) and size in (None, *shape[3]):
            twins.setdefault(shape[4], name)
    return twins


@lru_cache(maxsize=512)
def _shape(catalog: Catalog, name: str) -> tuple[int, int, int, frozenset[int], int] | None:
    """Return layers, hidden size, heads, feed-forward widths and vocabulary of a model."""
    found = catalog.find("models", name)
    fields = read_yaml(found.text, found.path).get("architecture") if found else None
    if not isinstance(fields, dict):
        return None
    read = read_config(fields) if "model_type" in fields else read_inline(fields)
    if read.architecture is None:
        return None
    blocks = [block for _, layer in read.architecture.schedule for block in layer.blocks]
    heads = next((block.heads for block in blocks if isinstance(block, Attention)), 0)
    widths = frozenset(block.size for block in blocks if isinstance(block, FeedForward | Experts))
    network = read.architecture
    return network.layers, network.hidden_size, heads, widths, network.vocabulary_size
