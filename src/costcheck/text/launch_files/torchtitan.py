"""torchtitan's job configs, those of 2024 and of later years."""

from __future__ import annotations

from costcheck.text.launch_files.found import Draft, Options
from costcheck.text.launch_files.launcher import Launcher, Vocabulary
from costcheck.text.launch_files.megatron import MODEL_BY_NAME

_SCHEDULES = {
    "1f1b": "1f1b",
    "interleaved1f1b": "interleaved",
    "interleavedzerobubble": "zero-bubble",
    "zbvzerobubble": "zero-bubble",
    "dualpipev": "dualpipe",
}


def read_torchtitan(draft: Draft, launcher: Launcher, vocabulary: Vocabulary) -> None:
    """Read a job config."""
    del launcher, vocabulary
    draft.take("model", _model)
    for name in ("tensor", "pipeline", "context"):
        draft.assume(f"layout.{name}", 1, "torchtitan's default 1; the file is silent")
    _read_shards(draft)
    draft.take("layout.recompute", lambda options: _recompute(options, draft))
    if draft.whole("layout.pipeline") != 1:
        draft.take("layout.schedule", _schedule)
    else:
        draft.options.stated("pipeline_parallel_schedule")
    _read_training(draft)


def _model(options: Options) -> str | None:
    name, flavor = options.word("model.name", "model_name"), options.word("model.flavor", "flavor")
    if any(map(options.has, MODEL_BY_NAME)):
        return options.name(*MODEL_BY_NAME)
    if flavor is None and options.has("module"):
        return options.text("config")
    return f"{name.replace('_', '-')}-{flavor.replace(' ', '-')}" if name and flavor else None


def _read_shards(draft: Draft) -> None:
    draft.take("shards", lambda o: o.number("data_parallel_shard_degree", "data_parallel_degree"))
    draft.take_size("replicas", "data_parallel_replicate_degree")
    shard, replicas = draft.whole("shards"), draft.whole("replicas") or 1
    origin = draft.origins.get("shards", "torchtitan shards over all ranks unless told otherwise")
    kept = draft.options.stated("fsdp_reshard_after_forward")
    if shard != 1:
        stage = "2" if kept is not None and kept.value == "never" else "3"
        draft.put("layout.zero", stage, origin)
    if shard is None or shard < 1:
        return
    if shard > 1:
        draft.put("layout.shard_group", shard, origin)
    draft.put("layout.data", shard * replicas, origin)


def _recompute(options: Options, draft: Draft) -> str | None:
    mode = options.word("activation_checkpoint.mode")
    detail = options.word("selective_ac_option")
    if mode == "selective" and detail not in (None, "op"):
        draft.assumed.append(f"activation_checkpoint: every {detail}th layer taken as selective")
    return mode if mode in ("none", "selective", "full") else None


def _schedule(options: Options) -> str | None:
    word = options.word("pipeline_parallel_schedule")
    if word is not None and word not in _SCHEDULES:
        options.open.append(f"{options.read[-1].place} is not a schedule we know")
    return _SCHEDULES.get(word or "")


def _read_training(draft: Draft) -> None:
    silent = "torchtitan's default, one micro-batch of each rank; the file is silent"
    if not draft.options.has("global_batch_size"):
        draft.assume("batch.accumulation", 1, silent)
    draft.take("training.precision", _precision)
    draft.assume("training.precision", "bf16", "torchtitan's default bfloat16; the file is silent")


def _precision(options: Options) -> str | None:
    converters = options.value("model.converters", "converters")
    listed = converters if isinstance(converters, list) else str(converters or "").split(",")
    if any("mx" in str(each) for each in listed):
        return "mxfp8"
    if any("float8" in str(each) for each in listed):
        return "fp8"
    recipe = options.word("float8.recipe_name")
    gathered = options.flag("float8.enable_fsdp_float8_all_gather", "enable_float8_linear")
    if converters is None and (recipe or gathered):
        return "fp8"
    reduced = options.word("mixed_precision_param", "training.dtype")
    return {"float32": "fp32", "bfloat16": "bf16", "float16": "fp16"}.get(reduced or "")
