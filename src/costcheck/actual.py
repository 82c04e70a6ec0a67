"""What a run logged beside what was planned for it, and the file that corrects later estimates."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from costcheck.catalog.files import Catalog
from costcheck.catalog.log_formats import log_formats
from costcheck.diagnostics import CostcheckError, Diagnostic, Place, refusal
from costcheck.estimate import build
from costcheck.estimate.calibration import COLUMNS, PREDICTED, logged_row, predicted_row
from costcheck.estimate.result import Estimate, Figure
from costcheck.estimate.step_table import measured_seconds, number
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.scenario.load import Loaded, load
from costcheck.text.logs import LoggedFigure, LoggedRun, read_log
from costcheck.units import WATTS_PER_KILOWATT

SPEEDS = ("step_seconds", "tokens_per_second_per_gpu")
"""Figures of a log that correct an estimate."""

GLOBAL_BATCH = "global_batch"

FIGURES = {
    "step_seconds": ("step_seconds", "s"),
    "tokens_per_second_per_gpu": ("tokens_per_second_per_gpu", "tokens/s"),
    "flops_per_second_per_gpu": ("", "FLOP/s"),
    "mfu": ("mfu", "share"),
    "memory_bytes": ("memory_bytes_per_gpu", "bytes"),
    "device_memory_bytes": ("", "bytes"),
    "power_watts": ("power_per_gpu", "W"),
    "global_batch": (GLOBAL_BATCH, "sequences"),
}
"""Figures of a log with the result that plans each (empty: none does) and its unit."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Actual:
    """One quantity, as logged and as planned."""

    quantity: str
    """A figure of a log, such as ``step_seconds``."""
    unit: str
    """Unit of both."""
    logged: LoggedFigure
    """The middle of the log (of memory the peak) and where 90 % of its values lie."""
    planned: Figure | None = None
    """What the estimate says; None where there is none."""

    @property
    def over_planned(self) -> float | None:
        """Logged over planned; None where nothing is planned."""
        if self.planned is None or not self.planned.central:
            return None
        return self.logged.central / self.planned.central

    @property
    def is_inside(self) -> bool | None:
        """Whether the logged figure lies in the planned 90 % range."""
        plan = self.planned
        if plan is None or plan.low is None or plan.high is None:
            return None
        return plan.low <= self.logged.central <= plan.high


@dataclass(frozen=True, kw_only=True, eq=False)
class Logged:
    """Logs of one run, together, beside the estimate of it."""

    files: Mapping[str, LoggedRun]
    """What each file says."""
    actuals: tuple[Actual, ...]
    """Each quantity once, from the first file that has it."""
    row: Mapping[str, str]
    """The row of a file of measured steps; empty where no log says a speed."""
    plan: Estimate | None = None
    at_its_speed: Estimate | None = None
    """The estimate of the plan with the logged step; None where it does not follow from a step."""
    at_planned_speed: Estimate | None = None
    """The same with the predicted step as if measured: it loses what the logged one does."""

    @property
    def speed(self) -> Actual | None:
        """The logged speed; None where the logs say none."""
        return next((item for item in self.actuals if item.quantity in SPEEDS), None)

    @property
    def other_batch(self) -> bool:
        """Whether the steps of the log are of another size than the planned ones."""
        batch = next((item for item in self.actuals if item.quantity == "global_batch"), None)
        return batch is not None and batch.over_planned not in (None, 1.0)


def read_logs(texts: Mapping[str, str], *, catalog: Catalog) -> Mapping[str, LoggedRun]:
    """What logs say, by file; files of no known format are refused together."""
    formats = log_formats(catalog)
    runs = {file: read_log(text, formats) for file, text in texts.items()}
    known = ", ".join(item.name for item in formats.lines)
    advice = (
        f"known are the logs of {known}; CSV, JSON and JSON lines with columns such as "
        "step_time or power.draw [W]; trainer_state.json"
    )
    problems = [
        Diagnostic("CC045", "error", f"{file} is no log of a known format", Place(file), advice)
        for file, run in runs.items()
        if run is None
    ]
    if problems:
        raise CostcheckError(problems)
    return {file: run for file, run in runs.items() if run is not None}


