"""Read the sides of a diff: scenario files, saved results, git revisions, standard input, folders.

A revision is read with `git show`, together with the files the scenario refers to; the working
tree is not touched.
"""

from __future__ import annotations

import posixpath
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from costcheck.catalog.files import Catalog
from costcheck.diagnostics import CostcheckError, Place, refusal
from costcheck.estimate.result import Estimate
from costcheck.estimate.saved import is_saved, parse_saved, reload, restore
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.judgement import judged
from costcheck.scenario.folder import excluded, is_scenario, members
from costcheck.scenario.load import Loaded, load
from costcheck.text import yaml_text
from costcheck.text.files import read_text

GIT = "git:"
SUFFIXES = (".yaml", ".yml", ".json")
REFERENCES = ("extends", "config", "file")
"""Keys that name other files of the repository."""


@dataclass(frozen=True)
class Compared:
    """One side: as it was saved or is computed now (`reported`), and computed with today's data.

    `now` is None where today's schema does not accept the scenario.
    """

    label: str
    reported: Estimate
    now: Estimate | None

    @property
    def is_saved(self) -> bool:
        """Whether the side was computed at another time."""
        return self.now is not self.reported


@dataclass(frozen=True)
class Reader:
    """Reads sides, `--set` applied to both; files of git revisions stay until it is closed."""

    catalog: Catalog
    assignments: tuple[str, ...] = ()
    samples: int = DEFAULT_SAMPLES
    seed: int = DEFAULT_SEED
    exclude: tuple[str, ...] = ()
    """Patterns of what is left out of folders."""
    stack: ExitStack = field(default_factory=ExitStack)
    last: dict[str, Estimate] = field(default_factory=dict)
    """The latest estimate by the hash of its scenario."""

    @property
    def folders(self) -> tuple[str, ...]:
        """Folders laid over the catalogs, the last one on top."""
        return self.catalog.overlays[::-1]

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def side(self, name: str, text: str | None = None) -> Compared:
        """The side a name stands for."""
        if name.startswith(GIT):
            return self._revision(name)
        content = text if text is not None else self._text(name)
        if content is not None and is_saved(content):
            return self._saved(content, name)
        return self._scenario(name, name, content)

    def _scenario(self, label: str, path: str, text: str | None) -> Compared:
        loaded = load(path, assignments=self.assignments, catalog=self.catalog, text=text)
        now = self._once(loaded)
        return Compared(label, now, now)

    def estimate(self, loaded: Loaded) -> Estimate:
        """The estimate of a scenario, its claims judged as a saved result has them."""
        return judged(loaded, samples=self.samples, seed=self.seed)

    def _once(self, loaded: Loaded) -> Estimate:
        """The latest estimate where the text is the same and names no file, which may differ."""
        if any(_named_files(loaded.document.data)):
            return self.estimate(loaded)
        if loaded.sha256 not in self.last:
            self.last.clear()
            self.last[loaded.sha256] = self.estimate(loaded)
        return self.last[loaded.sha256]

    def _saved(self, text: str, name: str) -> Compared:
        documents = parse_saved(text, name)
        if len(documents) != 1:
            message = f"{name} holds {len(documents)} results: a diff compares one with one"
            raise refusal("CC031", message, Place(name), _SAVE_ONE)
        try:
            now = self.estimate(reload(documents[0], self.catalog))
        except CostcheckError:
            now = None
        return Compared(name, restore(documents[0]), now)

    def _text(self, name: str) -> str | None:
        if not name.endswith(".json"):
            return None
        try:
            return read_text(name, streams=True)
        except OSError:
            return None

    def _revision(self, name: str) -> Compared:
        revision, path = split_revision(name)
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="costcheck-")))
        _export(revision, path, folder, name)
        file = str(folder / path)
        try:
            content = self._text(file)
            if content is not None and is_saved(content):
                return self._saved(content, name)
            return self._scenario(name, file, None)
        except CostcheckError as error:
            raise _relabelled(error, str(folder), f"{GIT}{revision}:") from error


_SAVE_ONE = "save one result per file"


def split_revision(name: str) -> tuple[str, str]:
    """Revision and path of ``git:REV:path``."""
    revision, colon, path = name.removeprefix(GIT).partition(":")
    if not (revision and colon and path) or revision.startswith("-"):
        advice = "write git:REV:path, such as git:main:scenario.yaml"
        message = f"{name!r} names no file of a revision"
        raise refusal("CC032", message, None, advice)
    return revision, str(PurePosixPath(path))


