"""Parquet files put one after the other: their row groups are copied as they are.

What is written is compressed once, by whoever computed it. Only the footer is made anew, which
says at which byte each column of each row group begins [1]_; it is a struct in Thrift's compact
protocol [2]_.

References
----------
.. [1] Apache Parquet, "parquet.thrift",
   https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
   (read 2026-11-29).
.. [2] Apache Thrift, "Thrift compact protocol",
   https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
   (read 2026-11-29).
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from os import SEEK_CUR, SEEK_END
from pathlib import Path
from typing import Final

MAGIC: Final = b"PAR1"
LENGTH: Final = 4
TAIL: Final = LENGTH + len(MAGIC)
"""Bytes behind the footer: how long it is, and the end of the file."""

ROWS, GROUPS, ORDINAL = 3, 4, (4, 7)
"""Fields of the footer: its number of rows, its row groups, and the number of each of these."""

OFFSETS: Final = {
    (GROUPS, *path)
    for path in ((5,), (1, 2), (1, 3, 9), (1, 3, 10), (1, 3, 11), (1, 3, 14), (1, 4), (1, 6))
}
"""Fields of row groups and their columns that count from the first byte of the file."""

FIXED: Final = {1: 0, 2: 0, 3: 1, 7: 8}
"""Bytes of the kinds of fields that are always as long: true, false, a byte, a float."""
INTEGERS, TEXT, LISTS, STRUCT = (4, 5, 6), 8, (9, 10), 12
"""The other kinds of fields; an integer of n is written as 2n."""
END: Final = b"\0"
"""Behind the fields of a struct."""
MANY: Final = 15
"""Stands where the length of a list does not fit beside its kind; no kind is more."""
BITS, LEAST = 7, 0x7F
"""Bits of a number in one byte."""


def join_parquet(pieces: Iterable[Path], target: Path) -> None:
    """Write one file with the row groups of files that have one schema."""
    footers: list[_Footer] = []
    with target.open("wb") as file:
        file.write(MAGIC)
        for piece in pieces:
            with piece.open("rb") as part:
                part.seek(-TAIL, SEEK_END)
                length = int.from_bytes(part.read(LENGTH), "little")
                part.seek(-length - TAIL, SEEK_END)
                further = file.tell() - len(MAGIC)
                footers.append(_Footer(part.read(length), further, len(footers)))
                part.seek(len(MAGIC))
                shutil.copyfileobj(part, file)
            file.seek(-length - TAIL, SEEK_CUR)
        footer = _joined(footers)
        file.write(footer + len(footer).to_bytes(LENGTH, "little") + MAGIC)


def _joined(footers: Sequence["_Footer"]) -> bytes:
    """The first footer with the rows and the row groups of all."""
    groups = b"".join(each.fields[GROUPS] for each in footers)
    count = _varint(sum(each.groups for each in footers))
    texts = {
        **footers[0].fields,
        ROWS: _varint(2 * sum(each.rows for each in footers)),
        GROUPS: bytes([MANY << 4 | STRUCT]) + count + groups,
    }
    return b"".join(footers[0].heads[field] + text for field, text in texts.items()) + END


class _Footer:
    """A footer in fields, its offsets further by what stands before its row groups."""

    def __init__(self, data: bytes, further: int, ordinal: int) -> None:
        self._data, self._at = data, 0
        self._further, self._ordinal = further, ordinal
        self.rows = self.groups = 0
        self.heads: dict[int, bytes] = {}
        self.fields: dict[int, bytes] = {}
        """What the fields hold; of the row groups, what is behind their number."""
        for kind, field, head in self._heads():
            self.heads[field], self.fields[field] = head, self._value(kind, (field,))

    def _heads(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield the kind and the number of each field of a struct, and the bytes that say them."""
        field = 0
        while (head := self._taken(1)) != END:
            further = head[0] >> 4
            number = 0 if further else self._number()
            field = field + further or number // 2
            yield head[0] & MANY, field, head if further else head + _varint(number)

    def _value(self, kind: int, path: tuple[int, ...]) -> bytes:
        if kind == STRUCT:
            fields = self._heads()
            return b"".join(head + self._value(k, (*path, f)) for k, f, head in fields) + END
        if kind in LISTS:
            return self._list(path)
        if kind in INTEGERS:
            return _varint(self._integer(path))
        if kind == TEXT:
            length = self._number()
            return _varint(length) + self._taken(length)
        return self._taken(FIXED[kind])

    def _list(self, path: tuple[int, ...]) -> bytes:
        (head,) = self._taken(1)
        count = head >> 4 if head >> 4 < MANY else self._number()
        parts = b"".join(self._value(head & MANY, path) for _ in range(count))
        if path == (GROUPS,):
            self.groups = count
            return parts
        return bytes([head]) + (_varint(count) if head >> 4 == MANY else b"") + parts

    def _integer(self, path: tuple[int, ...]) -> int:
        number = self._number()
        if path == (ROWS,):
            self.rows = number // 2
        if path == ORDINAL:
            return 2 * self._ordinal
        return number + 2 * self._further if number and path in OFFSETS else number

    def _number(self) -> int:
        number = shift = 0
        while (byte := self._taken(1)[0]) > LEAST:
            number |= (byte & LEAST) << shift
            shift += BITS
        return number | byte << shift

    def _taken(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]


def _varint(number: int) -> bytes:
    """A number in bytes of seven bits, the lowest first; all but the last are marked."""
    written = bytearray()
    while number > LEAST:
        written.append(number & LEAST | ~LEAST & 0xFF)
        number >>= BITS
    return bytes((*written, number))
