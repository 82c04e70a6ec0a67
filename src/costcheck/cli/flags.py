"""Flags that mean the same in every command, each declared once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import typer

from costcheck.diagnostics import refusal

Files = Annotated[list[str], typer.Argument(metavar="FILE...", help="Scenario files; - is stdin.")]
File = Annotated[str, typer.Argument(metavar="FILE", help="Scenario file; - is stdin.")]
FilesOrText = Annotated[
    list[str],
    typer.Argument(
        metavar="TEXT|FILE...", help="A sentence, articles, or scenario files; - is stdin."
    ),
]
FilesOrModels = Annotated[
    list[str],
    typer.Argument(metavar="FILE|MODEL...", help="Scenario files, or a model; - is stdin."),
]
Gpu = Annotated[
    str | None, typer.Option("--gpu", metavar="NAME", help="Accelerator, 8xh100, or an instance.")
]
Count = Annotated[str | None, typer.Option("--count", "--gpus", metavar="N", help="Accelerators.")]
Tokens = Annotated[str | None, typer.Option("--tokens", metavar="2B", help="Training tokens.")]
Method = Annotated[str | None, typer.Option("--method", metavar="full|lora|qlora", help="Trained.")]
Precision = Annotated[
    str | None, typer.Option("--precision", metavar="bf16|fp8", help="Of matmuls.")
]
Rent = Annotated[str | None, typer.Option("--rent", metavar="2.20", help="Dollars per GPU-hour.")]
Save = Annotated[
    str | None, typer.Option("--save", metavar="FILE", help="Write the scenario the flags make.")
]
Output = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FILE", help="Write here; - is stdout.")
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key, typed like the file."),
]
Fields = Annotated[
    str | None,
    typer.Option("--fields", metavar="A,B", help="Only these results, bare, or as -f csv."),
]
Long = Annotated[
    bool, typer.Option("--long", help="Of -f csv: a row for each number, under names of JSON.")
]
Seed = Annotated[int, typer.Option("--seed", help="Seed of the draws.")]
Samples = Annotated[int, typer.Option("--samples", help="Stratified draws behind the ranges.")]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="GLOB", help="Leave out paths, names or folders."),
]
Folders = Annotated[
    list[str] | None,
    typer.Option("--catalog", metavar="DIR", help="Your own GPUs, prices and models over ours."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No warnings.")]
Ladder = Annotated[
    bool, typer.Option("--ladder", help="What the cost comes to with all around the run.")
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show every line with its source.")]
Color = Annotated[
    Literal["auto", "always", "never"], typer.Option("--color", help="When to colour.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show our own errors as tracebacks.")]


def format_flag(formats: Iterable[str]) -> Any:
    """Declare ``--format`` of a command; what its document has no format for is refused."""
    names = list(formats)

    def checked(value: str | None) -> str | None:
        if value is None or value in names:
            return value
        message = f"-f {value}: this command does not print it"
        advice = f"it prints {', '.join(names)}"
        raise refusal("CC040", message, None, advice)

    return typer.Option(
        "--format",
        "-f",
        metavar="|".join(names),
        help="Format of the output.",
        callback=checked,
        autocompletion=lambda: names,
    )


def refuse_long(long: bool, format: str) -> None:
    """Refuse ``--long`` where no table of numbers is written."""
    if long and format != "csv":
        message, advice = f"--long says nothing of -f {format}", "write -f csv --long"
        raise refusal("CC040", message, None, advice)


def fail_on_flag(examples: str) -> Any:
    """Declare ``--fail-on`` of a command, with terms that make sense for it."""
    return typer.Option("--fail-on", metavar="LIST", help=f"Exit 1 on: {examples}.")
