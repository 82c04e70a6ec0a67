"""Fit the step-time constants of each software generation and write them with their errors.

Run with `python -m costcheck.calibrate.throughput`. Errors are always reported on rows that the fit
did not see: of models left out by generation, of sources left out by class of run.
"""

import argparse
import sys
from pathlib import Path

from costcheck.calibrate.fit import PRIORS, fit_generation, read_all
from costcheck.calibrate.plans import read_plan
from costcheck.calibrate.ranges import ranges_text
from costcheck.catalog.files import Catalog


def main() -> int:
    """Fit every generation and the ranges; write the files when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, help="folder for the generation files")
    parser.add_argument("--only", help="one generation, without the ranges")
    options = parser.parse_args()
    catalog = Catalog()
    priors = catalog.document(PRIORS)
    table = read_all(catalog)
    for name in priors["generations"]:
        if options.only not in (None, name):
            continue
        text, lines = fit_generation(name, priors, table)
        sys.stdout.write("\n".join(lines) + "\n")
        if options.write:
            (options.write / f"{name}.yaml").write_text(text, encoding="utf-8")
    if options.only is None:
        plans = [read_plan(name, priors) for name in priors["generations"]]
        text = ranges_text(plans, table, strength=float(priors["strength"]))
        sys.stdout.write(text)
        if options.write:
            (options.write / "ranges.yaml").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
