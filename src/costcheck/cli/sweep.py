"""`costcheck sweep`: many scenarios into one table."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from costcheck.cli import flags
from costcheck.cli.exit_codes import DONE
from costcheck.cli.streams import STANDARD, emit, read_bytes
from costcheck.diagnostics import CostcheckError, refusal
from costcheck.graph.draw_defaults import DEFAULT_SEED
from costcheck.quantities import NAMES_OF_HEADS
from costcheck.sweep.rows import DEFAULT_FIELDS, SweepSpec, swept_rows
from costcheck.sweep.run import WHOLE, Outcome, Share, write_sweep

BAR = 40
"""Characters of the progress bar."""

BOOK = ".xlsx"
ENDINGS = {"csv": (".csv", "-"), "parquet": (".parquet", ".pq"), "xlsx": (BOOK,)}
"""What the file of a format ends in."""

MOST_ROWS = 1_048_575
"""Rows below the head of a sheet."""

Write = Callable[[SweepSpec, str], Outcome]

Over = Annotated[
    list[str] | None,
    typer.Option("--over", metavar="KEY=A:B:N", help="An axis: a:b:n, log:a:b:n or a,b,c."),
]
Table = Annotated[
    str | None,
    typer.Option("--scenarios", metavar="CSV", help="A row for each scenario instead."),
]
Target = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="FILE", help="A .csv, .parquet or .xlsx; - is stdout."),
]
Ranges = Annotated[
    bool, typer.Option("--ranges", help="Also low and high, and budgets at the high ends.")
]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Processes.")]
Shard = Annotated[
    str | None, typer.Option("--shard", metavar="K/N", help="Only the k-th of n shares.")
]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="local|ADDRESS", help="Run on Dask (extra dask)."),
]


def run(
    file: flags.File,
    over: Over = None,
    scenarios: Table = None,
    format: Annotated[str | None, flags.format_flag(ENDINGS)] = None,
    output: Target = None,
    fields: flags.Fields = None,
    ranges: Ranges = False,
    workers: Workers = 1,
    shard: Shard = None,
    scheduler: Scheduler = None,
    set_: flags.Set = None,
    seed: flags.Seed = DEFAULT_SEED,
    catalog: flags.Folders = None,
    quiet: flags.Quiet = False,
    debug: flags.Debug = False,
) -> int:
    """Write a table of scenarios."""
    target = _target(over or (), scenarios, output)
    if format is not None and not target.endswith(ENDINGS[format]):
        raise _unusable(f"-f {format} and -o {target} differ", f"-o out.{format}")
    spec = SweepSpec(
        path=file,
        text=read_bytes(file),
        assignments=tuple(set_ or ()),
        over=tuple(over or ()),
        table=scenarios or "",
        fields=tuple(name.strip() for name in fields.split(",")) if fields else DEFAULT_FIELDS,
        ranges=ranges,
        seed=seed,
        catalogs=tuple(catalog or ()),
    )
    shown = _show if sys.stderr.isatty() and not quiet else None
    share = _share(shard)
    write = partial(write_sweep, workers=workers, scheduler=scheduler, share=share, progress=shown)
    if target.endswith(BOOK) and share != WHOLE:
        raise _unusable("the shares of a workbook are not put together", "-o out.csv")
    done = _put(spec, target, write)
    if not quiet:
        _say(done)
    return DONE


def _put(spec: SweepSpec, target: str, write: Write) -> Outcome:
    if target != STANDARD:
        return _book(spec, target, write) if target.endswith(BOOK) else write(spec, target)
    with TemporaryDirectory() as folder:
        table = Path(folder, "table.csv")
        done = write(spec, str(table))
        emit(table.read_text(encoding="utf-8"))
    return done._replace(path=target)


def _book(spec: SweepSpec, target: str, write: Write) -> Outcome:
    """Write the table as a workbook, over a CSV beside it with which a stopped sweep goes on."""
    from costcheck.report.formats.tables import Records, read_csv
    from costcheck.report.formats.xlsx import report_book

    rows = len(swept_rows(spec))
    if rows > MOST_ROWS:
        raise _unusable(f"a sheet has no room for {rows:,} scenarios", "-o out.csv")
    text = Path(f"{target}.csv")
    done = write(spec, str(text))
    heads, *lines = read_csv(text)
    columns = [NAMES_OF_HEADS.get(head, head) for head in heads]
    emit(report_book([], {"Sweep": Records(columns, lines)}), target)
    text.unlink()
    return done._replace(path=target)


def _say(done: Outcome) -> None:
    resumed = f", {done.resumed:,} of them from the run that was stopped" if done.resumed else ""
    sys.stderr.write(f"{done.path}: {done.rows:,} scenarios{resumed}\n")


def _target(over: Sequence[str], scenarios: str | None, output: str | None) -> str:
    """The file a sweep goes into, where the rest of the line makes one."""
    if bool(over) == bool(scenarios):
        raise _unusable(
            "say what varies, in one way", "--over KEY=FIRST:LAST:COUNT or --scenarios FILE"
        )
    if output is None:
        raise _unusable("a sweep goes into a file", "-o out.csv, or -o out.parquet")
    return output


def _show(written: int, total: int) -> None:
    filled = BAR * written // total if total else BAR
    bar = "#" * filled + "." * (BAR - filled)
    end = "\n" if written == total else ""
    sys.stderr.write(f"\r[{bar}] {written:,} of {total:,}{end}")
    sys.stderr.flush()


def _share(text: str | None) -> Share:
    if text is None:
        return WHOLE
    number, slash, count = text.partition("/")
    if slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count):
        return Share(int(number), int(count))
    raise _unusable(f"--shard {text} is no share", "write k/n, such as 2/8 for the second eighth")


def _unusable(message: str, advice: str) -> CostcheckError:
    return refusal("CC029", message, None, advice)
