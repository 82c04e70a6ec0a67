"""Read the files a command names, all of them before anything is reported."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from costcheck.catalog.files import Catalog
from costcheck.diagnostics import CostcheckError, Diagnostic
from costcheck.scenario.load import Loaded, load

STANDARD_INPUT = "-"


def read_scenarios(
    files: Sequence[str], *, assignments: Sequence[str] = (), catalogs: Sequence[str] = ()
) -> list[Loaded]:
    """Read scenario files; problems of all files come together."""
    catalog = Catalog(catalogs)
    loaded: list[Loaded] = []
    problems: list[Diagnostic] = []
    for file in files:
        text = sys.stdin.buffer.read() if file == STANDARD_INPUT else None
        name = "<stdin>" if file == STANDARD_INPUT else file
        try:
            loaded.append(load(name, assignments=assignments, catalog=catalog, text=text))
        except CostcheckError as error:
            problems += error.diagnostics
    if problems:
        raise CostcheckError(problems)
    return loaded
