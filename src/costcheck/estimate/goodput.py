"""The productive share of the time: failures, spot interruptions, restarts and checkpoints."""

from typing import Any

from costcheck.estimate.study import Study, known_value
from costcheck.graph.nodes import Call, Formula, Node, Unknown, call, guard, product, total
from costcheck.physics import reliability
from costcheck.scenario.run import Layout, Reliability
from costcheck.text.quantity import Quantity

REPLICA = ("tensor", "pipeline", "context")
"""Sizes of a layout whose product is one data-parallel replica."""

FAULT_TOLERANCE = "reliability/fault_tolerance"

EXPECTED = "reliability/expected_goodput"
"""Goodput that failures and checkpoints leave; what a run reached may say another."""


def goodput_node(study: Study, count: Node) -> Node:
    """Goodput that is to be expected of a stage."""
    if isinstance(count, Unknown):
        path = "goodput_of_unknown_fleet"
        return study.assumed(f"reliability/{path}", study.known.general[path], "share")
    why = "productive share of the wall-clock time, expected"
    node: Node = study.let(EXPECTED, "share", _expected(study, count), why)
    return node


def goodput_of_stated_hours(
    study: Study, expected: Node, end_to_end: Node, *, most_mfu: float
) -> Node:
    """Goodput of a run whose hours are stated: it got done in them what it did."""
    why = "productive share of the wall-clock time"
    if known_value(end_to_end) is None:
        return study.result("goodput", product(expected), why)
    most = study.derived("mfu/most", most_mfu, "share", "fastest peak over that of MFU")
    formula = call(
        reliability.goodput_of_finished_run,
        expected=expected,
        mfu_end_to_end=end_to_end,
        most_mfu=most,
    )
    return study.result("goodput", formula, f"{why}, at least what the peak needs for the FLOPs")


def hours_are_stated(study: Study) -> bool:
    """Whether the file says how long the stage takes, lost time included."""
    stage = study.stage
    timed = stage.duration is not None and counts_accelerators(study)
    return stage.gpu_hours is not None or timed


def counts_accelerators(study: Study) -> bool:
    """Whether the file says how many accelerators the job has, by itself or by its layout."""
    fleet = study.stage.fleet
    return bool(fleet and fleet.count is not None) or bool(study.degrees)


def _expected(study: Study, count: Node) -> Formula[Any]:
    stated = study.stage.reliability or Reliability()
    restart, failures = _restart(study, stated), _failures(study, stated, count)
    if stated.elastic:
        return _elastic(study, count, restart, failures, _replica(study))
    exact = study.let(
        "reliability/goodput",
        "share",
        _synchronous(study, stated, restart, failures),
        "productive share of the time: failures, restarts and checkpoints, exact",
    )
    if stated.failures_per_gpu_hour is None and stated.restart is None:
        # Nothing is condemned on our own assumption.
        if not _says_nothing(study, stated):
            return product(exact)
        return _by_practice(study, count, exact, restart, failures)
    margin = study.let(
        "reliability/margin",
        "share",
        call(reliability.restart_margin, restart_seconds=restart, failures_per_second=failures),
        "room left between restarts and failures",
    )
    reason = "failures outrun progress: restarts take over half the time between failures"
    return guard(exact, margin=margin, reason=reason)


def _says_nothing(study: Study, stated: Reliability) -> bool:
    """Whether faults may stop a fleet or a replica: the file is silent, the day knows both."""
    since = study.known.reliability.data["elastic"]["since"]
    silent = stated.elastic is None and stated.checkpoint_interval is None
    return silent and study.resolved.as_of >= since


def _by_practice(
    study: Study, count: Node, exact: Node, restart: Node, failures: Node
) -> Formula[Call]:
    replica = study.let(
        "reliability/elastic_goodput",
        "share",
        _elastic(study, count, restart, failures, _usual_replica(study)),
        "productive share where a fault stops its replica alone",
    )
    why = "share of the faults that stop a replica, not the fleet"
    default = study.known.reliability["elastic.practice"]
    share = study.assumed(FAULT_TOLERANCE, default, "share", why)
    return call(reliability.mixed_goodput, synchronous=exact, elastic=replica, elastic_share=share)


def goodput_notes(study: Study) -> tuple[str, ...]:
    """Say that it matters how a fault is handled where that is our own guess and costs much."""
    if study.named(FAULT_TOLERANCE) not in study.made and FAULT_TOLERANCE not in study.made:
        return ()
    expected, practice = study.made.get(study.named(EXPECTED)), "elastic.practice"
    share = None if expected is None else known_value(expected)
    replica = study.known.reliability[practice].value
    if share is None or share > study.known.reliability["elastic.told_below"].value:
        return ()
    return (
        f"{share:.0%} of the time is productive: reliability.elastic says whether a fault stops "
        f"the whole fleet (false) or its replica (true); {replica:.0%} are taken to stop a replica",
    )


def is_spot(study: Study) -> bool:
    """Whether the stage runs on capacity that its owner may take back."""
    book = study.pricing.book
    stated = study.stage.reliability
    taken = stated is not None and stated.spot_interruptions_per_gpu_hour is not None
    return taken or (book is not None and book.term == "spot")


