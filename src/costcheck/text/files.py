"""The one door to files that people name: read within a limit, written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

MOST_BYTES: Final = 100_000_000
"""Of a log, a table or a saved result: more than any that people keep, less than memory."""

_STREAMS: Final = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")
"""What a shell writes for ``<(command)``: named by the user, and it ends."""


def read_file(path: str, *, most: int = MOST_BYTES, streams: bool = False) -> bytes:
    """Read a regular file; OSError says in words why it is not read.

    With `streams` a pipe of the shell may stand for a file: only what the command line names.
    """
    try:
        mode = os.stat(path).st_mode
    except ValueError as error:
        raise OSError(errno.EINVAL, "this is no name of a file") from error
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if not stat.S_ISREG(mode) and not (streams and path.startswith(_STREAMS)):
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file")
    with open(path, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes")
    return data


def read_text(path: str, *, streams: bool = False) -> str:
    """Read a file as text; bytes that are none are an OSError like any other."""
    try:
        return read_file(path, streams=streams).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise OSError(errno.EILSEQ, "not readable as UTF-8 text") from error


@contextmanager
def whole(path: str) -> Iterator[str]:
    """Yield where to write; it takes the place of the file when all of it is there.

    A link is followed to the file it means. What is no file, such as ``/dev/stdout``, is written
    as it is.
    """
    if "\0" in path:
        raise OSError(errno.EINVAL, "this is no name of a file")
    target = os.path.realpath(path)
    old = os.stat(target) if os.path.exists(target) else None
    if old is not None and not stat.S_ISREG(old.st_mode):
        yield target
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    unfinished = _created(f"{target}.{os.getpid()}.partial")
    try:
        yield unfinished
        if old is not None:
            os.chmod(unfinished, stat.S_IMODE(old.st_mode))
        os.replace(unfinished, target)
    finally:
        if os.path.lexists(unfinished):
            os.unlink(unfinished)


def write_file(path: str, data: bytes) -> None:
    """Write a file whole, or leave what was there."""
    with whole(path) as target, open(target, "wb") as file:
        file.write(data)


def _created(path: str) -> str:
    """An empty file of a name that nothing, and no link, stood at."""
    if os.path.lexists(path):
        os.unlink(path)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    return path
