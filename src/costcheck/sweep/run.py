"""Stream a sweep into a file: piece by piece, resumable, on one process, several, or a cluster.

The file grows under a name of its own beside a journal of the pieces it holds, and gets its name
when it is whole. A sweep that was stopped goes on after the last piece in the journal.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

from costcheck.diagnostics import CostcheckError, Diagnostic, Place
from costcheck.sweep.encode import Encoding, Piece, encoding_of
from costcheck.sweep.rows import SweepSpec, swept_rows

PIECE_ROWS = 131_072
"""Rows of a piece, which is a row group of a Parquet file."""

Progress = Callable[[int, int], None]
"""Told how many rows of how many are in the file."""


class Share(NamedTuple):
    """The part of a sweep that this run writes: `number` of `shares`, from 1."""

    number: int = 1
    shares: int = 1


WHOLE = Share()


class Outcome(NamedTuple):
    """What a run has done: rows in the file, of them there already from a run that was stopped."""

    path: str
    rows: int
    resumed: int


class Future(Protocol):
    """A piece that is being computed."""

    def result(self) -> Piece:
        """Wait for it."""


Submit = Callable[[SweepSpec, str, int, int], Future]


def write_sweep(
    spec: SweepSpec,
    path: str,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    share: Share = WHOLE,
    progress: Progress | None = None,
) -> Outcome:
    """Write a sweep, or a share of it, into a file."""
    encoding = encoding_of(path)
    # The others get ready while this process reads the axes.
    with _submitter(spec, workers, scheduler) as submit:
        rows = swept_rows(spec)
        pieces = _pieces(len(rows), share)
        head = encoding.head(rows) if share.number == 1 or not path.endswith(".csv") else b""
        total = sum(stop - start for start, stop in pieces)
        with _Growing(path, _identity(spec, share), head) as file:
            resumed = written = sum(stop - start for start, stop in pieces[: file.pieces])
            report = progress or _silently
            report(written, total)
            rest = pieces[file.pieces :]
            for (start, stop), piece in _in_order(submit, spec, path, rest, workers):
                file.append(piece)
                written += stop - start
                report(written, total)
            file.finish(encoding)
    return Outcome(path, total, resumed)


def prepare(spec: SweepSpec) -> None:
    """Do in a process what every piece needs first."""
    _ = swept_rows(spec).along


def _silently(_: int, __: int) -> None:
    """Tell nobody."""


def compute_piece(spec: SweepSpec, path: str, start: int, stop: int) -> Piece:
    """Return the rows start to stop as a piece of the file; what every worker runs."""
    rows = swept_rows(spec)
    return encoding_of(path).piece(rows, rows.block(start, stop))


def _pieces(rows: int, share: Share) -> list[tuple[int, int]]:
    whole = [(start, min(start + PIECE_ROWS, rows)) for start in range(0, rows, PIECE_ROWS)]
    first = len(whole) * (share.number - 1) // share.shares
    last = len(whole) * share.number // share.shares
    return whole[first:last]


def _in_order(
    submit: Submit, spec: SweepSpec, path: str, pieces: Sequence[tuple[int, int]], workers: int
) -> Iterator[tuple[tuple[int, int], Piece]]:
    """Yield the pieces in their order while later ones are being computed."""
    waiting: deque[tuple[tuple[int, int], Future]] = deque()
    ahead = 2 * workers if workers > 1 else 1
    for place in pieces:
        waiting.append((place, submit(spec, path, *place)))
        if len(waiting) >= ahead:
            first, future = waiting.popleft()
            yield first, future.result()
    for first, future in waiting:
        yield first, future.result()


class _Done(NamedTuple):
    piece: Piece

    def result(self) -> Piece:
        return self.piece


def _here(spec: SweepSpec, path: str, start: int, stop: int) -> Future:
    return _Done(compute_piece(spec, path, start, stop))


@contextmanager
def _submitter(spec: SweepSpec, workers: int, scheduler: str | None) -> Iterator[Submit]:
    """Yield how a piece is handed out: computed here, by other processes, or by a cluster."""
    if scheduler is not None:
        with _dask(workers, scheduler) as submit:
            yield submit
    elif workers == 1:
        yield _here
    else:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
        for _ in range(workers):
            pool.submit(prepare, spec)
        try:
            yield lambda *job: pool.submit(compute_piece, *job)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _dask(workers: int, scheduler: str) -> Iterator[Submit]:
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        advice = "pip install 'costcheck[dask]'"
        raise CostcheckError(
            [Diagnostic("CC192", "error", "--scheduler needs Dask", None, advice)]
        ) from error
    cluster: AbstractContextManager[Any] | str = scheduler
    if scheduler == "local":
        cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
    with Client(cluster) as client:
        try:
            # Pure: a piece that is asked for twice is computed once.
            yield lambda *job: client.submit(compute_piece, *job)
        finally:
            if not isinstance(cluster, str):
                cluster.__exit__(None, None, None)


def _identity(spec: SweepSpec, share: Share) -> str:
    """Return a text that two runs share exactly when they write the same rows."""
    from costcheck.catalog.files import Catalog
    from costcheck.version import VERSION

    table = Path(spec.table).read_bytes() if spec.table else b""
    parts = (VERSION, Catalog(spec.catalogs).sha256, spec, share, hashlib.sha256(table).hexdigest())
    return hashlib.sha256(repr(parts).encode()).hexdigest()


class _Growing:
    """A file that grows by pieces and is never seen half done under its own name."""

    def __init__(self, path: str, identity: str, head: bytes) -> None:
        self.path = Path(path)
        self.partial = Path(f"{path}.partial")
        self.journal = Path(f"{path}.journal")
        self.identity = identity
        self.head = head
        self.entries: list[tuple[int, bytes]] = []
        self.end = len(head)
        self._data: BinaryIO
        self._log: BinaryIO

    @property
    def pieces(self) -> int:
        """Return how many pieces the file holds."""
        return len(self.entries)

    def __enter__(self) -> _Growing:
        """Open the file, after the last whole piece where a run was stopped."""
        try:
            self.partial.parent.mkdir(parents=True, exist_ok=True)
            self._restore()
            self._data = self.partial.open("r+b" if self.entries else "wb")
            self._log = self.journal.open("r+b" if self.entries else "wb")
        except OSError as error:
            reason = error.strerror or "cannot be written"
            raise CostcheckError(
                [Diagnostic("CC020", "error", f"{self.path}: {reason}", Place(str(self.path)))]
            ) from error
        if not self.entries:
            self._log.write(json.dumps({"sweep": self.identity}).encode() + b"\n")
            self._data.write(self.head)
        else:
            self._data.truncate(self.end)
            self._data.seek(self.end)
            self._log.truncate(self._log_end)
            self._log.seek(self._log_end)
        return self

    def __exit__(self, *_: object) -> None:
        """Close the files; what is in the journal stays."""
        self._data.close()
        self._log.close()

    def append(self, piece: Piece) -> None:
        """Write a piece, then its line of the journal."""
        self._data.write(piece.data)
        self._data.flush()
        self.entries.append((self.end, piece.footer))
        self.end += len(piece.data)
        footer = base64.b64encode(piece.footer).decode()
        self._log.write(json.dumps({"end": self.end, "footer": footer}).encode() + b"\n")
        self._log.flush()

    def finish(self, encoding: Encoding) -> None:
        """Write the end of the file and give it its name."""
        self._data.write(encoding.tail(self.entries))
        self._data.flush()
        self._data.close()
        self.partial.replace(self.path)
        self._log.close()
        self.journal.unlink()

    def _restore(self) -> None:
        """Read the journal of a stopped run, as far as it is whole and about this sweep."""
        self._log_end = 0
        if not (self.partial.exists() and self.journal.exists()):
            return
        size = self.partial.stat().st_size
        for number, line in enumerate(self.journal.read_bytes().splitlines(keepends=True)):
            entry = _entry(line)
            if number == 0:
                if entry.get("sweep") != self.identity:
                    return
            elif not self.end < entry.get("end", 0) <= size:
                return
            else:
                self.entries.append((self.end, base64.b64decode(entry["footer"])))
                self.end = entry["end"]
            self._log_end += len(line)


def _entry(line: bytes) -> dict[str, Any]:
    try:
        entry: dict[str, Any] = json.loads(line) if line.endswith(b"\n") else {}
    except ValueError:
        return {}
    return entry
