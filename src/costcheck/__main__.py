"""The entry point: answers `--version` before anything is imported."""

import sys

AGAIN_SECONDS = 5.0
"""Until an interrupt that a callback of the interpreter swallowed is raised again."""


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from costcheck.version import VERSION

        sys.stdout.write(f"costcheck {VERSION}\n")
        return
    try:
        _raise_interrupts_again()
        from costcheck.cli import main as run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while modules are imported
        code = 130
    sys.exit(code)


def _raise_interrupts_again() -> None:
    """Let no interrupt be lost: in callbacks of import locks the interpreter only reports it."""
    import signal

    if not hasattr(signal, "setitimer"):
        return
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return

    def interrupt(number: int, _: object) -> None:
        again = AGAIN_SECONDS if number == signal.SIGINT else 0.0
        signal.setitimer(signal.ITIMER_REAL, again)
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGALRM):
        signal.signal(number, interrupt)


if __name__ == "__main__":
    main()
