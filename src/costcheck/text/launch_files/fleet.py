"""What surrounds a launcher and says which GPUs, how many: schedulers, starters, clusters."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from costcheck.text.launch_files.found import Draft, Options, Stated, whole
from costcheck.text.launch_files.launcher import Vocabulary
from costcheck.text.launch_files.rollouts import generates

_NODES = ("nnodes", "num_nodes", "num_machines", "trainer.nnodes", "nodes", "replicas")
_PER_NODE = (
    "nproc_per_node", "gpus_per_node", "num_gpus_per_node", "n_gpus_per_node", "devices",
    "num_gpus", "ngpus_per_node", "gpus_on_node", "gpu_per_node", "actor_num_gpus_per_node",
)  # fmt: skip
_WORLD = ("num_processes", "world_size", "num_workers_total", "np")
_GPU_RESOURCES = ("nvidia.com/gpu", "amd.com/gpu", "google.com/tpu")
_SELECTORS = (
    "cloud.google.com/gke_accelerator", "gpu.nvidia.com/class", "nvidia.com/gpu.product",
    "node.kubernetes.io/instance_type", "beta.kubernetes.io/instance_type",
)  # fmt: skip
_GRES = re.compile(r"gpu(?::([\w-]*[a-z][\w-]*))?(?::(\d+))?", re.IGNORECASE)
_ACCELERATOR = re.compile(r"([A-Za-z][\w.\-]*)(?::(\d+))?")
_QUEUES = ("partition", "queue", "account")
"""What of a scheduler is often called after the accelerators of its nodes."""
_VISIBLE = ("cuda_visible_devices", "hip_visible_devices", "ascend_rt_visible_devices")
_SLICES = ("device_type", "tpu_type", "accelerator_type")
_TOPOLOGY = re.compile(r"(\w+?)-(\d+(?:x\d+)+)")
_LISTED = re.compile(r"(?:localhost:)?(\d+(?:,\d+)*)")
_ALONE: Mapping[str, tuple[str, ...]] = {
    "torchrun": (), "torch.distributed.run": (), "torch.distributed.launch": (),
    "deepspeed": ("num_gpus",),
}  # fmt: skip
"""Starters that take one machine unless told otherwise, with what has to be told for it."""
_SELECTED = re.compile(r"(?:select|nodes)=(\d+)")
_OF_SELECTED = re.compile(r"n?gpus=(\d+)")


def read_starter(draft: Draft, words: Sequence[str]) -> None:
    """Read what torchrun, accelerate, deepspeed and trainers say of nodes and GPUs."""
    draft.take("fleet.nodes", lambda options: _ranged(options, *_NODES))
    draft.take("fleet.gpus_per_node", _per_node)
    draft.take("fleet.count", lambda options: options.size(*_WORLD))
    draft.take("run.visible", _visible)
    draft.take("fleet.gpu", lambda options: _slice(options, 1))
    draft.take("fleet.count", _chips)
    draft.take("run.slice", lambda options: _slice(options, 2))
    for starter, needs in _ALONE.items():
        if starter in words and all(map(draft.options.has, needs)):
            draft.alone = f"{starter}'s default: one node"
    if "srun" in words:
        _read_allocation(draft)


def _ranged(options: Options, *names: str) -> int | None:
    """Return a number of nodes; of an elastic range ``2:4`` the least is settled."""
    item = options.stated(*names)
    if item is None or item.open:
        return None
    text = str(item.value).partition(":")[0]
    number = whole(text)
    if number is None:
        options.open.append(f"{item.place} is not a number here")
    return number


def _per_node(options: Options) -> int | None:
    item = options.stated(*_PER_NODE)
    if item is None or item.open:
        return None
    if isinstance(item.value, list):
        return len(item.value) or None
    number = whole(item.value)
    if number is None:
        options.open.append(f"{item.place} is not a number here")
    return number if number is not None and number > 0 else None


def _slice(options: Options, group: int) -> str | None:
    """Return the part, or the topology, of a slice such as tpu7x-4x4x4."""
    match = _TOPOLOGY.fullmatch(options.text(*_SLICES) or "")
    return match.group(group) if match else None


def _chips(options: Options) -> int | None:
    topology, slices = _slice(options, 2), options.size("num_slices") or 1
    return math.prod(map(int, topology.split("x"))) * slices if topology else None


def _visible(options: Options) -> int | None:
    """Return how many GPUs of a machine are listed, as in 0,1,2,3 or localhost:0,1."""
    listed = options.text("include", *_VISIBLE)
    match = _LISTED.fullmatch(listed) if listed else None
    return match.group(1).count(",") + 1 if match else None


def read_scheduler(
    draft: Draft, headers: Sequence[tuple[str, Stated]], vocabulary: Vocabulary
) -> None:
    """Read the header of a batch script."""
    inner = Draft(Options(headers))
    _read_allocation(inner)
    inner.take("fleet.gpu", lambda found: _chip(found, vocabulary.part, "constraint"))
    if "fleet.gpu" not in {*inner.values, *inner.gaps, *draft.values, *draft.gaps}:
        inner.take("fleet.gpu", lambda found: _chip(found, vocabulary.part, *_QUEUES))
        if "fleet.gpu" in inner.values:
            inner.origins["fleet.gpu"] += "; a guess by that name"
    if "fleet.gpus_per_node" in inner.values and not draft.alone:
        draft.alone = "the scheduler's default: one node"
    _over(draft, inner)


def _read_allocation(draft: Draft) -> None:
    """Read what is asked of a scheduler, in a header or by srun."""
    draft.take("fleet.nodes", lambda found: found.size("nodes"))
    draft.take("fleet.nodes", lambda found: _selected(found, _SELECTED))
    draft.take("fleet.count", lambda found: _last_number(found.stated("gpus")))
    draft.take("fleet.gpus_per_node", lambda found: _last_number(found.stated("gpus_per_node")))
    draft.take("fleet.gpus_per_node", lambda found: _gres(found.stated("gres"), 2))
    draft.take("fleet.gpus_per_node", lambda found: _selected(found, _OF_SELECTED))
    draft.take("run.tasks", lambda found: found.size("ntasks"))
    draft.take("run.node_tasks", lambda found: found.size("ntasks_per_node"))
    draft.take("run.task_gpus", lambda found: _last_number(found.stated("gpus_per_task")))
    draft.derive("fleet.gpus_per_node", ("run.node_tasks", "run.task_gpus"), lambda n, g: n * g)
    draft.derive("fleet.count", ("run.tasks", "run.task_gpus"), lambda n, g: n * g)
    draft.take("fleet.gpu", lambda found: _gres(found.stated("gres"), 1))
    draft.take("fleet.gpu", lambda found: _typed(found.stated("gpus_per_node", "gpus")))


def _selected(options: Options, pattern: re.Pattern[str]) -> int | None:
    """Return a number of a list of resources such as select=2:ngpus=4."""
    match = pattern.search(options.text("l") or "")
    return int(match.group(1)) if match else None


def _over(draft: Draft, inner: Draft) -> None:
    """Take what an outer layer settles, or knows to be open, and the inner one leaves unsaid."""
    for target, why in inner.gaps.items():
        if target not in draft.values:
            draft.gaps.setdefault(target, why)
    for target, value in inner.values.items():
        apart = target == "fleet.nodes" and draft.values.get(target, value) != value
        if apart and not generates(draft):
            draft.gaps[target] = f"{draft.origins[target]}, but {inner.origins[target]}"
            del draft.values[target]
        elif target not in draft.values:
            draft.put(target, value, inner.origins[target])


def _last_number(item: Stated | None) -> object:
    return whole(str(item.value).rpartition(":")[2]) if item else None


def _typed(item: Stated | None) -> object:
    name, _, _ = str(item.value).rpartition(":") if item else ("", "", "")
    return name or None


def _gres(item: Stated | None, group: int) -> object:
    match = _GRES.search(str(item.value)) if item else None
    found = match.group(group) if match else None
    return whole(found) if found and group == 2 else found


def _chip(options: Options, part: str, *names: str) -> str | None:
    """Return the accelerator in a list of what nodes have; several leave it open."""
    pattern = re.compile(rf"(?:\b|(?<=gpu)){part}(?:[- ]\d{{2,3}})?(?=x\d|\W|$)", re.IGNORECASE)
    for name in names:
        item = options.stated(name)
        written = str(item.value).replace("_", " ") if item else ""
        found = {match[0] for match in pattern.finditer(written)}
        if item and len(found) > 1:
            options.open.append(f"{item.place} lets it run on {' or '.join(sorted(found))}")
        if found:
            options.read = options.read[-1:]
            return found.pop() if len(found) == 1 else None
    return None


def read_skypilot(draft: Draft, data: Mapping[str, Any], lines: Options) -> None:
    """Read the resources of a SkyPilot task."""
    asked = (data.get("resources") or {}).get("accelerators")
    if isinstance(asked, Mapping):
        asked = ":".join(str(part) for part in next(iter(asked.items()), ()))
    elif isinstance(asked, list):
        asked = asked[0] if len(asked) == 1 else None
    match = _ACCELERATOR.fullmatch(str(asked)) if asked else None
    place = lines.stated(
        "accelerators", *([f"accelerators.{match.group(1).lower()}"] if match else [])
    )
    where = place.place if place else "resources.accelerators"
    if match:
        draft.put("fleet.gpu", match.group(1), where)
        draft.put("fleet.gpus_per_node", int(match.group(2) or 1), where)
    nodes = lines.stated("num_nodes")
    number = whole(nodes.value) if nodes else 1
    if number:
        draft.put("fleet.nodes", number, nodes.place if nodes else "SkyPilot's default: 1")


def read_mosaic(draft: Draft, data: Mapping[str, Any], lines: Options) -> None:
    """Read the GPUs of a run of MosaicML's command line."""
    del data
    item = lines.stated("compute.gpus", "gpu_num")
    if item and (count := whole(item.value)):
        draft.put("fleet.count", count, item.place)
    part = lines.text("compute.gpu_type", "gpu_type")
    if part:
        draft.put("fleet.gpu", part.replace("_", "-"), lines.read[-1].place)


