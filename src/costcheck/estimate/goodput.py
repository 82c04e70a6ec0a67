"""The productive share of the time: failures, restarts and checkpoints."""

from costcheck.estimate.study import Study
from costcheck.graph.nodes import Node, Unknown, call, guard
from costcheck.physics import reliability
from costcheck.scenario.run import Reliability
from costcheck.text.quantity import Quantity


def goodput_node(study: Study, count: Node) -> Node:
    """Goodput of a stage."""
    if isinstance(count, Unknown):
        path = "goodput_of_unknown_fleet"
        return study.assumed(f"reliability/{path}", study.known.general[path], "share")
    stated = study.stage.reliability or Reliability()
    restart = _seconds(study, "restart", stated.restart)
    failures = _failures(study, stated, count)
    interval = stated.checkpoint_interval
    steady = (
        {}
        if not isinstance(interval, Quantity)
        else {"interval_seconds": _seconds(study, "checkpoint_interval", interval)}
    )
    exact = study.let(
        "reliability/goodput",
        "share",
        call(
            reliability.goodput if steady else reliability.optimal_goodput,
            write_seconds=_seconds(study, "checkpoint_write", stated.checkpoint_write),
            restart_seconds=restart,
            failures_per_second=failures,
            **steady,
        ),
        "productive share of the time: failures, restarts and checkpoints, exact",
    )
    margin = study.let(
        "reliability/margin",
        "share",
        call(reliability.restart_margin, restart_seconds=restart, failures_per_second=failures),
        "room left between restarts and failures",
    )
    reason = "failures outrun progress: restarts take over half the time between failures"
    why = "productive share of the wall-clock time"
    return study.result("goodput", guard(exact, margin=margin, reason=reason), why)


def _failures(study: Study, stated: Reliability, count: Node) -> Node:
    path, rate = "reliability/failures_per_gpu_hour", stated.failures_per_gpu_hour
    if rate is not None:
        why = "interruptions per accelerator-hour"
        per_gpu_hour = study.stated(path, rate, "1/GPU-hour", why)
    else:
        quality = stated.fleet_quality or "default"
        default = study.known.reliability[f"failures_per_gpu_hour.{quality}"]
        per_gpu_hour = study.assumed(path, default, "1/GPU-hour")
    return study.let(
        "reliability/failures_per_second",
        "1/s",
        call(reliability.failures_per_second, failures_per_gpu_hour=per_gpu_hour, gpus=count),
        "interruptions of the whole job",
    )


def _seconds(study: Study, key: str, quantity: Quantity | None) -> Node:
    path, why = f"reliability/{key}", key.replace("_", " ")
    if quantity is None:
        return study.assumed(path, study.known.reliability[f"{key}_seconds"], "s")
    hours = study.stated(f"{path}_hours", quantity, "h", why)
    return study.let(path, "s", hours * study.conversion("seconds_per_hour"), why)
