"""From what a launch file states to what a scenario says: batches, tokens, adapters, sections."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import cast

from costcheck.text.launch_files.fleet import settle_fleet
from costcheck.text.launch_files.found import Draft, whole
from costcheck.text.launch_files.launcher import Vocabulary
from costcheck.text.launch_files.rollouts import generates, settle_rollouts

SECTIONS = ("model", "training", "fleet", "layout")
STAGE = ("stage", "rollouts")
"""Sections of the one stage that a run of reinforcement learning is."""
_DRAFTED = {
    "fleet": (
        "gpu", "count", "gpus_per_node", "software", "software.name", "software.compile",
    ),
    "training": (
        "tokens", "steps", "sequence_length", "global_batch", "precision", "mtp", "optimizer",
        "method", "adapter.rank", "adapter.targets", "adapter.base", "objective",
    ),
}  # fmt: skip
"""Keys a draft writes; what else a launcher states only helps to find them."""

_FFN_SHARES = {"model.ffn_times": (1, 1), "model.ffn_half_times": (1, 2)}
"""Multiples of the hidden size, and what part of them one matrix of the block is wide."""
_WIDTHS = (*_FFN_SHARES, "model.ffn_twice", "model.ffn_triple")
_DURATION = re.compile(r"([\d.eE+_]+)\s*(ba|tok|ep|t|s)?")
_AMOUNTS = {"ba": "run.steps", "s": "run.steps", "": "run.steps", "tok": "run.tokens",
            "t": "run.tokens", "ep": "run.epochs"}  # fmt: skip


def settle(draft: Draft, vocabulary: Vocabulary, *, spread: bool) -> None:
    """Derive batches, ranks, tokens and the method; ranks where we know how a job is spread."""
    spread = spread and "run.slice" not in draft.values
    settle_fleet(draft, spread=spread)
    _settle_ffn(draft)
    _settle_duration(draft)
    draft.derive("layout.micro_batch", ("batch.micro",), lambda micro: micro)
    draft.derive("training.global_batch", ("batch.global",), lambda batch: batch)
    if "batch.tokens" in draft.values or "batch.tokens" in draft.gaps:
        draft.derive(
            "training.global_batch",
            ("batch.tokens", "training.sequence_length"),
            lambda tokens, length: tokens // length or None,
        )
    steps = ("batch.micro", "batch.accumulation", "layout.data")
    draft.derive("training.global_batch", steps, lambda micro, times, ranks: micro * times * ranks)
    if spread:
        _settle_batch_of_rank(draft)
    _settle_tokens(draft)
    _settle_adapter(draft, vocabulary)
    settle_rollouts(draft)


def _settle_batch_of_rank(draft: Draft) -> None:
    """Say the batch of each rank where only the number of accelerators is missing."""
    if "training.global_batch" in draft.values or "batch.micro" not in draft.values:
        return
    if draft.options.has("global_batch_size") or "layout.micro_batch" not in draft.values:
        return
    draft.derive("layout.accumulation", ("batch.accumulation",), lambda times: times)
    if "layout.accumulation" in draft.values:
        draft.gaps.pop("training.global_batch", None)
        draft.derive("training.steps", ("run.steps",), lambda steps: steps)


def _settle_ffn(draft: Draft) -> None:
    """Turn the ways launchers state a feed-forward width into the width of one matrix."""
    gated = draft.values.get("model.gated") == "true"
    draft.derive("model.ffn_size", ("model.ffn_twice",), lambda size: size // 2 if gated else size)
    draft.derive("model.ffn_size", ("model.ffn_triple",), lambda size: size // 3 if gated else size)
    usual = "default" in draft.origins.get("model.ffn_times", "")
    if gated and usual and "model.ffn_size" not in draft.values:
        draft.gaps.setdefault("model.ffn_size", "gated, and the file does not state its width")
    for target, (times, parts) in _FFN_SHARES.items():
        draft.derive(
            "model.ffn_size",
            (target, "model.hidden_size"),
            lambda ratio, hidden, times=times, parts=parts: int(ratio) * hidden * times // parts,
        )
    stated = ("model.ffn_size", "model.experts", "model.model_type", "model")
    if "model.hidden_size" in draft.values and not any(t in draft.values for t in stated):
        draft.gaps.setdefault("model.ffn_size", "the file does not state it")


def _settle_duration(draft: Draft) -> None:
    """Read a length such as 4800ba, 2e12T or 3ep as steps, tokens or epochs."""
    match = _DURATION.fullmatch(str(draft.values.get("run.duration", "")).lower())
    if match:
        target = _AMOUNTS[match.group(2) or ""]
        amount = match.group(1)
        value = amount if target == "run.epochs" else whole(amount)
        draft.derive(target, ("run.duration",), lambda _: value)


def _settle_tokens(draft: Draft) -> None:
    if "training.steps" in draft.values:
        draft.gaps.pop("training.tokens", None)
        return
    draft.derive("training.tokens", ("run.tokens",), lambda tokens: tokens)
    for amount in ("run.samples", "run.steps"):
        if amount not in draft.values and amount not in draft.gaps:
            continue
        needs: tuple[str, ...] = (amount, "training.sequence_length")
        if amount == "run.steps":
            needs = (*needs, "training.global_batch")
        draft.derive("training.tokens", needs, _product)
        lacking = [name for name in needs if name not in draft.values and name not in draft.gaps]
        if lacking and "training.tokens" not in draft.values:
            draft.gaps.setdefault("training.tokens", f"needs {', '.join(lacking)}")
    epochs = draft.values.get("run.epochs")
    if epochs is not None and "training.tokens" not in draft.values:
        sentence = f"{epochs} epochs of data whose size the file does not say"
        draft.gaps.setdefault("training.tokens", f"{sentence} ({draft.origins['run.epochs']})")


def _product(*factors: int) -> int:
    result = 1
    for factor in factors:
        result *= factor
    return result


def _settle_adapter(draft: Draft, vocabulary: Vocabulary) -> None:
    """Write adapters with their rank, their modules and the format of the frozen weights."""
    method = draft.values.get("training.method")
    if method is None and "lora.rank" in draft.values:
        why = f"{draft.origins['lora.rank']}, and nothing says that adapters are trained"
        draft.gaps.setdefault("training.method", why)
    if method not in ("lora", "qlora", "dora"):
        return
    bits = str(draft.values.get("lora.bits", "")).lower()
    base = next((base for sign, base in vocabulary.bases.items() if sign in bits), None)
    if base:
        draft.derive("training.adapter.base", ("lora.bits",), lambda _: base)
        if base == "nf4" and method == "lora":
            draft.values["training.method"] = "qlora"
            draft.origins["training.method"] += f", {draft.origins['lora.bits']}"
    draft.derive("training.adapter.rank", ("lora.rank",), lambda rank: rank)
    draft.derive(
        "training.adapter.targets", ("lora.targets",), lambda written: _modules(written, vocabulary)
    )
    if "lora.targets" in draft.values and "training.adapter.targets" not in draft.values:
        draft.gaps["training.adapter.targets"] = f"{draft.origins['lora.targets']}: unknown modules"


def _modules(written: object, vocabulary: Vocabulary) -> object:
    """Return the modules a launcher lists by the names of a scenario; None where one is unknown."""
    from costcheck.physics.architectures.adapters import MODULES

    words = [word.lower() for word in re.findall(r"[\w.*-]+", str(written))]
    if any(word in vocabulary.all_linear for word in words):
        return "all-linear"
    return words if words and all(word in MODULES for word in words) else None


def sections(draft: Draft) -> dict[str, object]:
    """Return the sections of a scenario, without what only led to them."""
    found: dict[str, object] = {}
    for target, value in draft.values.items():
        if _is_drafted(draft, target):
            _put(found, target.split("."), value)
    return found


def shape(draft: Draft) -> dict[str, object]:
    """Return the network that a file states, also beside a name of its model."""
    found: dict[str, object] = {}
    for target, value in draft.values.items():
        section, _, key = target.partition(".")
        if section == "model" and key and target not in _WIDTHS:
            _put(found, key.split("."), value)
    return found


def _is_drafted(draft: Draft, target: str) -> bool:
    section, _, key = target.partition(".")
    if section in STAGE:
        return generates(draft)
    if section == "model":
        return not key or ("model" not in draft.values and target not in _WIDTHS)
    return section in SECTIONS and key in _DRAFTED.get(section, (key,))


def _put(found: dict[str, object], path: Sequence[str], value: object) -> None:
    for key in path[:-1]:
        found = cast("dict[str, object]", found.setdefault(key, {}))
    found[path[-1]] = value


def is_complete(model: object) -> bool:
    """Say whether an architecture has what every one needs; a usual vocabulary stands in."""
    needed = ["layers", "hidden_size", "heads"]
    if not isinstance(model, Mapping):
        return bool(model)
    needed += [] if isinstance(model.get("experts"), Mapping) else ["ffn_size"]
    counted = "model_type" in model and "vocab_size" in model
    return counted or "parameters" in model or all(name in model for name in needed)