def read_kubernetes(draft: Draft, data: Mapping[str, Any], lines: Options) -> None:
    """Read the replicas, GPUs and node selectors of a training job of Kubernetes."""
    groups = list(_replica_groups(data))
    for name in _GPU_RESOURCES:
        lines.stated(name)
    counted = [(count, gpus) for count, gpus in groups if gpus]
    if counted and all(count is not None for count, _ in counted):
        total = sum((count or 0) * gpus for count, gpus in counted)
        widest = {gpus for _, gpus in counted}
        item = lines.stated(*_GPU_RESOURCES)
        where = item.place if item else "the GPUs of its containers"
        draft.put("fleet.count", total, f"{where}, by its replicas")
        if len(widest) == 1:
            draft.put("fleet.gpus_per_node", widest.pop(), where)
    selector = lines.text(*_SELECTORS)
    if selector:
        item = lines.read[-1]
        draft.put("fleet.gpu", _part_name(selector), item.place)


def _part_name(selector: str) -> str:
    """Return the part in a label such as nvidia-h100-80gb, or the instance as it is written."""
    return selector.removeprefix("nvidia-").replace("NVIDIA-", "").replace("-HBM3", "")


def _replica_groups(node: Any, replicas: int | None = 1) -> Iterator[tuple[int | None, int]]:
    """Return each group of pods with its GPUs per pod."""
    if isinstance(node, Mapping):
        stated = next(
            (node[key] for key in ("replicas", "numNodes", "parallelism") if key in node), replicas
        )
        count = stated if isinstance(stated, int) else None
        limits = node.get("limits") or node.get("requests")
        if isinstance(limits, Mapping):
            gpus = sum(whole(limits.get(name, 0)) or 0 for name in _GPU_RESOURCES)
            yield count, gpus
            return
        for value in node.values():
            yield from _replica_groups(value, count)
    elif isinstance(node, list):
        for value in node:
            yield from _replica_groups(value, replicas)


