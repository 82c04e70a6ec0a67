"""How long a stage takes: the first statement that decides it, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from costcheck import units
from costcheck.estimate.compute import Compute
from costcheck.estimate.desk import StageDesk
from costcheck.estimate.goodput import goodput_node
from costcheck.estimate.knowledge import Knowledge
from costcheck.estimate.modelled import Modelled, Place
from costcheck.graph.nodes import Node, Product, Select, Unknown
from costcheck.scenario.run import Reliability
from costcheck.scenario.schema import Stage


@dataclass(frozen=True, kw_only=True, eq=False)
class Timing:
    """The nodes of a stage that say how long it takes and how well it runs."""

    count: Node
    gpu_hours: Node
    days: Node
    goodput: Node
    mfu: Node
    mfu_end_to_end: Node
    mfu_end_to_end_6nd: Node
    tokens_per_second_per_gpu: Node
    step_seconds: Node
    peak: Node
    """Dense peak of one accelerator that MFU is measured against."""
    peak_flop: Node
    """FLOP the accelerators could have done at their peak in the GPU-hours."""
    way: str
    """Which statement or model decided the GPU-hours."""

    def results(self) -> dict[str, Node]:
        """Return the nodes that are results, by their JSON names."""
        names = (
            "mfu",
            "mfu_end_to_end",
            "mfu_end_to_end_6nd",
            "tokens_per_second_per_gpu",
            "gpu_hours",
            "days",
            "goodput",
        )
        return {name: getattr(self, name) for name in names}


def timing_nodes(
    stage: Stage,
    *,
    compute: Compute,
    place: Place,
    modelled: Modelled,
    known: Knowledge,
    desk: StageDesk,
) -> Timing:
    """Return the time of a stage.

    The first of these that is stated decides: GPU-hours, count x duration, tokens per second,
    MFU, then what the models offer: the prediction of the layout, the empirical prior.
    """
    hour = desk.derived("seconds_per_hour", units.SECONDS_PER_HOUR, "s", "one hour")
    goodput = goodput_node(stage.reliability or Reliability(), place.count, known, desk)
    speeds = {**_stated_speeds(stage, compute, place.peak, desk), **modelled.step}
    ways = {
        **_stated_hours(stage, place.count, desk),
        **_hours(speeds, compute, (place.peak, hour, goodput), desk),
        **_hours(modelled.end_to_end, compute, (place.peak, hour), desk),
        **modelled.hours,
    }
    gpu_hours, chosen = _first(ways, desk), next(iter(ways), "")
    ideal = _ideal(gpu_hours, hour, place.peak, desk)
    end_to_end, mfu = _utilization(speeds, chosen, compute, ideal, goodput, desk)
    throughput = _throughput(mfu, place.peak, compute, desk)
    return Timing(
        count=place.count,
        gpu_hours=gpu_hours,
        days=_days(gpu_hours, place.count, desk),
        goodput=goodput,
        mfu=mfu,
        mfu_end_to_end=end_to_end,
        mfu_end_to_end_6nd=_six_nd(compute, ideal, desk),
        tokens_per_second_per_gpu=throughput,
        step_seconds=_step(stage, compute, throughput, place.count, desk),
        peak=place.peak,
        peak_flop=ideal,
        way=chosen,
    )


def _hours(
    speeds: Mapping[str, Node], compute: Compute, under: tuple[Node, ...], desk: StageDesk
) -> dict[str, Node]:
    """Return GPU-hours at each speed: training FLOPs over the peak and what is reached of it."""
    return {
        label: Product(
            name=desk(f"gpu_hours/{label.replace(' ', '_')}"),
            unit="GPU-hours",
            why=f"training FLOPs over what the peak yields at the MFU ({label})",
            over=(compute.training_flops,),
            under=(*under, mfu),
        )
        for label, mfu in speeds.items()
    }


def _ideal(gpu_hours: Node, hour: Node, peak: Node, desk: StageDesk) -> Node:
    return Product(
        name=desk("gpu_hours/peak_flop"),
        unit="FLOP",
        why="what the fleet could have computed at its peak in the GPU-hours",
        over=(gpu_hours, hour, peak),
    )


def _throughput(mfu: Node, peak: Node, compute: Compute, desk: StageDesk) -> Node:
    return Product(
        name=desk("tokens_per_second_per_gpu"),
        unit="tokens/s",
        why="steady-state throughput: peak x MFU over FLOPs per token",
        over=(mfu, peak),
        under=(compute.flops_per_token,),
    )


def _six_nd(compute: Compute, ideal: Node, desk: StageDesk) -> Node:
    return Product(
        name=desk("mfu_end_to_end_6nd"),
        unit="share",
        why="6ND FLOPs over the peak of all GPU-hours",
        over=(compute.six_nd_flops,),
        under=(ideal,),
    )


def count_node(stage: Stage, desk: StageDesk) -> Node:
    """Return how many accelerators the job has: stated, or GPU-hours over the duration."""
    fleet = stage.fleet
    if fleet is not None and fleet.count is not None:
        return desk.stated("count", fleet.count, "GPUs", "accelerators in the job")
    if stage.duration is None or stage.gpu_hours is None:
        return desk.unknown("count", "GPUs", "no fleet.count is stated")
    return Product(
        name=desk("count"),
        unit="GPUs",
        why="stated GPU-hours over the stated duration",
        over=(_stated_gpu_hours(stage, desk),),
        under=(_duration(stage, desk),),
    )


def _stated_gpu_hours(stage: Stage, desk: StageDesk) -> Node:
    assert stage.gpu_hours is not None  # noqa: S101 - the callers checked
    why = "end to end, as stated"
    return desk.stated("gpu_hours/stated", stage.gpu_hours, "GPU-hours", why)


def _duration(stage: Stage, desk: StageDesk) -> Node:
    assert stage.duration is not None  # noqa: S101 - the callers checked
    return desk.stated("duration", stage.duration, "h", "wall-clock time, end to end")


def _stated_hours(stage: Stage, count: Node, desk: StageDesk) -> dict[str, Node]:
    ways: dict[str, Node] = {}
    if stage.gpu_hours is not None:
        ways["gpu_hours"] = _stated_gpu_hours(stage, desk)
    if stage.duration is not None and stage.fleet and stage.fleet.count is not None:
        ways["count x duration"] = Product(
            name=desk("gpu_hours/count_x_duration"),
            unit="GPU-hours",
            why="accelerators times wall-clock time",
            over=(count, _duration(stage, desk)),
        )
    return ways


def _stated_speeds(stage: Stage, compute: Compute, peak: Node, desk: StageDesk) -> dict[str, Node]:
    speeds: dict[str, Node] = {}
    utilization = stage.utilization
    if utilization is None:
        return speeds
    rate = utilization.tokens_per_second_per_gpu
    if rate is not None:
        speeds["tokens per second"] = Product(
            name=desk("mfu/from_tokens_per_second"),
            unit="share",
            why="stated throughput times FLOPs per token over the peak",
            over=(
                desk.stated("throughput", rate, "tokens/s", "tokens per second and accelerator"),
                compute.flops_per_token,
            ),
            under=(peak,),
        )
    if utilization.mfu is not None:
        speeds["mfu"] = desk.stated("mfu/stated", utilization.mfu, "share", "MFU of a step")
    return speeds


def _first(ways: Mapping[str, Node], desk: StageDesk) -> Node:
    if not ways:
        why = "needs gpu_hours, a duration, a throughput, an MFU, or a model, tokens and a GPU"
        return desk.unknown("gpu_hours", "GPU-hours", why)
    return Select(
        name=desk("gpu_hours"),
        unit="GPU-hours",
        why="accelerator-hours end to end",
        options=ways,
        chosen=next(iter(ways)),
    )


def _utilization(
    speeds: Mapping[str, Node],
    chosen: str,
    compute: Compute,
    ideal: Node,
    goodput: Node,
    desk: StageDesk,
) -> tuple[Node, Node]:
    if chosen in speeds:
        mfu: Node = Select(
            name=desk("mfu"),
            unit="share",
            why="model FLOPs of a step over the dense BF16 peak",
            options=speeds,
            chosen=chosen,
        )
        why = "MFU of a step times goodput"
        path = desk("mfu_end_to_end")
        return Product(name=path, unit="share", why=why, over=(mfu, goodput)), mfu
    end_to_end = Product(
        name=desk("mfu_end_to_end"),
        unit="share",
        why="model FLOPs over the peak of all GPU-hours",
        over=(compute.training_flops,),
        under=(ideal,),
    )
    mfu = Product(
        name=desk("mfu"),
        unit="share",
        why="end-to-end MFU over goodput",
        over=(end_to_end,),
        under=(goodput,),
    )
    return end_to_end, mfu


def _days(gpu_hours: Node, count: Node, desk: StageDesk) -> Node:
    if isinstance(count, Unknown):
        return desk.unknown("days", "days", "needs fleet.count, or gpu_hours and a duration")
    return Product(
        name=desk("days"),
        unit="days",
        why="GPU-hours over accelerators",
        over=(gpu_hours,),
        under=(count, desk.derived("hours_per_day", units.HOURS_PER_DAY, "h", "one day")),
    )


def _step(stage: Stage, compute: Compute, throughput: Node, count: Node, desk: StageDesk) -> Node:
    batch = stage.training.global_batch if stage.training else None
    if batch is None:
        return desk.unknown("step_seconds", "s", "needs training.global_batch")
    return Product(
        name=desk("step_seconds"),
        unit="s",
        why="tokens of one step over the throughput of the fleet",
        over=(
            desk.stated("global_batch", batch, "sequences", "sequences per optimizer step"),
            compute.sequence_length,
        ),
        under=(throughput, count),
    )
