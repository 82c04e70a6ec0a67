"""Judge changed scenarios, as a review does: what differs and why, and whether files are good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costcheck.api.results import Result
from costcheck.api.scenarios import load
from costcheck.catalog.files import Catalog
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.scenario.load import Loaded

if TYPE_CHECKING:
    from costcheck.check import Report
    from costcheck.diff import Compared, Diff
    from costcheck.diff.sides import Reader


def diff(
    old: Loaded | Result | str | Path | Mapping[str, Any],
    new: Loaded | Result | str | Path | Mapping[str, Any],
    *,
    shares: bool = False,
    catalog: str | Path | Sequence[str | Path] = (),
    samples: int = DEFAULT_SAMPLES,
    seed: int = DEFAULT_SEED,
) -> Diff:
    """Say what changed between two scenarios and why, in lines that add up.

    Parameters
    ----------
    old, new : Loaded, Result, path or mapping
        Scenarios, files, saved results, or ``git:REV:path``.
    shares : bool
        Also compute the exact share of every changed key.
    catalog : path or sequence of paths
        Folders with your own GPUs, prices and models, laid over ours.
    samples, seed : int
        Draws behind the ranges.

    Returns
    -------
    Diff
        Quantities, drivers, changed keys and changed verdicts.

    Raises
    ------
    CostcheckError
        With everything wrong with either side.
    """
    from costcheck.diff import Options, diff as compare
    from costcheck.diff.sides import Reader

    folders = (catalog,) if isinstance(catalog, str | Path) else tuple(catalog)
    with Reader(Catalog(folders), (), samples, seed) as reader:
        sides = [_compared(source, reader) for source in (old, new)]
        return compare(sides[0], sides[1], Options(shares, samples, seed))


def _compared(source: Loaded | Result | str | Path | Mapping[str, Any], reader: Reader) -> Compared:
    from costcheck.diff import Compared

    if isinstance(source, str | Path):
        return reader.side(str(source))
    if isinstance(source, Result):
        found = source.estimate
    else:
        loaded = source if isinstance(source, Loaded) else load(source, catalog=reader.folders)
        found = reader.estimate(loaded)
    return Compared(found.path or found.name or "scenario", found, found)


def check(
    *files: str | Path,
    set: Sequence[str] = (),
    catalog: str | Path | Sequence[str | Path] = (),
) -> Report:
    """Check schema, feasibility, claims and budget of scenario files.

    Parameters
    ----------
    *files : str or Path
        Files, folders and patterns.
    set : sequence of str
        ``key.path=value`` overrides, typed like the file.
    catalog : path or sequence of paths
        Folders with your own GPUs, prices and models, laid over ours.

    Returns
    -------
    Report
        What was found, file by file; nothing is raised for what is in a file.
    """
    from costcheck.check import check as check_files

    folders = (catalog,) if isinstance(catalog, str | Path) else tuple(catalog)
    return check_files([str(file) for file in files], assignments=set, catalog=Catalog(folders))