def settle_fleet(draft: Draft, *, spread: bool) -> None:
    """Count the GPUs, and the data-parallel ranks where we know how the job is spread."""
    if "fleet.count" not in draft.values:
        draft.derive("fleet.gpus_per_node", ("run.visible",), lambda visible: visible)
        if "run.visible" in draft.values:
            draft.alone = draft.alone or "one machine, as its GPUs are listed"
    if draft.alone and "fleet.count" not in draft.values:
        draft.assume("fleet.nodes", 1, draft.alone)
    draft.derive("fleet.count", ("fleet.nodes", "fleet.gpus_per_node"), lambda n, g: n * g)
    if not spread:
        return
    degrees = [f"layout.{name}" for name in ("tensor", "pipeline", "context")]
    held = [name for name in degrees if name in draft.values or name in draft.gaps]
    draft.derive("fleet.count", ("layout.data", *held), lambda *each: math.prod(each))
    draft.derive("layout.data", ("fleet.count", *held), _ranks)
    count = draft.whole("fleet.count")
    width = math.prod(draft.whole(name) or 1 for name in held)
    if count and count % width and "layout.data" not in draft.gaps:
        draft.gaps["layout.data"] = f"{count} GPUs are no multiple of {width}"


def _ranks(count: int, *degrees: int) -> int | None:
    width = math.prod(degrees)
    return count // width if count % width == 0 else None
