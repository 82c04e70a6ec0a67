"""Write a sweep: piece by piece, resumable, on one process, several, or a cluster.

Each piece becomes a file in a folder beside the table, and the pieces are joined when all are
there. A sweep that was stopped goes on with the pieces that are missing.
"""

import errno
import hashlib
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self

from costcheck.diagnostics import Place as FilePlace, refusal
from costcheck.quantities import HEADS
from costcheck.sweep.encode import encoding_of
from costcheck.sweep.rows import JUDGED, Graph, Kind, SweepSpec, SweptRows, swept_rows
from costcheck.text.files import read_file, whole, write_file

PIECE_ROWS = 131_072
"""Most rows of a piece, which is a row group of a Parquet file."""

PIECE_SECONDS = 0.2
"""Work of a piece, for which it is worth a file of its own ..."""

PIECES = 64
"""... while there are no more than these, which several processes share evenly."""

BATCHES = 8
"""In which each process builds its part of the graphs that all need."""

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


Result = Callable[[], bytes | None]
"""Waits for a piece that is being computed; None where it has been put into its file."""
Job = tuple[str, SweepSpec, str, int, int]
"""The file of a piece, the sweep, the table, and which rows."""
Submit = Callable[[str, SweepSpec, str, int, int], Result]


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
        places = _pieces(rows, share)
        is_text = path.endswith(".csv")
        # Axes keep their keys, so that the table can be swept again.
        results = [HEADS[name] if is_text else name for name in rows.columns]
        names = [*(axis.column for axis in rows.axes), *results, *JUDGED]
        # The shares of a CSV are put one after the other: only the first has a head.
        head = names if share.number == 1 or not is_text else []
        with writing(path), _Pieces(Path(f"{path}.parts"), _identity(spec, share)) as files:
            missing = [place for place in places if not files.of(place).exists()]
            jobs = ((str(files.of(place)), spec, path, *place) for place in missing)
            coming = _in_order(submit, jobs, workers)
            stored = _stored(files, places, missing, coming, progress)
            encoding.join(head, stored, files.table)
            with whole(path) as target:
                # What is no file, such as a pipe, is written into.
                (os.replace if Path(target).is_file() else shutil.copyfile)(files.table, target)
            files.remove()
    return Outcome(path, _count(places), _count(places) - _count(missing))


Place = tuple[int, int]
"""First row of a piece, and the row after its last."""


def _stored(
    files: "_Pieces",
    places: Sequence[Place],
    missing: Sequence[Place],
    coming: Iterator[Result],
    progress: Progress | None,
) -> Iterator[Path]:
    """Yield the file of each place in order, of those that are missing when they are there."""
    written, total = _count(places) - _count(missing), _count(places)
    left, told = set(missing), progress or (lambda *_: None)
    told(written, total)
    for place in places:
        if place in left:
            data = next(coming)()
            if data is not None:
                write_file(str(files.of(place)), data)
            written += _count([place])
            told(written, total)
        yield files.of(place)


def _count(places: Iterable[Place]) -> int:
    return sum(stop - start for start, stop in places)


def prepare(spec: SweepSpec) -> None:
    """Do in a process what every piece needs first."""
    _ = swept_rows(spec).along


def build_graphs(spec: SweepSpec, kinds: Sequence[Kind]) -> dict[Kind, Graph]:
    """Build some of the graphs that rows in several pieces share."""
    return swept_rows(spec).graphs(kinds)


def compute_piece(spec: SweepSpec, path: str, start: int, stop: int) -> bytes:
    """Rows `start` to `stop` as a piece of the file; what every worker runs."""
    rows = swept_rows(spec)
    return encoding_of(path).piece(rows, rows.block(start, stop))


def store_piece(file: str, spec: SweepSpec, path: str, start: int, stop: int) -> None:
    """Compute a piece and put it into its file, which is there only when it is whole."""
    data = compute_piece(spec, path, start, stop)
    if Path(file).parent.is_dir():  # Else the sweep was stopped, and another has ended since.
        write_file(file, data)


