"""The productive share of the time: failures, restarts and checkpoints."""

from __future__ import annotations

from collections.abc import Callable

from costcheck import units
from costcheck.estimate.desk import StageDesk
from costcheck.estimate.knowledge import Knowledge
from costcheck.graph.nodes import Array, Call, Guard, Node, Product, Unknown
from costcheck.physics import reliability
from costcheck.scenario.run import Reliability
from costcheck.text.quantity import Quantity


def goodput_node(given: Reliability, count: Node, known: Knowledge, desk: StageDesk) -> Node:
    """Return the goodput of a stage."""
    if isinstance(count, Unknown):
        return desk.assumed(
            "reliability/goodput_of_unknown_fleet",
            known.general["goodput_of_unknown_fleet"],
            "share",
        )
    arguments = _arguments(given, count, known, desk)
    function: Callable[..., Array | float] = reliability.optimal_goodput
    if "interval_seconds" in arguments:
        function = reliability.goodput
    exact = Call(
        name=desk("reliability/goodput"),
        unit="share",
        why="productive share of the time: failures, restarts and checkpoints, exact",
        function=function,
        arguments=arguments,
    )
    margin = Call(
        name=desk("reliability/margin"),
        unit="share",
        why="room left between restarts and failures",
        function=reliability.restart_margin,
        arguments={key: arguments[key] for key in ("restart_seconds", "failures_per_second")},
    )
    return Guard(
        name=desk("goodput"),
        unit="share",
        why="productive share of the wall-clock time",
        quantity=exact,
        margin=margin,
        reason="failures outrun progress: restarts take over half the time between failures",
    )


def _arguments(
    given: Reliability, count: Node, known: Knowledge, desk: StageDesk
) -> dict[str, Node]:
    rate = given.failures_per_gpu_hour
    why = "interruptions per accelerator-hour"
    per_gpu_hour = (
        desk.stated("reliability/failures_per_gpu_hour", rate, "1/GPU-hour", why)
        if rate is not None
        else desk.assumed(
            "reliability/failures_per_gpu_hour",
            known.reliability[f"failures_per_gpu_hour.{given.fleet_quality or 'default'}"],
            "1/GPU-hour",
        )
    )
    arguments: dict[str, Node] = {
        "write_seconds": _seconds("checkpoint_write", given.checkpoint_write, known, desk),
        "restart_seconds": _seconds("restart", given.restart, known, desk),
        "failures_per_second": Call(
            name=desk("reliability/failures_per_second"),
            unit="1/s",
            why="interruptions of the whole job",
            function=reliability.failures_per_second,
            arguments={"failures_per_gpu_hour": per_gpu_hour, "gpus": count},
        ),
    }
    if isinstance(given.checkpoint_interval, Quantity):
        interval = given.checkpoint_interval
        arguments["interval_seconds"] = _seconds("checkpoint_interval", interval, known, desk)
    return arguments


def _seconds(key: str, quantity: Quantity | None, known: Knowledge, desk: StageDesk) -> Node:
    path = f"reliability/{key}"
    if quantity is None:
        return desk.assumed(path, known.reliability[f"{key}_seconds"], "s")
    hours = desk.stated(f"{path}_hours", quantity, "h", key.replace("_", " "))
    hour = desk.derived("seconds_per_hour", units.SECONDS_PER_HOUR, "s", "one hour")
    return Product(name=desk(path), unit="s", why=key.replace("_", " "), over=(hours, hour))
