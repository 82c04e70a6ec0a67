"""How long a stage takes: the first statement that decides it, and what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from costcheck.catalog.words import words_of
from costcheck.estimate.compute import WORKED, Compute
from costcheck.estimate.goodput import (
    counts_accelerators,
    goodput_node,
    goodput_of_stated_hours,
    hours_are_stated,
)
from costcheck.estimate.study import Study, known_value, reference_precision
from costcheck.graph.distributions import Spread
from costcheck.graph.nodes import Factors, Node, Unknown, choice, product
from costcheck.physics.prior import run_ends
from costcheck.quantities import RESULTS
from costcheck.text.quantity import Quantity

PEAK_OF = {"mxfp8": "fp8", "nvfp4": "fp4"}
"""Peak that serves a training precision of another name."""

WHOLE_RUNS = ("gpu_hours", "count x duration")
"""Ways of knowing the time that hold all that a run loses."""

STATED_WAYS = (*WHOLE_RUNS, "mfu", "tokens per second")
"""Ways of knowing the time that somebody wrote down."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Kept:
    """What whole runs keep of the speed of a predicted step, everything lost included."""

    share: Node
    scatter: Spread
    """How far runs scatter around it, as a factor."""
    counted: Node
    """What faults and checkpoints alone leave of the time, as far as the hours hold them."""
    faults: Node
    """What they leave of it: hours of steps hold none."""

    def ends(self, step: tuple[float, float]) -> tuple[float, float]:
        """Ends of the range of a run's time over its centre, from those of its step."""
        share = (known_value(self.share) or 1.0) / (known_value(self.counted) or 1.0)
        return run_ends(scatter=self.scatter, share=share, step=step)


@dataclass(frozen=True, kw_only=True, eq=False)
class Speeds:
    """How fast a stage runs, by where that is known from, best first."""

    step: Mapping[str, Node] = field(default_factory=dict)
    """MFU of a step; what a run loses comes on top."""
    kept: Kept | None = None
    """What a run keeps of it; None: all but failures and checkpoints."""
    hours: Mapping[str, Node] = field(default_factory=dict)
    """Accelerator-hours added up elsewhere, everything lost included."""
    why: str = ""
    """What is missing where all are empty."""


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
    kept: Kept | None = None
    """What whole runs keep of the step of the layout, where nobody measured one."""

    @property
    def faults(self) -> tuple[Node, Node]:
        """What faults and checkpoints leave of the hours, as far as these hold them, and in all."""
        modelled = None if self.way in STATED_WAYS else self.kept
        return (modelled.counted, modelled.faults) if modelled else (self.goodput, self.goodput)

    def results(self) -> dict[str, Node]:
        """The nodes that are results, by their JSON names."""
        return {
            item.name: getattr(self, item.name) for item in fields(self) if item.name in RESULTS
        }


def timing_nodes(study: Study, compute: Compute, modelled: Speeds) -> Timing:
    """Time of a stage.

    The first of these that is stated decides: GPU-hours, count x duration, tokens per second,
    MFU, then what the models offer: the prediction of the layout, the empirical prior.
    """
    peak, count, flops = peak_node(study), count_node(study), compute.training_flops
    expected = goodput_node(study, count)
    at_peak = peak * study.conversion("seconds_per_hour")
    known = {} if compute.basis == WORKED else stated_speeds(study, compute, peak)
    kept = modelled.kept.share if modelled.kept else expected
    steps = {way: mfu for way, mfu in modelled.step.items() if way not in modelled.hours}
    ways = {
        **stated_hours(study, count),
        **_hours(study, known, flops / (at_peak * expected)),
        **_hours(study, steps, flops / (at_peak * kept)),
        **modelled.hours,
    }
    gpu_hours, way = _first(study, ways, modelled.why, compute), next(iter(ways), "")
    why = "what the fleet could have computed at its peak in the GPU-hours"
    possible = gpu_hours * study.conversion("seconds_per_hour") * peak
    ideal = study.let("gpu_hours/peak_flop", "FLOP", possible, why)
    speeds, lost = (modelled.step, kept) if way in modelled.step else (known, expected)
    end_to_end, mfu, goodput = _utilization(study, speeds, way, flops / ideal, lost)
    throughput = study.result(
        "tokens_per_second_per_gpu",
        mfu * peak / compute.flops_per_token,
        "steady-state throughput: peak x MFU over FLOPs per token",
    )
    why = "6ND FLOPs over the peak of all GPU-hours"
    return Timing(
        count=count,
        gpu_hours=gpu_hours,
        days=_days(study, gpu_hours, count),
        goodput=goodput,
        mfu=mfu,
        mfu_end_to_end=end_to_end,
        mfu_end_to_end_6nd=study.result("mfu_end_to_end_6nd", compute.six_nd_flops / ideal, why),
        tokens_per_second_per_gpu=throughput,
        step_seconds=step_node(study, compute, throughput, count),
        peak=peak,
        peak_flop=ideal,
        way=way,
        kept=modelled.kept,
    )