def _pieces(rows: SweptRows, share: Share) -> list[Place]:
    """The places of a share; they depend on the sweep only, and so do the bytes of the table."""
    wanted = max(min(PIECES, int(rows.seconds / PIECE_SECONDS)), share.shares)
    size = min(PIECE_ROWS, -(-len(rows) // wanted))
    size = min(PIECE_ROWS, -(-size // rows.run) * rows.run)
    whole = [(start, min(start + size, len(rows))) for start in range(0, len(rows), size)]
    first = len(whole) * (share.number - 1) // share.shares
    last = len(whole) * share.number // share.shares
    return whole[first:last]


def _in_order(submit: Submit, jobs: Iterable[Job], workers: int) -> Iterator[Result]:
    """Yield the pieces in their order while later ones are being computed."""
    waiting: deque[Result] = deque()
    ahead = 2 * workers if workers > 1 else 1
    for job in jobs:
        waiting.append(submit(*job))
        if len(waiting) >= ahead:
            yield waiting.popleft()
    yield from waiting


@contextmanager
def _submitter(spec: SweepSpec, workers: int, scheduler: str | None) -> Iterator[Submit]:
    """Yield how a piece is handed out: computed here, by other processes, or by a cluster."""
    if scheduler is not None:
        with _dask(workers, scheduler) as submit:
            yield submit
    elif workers == 1:
        yield lambda _, *job: partial(compute_piece, *job)
    else:
        from costcheck.sweep.processes import forks_are_safe, processes

        forks = forks_are_safe()
        started = partial(processes, workers, partial(prepare, spec), forks=forks)
        if forks and (rows := swept_rows(spec)).scattered:
            with started() as submit:
                size = -(-len(rows.kinds) // (BATCHES * workers))
                starts = range(0, len(rows.kinds), size)
                parts = [rows.kinds[start : start + size] for start in starts]
                for built in [submit(build_graphs, spec, part) for part in parts]:
                    rows.take(built.result())
        with started() as submit:
            yield lambda *job: submit(store_piece, *job).result


@contextmanager
def _dask(workers: int, scheduler: str) -> Iterator[Submit]:
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        advice = "pip install 'costcheck[dask]'"
        raise refusal("CC192", "--scheduler needs Dask", None, advice) from error
    cluster: AbstractContextManager[Any] | str = scheduler
    if scheduler == "local":
        cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
    with Client(cluster) as client:
        try:
            # Pure: a piece that is asked for twice is computed once.
            yield lambda _, *job: client.submit(compute_piece, *job).result
        finally:
            if not isinstance(cluster, str):
                cluster.__exit__(None, None, None)


def _identity(spec: SweepSpec, share: Share) -> str:
    """A text that two runs share exactly when they write the same rows."""
    from costcheck.catalog.files import Catalog
    from costcheck.version import VERSION

    table = read_file(spec.table, streams=True) if spec.table else b""
    parts = (VERSION, Catalog(spec.catalogs).sha256, spec, share, hashlib.sha256(table).hexdigest())
    return hashlib.sha256(repr(parts).encode()).hexdigest()


@contextmanager
def writing(path: str) -> Iterator[None]:
    """Tell what keeps a file from being written."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or "cannot be written"
        raise refusal("CC020", f"{path}: {reason}", FilePlace(path)) from error


class _Pieces:
    """The pieces that are there, each a whole file, in a folder that is about one sweep only.

    Their names tell the sweep: a worker whose sweep was killed may still write one.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self.folder, self._sweep = folder, identity[:16]
        self._about, self.table = folder / "sweep", folder / "table"
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(folder)
        held = list(folder.iterdir())
        if held and self._about not in held:
            raise OSError(errno.EEXIST, f"{folder} is in the way")
        if not held or self._about.read_text(encoding="utf-8") != identity:
            for piece in held:
                piece.unlink()
            write_file(str(self._about), identity.encode())

    def of(self, place: Place) -> Path:
        """The file of a piece."""
        return self.folder / f"{place[0]:012}-{self._sweep}"

    def remove(self) -> None:
        """Remove all pieces, for the table holds them."""
        shutil.rmtree(self.folder)

    def __enter__(self) -> Self:
        """Hold the folder."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let others write; nothing is kept where there is no piece."""
        self.table.unlink(missing_ok=True)
        if self.folder.is_dir() and list(self.folder.iterdir()) == [self._about]:
            self.remove()
        if self._lock is not None:
            os.close(self._lock)


def _locked(folder: Path) -> int | None:
    """Keep others off the folder; the system lets go of it where this process dies."""
    if os.name == "nt":  # no such locks
        return None
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise OSError(errno.EBUSY, "another sweep is writing it") from error
    return handle
