"""Fit shipped constants again: `python -m costcheck.calibrate throughput --write configs`.

Errors are always of rows that the fit did not see.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from costcheck.calibrate import decode, memory, mfu_prior, ranges, rollouts
from costcheck.calibrate.write import Fitted
from costcheck.catalog.files import Catalog

FITS: dict[str, Callable[[Catalog], Iterator[Fitted]]] = {
    "throughput": ranges.fitted_files,
    "memory": memory.fitted_files,
    "decode": decode.fitted_files,
    "rollouts": rollouts.fitted_files,
    "mfu_prior": mfu_prior.fitted_files,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, print the errors, and write the files when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=FITS)
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="a folder of data files")
    options = parser.parse_args(arguments)
    for found in FITS[options.what](Catalog()):
        sys.stdout.write(found.report)
        if options.write and found.path:
            target = options.write / found.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(found.text, encoding="utf-8")
            sys.stdout.write(f"wrote {target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
