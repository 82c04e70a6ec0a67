"""Flags that mean the same in every command."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

Files = Annotated[list[str], typer.Argument(metavar="FILE...", help="Scenario files; - is stdin.")]
FormatFlag = Annotated[
    Literal["table", "json", "csv", "md", "html"],
    typer.Option("--format", "-f", help="Format of the output."),
]
ListFormatFlag = Annotated[
    Literal["table", "json", "csv"],
    typer.Option("--format", "-f", help="Format of the output."),
]
TextFormatFlag = Annotated[
    Literal["table", "json", "md"],
    typer.Option("--format", "-f", help="Format of the output."),
]
Output = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FILE", help="Write here; - is stdout.")
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key, typed like the file."),
]
Fields = Annotated[
    str | None, typer.Option("--fields", metavar="A,B", help="Print only these results.")
]
Seed = Annotated[int, typer.Option("--seed", help="Seed of the draws.")]
Samples = Annotated[
    int, typer.Option("--samples", min=64, help="Stratified draws behind the ranges.")
]
Catalog = Annotated[
    list[str] | None,
    typer.Option("--catalog", metavar="DIR", help="Your own GPUs, prices and models over ours."),
]
FailOn = Annotated[
    str | None,
    typer.Option("--fail-on", metavar="LIST", help="Exit 1 on: infeasible,claim,budget,cost>$6M."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No warnings.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show every input with its source.")]
Color = Annotated[
    Literal["auto", "always", "never"], typer.Option("--color", help="When to colour.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show our own errors as tracebacks.")]
