"""The shell: one module per command, imported only when that command runs."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from costcheck.cli.exit_codes import BUG, DONE, INTERRUPTED, UNUSABLE

if TYPE_CHECKING:
    from costcheck.diagnostics import Diagnostic


def main(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    from costcheck.cli.app import run

    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the shell: `>&-`
            setattr(sys, name, open(os.devnull, "r+", encoding="utf-8"))  # noqa: PTH123, SIM115
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
        _silence()
        return DONE
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        problem = _not_ours(error)
        if problem is not None:
            _silence()
            show_problems([problem])
            return UNUSABLE
        if debug:
            raise
        return _confess(error)
    return code


def _not_ours(error: Exception) -> Diagnostic | None:
    """What the machine refuses: room on a disk, a right, memory."""
    import errno

    from costcheck.diagnostics import Diagnostic

    refused = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES)
    if isinstance(error, OSError) and error.errno in refused:
        where = error.filename or "the output"
        return Diagnostic("CC020", "error", f"cannot write {where}: {error.strerror}")
    if isinstance(error, MemoryError):
        message = f"this takes more memory than there is {error}".rstrip()
        return Diagnostic("CC046", "error", message, help="ask for fewer samples or rows")
    return None


def _silence() -> None:
    """Let nothing more be written where nobody can take it, also when the interpreter ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _confess(error: Exception) -> int:
    if isinstance(error.__cause__, KeyboardInterrupt):  # while a class was being made
        return INTERRUPTED
    from costcheck.version import VERSION

    sys.stderr.write(
        f"costcheck {VERSION}: internal error: {type(error).__name__}: {error}\n"
        "This is a bug of ours, not a mistake of yours.\n"
        "Run again with --debug and report the output together with the file.\n"
    )
    return BUG
