"""torchtitan job configs to a scenario."""

from __future__ import annotations

from costcheck.text.launch_files.found import LaunchImport, Options, stated

_NO_COST = (
    "job.", "profiling.", "metrics.", "checkpoint.", "comm.", "lr_scheduler.", "validation.",
    "experimental.", "model.hf_assets_path", "model.tokenizer_path", "model.converters",
    "training.dataset", "training.max_norm", "training.seed", "training.deterministic",
    "optimizer.lr", "optimizer.eps", "optimizer.weight_decay", "optimizer.beta",
    "optimizer.implementation", "compile.", "training.compile", "fault_tolerance.", "debug.",
    "memory_estimation.", "parallelism.enable_async", "parallelism.disable_loss",
    "training.enable_cpu_offload", "training.gc", "model.print",
)  # fmt: skip
"""Beginnings of options that change neither size nor layout nor speed in our model."""

_SCHEDULES = {
    "1f1b": "1f1b",
    "interleaved1f1b": "interleaved",
    "interleavedzerobubble": "zero-bubble",
    "zbvzerobubble": "zero-bubble",
    "dualpipev": "dualpipe",
    "gpipe": "gpipe",
}


def read_torchtitan(options: Options) -> LaunchImport:
    """Return the scenario of a torchtitan job config."""
    layout = _layout(options)
    scenario = {
        "model": _model(options),
        "training": stated(_training(options, layout)),
        "fleet": stated(_fleet(options, layout)),
        "layout": stated(layout),
    }
    options.ignore(*_NO_COST)
    return LaunchImport(
        scenario=stated(scenario),
        unknown=options.unknown(),
        left_open=tuple(options.left_open),
        assumed=tuple(options.assumed),
    )


def _model(options: Options) -> str | None:
    name, flavor = options.word("model.name"), options.word("model.flavor")
    if name is None or flavor is None:
        options.left_open.append("model: name or flavor is missing")
        return None
    model = f"{name.replace('_', '-')}-{flavor}"
    options.assumed.append(f"model: torchtitan's {name} {flavor} is looked up as {model}")
    return model


def _layout(options: Options) -> dict[str, object]:
    shard = options.number("parallelism.data_parallel_shard_degree")
    return {
        "tensor": options.size("parallelism.tensor_parallel_degree") or 1,
        "pipeline": options.size("parallelism.pipeline_parallel_degree") or 1,
        "context": options.size("parallelism.context_parallel_degree") or 1,
        "expert": options.size("parallelism.expert_parallel_degree"),
        "expert_tensor": options.size("parallelism.expert_tensor_parallel_degree"),
        "data": _data(options, shard),
        "micro_batch": options.size("training.local_batch_size", "training.batch_size"),
        "zero": 3 if shard is None or shard != 1 else None,
        "shard_group": shard if shard is not None and shard > 1 else None,
        "recompute": _recompute(options),
        "schedule": _schedule(options),
    }


def _data(options: Options, shard: int | None) -> int | None:
    replicas = options.size("parallelism.data_parallel_replicate_degree") or 1
    if shard is None or shard < 1:
        options.left_open.append("layout.data: all GPUs that are left over; give fleet.count")
        return None
    return replicas * shard


def _recompute(options: Options) -> str | None:
    mode = options.word("activation_checkpoint.mode")
    detail = options.word("activation_checkpoint.selective_ac_option")
    if mode == "selective" and detail not in (None, "op"):
        options.assumed.append(f"activation_checkpoint: every {detail}th layer taken as selective")
    return mode if mode in ("none", "selective", "full") else None


def _schedule(options: Options) -> str | None:
    word = options.word("parallelism.pipeline_parallel_schedule")
    options.value("parallelism.pipeline_parallel_microbatch_size")
    if word is None:
        return None
    if word not in _SCHEDULES:
        options.left_open.append(f"layout.schedule: {word} is not a schedule we know")
    return _SCHEDULES.get(word)


def _training(options: Options, layout: dict[str, object]) -> dict[str, object]:
    length, steps = options.size("training.seq_len"), options.size("training.steps")
    batch = options.size("training.global_batch_size")
    local, data = layout["micro_batch"], layout["data"]
    if batch is None and isinstance(local, int) and isinstance(data, int):
        batch = local * data
        options.assumed.append(f"training.global_batch: {batch}, one local batch per rank")
    if batch is None:
        options.left_open.append("training.global_batch: depends on the number of data ranks")
    tokens = steps * batch * length if steps and batch and length else None
    if tokens is None:
        options.left_open.append("training.tokens: steps, batch or sequence length is missing")
    return {
        "tokens": tokens,
        "sequence_length": length,
        "global_batch": batch,
        "precision": _precision(options),
        "optimizer": options.word("optimizer.name"),
    }


def _precision(options: Options) -> str:
    reduced = options.word("training.mixed_precision_param", "training.dtype")
    options.word("training.mixed_precision_reduce")
    eight = [
        options.flag(name)
        for name in (
            "float8.enable_fsdp_float8_all_gather",
            "quantize.linear.float8.enable_fsdp_float8_all_gather",
            "float8.recipe_name",
            "quantize.linear.float8.recipe_name",
        )
    ]
    options.ignore("float8.", "quantize.")
    if any(eight):
        return "fp8"
    if reduced == "float32":
        return "fp32"
    if reduced is None:
        options.assumed.append("training.precision: torchtitan's default bfloat16 taken")
    return "bf16"


def _fleet(options: Options, layout: dict[str, object]) -> dict[str, object]:
    options.left_open.append("fleet.gpu: a job config does not say which GPU it runs on")
    data = layout["data"]
    if not isinstance(data, int):
        options.left_open.append("fleet.count: a job config does not say how many GPUs it gets")
        return {}
    count = data
    for name in ("tensor", "pipeline", "context"):
        count *= int(str(layout[name]))
    return {"count": count}
