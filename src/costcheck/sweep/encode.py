"""Blocks of rows as pieces of a file: CSV text, or row groups of a Parquet file.

A piece depends on the sweep and its row numbers only, so a file put together from pieces is the
same whoever computed them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costcheck.diagnostics import CostcheckError, Diagnostic, Place
from costcheck.graph.nodes import Array
from costcheck.sweep.axes import Axis, Codes
from costcheck.sweep.rows import Block, SweptRows
from costcheck.sweep.thrift import Reader, Struct, write_struct

if TYPE_CHECKING:
    from types import ModuleType

MAGIC = b"PAR1"
"""First and last bytes of a Parquet file."""

CSV_BLOCK = 8_192
"""Rows turned into text at a time."""

_LENGTH_BYTES = 4
_FEW = 127
"""Text values that an 8-bit code can number."""

_ROW_COUNT, _ROW_GROUPS = 3, 4
_COLUMNS, _GROUP_OFFSET, _ORDINAL = 1, 5, 7
_CHUNK_OFFSET, _CHUNK_METADATA = 2, 3
_PAGE_OFFSETS = (9, 10, 11)
"""Field numbers of `parquet.thrift`: FileMetaData, RowGroup, ColumnChunk, ColumnMetaData."""


class Piece(NamedTuple):
    """A part of the file.

    Parameters
    ----------
    data : bytes
        Content, without the file's first and last bytes.
    footer : bytes
        What the end of the file must say about it; empty for CSV.
    """

    data: bytes
    footer: bytes = b""


class Encoding(NamedTuple):
    """How a file is put together.

    Parameters
    ----------
    piece : callable
        A block of rows as a piece.
    head : callable
        First bytes of the file.
    tail : callable
        Last bytes, from the footers of the pieces and where each piece starts.
    """

    piece: Callable[[SweptRows, Block], Piece]
    head: Callable[[SweptRows], bytes]
    tail: Callable[[Sequence[tuple[int, bytes]]], bytes]


def encoding_of(path: str) -> Encoding:
    """Return how a file of this name is written."""
    ending = path.rpartition(".")[2].lower()
    if ending in ("parquet", "pq"):
        _pyarrow()
        return Encoding(_parquet_piece, lambda _: MAGIC, _parquet_tail)
    if ending == "csv" or path == "-":
        return Encoding(_csv_piece, _csv_head, lambda _: b"")
    raise CostcheckError(
        [
            Diagnostic(
                "CC020",
                "error",
                f"no table format ends in .{ending}",
                Place(path),
                "name a file ending in .csv or .parquet",
            )
        ]
    )


def _csv_head(rows: SweptRows) -> bytes:
    return (",".join([axis.key for axis in rows.axes] + list(rows.columns)) + "\n").encode()


def _csv_piece(rows: SweptRows, block: Block) -> Piece:
    count = len(block.codes[0])
    parts = (_csv_lines(rows, block, start) for start in range(0, count, CSV_BLOCK))
    return Piece("".join(parts).encode())


def _csv_lines(rows: SweptRows, block: Block, start: int) -> str:
    """Return some rows as lines; few at a time, for as texts they are many small objects."""
    here = slice(start, start + CSV_BLOCK)
    columns = [
        _axis_texts(axis, codes[here]) for axis, codes in zip(rows.axes, block.codes, strict=True)
    ]
    columns += [_number_texts(block.results[name][here]) for name in rows.columns]
    return "\n".join(map(",".join, zip(*columns, strict=True))) + "\n"


def _axis_texts(axis: Axis, codes: Codes) -> list[str]:
    if axis.values is None:
        texts = [_quoted(text) for text in axis.texts]
    elif len(axis) > len(codes):
        return _number_texts(axis.values[codes])
    else:
        texts = _number_texts(axis.values)
    return [texts[code] for code in codes.tolist()]


def _number_texts(values: Array) -> list[str]:
    """Return the shortest texts that read back to the same numbers; empty for an unknown one."""
    # The encoder of a whole list is several times faster than a call for each number.
    written = json.dumps(values.tolist(), separators=(",", ":"))[1:-1]
    if "N" in written or "I" in written:
        written = written.replace("NaN", "").replace("Infinity", "inf")
    return written.split(",")


def _quoted(text: str) -> str:
    if not any(mark in text for mark in ',"\n\r'):
        return text
    return '"' + text.replace('"', '""') + '"'


def _parquet_piece(rows: SweptRows, block: Block) -> Piece:
    pyarrow = _pyarrow()
    from pyarrow import parquet

    names = [axis.key for axis in rows.axes]
    arrays = [_axis_array(pyarrow, a, c) for a, c in zip(rows.axes, block.codes, strict=True)]
    arrays += [_number_array(pyarrow, block.results[name]) for name in rows.columns]
    table = pyarrow.Table.from_arrays(arrays, names=[*names, *rows.columns])
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(
        table,
        sink,
        row_group_size=len(block.codes[0]),
        compression="zstd",
        use_dictionary=names,
        use_byte_stream_split=list(rows.columns),
    )
    written = sink.getvalue().to_pybytes()
    end = len(written) - len(MAGIC) - _LENGTH_BYTES
    length = int.from_bytes(written[end : end + _LENGTH_BYTES], "little")
    return Piece(written[len(MAGIC) : end - length], written[end - length : end])


def _axis_array(pyarrow: ModuleType, axis: Axis, codes: Codes) -> Any:
    if axis.values is not None:
        return _number_array(pyarrow, axis.values[codes])
    few = len(axis.texts) <= _FEW
    numbers = codes.astype(np.int8 if few else np.int32)
    kind = pyarrow.int8() if few else pyarrow.int32()
    coded = pyarrow.Array.from_buffers(kind, len(numbers), [None, pyarrow.py_buffer(numbers)])
    return pyarrow.DictionaryArray.from_arrays(coded, _text_array(pyarrow, axis.texts))


# Buffers are handed over as they are: pyarrow.array() would import pandas to look at its argument.


def _number_array(pyarrow: ModuleType, values: Array) -> Any:
    """Return numbers as a column in which NaN is null."""
    unknown = np.isnan(values)
    known = np.packbits(~unknown, bitorder="little") if unknown.any() else None
    buffers = [None if known is None else pyarrow.py_buffer(known), pyarrow.py_buffer(values)]
    return pyarrow.Array.from_buffers(pyarrow.float64(), len(values), buffers)


def _text_array(pyarrow: ModuleType, texts: Sequence[str]) -> Any:
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    buffers = [None, pyarrow.py_buffer(ends), pyarrow.py_buffer(b"".join(encoded))]
    return pyarrow.Array.from_buffers(pyarrow.utf8(), len(texts), buffers)


def _parquet_tail(pieces: Sequence[tuple[int, bytes]]) -> bytes:
    """Return one footer for all row groups: offsets count from the start of the whole file."""
    footers = [(start, Reader(footer).struct()) for start, footer in pieces]
    merged = footers[0][1]
    groups: list[Struct] = []
    for start, footer in footers:
        for group in footer[_ROW_GROUPS][1][1]:
            _move(group, start - len(MAGIC))
            _set(group, _ORDINAL, len(groups))
            groups.append(group)
    rows = sum(footer[_ROW_COUNT][1] for _, footer in footers)
    _set(merged, _ROW_COUNT, rows)
    kind = merged[_ROW_GROUPS]
    merged[_ROW_GROUPS] = (kind[0], (kind[1][0], groups))
    written = write_struct(merged)
    return written + len(written).to_bytes(_LENGTH_BYTES, "little") + MAGIC


def _move(group: Struct, distance: int) -> None:
    _shift(group, _GROUP_OFFSET, distance)
    for chunk in group[_COLUMNS][1][1]:
        # The offset of a chunk is 0 where its writer does not state it.
        if chunk[_CHUNK_OFFSET][1]:
            _shift(chunk, _CHUNK_OFFSET, distance)
        for number in _PAGE_OFFSETS:
            _shift(chunk[_CHUNK_METADATA][1], number, distance)


def _shift(fields: Struct, number: int, distance: int) -> None:
    if number in fields:
        _set(fields, number, fields[number][1] + distance)


def _set(fields: Struct, number: int, value: int) -> None:
    if number in fields:
        fields[number] = (fields[number][0], value)


def _pyarrow() -> ModuleType:
    from importlib import import_module

    try:
        return import_module("pyarrow")
    except ImportError as error:
        advice = "pip install 'costcheck[parquet]', or name a file ending in .csv"
        raise CostcheckError(
            [Diagnostic("CC192", "error", "Parquet needs pyarrow", None, advice)]
        ) from error
