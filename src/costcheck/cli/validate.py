"""`costcheck validate`: the schema alone, silent when good."""

from __future__ import annotations

from costcheck.cli.exit_codes import DONE
from costcheck.cli.flags import Debug, Files, Folders, Quiet, Set
from costcheck.cli.inputs import read_scenarios
from costcheck.estimate.resolve import check_names
from costcheck.scenario.folder import members


def run(
    files: Files,
    set_: Set = None,
    catalog: Folders = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> int:
    """Read every file and the scenarios of every folder; problems end with exit code 2."""
    named = [name for file in files for name in members(file).scenarios or (file,)]
    check_names(read_scenarios(named, assignments=set_, folders=catalog))
    return DONE