def log_text(path: str, data: bytes) -> str:
    """A log as text; event files of TensorBoard become JSON lines, which needs that library."""
    if "tfevents" not in path:
        return data.decode("utf-8", errors="replace")
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    except ImportError as error:
        message = f"{path} is an event file, which the library tensorboard reads"
        advice = "pip install 'costcheck[tensorboard]', or export the scalars as CSV"
        raise refusal("CC045", message, Place(path), advice) from error
    events = EventAccumulator(path)
    events.Reload()
    return "\n".join(
        json.dumps({"step": item.step, "_timestamp": item.wall_time, tag: item.value})
        for tag in events.Tags()["scalars"]
        for item in events.Scalars(tag)
    )


def beside(estimate: Estimate | None, runs: Mapping[str, LoggedRun]) -> tuple[Actual, ...]:
    """Each quantity that the logs have, beside its plan."""
    logged: dict[str, LoggedFigure] = {}
    for run in runs.values():
        for name, figure in run.figures.items():
            logged.setdefault(name, figure)
    return tuple(
        Actual(quantity=name, unit=unit, logged=logged[name], planned=_planned(estimate, result))
        for name, (result, unit) in FIGURES.items()
        if name in logged
    )


def _planned(estimate: Estimate | None, result: str) -> Figure | None:
    if estimate is None or not result:
        return None
    if result == "power_per_gpu":
        return _chip_power(estimate)
    if result == GLOBAL_BATCH:
        batch = next((i.value for i in estimate.inputs if i.path == GLOBAL_BATCH), None)
        if batch is None:
            return None
        return Figure(low=batch, central=batch, high=batch, unit="sequences")
    planned = estimate.figures.get(result)
    return planned if planned is not None and planned.central is not None else None


def _chip_power(estimate: Estimate) -> Figure | None:
    """Power of the accelerator alone, as monitors read it: its energy over the GPU-hours."""
    energy, hours = (estimate.figures.get(name) for name in ("energy_chip_kwh", "gpu_hours"))
    if energy is None or hours is None or not energy.central or not hours.central:
        return None
    watts = energy.central * WATTS_PER_KILOWATT / hours.central
    return Figure(low=None, central=watts, high=None, unit="W", basis=energy.basis)


def logged_of(texts: Mapping[str, str], loaded: Loaded | None, *, catalog: Catalog) -> Logged:
    """What logs say of the run of a scenario, with the row that later estimates can use."""
    from costcheck.judgement import judged

    runs = read_logs(texts, catalog=catalog)
    first = next((row for run in runs.values() if (row := logged_row(run))), {})
    estimate = (
        judged(loaded, samples=DEFAULT_SAMPLES, seed=DEFAULT_SEED) if loaded is not None else None
    )
    row = {**_planned_columns(loaded), **first, "file": " ".join(runs)} if first else {}
    found = Logged(files=runs, actuals=beside(estimate, runs), row=row, plan=estimate)
    if loaded is None or found.other_batch or PREDICTED not in row:
        return found
    if loaded.scenario.stages or loaded.scenario.calibration:
        return found
    now, planned = (_at_step(loaded, step) for step in (_logged_step(row), float(row[PREDICTED])))
    return replace(found, at_its_speed=now, at_planned_speed=planned)


def _logged_step(row: Mapping[str, str]) -> float:
    tokens = number(row, "global_batch") * number(row, "sequence_length")
    return measured_seconds(row, tokens=tokens, gpus=number(row, "gpus"))


def _at_step(loaded: Loaded, seconds: float) -> Estimate:
    """The plan with a measured step instead of the predicted one."""
    from costcheck.judgement import judged

    data: Any = loaded.document.data
    measured = {**data, "calibration": {"step_time": f"{seconds!r} s"}}
    with_it = replace(load(measured, catalog=loaded.catalog), path=loaded.path)
    return judged(with_it, samples=DEFAULT_SAMPLES, seed=DEFAULT_SEED)


def _planned_columns(loaded: Loaded | None) -> dict[str, str]:
    """The scenario of a measured row: model, fleet, layout, and the step predicted for it."""
    if loaded is None:
        return {}
    stage = next((stage for stage in build(loaded).stages if stage.prediction is not None), None)
    if stage is None or stage.prediction is None:
        return {}
    return predicted_row(stage.resolved, stage.prediction.performance, stage.prediction.values)


def csv_rows(logged: Logged) -> Sequence[Sequence[str]]:
    """The file of measured steps, as rows under its columns."""
    return [[logged.row.get(name, "") for name in COLUMNS]] if logged.row else []
