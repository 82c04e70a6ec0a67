"""Names of models as hubs and launchers write them, and models found by their shape."""

from __future__ import annotations

import re
from collections.abc import Mapping

from costcheck.catalog.files import Catalog, Found, read_yaml

_SIZE = re.compile(r"(?<![\d.A-Za-z])(\d+(?:\.\d+)?)([bmt])(?![a-z])", re.IGNORECASE)
_MIXED = re.compile(r"(?<![\d.A-Za-z])(\d+)x(\d+(?:\.\d+)?)b(?![a-z])", re.IGNORECASE)
_ACTIVE = re.compile(r"-a(\d+(?:\.\d+)?)b(?![a-z])", re.IGNORECASE)
_RECIPE = re.compile(r"^.*\.|^(?:q?lora|dora|full)_", re.IGNORECASE)
_SHAPE = {
    "num_hidden_layers": "layers",
    "hidden_size": "hidden_size",
    "num_attention_heads": "heads",
}


def named_model(catalog: Catalog, written: str) -> Found | None:
    """Return the model a hub, a path or a recipe names."""
    name = written.strip().rstrip("/").rsplit("/", 1)[-1]
    tries = [written, name, name.replace("_", "-")]
    bare = name
    while (shorter := _RECIPE.sub("", bare, count=1)) != bare and "-" not in bare:
        bare = shorter
        tries += [bare, re.sub(r"(\d)_(?=\d)", r"\1.", bare).replace("_", "-")]
    return next((found for each in tries if (found := catalog.find("models", each))), None)


def size_in_name(written: str) -> dict[str, object]:
    """Return the parameters that a name such as Qwen3-30B-A3B states; empty where it has none."""
    name = written.strip().rstrip("/").rsplit("/", 1)[-1].replace("_", "-")
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


def twin_vocabularies(catalog: Catalog, model: Mapping[str, object]) -> dict[int, str]:
    """Return the vocabularies of the models of a shape, each with one that has it."""
    wanted = {theirs: model.get(ours, model.get(theirs)) for theirs, ours in _SHAPE.items()}
    size = model.get("ffn_size")
    twins: dict[int, str] = {}
    for name in catalog.names("models") if None not in wanted.values() else ():
        found = catalog.find("models", name)
        shape = read_yaml(found.text, found.path).get("architecture") if found else None
        if not isinstance(shape, dict) or "vocab_size" not in shape:
            continue
        same = all(shape.get(key) == value for key, value in wanted.items())
        if same and (size is None or shape.get("intermediate_size") in (None, size)):
            twins.setdefault(int(shape["vocab_size"]), name)
    return twins
