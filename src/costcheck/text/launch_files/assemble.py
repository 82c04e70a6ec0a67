"""From what a launch file states to what a scenario says: batches, tokens, adapters, sections."""

from __future__ import annotations

import re
from collections.abc import Mapping

from costcheck.text.launch_files.fleet import settle_fleet
from costcheck.text.launch_files.found import Draft, whole

SECTIONS = ("model", "training", "fleet", "layout")
_DRAFTED = {
    "fleet": ("gpu", "count", "gpus_per_node", "software"),
    "training": (
        "tokens", "sequence_length", "global_batch", "precision", "mtp", "optimizer", "method",
    ),
}  # fmt: skip
"""Keys a draft writes; what else a launcher states only helps to find them."""

_FFN_SHARES = {"model.ffn_times": (1, 1), "model.ffn_half_times": (1, 2)}
"""Multiples of the hidden size, and what part of them one matrix of the block is wide."""
_WIDTHS = (*_FFN_SHARES, "model.ffn_twice", "model.ffn_triple")
_DURATION = re.compile(r"([\d.eE+_]+)\s*(ba|tok|ep|t|s)?")
_AMOUNTS = {"ba": "run.steps", "s": "run.steps", "": "run.steps", "tok": "run.tokens",
            "t": "run.tokens", "ep": "run.epochs"}  # fmt: skip


def settle(draft: Draft, *, spread: bool) -> None:
    """Derive batches, ranks, tokens and the method; ranks where we know how a job is spread."""
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
    _say_batch(draft)
    _settle_tokens(draft)
    _settle_method(draft)


def _say_batch(draft: Draft) -> None:
    """Say how the batch follows from the GPUs where only their number is missing."""
    micro, times = draft.whole("batch.micro"), draft.whole("batch.accumulation")
    if "training.global_batch" in draft.values or micro is None or times is None:
        return
    draft.gaps.setdefault(
        "training.global_batch", f"{micro} x {times} sequences for each data-parallel GPU"
    )


def _settle_ffn(draft: Draft) -> None:
    """Turn the ways launchers state a feed-forward width into the width of one matrix."""
    gated = draft.values.get("model.gated") == "true"
    draft.derive("model.ffn_size", ("model.ffn_twice",), lambda size: size // 2 if gated else size)
    draft.derive("model.ffn_size", ("model.ffn_triple",), lambda size: size // 3 if gated else size)
    for target, (times, parts) in _FFN_SHARES.items():
        draft.derive(
            "model.ffn_size",
            (target, "model.hidden_size"),
            lambda ratio, hidden, times=times, parts=parts: int(ratio) * hidden * times // parts,
        )


def _settle_duration(draft: Draft) -> None:
    """Read a length such as 4800ba, 2e12T or 3ep as steps, tokens or epochs."""
    match = _DURATION.fullmatch(str(draft.values.get("run.duration", "")).lower())
    if match:
        target = _AMOUNTS[match.group(2) or ""]
        amount = match.group(1)
        value = amount if target == "run.epochs" else whole(amount)
        draft.derive(target, ("run.duration",), lambda _: value)


def _settle_tokens(draft: Draft) -> None:
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


def _settle_method(draft: Draft) -> None:
    """An adapter over weights of four bits is QLoRA, whatever the launcher calls it."""
    bits = str(draft.values.get("lora.bits", "")).lower()
    if draft.values.get("training.method") == "lora" and ("4" in bits or bits == "true"):
        draft.values["training.method"] = "qlora"
        draft.origins["training.method"] += f", {draft.origins['lora.bits']}"


def sections(draft: Draft) -> dict[str, object]:
    """Return the sections of a scenario, without what only led to them."""
    found: dict[str, object] = {}
    if "model" in draft.values:
        found["model"] = draft.values["model"]
    for target, value in draft.values.items():
        section, _, key = target.partition(".")
        if not key or section not in SECTIONS:
            continue
        allowed = _DRAFTED.get(section)
        if allowed and key not in allowed:
            continue
        if section == "model" and ("model" in draft.values or target in _WIDTHS):
            continue
        _put(found, section, key, value)
    return found


def _put(found: dict[str, object], section: str, key: str, value: object) -> None:
    inner = found.setdefault(section, {})
    if isinstance(inner, dict):
        group, _, name = key.partition(".")
        if name:
            inner.setdefault(group, {})[name] = value
        else:
            inner[key] = value


def is_complete(model: object) -> bool:
    """Say whether an architecture has what every one needs."""
    needed = ("layers", "hidden_size", "heads", "vocabulary_size")
    if not isinstance(model, Mapping):
        return bool(model)
    counted = "model_type" in model and "vocab_size" in model
    return counted or "parameters" in model or all(name in model for name in needed)
