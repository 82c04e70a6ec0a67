"""The commands for Typer: their names, one sentence each, and how a command line is run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from costcheck.cli.exit_codes import UNUSABLE
from costcheck.version import VERSION

COMMANDS = {
    "estimate": "Estimate what training runs take: FLOPs, GPU-hours, days, dollars, energy, "
    "with ranges.",
    "audit": "Say whether public claims hold and, if not, what probably happened to them.",
    "plan": "Find the best parallel layout for a fleet, or the fleet for a deadline or a budget.",
    "compare": "Put scenarios side by side: the best in each row, ranges that overlap or not.",
    "diff": "Say what changed between two scenarios and why, in lines that add up.",
    "check": "Check schema, feasibility, claims and budget of scenarios; one line when good.",
    "sweep": "Write a grid or a list of scenarios to CSV, Parquet or xlsx; one stopped goes on.",
    "sensitivity": "Show which uncertain inputs drive the range of a result.",
    "explain": "Show the formula of a number down to its sources, or what a problem code means.",
    "calibrate": "Read what a run logged, hold it against its plan, and write a file that corrects "
    "estimates.",
    "backtest": "Hold predictions against published runs and measured steps, ours or those of a "
    "table.",
    "init": "Write a commented starter from a model, a config.json, a launch file or an article.",
    "catalog": "List what ships with its sources, or show one entry.",
    "report": "Print saved results in any format; nothing is computed again.",
    "validate": "Check scenario files against the schema; silent when they are good.",
    "schema": "Print the JSON Schema (draft-07) of scenario files or of results.",
}
"""Every command with its sentence; `run` of the module of its name declares and does it."""

EPILOGUE = (
    "Exit codes: 0 done; 1 something you asked to fail on failed; 2 unusable input, of which "
    "the rest of a folder is told all the same; 3 our bug; 130 interrupted."
)


def application(only: str | None = None) -> typer.Typer:
    """Assemble the commands, or the only one that a command line asks for."""
    app = typer.Typer(
        name="costcheck",
        cls=Group,
        help="What an AI training run takes, and whether a claim about one holds.",
        epilog=EPILOGUE,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        callback=top,
        invoke_without_command=True,
    )
    for name in [only] if only else COMMANDS:
        app.command(name, help=COMMANDS[name], cls=Command)(function_of(name))
    return app


class _Uncoerced:
    """Stands before the coercion of a parameter and lets pass what needs none.

    Typer imports pydantic to coerce any value at all, even text to text, and that alone takes as
    long as importing numpy.
    """

    def __init__(self, parameter: Any) -> None:
        self.parameter, self.coercion = parameter, parameter.get_runtime_param

    def __call__(self) -> _Uncoerced:
        return self

    def coerce(self, value: Any, param: Any, ctx: typer.Context) -> Any:
        """Take defaults, texts and switches as they are; all else is for Typer."""
        declared = self.parameter.type_descriptor.annotation
        if declared in (str, list[str], bool) or value in (None, self.parameter.default):
            return value
        return self.coercion().coerce(value, param=param, ctx=ctx)


class Command(TyperCommand):
    """A command that reads most command lines without pydantic."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its parameters and that of its help."""
        return _quick(super().get_params(ctx))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Lines to copy, which nobody else has to read."""
        from costcheck.catalog.words import words_of

        if lines := words_of("examples").get(ctx.info_name):
            with formatter.section("Examples"):
                formatter.write("".join(f"  costcheck {ctx.info_name} {line}\n" for line in lines))

    def invoke(self, ctx: Any) -> Any:
        """Run it, unless it would write over what it reads."""
        for output in ("output", "save"):
            if target := ctx.params.get(output):
                read = (value for key, value in ctx.params.items() if key not in ("output", "save"))
                _protect(target, read)
        return super().invoke(ctx)


def _protect(target: str, read: Iterable[Any]) -> None:
    """Refuse an output that is one of the inputs."""
    if not Path(target).is_file():
        return
    for value in read:
        for name in value if isinstance(value, (list, tuple)) else [value]:
            is_file = isinstance(name, str) and Path(name).is_file()
            if is_file and Path(name).samefile(target):
                from costcheck.diagnostics import refusal

                message = f"-o {target} would replace the file that is read"
                raise refusal("CC047", message, None, "name another file")


class Group(TyperGroup):
    """The same for the flags before the command."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its parameters and that of its help."""
        return _quick(super().get_params(ctx))


def _quick(parameters: list[Any]) -> list[Any]:
    for parameter in parameters:
        # Releases of Typer without this method coerce without pydantic.
        coercion = getattr(parameter, "get_runtime_param", None)
        if coercion is not None and not isinstance(coercion, _Uncoerced):
            parameter.get_runtime_param = _Uncoerced(parameter)
    return parameters


def function_of(name: str) -> Callable[..., int]:
    """Import the function of a command."""
    function: Callable[..., int] = import_module(f"costcheck.cli.{name}").run
    return function


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


def run(arguments: Sequence[str]) -> int:
    """Run a command line through Typer and return its exit code."""
    # A command pays for its own imports only; help and the shell's completion see all of them.
    only = arguments[0] if arguments and arguments[0] in COMMANDS else None
    app = application(only if "_COSTCHECK_COMPLETE" not in os.environ else None)
    try:
        result = app(args=list(arguments), prog_name="costcheck", standalone_mode=False)
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
