"""Draw predicted against published GPU-hours, with the 90 % interval of each prediction."""

from pathlib import Path

from costcheck.backtest.runs import RunScores
from costcheck.diagnostics import CostcheckError, refusal

_INCHES = (7.0, 7.0)


def write_scatter(scores: RunScores, path: str | Path) -> None:
    """Write a scatter plot; the ending of the path chooses the format."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        problem = "a plot needs matplotlib"
        raise _unusable(problem, "pip install 'costcheck[plot]'") from error
    figure = Figure(figsize=_INCHES, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    supported = canvas.get_supported_filetypes()
    ending = Path(path).suffix.removeprefix(".")
    if ending not in supported:
        problem = f"no plot format {ending!r}"
        raise _unusable(problem, "use one of " + ", ".join(sorted(supported)))
    axes = figure.add_subplot()
    for kind in sorted({row.kind for row in scores.runs}):
        rows = [row for row in scores.runs if row.kind == kind]
        middle = [row.predicted_gpu_hours for row in rows]
        below = [row.predicted_gpu_hours - row.low_gpu_hours for row in rows]
        above = [row.high_gpu_hours - row.predicted_gpu_hours for row in rows]
        actual = [row.actual_gpu_hours for row in rows]
        axes.errorbar(actual, middle, yerr=(below, above), fmt="o", markersize=4, label=kind)
    ends = [end for row in scores.runs for end in (row.low_gpu_hours, row.high_gpu_hours)]
    if ends:
        axes.plot([min(ends), max(ends)], [min(ends), max(ends)], color="grey", linewidth=1)
        axes.legend()
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="published GPU-hours",
        ylabel="predicted GPU-hours, 90 % interval",
        title=f"{len(scores.runs)} published runs, their families left out",
    )
    metadata = {"Date": None} if ending == "svg" else None  # no clock in the file
    figure.savefig(path, metadata=metadata)


def _unusable(problem: str, advice: str) -> CostcheckError:
    return refusal("CC192", problem, help=advice)