def peak_node(study: Study) -> Node:
    """Dense peak that MFU is measured against: BF16, else FP16, else FP32."""
    path, unit, hardware = "gpu/peak", "FLOP/s", study.hardware
    if hardware is None:
        return study.unknown(path, unit, "needs fleet.gpu")
    precision = reference_precision(hardware)
    if precision is None:
        return study.unknown(path, unit, f"{hardware.name} has no BF16, FP16 or FP32 peak")
    why = f"dense {precision.upper()} peak of one accelerator"
    return study.of_part(path, getattr(hardware.entry.peak, precision), unit, why)


def count_node(study: Study) -> Node:
    """How many accelerators the job has: stated, GPU-hours over the duration, or its layout's."""
    if study.gpus is not None:
        return study.gpus
    fleet, hours, duration = study.stage.fleet, study.stage.gpu_hours, study.stage.duration
    if fleet is not None and fleet.count is not None:
        return study.stated("count", fleet.count, "GPUs", "accelerators in the job")
    if duration is None or hours is None:
        if not study.degrees:
            return study.unknown("count", "GPUs", "no fleet.count is stated")
        degrees = (
            study.stated(f"layout/{key}", size, "1", words_of("layout")[key])
            for key, size in study.degrees.items()
        )
        return study.let("count", "GPUs", product(*degrees), "accelerators the layout uses")
    why = "stated GPU-hours over the stated duration"
    return study.let("count", "GPUs", _gpu_hours(study, hours) / _duration(study, duration), why)


def _gpu_hours(study: Study, hours: Quantity) -> Node:
    return study.stated("gpu_hours/stated", hours, "GPU-hours", "end to end, as stated")


def _duration(study: Study, duration: Quantity) -> Node:
    return study.stated("duration", duration, "h", "wall-clock time, end to end")


def stated_hours(study: Study, count: Node) -> dict[str, Node]:
    """GPU-hours that the file states, by how."""
    stage, ways = study.stage, dict[str, Node]()
    if stage.gpu_hours is not None:
        ways["gpu_hours"] = _gpu_hours(study, stage.gpu_hours)
    if stage.duration is not None and counts_accelerators(study):
        ways["count x duration"] = study.let(
            "gpu_hours/count_x_duration",
            "GPU-hours",
            count * _duration(study, stage.duration),
            "accelerators times wall-clock time",
        )
    return ways


def stated_speeds(study: Study, compute: Compute, peak: Node) -> dict[str, Node]:
    """MFU of a step that the file states, by how."""
    speeds, utilization = dict[str, Node](), study.stage.utilization
    rate = utilization.tokens_per_second_per_gpu if utilization else None
    if rate is not None:
        why = "tokens per second and accelerator"
        throughput = study.stated("throughput", rate, "tokens/s", why)
        speeds["tokens per second"] = study.let(
            "mfu/from_tokens_per_second",
            "share",
            throughput * compute.flops_per_token / peak,
            "stated throughput times FLOPs per token over the peak",
        )
    if utilization is not None and utilization.mfu is not None:
        speeds["mfu"] = stated_mfu(study, utilization.mfu)
    return speeds


