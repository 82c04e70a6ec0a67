"""The entry point: answers `--version` before anything is imported."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

OBJECTS = 50_000
"""New ones between two searches for cycles: modules and data that are loaded once have none, and
searching them takes a tenth of a short command."""

AGAIN_SECONDS = 0.01
"""Until an interrupt is raised that came where none can be."""


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from costcheck.version import VERSION

        sys.stdout.write(f"costcheck {VERSION}\n")
        return
    import gc

    gc.set_threshold(OBJECTS)
    try:
        _interrupts_reach_imports()
        from costcheck.cli import main as run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while modules are imported
        code = 130
    # An interrupt inside of an `exec`, as dataclasses have, would end us by the signal although it
    # was caught: the interpreter remembers it until the next one runs.
    exec("")  # noqa: S102
    sys.exit(code)


def _interrupts_reach_imports() -> None:
    """Let no interrupt be lost: in callbacks of import locks the interpreter only reports it."""
    import signal

    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not ours or not hasattr(signal, "setitimer"):
        return

    def interrupt(_: int, frame: FrameType | None) -> None:
        code = frame.f_code if frame else None
        if code and code.co_name == "cb" and "importlib" in code.co_filename:
            signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
        else:
            raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGALRM):
        signal.signal(number, interrupt)


if __name__ == "__main__":
    main()
