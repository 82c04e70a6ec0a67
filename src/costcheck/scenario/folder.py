"""The scenarios a folder or a pattern stands for; what git ignores is left out."""

from __future__ import annotations

import glob
import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, fields
from fnmatch import fnmatch
from pathlib import Path

from costcheck.scenario.schema import Scenario
from costcheck.text import yaml_text
from costcheck.text.files import read_file

SUFFIXES = (".yaml", ".yml")

_KEYS = frozenset(item.name for item in fields(Scenario))
_ANYONES = frozenset({"name"})
"""Keys that files of other tools have too."""
_LINE_KEY = re.compile(r"^[\"']?([A-Za-z_]\w*)[\"']?(?=\s|:|$)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Members:
    """The scenarios below a folder, and the YAML files there that are something else."""

    scenarios: tuple[str, ...]
    others: tuple[str, ...] = ()


def members(
    path: str, *, exclude: Sequence[str] = (), suffixes: Sequence[str] = SUFFIXES
) -> Members:
    """Find the scenarios a folder or a pattern stands for, sorted; a path stands for itself."""
    if Path(path).is_dir():
        seen = _below(path, suffixes)
        ignored = _ignored(path, seen)
        kept = [name for name in seen if name not in ignored and not excluded(name, exclude)]
        meant = {name: _may_be_scenario(name) for name in kept}
        return Members(
            scenarios=tuple(name for name in kept if meant[name]),
            others=tuple(name for name in kept if not meant[name]),
        )
    if glob.has_magic(path) and not Path(path).exists():
        names = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 - patterns may be absolute
        files = (name for name in names if Path(name).is_file())
        return Members(scenarios=tuple(name for name in files if not excluded(name, exclude)))
    return Members(scenarios=(path,))


def _below(folder: str, suffixes: Sequence[str]) -> list[str]:
    found = (item for item in sorted(Path(folder).rglob("*")) if item.suffix in suffixes)
    # A link that leads nowhere is kept, to be reported.
    files = (item for item in found if item.is_file() or not item.exists())
    return [str(item) for item in files if not _hidden(item.relative_to(folder))]


def excluded(path: str, patterns: Sequence[str]) -> bool:
    """Tell whether a pattern fits a path, its name or a folder on the way to it."""
    steps = Path(path).parts
    ends = [str(Path(*steps[start:stop])) for start, stop in _spans(len(steps))]
    return any(fnmatch(end, pattern.rstrip("/")) for pattern in patterns for end in ends)


def is_scenario(content: str | bytes, file: str = "", *, or_prose: bool = False) -> bool:
    """Tell whether a text is meant as a scenario: half of its keys or more are a scenario's.

    Where it may be prose as well, bare text is that, and so is what follows a capital and a colon.
    """
    data = yaml_text.parse(content, file).data
    if isinstance(data, str):
        # Bare text is no file of another tool; a colon was forgotten.
        return not or_prose
    if isinstance(data, dict):
        keys = {str(key) for key in data}
    else:
        text = content if isinstance(content, str) else content.decode(errors="replace")
        keys = set(_LINE_KEY.findall(text))
    keys = (keys if or_prose else {key.lower() for key in keys}) - _ANYONES
    return len(keys & _KEYS) * 2 >= len(keys) > 0


def skipped(others: Sequence[str]) -> str:
    """Say how many files are no scenarios; nothing where there are none."""
    return f"{len(others)} skipped: no scenarios, such as {others[0]}" if others else ""


def _may_be_scenario(path: str) -> bool:
    try:
        return is_scenario(read_file(path), path)
    except OSError:
        return True


def _spans(steps: int) -> list[tuple[int, int]]:
    return [(start, stop) for start in range(steps) for stop in range(start + 1, steps + 1)]


def _hidden(path: Path) -> bool:
    return any(step.startswith(".") for step in path.parts)


def _ignored(folder: str, paths: Sequence[str]) -> set[str]:
    """Return what git ignores of paths; nothing where there is no git or no repository."""
    names = [os.path.relpath(path, folder) for path in paths]
    try:
        done = subprocess.run(  # noqa: S603 - arguments are passed as they are, without a shell
            ["git", "-C", folder, "check-ignore", "-z", "--stdin"],  # noqa: S607
            input="\0".join(names).encode(errors="surrogateescape"),
            capture_output=True,
            check=False,
        )
    except OSError:
        return set()
    found = set(done.stdout.decode(errors="surrogateescape").split("\0"))
    return {path for path, name in zip(paths, names, strict=True) if name in found}
