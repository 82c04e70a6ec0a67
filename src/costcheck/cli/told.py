"""Sentences and articles as input: what of a command line is prose rather than a scenario file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from costcheck.catalog.files import Catalog
from costcheck.cli.streams import STANDARD, read_bytes
from costcheck.diagnostics import CostcheckError, Diagnostic

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


def told(arguments: Sequence[str], catalog: Catalog) -> dict[str, Told]:
    """Return what arguments say that are sentences, articles or standard input."""
    found = {}
    for argument in arguments:
        if (prose := _prose(argument)) is None:
            continue
        name, data = prose
        text = data.decode("utf-8", "replace")
        if name == "<stdin>" and _is_scenario(data):
            found[argument] = Told(name=name, text=data)
            continue
        from costcheck.scenario.claims_draft import draft_claims

        drafting = draft_claims(text, catalog)
        if not drafting.drafts:
            raise CostcheckError([_nothing(name, drafting)])
        found[argument] = Told(name=name, text=drafting.to_yaml(), drafting=drafting)
    return found


def _prose(argument: str) -> tuple[str, bytes] | None:
    """The name and the text of an argument that may be prose."""
    if argument == STANDARD:
        return "<stdin>", read_bytes(STANDARD)
    if len(argument) < 256 and Path(argument).is_file():
        if argument.endswith(_ENDINGS):
            return None
        data = read_bytes(argument)
        return None if _is_scenario(data) else (argument, data)
    if argument.endswith(_ENDINGS) or not any(map(str.isspace, argument.strip())):
        return None
    short = argument if len(argument) <= _TITLE else f"{argument[:_TITLE].rstrip()}..."
    return short, argument.encode()


def _is_scenario(data: bytes) -> bool:
    from costcheck.scenario.folder import is_scenario

    return is_scenario(data, or_prose=True)


def _nothing(name: str, drafting: Drafting) -> Diagnostic:
    left = "; ".join(drafting.left_out)[:300]
    advice = f"not understood: {left}" if left else "say what was trained, on what, for how long"
    return Diagnostic("CC039", "error", f"no figure of a training found in {name!r}", None, advice)
