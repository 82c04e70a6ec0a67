"""The shell: one module per command, imported only when that command runs.

A well-formed command line of a frequent command is read from a frozen table of its options, which
costs less than importing the parser library. Everything else (help, completion, mistakes) goes to
Typer, whose declarations in `app` the table is generated from.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

DONE, FAILED, UNUSABLE, BUG, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes: done, a check you asked for failed, unusable input, our bug, interrupted."""


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    # Start-up is most of a short command: helper threads and garbage collection only delay it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.disable()
    return guarded(lambda: _dispatch(arguments), debug="--debug" in arguments)


def _dispatch(arguments: list[str]) -> int:
    from costcheck.cli.frozen import parse

    parsed = None if "_COSTCHECK_COMPLETE" in os.environ else parse(arguments)
    if parsed is None:
        from costcheck.cli.app import run

        return run(arguments)
    return run_command(*parsed)


def run_command(command: str, options: dict[str, Any]) -> int:
    """Run the module of a command and return its exit code."""
    if options.get("output") not in (None, "-") and options.get("color") == "auto":
        options = {**options, "color": "never"}
    code: int = import_module(f"costcheck.cli.{command}").run(**options)
    return code


def guarded(call: Callable[[], int], *, debug: bool) -> int:
    """Return the exit code of a call; no mistake of a user ends in a traceback."""
    from costcheck.diagnostics import CostcheckError

    try:
        code = call()
        sys.stdout.flush()
    except CostcheckError as error:
        from costcheck.cli.streams import show_problems

        show_problems(error.diagnostics)
        return UNUSABLE
    except BrokenPipeError:
        # The reader of the pipe has gone (`| head`): nothing is wrong and nobody is listening.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if debug:
            raise
        _confess(error)
        return BUG
    return code


def _confess(error: Exception) -> None:
    from costcheck.version import VERSION

    sys.stderr.write(
        f"costcheck {VERSION}: internal error: {type(error).__name__}: {error}\n"
        "This is a bug of ours, not a mistake of yours.\n"
        "Run again with --debug and report the output together with the file.\n"
    )
