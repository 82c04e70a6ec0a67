"""The entry point: answers `--version` before anything is imported."""

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from costcheck.version import VERSION

        sys.stdout.write(f"costcheck {VERSION}\n")
        return
    try:
        from costcheck.cli import main as run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while modules are imported
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
