"""The shell: one module per command, imported only when that command runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from costcheck.cli.exit_codes import BUG, DONE, INTERRUPTED, UNUSABLE


def main(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    from costcheck.cli.app import run

    return guarded(lambda: run(arguments), debug="--debug" in arguments)


def guarded(call: Callable[[], int], *, debug: bool) -> int:
    """Return the exit code of a call; no mistake of a user ends in a traceback."""
    from costcheck.cli.streams import show_problems
    from costcheck.diagnostics import CostcheckError

    try:
        code = call()
        sys.stdout.flush()
    except CostcheckError as error:
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