def _synchronous(study: Study, stated: Reliability, restart: Node, failures: Node) -> Formula[Call]:
    interval = stated.checkpoint_interval
    steady = (
        {}
        if not isinstance(interval, Quantity)
        else {"interval_seconds": _seconds(study, "checkpoint_interval", interval)}
    )
    return call(
        reliability.goodput if steady else reliability.optimal_goodput,
        write_seconds=_seconds(study, "checkpoint_write", stated.checkpoint_write),
        restart_seconds=restart,
        failures_per_second=failures,
        **steady,
    )


def _elastic(
    study: Study, count: Node, restart: Node, failures: Node, replica: Node
) -> Formula[Call]:
    known = study.known.reliability
    why = "time in which the whole fleet regroups after a fault"
    stall = study.assumed("reliability/stall", known["elastic.stall_seconds"], "s", why)
    return call(
        reliability.elastic_goodput,
        stall_seconds=stall,
        restart_seconds=restart,
        failures_per_second=failures,
        gpus=count,
        replica_gpus=replica,
    )


def _replica(study: Study) -> Node:
    layout = study.stage.layout
    sizes = [getattr(layout, key) for key in REPLICA] if isinstance(layout, Layout) else []
    stated = [
        study.stated(f"reliability/replica_{key}", size, "1", f"{key}-parallel size")
        for key, size in zip(REPLICA, sizes, strict=False)
        if size is not None
    ]
    if not stated:
        return _usual_replica(study)
    why = "accelerators of one data-parallel replica"
    return study.let("reliability/replica", "GPUs", product(*stated), why)


def _usual_replica(study: Study) -> Node:
    default = study.known.reliability["elastic.replica_gpus"]
    return study.assumed("reliability/usual_replica", default, "GPUs")


def _failures(study: Study, stated: Reliability, count: Node) -> Node:
    rate = _per_gpu_hour(study, stated)
    if is_spot(study):
        parts = total(rate, _taken_back(study, stated))
        why = "failures and spot interruptions per accelerator-hour"
        rate = study.let("reliability/interruptions_per_gpu_hour", "1/GPU-hour", parts, why)
    return study.let(
        "reliability/failures_per_second",
        "1/s",
        call(reliability.failures_per_second, failures_per_gpu_hour=rate, gpus=count),
        "interruptions of the whole job",
    )


def _per_gpu_hour(study: Study, stated: Reliability) -> Node:
    path, unit, rate = (
        "reliability/failures_per_gpu_hour",
        "1/GPU-hour",
        stated.failures_per_gpu_hour,
    )
    if rate is not None:
        return study.stated(path, rate, unit, "interruptions per accelerator-hour")
    known, hardware = study.known, study.hardware
    if stated.fleet_quality is not None:
        default = known.reliability[f"failures_per_gpu_hour.{stated.fleet_quality}"]
        return study.assumed(path, default, unit)
    released = str(hardware.entry.released or "") if hardware else ""
    usual = study.assumed(path, known.failure_rate(released), unit)
    if not known.is_new_part(released, study.resolved.as_of):
        return usual
    why = "faults of a new part over those of one in use for long"
    young = study.assumed("reliability/new_part", known.reliability["new_parts"], "1", why)
    path = "reliability/failures_of_new_part"
    return study.let(path, unit, usual * young, "interruptions per accelerator-hour")


def _taken_back(study: Study, stated: Reliability) -> Node:
    path, unit = "reliability/spot_interruptions_per_gpu_hour", "1/GPU-hour"
    why = "times that spot capacity is taken back per accelerator-hour"
    rate = stated.spot_interruptions_per_gpu_hour
    if rate is not None:
        return study.stated(path, rate, unit, why)
    default = study.known.reliability["spot.interruptions_per_node_hour"]
    node = study.assumed("reliability/spot_interruptions_per_node_hour", default, "1/h")
    size = study.node_size
    if size is None:
        return study.let(path, unit, product(node), f"{why}, one to a node")
    per_node = study.stated("reliability/gpus_per_node", size, "GPUs", "accelerators per node")
    return study.let(path, unit, node / per_node, why)


def _restart(study: Study, stated: Reliability) -> Node:
    restart = _seconds(study, "restart", stated.restart)
    if not is_spot(study) or stated.restart is not None:
        return restart
    default = study.known.reliability["spot.replacement_seconds"]
    wait = study.assumed("reliability/spot_replacement", default, "s")
    why = "restart, and the wait for other spot capacity"
    return study.let("reliability/spot_restart", "s", total(restart, wait), why)


def _seconds(study: Study, key: str, quantity: Quantity | None) -> Node:
    path, why = f"reliability/{key}", key.replace("_", " ")
    if quantity is None:
        return study.assumed(path, study.known.practice(key, study.resolved.as_of), "s")
    hours = study.stated(f"{path}_hours", quantity, "h", why)
    return study.let(path, "s", hours * study.conversion("seconds_per_hour"), why)