def pairs(
    old: str, new: str, exclude: Sequence[str] = ()
) -> tuple[list[tuple[str, str | None, str | None]], tuple[str, ...]]:
    """The scenarios of two folders, matched by their path inside, None where one has none.

    Behind them the files that are no scenario on either side.
    """
    sides = [_members(name, exclude) for name in (old, new)]
    paths = sorted({*sides[0], *sides[1]})
    meant = [path for path in paths if any(side.get(path) for side in sides)]
    before, after = (
        [_join(name, path) if path in side else None for path in meant]
        for name, side in zip((old, new), sides, strict=True)
    )
    others = tuple(path for path in paths if not any(side.get(path) for side in sides))
    return list(zip(meant, before, after, strict=True)), others


def is_folder(name: str) -> bool:
    """Tell whether a side is a folder rather than a file."""
    if not name.startswith(GIT):
        return Path(name).is_dir()
    revision, path = split_revision(name)
    kind = _git("cat-file", "-t", f"{revision}:{_in_tree(path)}", name=name)
    return kind.strip() == b"tree"


def _members(name: str, exclude: Sequence[str]) -> dict[str, bool]:
    """Whether a file below a folder is meant as a scenario, or is a saved result, by its path."""
    if name.startswith(GIT):
        return _in_revision(name, exclude)
    found = members(name, exclude=exclude, suffixes=SUFFIXES)
    meant = dict.fromkeys(found.scenarios, True)
    for path in found.others:
        meant[path] = path.endswith(".json") and is_saved(read_text(path))
    return {Path(path).relative_to(name).as_posix(): yes for path, yes in meant.items()}


def _in_revision(name: str, exclude: Sequence[str]) -> dict[str, bool]:
    """The same of a folder of a revision."""
    revision, base = split_revision(name)
    tree = f"{revision}:{_in_tree(base)}"
    listing = _git("ls-tree", "-r", "-z", "--name-only", tree, name=name).decode()
    found = {}
    for path in listing.split("\0"):
        whole = str(PurePosixPath(base) / path)
        hidden = f"/{path}".find("/.") >= 0
        if path.endswith(SUFFIXES) and not hidden and not excluded(whole, exclude):
            content = _git("show", f"{revision}:{_in_tree(whole)}", name=name)
            text = content.decode(errors="replace")
            found[path] = is_saved(text) or is_scenario(content, path)
    return found


def _join(folder: str, path: str) -> str:
    if folder.startswith(GIT):
        revision, base = split_revision(folder)
        return f"{GIT}{revision}:{PurePosixPath(base) / path}"
    return str(Path(folder) / path)


def _export(revision: str, path: str, folder: Path, name: str) -> None:
    """Copy a file of a revision, and those it refers to, below a folder."""
    waiting, done = [path], set()
    while waiting:
        current = waiting.pop()
        if current in done or current.startswith(("../", "/")):
            continue
        done.add(current)
        try:
            content = _git("show", f"{revision}:{_in_tree(current)}", name=name)
        except CostcheckError:
            if current == path:
                raise
            continue
        target = folder / current
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        if current.endswith((".yaml", ".yml")):
            waiting += _references(content, current)


def _references(content: bytes, path: str) -> list[str]:
    data = yaml_text.parse(content, path).data
    base = PurePosixPath(path).parent
    return [posixpath.normpath(base / name) for name in _named_files(data)]


def _named_files(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _named_files(item)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key in REFERENCES:
                names = item if isinstance(item, list) else [item]
                yield from (name for name in names if isinstance(name, str))
            yield from _named_files(item)


def _in_tree(path: str) -> str:
    # Paths are relative to where the command runs, as in every other argument.
    return f"./{path}" if path != "." else "./"


def _git(*arguments: str, name: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - arguments are passed as they are, without a shell
            ["git", *arguments],  # noqa: S607
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        raise _git_problem(name, "git is not installed") from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["git failed"]
        raise _git_problem(name, lines[0].removeprefix("fatal: "))
    return done.stdout


def _git_problem(name: str, reason: str) -> CostcheckError:
    advice = "the path is relative to where the command runs; in CI, fetch the base branch first"
    return refusal("CC033", reason, Place(name), advice)


def _relabelled(error: CostcheckError, folder: str, label: str) -> CostcheckError:
    """The problems with the places the reader knows instead of temporary ones."""
    shown = [
        replace(
            item,
            message=item.message.replace(f"{folder}/", label),
            place=item.place._replace(file=item.place.file.replace(f"{folder}/", label))
            if item.place
            else None,
        )
        for item in error.diagnostics
    ]
    return CostcheckError(shown)
