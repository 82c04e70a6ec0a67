"""Apache Thrift's compact protocol, as far as the footer of a Parquet file needs it.

A struct is a mapping from field number to (type, value), a list a pair of element type and values:
enough to change some fields and write all others back as they were.

References
----------
.. [1] Apache Thrift, "Thrift Compact protocol encoding".
.. [2] Apache Parquet, "parquet.thrift".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)

Struct = dict[int, tuple[int, Any]]

_STOP = 0
_LONG_LIST = 15
_DOUBLE_BYTES = 8


class Reader:
    """Reads values from bytes, one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def struct(self) -> Struct:
        """Read a struct."""
        fields: Struct = {}
        number = 0
        while head := self._byte():
            step, kind = head >> 4, head & 0x0F
            number = number + step if step else self._signed()
            fields[number] = (kind, kind == TRUE if kind in (TRUE, FALSE) else self._value(kind))
        return fields

    def _value(self, kind: int) -> Any:
        if kind in (TRUE, FALSE, BYTE):
            return self._byte()
        if kind in (I16, I32, I64):
            return self._signed()
        if kind == DOUBLE:
            return self._take(_DOUBLE_BYTES)
        if kind == BINARY:
            return self._take(self._unsigned())
        if kind in (LIST, SET):
            return self._list()
        if kind == STRUCT:
            return self.struct()
        raise ValueError(f"no Parquet footer holds the type {kind}")

    def _list(self) -> tuple[int, list[Any]]:
        head = self._byte()
        size, kind = head >> 4, head & 0x0F
        count = self._unsigned() if size == _LONG_LIST else size
        return kind, [self._value(kind) for _ in range(count)]

    def _byte(self) -> int:
        self.place += 1
        return self.data[self.place - 1]

    def _take(self, count: int) -> bytes:
        self.place += count
        return self.data[self.place - count : self.place]

    def _unsigned(self) -> int:
        number = shift = 0
        while True:
            byte = self._byte()
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
            shift += 7

    def _signed(self) -> int:
        number = self._unsigned()
        return (number >> 1) ^ -(number & 1)


def write_struct(fields: Struct) -> bytes:
    """Return the bytes of a struct."""
    parts: list[bytes] = []
    last = 0
    for number, (written, value) in fields.items():
        kind = (TRUE if value else FALSE) if written in (TRUE, FALSE) else written
        step = number - last
        if 0 < step <= 0x0F:
            parts.append(bytes((step << 4 | kind,)))
        else:
            parts += (bytes((kind,)), _signed(number))
        if kind not in (TRUE, FALSE):
            parts.append(_WRITERS[kind](value))
        last = number
    parts.append(bytes((_STOP,)))
    return b"".join(parts)


def _list(value: tuple[int, list[Any]]) -> bytes:
    kind, items = value
    short = len(items) < _LONG_LIST
    head = bytes(((len(items) if short else _LONG_LIST) << 4 | kind,))
    length = b"" if short else _unsigned(len(items))
    write = _WRITERS[kind]
    return head + length + b"".join(write(item) for item in items)


def _binary(value: bytes) -> bytes:
    return _unsigned(len(value)) + value


def _unsigned(number: int) -> bytes:
    found = bytearray()
    while number >= 0x80:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _signed(number: int) -> bytes:
    return _unsigned(number << 1 if number >= 0 else (-number << 1) - 1)


_WRITERS: dict[int, Callable[[Any], bytes]] = {
    TRUE: lambda value: bytes((value,)),
    FALSE: lambda value: bytes((value,)),
    BYTE: lambda value: bytes((value,)),
    I16: _signed,
    I32: _signed,
    I64: _signed,
    DOUBLE: lambda value: value,
    BINARY: _binary,
    LIST: _list,
    SET: _list,
    STRUCT: write_struct,
}
