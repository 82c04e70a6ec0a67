"""`costcheck validate`: the schema alone, silent when good."""

from __future__ import annotations

from costcheck.cli.exit_codes import DONE
from costcheck.cli.flags import Debug, Files, Folders, Quiet, Set
from costcheck.cli.inputs import read_scenarios
from costcheck.estimate.resolve import check_names


def run(
    files: Files,
    set_: Set = None,
    catalog: Folders = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> int:
    """Read every file; problems end the command with exit code 2."""
    check_names(read_scenarios(files, assignments=set_, folders=catalog))
    return DONE