def stated_mfu(study: Study, mfu: Quantity) -> Node:
    """MFU of a step as the file states it."""
    return study.stated("mfu/stated", mfu, "share", "MFU of a step")


def _hours(study: Study, speeds: Mapping[str, Node], at_peak: Factors) -> dict[str, Node]:
    """GPU-hours at each speed: training FLOPs over the peak and what is reached of it."""
    return {
        label: study.let(
            f"gpu_hours/{label.replace(' ', '_')}",
            "GPU-hours",
            at_peak / mfu,
            f"training FLOPs over what the peak yields at the MFU ({label})",
        )
        for label, mfu in speeds.items()
    }


def _missing(study: Study, compute: Compute) -> str:
    """What hours would follow from and the file does not state, beside the hours themselves."""
    model, uncounted = study.of_stage.model, isinstance(compute.training_flops, Unknown)
    unstated = {
        "a model": model is None and uncounted,
        f"the size of {model.name if model else ''}": model is not None
        and not model.is_sized
        and study.training.compute is None,
        "training.tokens": uncounted and isinstance(compute.tokens, Unknown),
        "fleet.gpu": study.hardware is None,
    }
    *others, last = [key for key, lacks in unstated.items() if lacks] or ["the time"]
    return f"needs {', '.join(others)}{' and ' * bool(others)}{last}, or the GPU-hours"


def _first(study: Study, ways: Mapping[str, Node], why: str, compute: Compute) -> Node:
    if not ways:
        return study.no_result("gpu_hours", why or _missing(study, compute))
    return study.result("gpu_hours", choice(ways), "accelerator-hours end to end")


def _utilization(
    study: Study, speeds: Mapping[str, Node], way: str, achieved: Factors, expected: Node
) -> tuple[Node, Node, Node]:
    """End-to-end MFU, MFU of a step and goodput: one follows from the others."""
    timed = hours_are_stated(study)
    why = "productive share of the wall-clock time"
    goodput = expected if timed else study.result("goodput", product(expected), why)
    if way in speeds:
        why = "model FLOPs of a step over the dense BF16 peak"
        chosen = study.result("mfu", choice(speeds, way), why)
        why = "MFU of a step times goodput"
        return study.result("mfu_end_to_end", chosen * goodput, why), chosen, goodput
    why = "model FLOPs over the peak of all GPU-hours"
    end_to_end: Node = study.result("mfu_end_to_end", achieved, why)
    if timed:
        most = peak_gain(study)
        goodput = goodput_of_stated_hours(study, expected, end_to_end, most_mfu=most)
    why = "end-to-end MFU over goodput"
    return end_to_end, study.result("mfu", end_to_end / goodput, why), goodput


def peak_gain(study: Study) -> float:
    """Peak in the precision of the training over the peak MFU is measured against."""
    reference = reference_precision(study.hardware)
    if study.hardware is None or reference is None:
        return 1.0
    peaks, precision = study.hardware.entry.peak, study.training.precision or "bf16"
    fastest = getattr(peaks, PEAK_OF.get(precision, precision), None)
    return 1.0 if fastest is None else max(1.0, fastest.value / getattr(peaks, reference).value)


def _days(study: Study, gpu_hours: Node, count: Node) -> Node:
    if isinstance(count, Unknown):
        return study.no_result("days", "needs fleet.count, or gpu_hours and a duration")
    days = gpu_hours / (count * study.conversion("hours_per_day"))
    return study.result("days", days, "GPU-hours over accelerators")


def step_node(
    study: Study, compute: Compute, throughput: Node, count: Node, batch: Node | None = None
) -> Node:
    """Seconds of a step at the throughput of the stage; the batch as stated, else as assumed."""
    stated = study.training.global_batch
    if stated is not None:
        batch = study.stated("global_batch", stated, "sequences", "sequences per optimizer step")
    if batch is None:
        return study.no_result("step_seconds", "needs training.global_batch")
    step = batch * compute.computed_length / (throughput * count)
    return study.result("step_seconds", step, "tokens of one step over the throughput of the fleet")
