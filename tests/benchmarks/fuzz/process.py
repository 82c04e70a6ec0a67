"""One command line in this process: its code, its texts, and whether it crashed or hung."""

from __future__ import annotations

import functools
import gc
import io
import signal
import sys
import traceback
import warnings
from typing import Any, NamedTuple

import typer.main

from costcheck import cli
from costcheck.audit import knowledge
from costcheck.catalog.files import Catalog
from costcheck.cli import app
from costcheck.cli.app import Command

HANG_SECONDS = 5.0


class Hang(BaseException):
    """A command took more processor time than it may: others may be busy meanwhile."""


class Outcome(NamedTuple):
    """What a command line came to."""

    code: int
    out: str
    err: str
    fault: str = ""
    """A traceback, a hang or a Python warning, in one line that tells kinds apart."""


class _Bytes(io.TextIOWrapper):
    def isatty(self) -> bool:
        return False


def call(arguments: list[str], raw: bytes = b"", seconds: float = HANG_SECONDS) -> Outcome:
    """Run a command line on a standard input."""
    out, err = (_Bytes(io.BytesIO(), encoding="utf-8", newline="\n") for _ in range(2))
    kept = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = _Bytes(io.BytesIO(raw), encoding="utf-8"), out, err
    code, fault = 3, ""
    before = signal.signal(signal.SIGPROF, _ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            code = cli.main([*arguments, "--debug"] if arguments[0] != "--help" else arguments)
    except Hang:
        fault = f"hang: {arguments[0]}"
    except Exception as error:
        where = [f for f in traceback.extract_tb(error.__traceback__) if "costcheck" in f.filename][
            -1
        ]
        name = where.filename.rpartition("costcheck/")[2]
        fault = f"crash: {name}:{where.lineno} {type(error).__name__}: {str(error)[:90]}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        sys.stdin, sys.stdout, sys.stderr = kept
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode("utf-8", "surrogateescape"))  # type: ignore[attr-defined]
    return Outcome(code, *texts, fault)


def keep_warm() -> None:
    """Build parsers once, and read the shipped data once: a campaign is one long process.

    What is kept are pure functions of the code and of `configs/`; commands run as they are.
    """
    shipped, start = Catalog(), Catalog.__init__
    assert shipped.sha256

    def new(kind: type[Catalog], overlays: Any = ()) -> Catalog:
        return object.__new__(kind) if overlays or kind is not Catalog else shipped

    def begin(self: Catalog, overlays: Any = ()) -> None:
        if self is not shipped:
            start(self, overlays)

    Catalog.__new__, Catalog.__init__ = new, begin  # type: ignore[method-assign,assignment]
    app.application = functools.cache(app.application)
    typer.main.get_command = functools.cache(typer.main.get_command)
    parse, parsed = Command.make_context, dict[tuple[str, ...], Any]()

    def context(self: Command, name: str, args: list[str], **more: Any) -> Any:
        key = (name, *args)
        if key not in parsed:
            parsed[key] = parse(self, name, args, **more)
        return parsed[key]

    Command.make_context = context  # type: ignore[method-assign,assignment]
    knowledge.load_registry = functools.cache(knowledge.load_registry)
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _ring(*_: Any) -> None:
    raise Hang
