"""The commands as Typer declares them: arguments, flags, help. Each calls its own module."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from costcheck.cli import UNUSABLE, run_command
from costcheck.cli.flags import (
    Catalog,
    Color,
    Debug,
    FailOn,
    Fields,
    Files,
    FormatFlag,
    ListFormatFlag,
    Output,
    Quiet,
    Samples,
    Seed,
    Set,
    TextFormatFlag,
    Verbose,
)
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.version import VERSION

EPILOGUE = (
    "Exit codes: 0 done; 1 something you asked to fail on failed; 2 unusable input; "
    "3 our bug; 130 interrupted."
)

app = typer.Typer(
    name="costcheck",
    help="What an AI training run takes, and whether a claim about one holds.",
    epilog=EPILOGUE,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def top(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", "-V", help="Print the version.")] = False,
) -> None:
    """Print the version, or the help where no command is named."""
    if version:
        typer.echo(f"costcheck {VERSION}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(UNUSABLE)


def call(command: str, **options: Any) -> None:
    """Run the module of a command and exit with its code."""
    plain = {key: () if value is None and key in MANY else value for key, value in options.items()}
    raise typer.Exit(run_command(command, plain))


MANY = frozenset({"files", "over", "set_", "catalog", "gpu", "gpus"})
"""Options that may be given several times."""


@app.command()
def estimate(
    files: Files,
    format: FormatFlag = "table",
    output: Output = None,
    set_: Set = None,
    fields: Fields = None,
    seed: Seed = DEFAULT_SEED,
    samples: Samples = DEFAULT_SAMPLES,
    catalog: Catalog = None,
    fail_on: FailOn = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    color: Color = "auto",
    debug: Debug = False,
) -> None:
    """Estimate what training runs take: FLOPs, GPU-hours, days, dollars, energy, with ranges."""
    call("estimate", **locals())


@app.command()
def sensitivity(
    files: Files,
    of: Annotated[
        str, typer.Option("--of", metavar="NAME", help="Result, or path of any quantity.")
    ] = "cost_usd",
    format: FormatFlag = "table",
    output: Output = None,
    set_: Set = None,
    seed: Seed = DEFAULT_SEED,
    samples: Samples = DEFAULT_SAMPLES,
    catalog: Catalog = None,
    color: Color = "auto",
    debug: Debug = False,
) -> None:
    """Show which uncertain inputs drive the range of a result."""
    call("sensitivity", **locals())


@app.command()
def compare(
    files: Files,
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Result that decides the best.")
    ] = None,
    format: FormatFlag = "table",
    output: Output = None,
    set_: Set = None,
    seed: Seed = DEFAULT_SEED,
    samples: Samples = DEFAULT_SAMPLES,
    catalog: Catalog = None,
    quiet: Quiet = False,
    color: Color = "auto",
    debug: Debug = False,
) -> None:
    """Put scenarios side by side: the best in each row, ranges that overlap or not."""
    call("compare", **locals())


@app.command()
def sweep(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Scenario file; - is stdin.")],
    over: Annotated[
        list[str] | None,
        typer.Option("--over", metavar="KEY=A:B:N", help="An axis: a:b:n, log:a:b:n or a,b,c."),
    ] = None,
    scenarios: Annotated[
        str | None,
        typer.Option("--scenarios", metavar="CSV", help="A row for each scenario instead."),
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="A .csv or .parquet file.")
    ] = None,
    fields: Fields = None,
    ranges: Annotated[bool, typer.Option("--ranges", help="Also low and high.")] = False,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes.")] = 1,
    shard: Annotated[
        str | None, typer.Option("--shard", metavar="K/N", help="Only the k-th of n shares.")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="local|ADDRESS", help="Run on Dask (extra dask)."),
    ] = None,
    set_: Set = None,
    seed: Seed = DEFAULT_SEED,
    catalog: Catalog = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write a grid or a list of scenarios to CSV or Parquet; a stopped sweep is resumed."""
    call("sweep", **locals())


@app.command()
def backtest(
    file: Annotated[str | None, typer.Argument(metavar="[FILE]")] = None,
    refit: Annotated[
        bool, typer.Option("--refit", help="Leave each model out and fit the constants again.")
    ] = False,
    plot: Annotated[
        str | None, typer.Option("--plot", metavar="FILE", help="Draw the published runs.")
    ] = None,
    format: TextFormatFlag = "table",
    output: Output = None,
    catalog: Catalog = None,
    verbose: Verbose = False,
    color: Color = "auto",
    debug: Debug = False,
) -> None:
    """Hold predictions against published runs and measured steps, ours or those of a table."""
    call("backtest", **locals())


