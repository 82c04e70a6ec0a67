"""Constants fitted without one source, as an overlay of the catalog."""

from __future__ import annotations

from pathlib import Path

from costcheck.calibrate.throughput import PRIORS, fit_generation, read_table
from costcheck.catalog.files import Catalog


def write_without(source: str, *, catalog: Catalog, folder: Path) -> None:
    """Write the constants of every generation that a source is a row of, fitted without it."""
    table = read_table(catalog)
    mine = table.sources == source
    if not mine.any():
        return
    priors = catalog.document(PRIORS)
    performance = folder / "performance"
    performance.mkdir()
    for name in priors["generations"]:
        if priors["generations"][name]["software"] in table.software[mine]:
            text, _ = fit_generation(name, priors, table.take(~mine))
            (performance / f"{name}.yaml").write_text(text, encoding="utf-8")
