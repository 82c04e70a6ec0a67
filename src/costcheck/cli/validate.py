"""`costcheck validate`: the schema alone, silent when good."""

from __future__ import annotations

from collections.abc import Sequence

from costcheck.cli import DONE
from costcheck.cli.inputs import read_scenarios


def run(
    *,
    files: Sequence[str],
    set_: Sequence[str] = (),
    catalog: Sequence[str] = (),
    quiet: bool = False,
    debug: bool = False,
) -> int:
    """Read every file; problems end the command with exit code 2."""
    from costcheck.estimate.resolve import check_names

    check_names(read_scenarios(files, assignments=set_, catalogs=catalog))
    return DONE
