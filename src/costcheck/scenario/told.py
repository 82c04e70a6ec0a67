"""Sentences and articles as input: the scenario that prose is read as."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from costcheck.catalog.files import Catalog
from costcheck.diagnostics import CostcheckError, Diagnostic
from costcheck.text.files import read_file

if TYPE_CHECKING:
    from costcheck.scenario.claims_draft import Drafting

_ENDINGS = (".yaml", ".yml", ".json", ".toml")
_TITLE = 40
"""Characters of a sentence that name it in a report."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """An argument that names no scenario file."""

    name: str
    text: str | bytes
    """The scenario it is, or that was drafted from it."""
    drafting: Drafting | None = None
    """How prose was read."""


def told(
    argument: str,
    catalog: Catalog,
    *,
    read: Callable[[str], bytes] = read_file,
    piped: bytes | None = None,
) -> Told | None:
    """Return what is said by a sentence, an article or what was `piped`; None of other files."""
    name, data = _prose(argument, read) if piped is None else ("<stdin>", piped)
    if data is None:
        return None
    if piped is not None and _is_scenario(data):
        return Told(name=name, text=data)
    from costcheck.scenario.claims_draft import draft_claims

    prose = data.decode("utf-8", "replace")
    drafting = draft_claims(prose, catalog)
    if not drafting.drafts:
        raise CostcheckError([_nothing(name, prose, drafting)])
    return Told(name=name, text=drafting.to_yaml(), drafting=drafting)


def _prose(argument: str, read: Callable[[str], bytes]) -> tuple[str, bytes | None]:
    """The name and the text of an argument, if it is prose."""
    if len(argument) < 256 and Path(argument).is_file():
        data = None if argument.endswith(_ENDINGS) else read(argument)
        return argument, None if data is None or _is_scenario(data) else data
    if argument.endswith(_ENDINGS) or not any(map(str.isspace, argument.strip())):
        return argument, None
    short = argument if len(argument) <= _TITLE else f"{argument[:_TITLE].rstrip()}..."
    return short, argument.encode()


def _is_scenario(data: bytes) -> bool:
    from costcheck.scenario.folder import is_scenario

    return is_scenario(data, or_prose=True)


def _nothing(name: str, prose: str, drafting: Drafting) -> Diagnostic:
    whole = f": {' '.join(prose.split())}"
    left = "; ".join(line.removesuffix(whole) for line in drafting.left_out)[:300]
    advice = f"not read: {left}" if left else "say what was trained, on what, for how long"
    message = f"no figure of a training found in {name!r}"
    return Diagnostic("CC039", "error", message, None, advice)
