"""`costcheck sweep`: many scenarios into one table."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from costcheck.cli import DONE
from costcheck.diagnostics import CostcheckError, Diagnostic, Place
from costcheck.graph.draw_defaults import DEFAULT_SEED
from costcheck.sweep.rows import DEFAULT_FIELDS, SweepSpec
from costcheck.sweep.run import Outcome, Share, write_sweep

BAR = 40
"""Characters of the progress bar."""


def run(
    *,
    files: Sequence[str],
    over: Sequence[str] = (),
    scenarios: str | None = None,
    output: str | None = None,
    fields: str | None = None,
    ranges: bool = False,
    workers: int = 1,
    shard: str | None = None,
    scheduler: str | None = None,
    set_: Sequence[str] = (),
    seed: int = DEFAULT_SEED,
    catalog: Sequence[str] = (),
    quiet: bool = False,
    debug: bool = False,
) -> int:
    """Write a table of scenarios."""
    target = _target(files, over, scenarios, output)
    spec = SweepSpec(
        path=files[0],
        text=_text(files[0]),
        assignments=tuple(set_),
        over=tuple(over),
        table=scenarios or "",
        fields=tuple(name.strip() for name in fields.split(",")) if fields else DEFAULT_FIELDS,
        ranges=ranges,
        seed=seed,
        catalogs=tuple(map(str, catalog)),
    )
    shown = _show if sys.stderr.isatty() and not quiet else None
    share = _share(shard)
    done = write_sweep(
        spec, target, workers=workers, scheduler=scheduler, share=share, progress=shown
    )
    if not quiet:
        _say(done)
    return DONE


def _say(done: Outcome) -> None:
    resumed = f", {done.resumed:,} of them from the run that was stopped" if done.resumed else ""
    sys.stderr.write(f"{done.path}: {done.rows:,} scenarios{resumed}\n")


def _target(
    files: Sequence[str], over: Sequence[str], scenarios: str | None, output: str | None
) -> str:
    """Return the file a sweep goes into, where the rest of the line makes one."""
    if len(files) > 1:
        raise _unusable("a sweep varies one scenario", "put it into one file, or sweep each alone")
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
        return Share()
    number, slash, count = text.partition("/")
    if slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count):
        return Share(int(number), int(count))
    raise _unusable(f"--shard {text} is no share", "write k/n, such as 2/8 for the second eighth")


def _text(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise CostcheckError(
            [Diagnostic("CC014", "error", f"cannot read {path}: {reason}", Place(path))]
        ) from error


def _unusable(message: str, advice: str) -> CostcheckError:
    return CostcheckError([Diagnostic("CC029", "error", message, None, advice)])