@app.command()
def validate(
    files: Files,
    set_: Set = None,
    catalog: Catalog = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Check scenario files against the schema; silent when they are good."""
    call("validate", **locals())


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="YAML, saved JSON, git:REV:path, -.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same; or two folders.")],
    format: Annotated[
        Literal["table", "json", "md", "html"],
        typer.Option("--format", "-f", help="Format of the output."),
    ] = "table",
    output: Output = None,
    by: Annotated[
        Literal["driver", "input"], typer.Option("--by", help="Explain by quantity or by key.")
    ] = "driver",
    min_change: Annotated[
        str, typer.Option("--min-change", metavar="SHARE", help="Fold lines below 0.5% or $10K.")
    ] = "",
    set_: Set = None,
    seed: Seed = DEFAULT_SEED,
    samples: Samples = DEFAULT_SAMPLES,
    catalog: Catalog = None,
    fail_on: Annotated[
        str | None,
        typer.Option("--fail-on", metavar="LIST", help="Exit 1 on: cost>+10%,days>60,claim."),
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 1 if anything differs.")
    ] = False,
    tag: Annotated[
        str, typer.Option("--tag", metavar="NAME", help="Hidden marker of a -f md comment.")
    ] = "",
    quiet: Quiet = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say why every other result changed.")
    ] = False,
    color: Color = "auto",
    debug: Debug = False,
) -> None:
    """Say what changed between two scenarios and why, in lines that add up."""
    call("diff", **locals())


@app.command()
def check(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Files, folders, patterns; - is stdin.")
    ],
    format: Annotated[
        Literal["table", "github", "junit", "json", "sarif"],
        typer.Option("--format", "-f", help="Format of the output."),
    ] = "table",
    output: Output = None,
    set_: Set = None,
    seed: Seed = DEFAULT_SEED,
    catalog: Catalog = None,
    quiet: Quiet = False,
    color: Color = "auto",
    debug: Debug = False,
) -> None:
    """Check schema, feasibility, claims and budget of scenarios; silent when good."""
    call("check", **locals())


@app.command()
def audit(
    files: Files,
    joint: Annotated[
        bool, typer.Option("--joint", help="Audit claims of all files about one subject together.")
    ] = False,
    registry: Annotated[
        Literal["on", "off"],
        typer.Option("--registry", help="Known runs; off: numbers and priors alone."),
    ] = "on",
    format: FormatFlag = "table",
    output: Output = None,
    set_: Set = None,
    catalog: Catalog = None,
    fail_on: Annotated[
        str | None,
        typer.Option("--fail-on", metavar="LIST", help="Exit 1 on: claim,mis-scoped,impossible."),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every explanation and check.")
    ] = False,
    color: Color = "auto",
    debug: Debug = False,
) -> None:
    """Say whether public claims hold and, if not, what probably happened to them."""
    call("audit", **locals())


@app.command()
def explain(
    what: Annotated[
        str, typer.Argument(metavar="QUANTITY|CODE|units", help="cost, price/rent, CC101, units.")
    ],
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help="A scenario.")] = None,
    format: TextFormatFlag = "table",
    output: Output = None,
    set_: Set = None,
    catalog: Catalog = None,
    color: Color = "auto",
    debug: Debug = False,
) -> None:
    """Show the formula of a number down to its sources, or what a problem code means."""
    call("explain", **locals())


@app.command()
def report(
    files: Annotated[list[str], typer.Argument(metavar="RESULT.json...", help="Saved results.")],
    format: FormatFlag = "table",
    output: Output = None,
    fields: Fields = None,
    verbose: Verbose = False,
    color: Color = "auto",
    debug: Debug = False,
) -> None:
    """Print saved results in any format; nothing is computed again."""
    call("report", **locals())


@app.command()
def plan(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Scenario file; - is stdin.")],
    by: Annotated[
        Literal["time", "cost", "memory"], typer.Option("--by", help="What to have least of.")
    ] = "time",
    days: Annotated[
        str | None, typer.Option("--days", metavar="DAYS", help="Deadline: solve for the fleet.")
    ] = None,
    cost: Annotated[
        str | None, typer.Option("--cost", metavar="MONEY", help="Budget: solve for the fleet.")
    ] = None,
    gpus: Annotated[
        list[str] | None, typer.Option("--gpus", metavar="N", help="Fleet size; repeatable.")
    ] = None,
    gpu: Annotated[
        list[str] | None, typer.Option("--gpu", metavar="A,...", help="GPU types to compare.")
    ] = None,
    front: Annotated[
        bool, typer.Option("--front", help="Trade time against cost over fleet sizes.")
    ] = False,
    top: Annotated[int, typer.Option("--top", min=1, help="Layouts to list.")] = 10,
    format: FormatFlag = "table",
    output: Output = None,
    set_: Set = None,
    catalog: Catalog = None,
    quiet: Quiet = False,
    color: Color = "auto",
    debug: Debug = False,
) -> None:
    """Find the best parallel layout for a fleet, or the fleet for a deadline or a budget."""
    call("plan", **locals())


@app.command()
def schema(
    what: Annotated[str, typer.Argument(metavar="scenario|result")] = "scenario",
    output: Output = None,
    debug: Debug = False,
) -> None:
    """Print the JSON Schema (draft-07) of scenario files or of results."""
    call("schema", **locals())


@app.command()
def catalog(
    kind: Annotated[str, typer.Argument(metavar="gpus|models|prices|claims")],
    name: Annotated[str | None, typer.Argument(metavar="[NAME]")] = None,
    format: ListFormatFlag = "table",
    output: Output = None,
    catalog: Catalog = None,
    color: Color = "auto",
    debug: Debug = False,
) -> None:
    """List what ships with its sources, or show one entry."""
    call("catalog", **locals())


@app.command()
def init(
    source: Annotated[str | None, typer.Argument(metavar="[NAME or FILE]")] = None,
    claims: Annotated[
        str | None,
        typer.Option("--claims", metavar="ARTICLE", help="Draft a claims file from a text."),
    ] = None,
    output: Output = None,
    catalog: Catalog = None,
    debug: Debug = False,
) -> None:
    """Write a commented starter from a model, a config.json, a launch file or an article."""
    call("init", **locals())


def run(arguments: list[str]) -> int:
    """Run a command line through Typer and return its exit code."""
    try:
        result = app(args=arguments, prog_name="costcheck", standalone_mode=False)
    except SystemExit as exit_:
        return int(exit_.code or 0)
    except Exception as error:
        # Typer vendors its parser: usage errors are told by what they can do, not by their class.
        show = getattr(error, "show", None)
        if show is None:
            raise
        show()
        return UNUSABLE
    return int(result or 0)
