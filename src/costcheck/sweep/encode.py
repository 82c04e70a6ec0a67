"""Blocks of rows as pieces, and pieces joined to a table: CSV text or Parquet.

A piece depends on the sweep and its row numbers only, so a table put together from pieces is the
same whoever computed them.
"""

import csv
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from io import StringIO
from math import isnan
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from costcheck.diagnostics import Place, refusal
from costcheck.graph.nodes import Array
from costcheck.sweep.axes import Axis, Codes
from costcheck.sweep.parquet_files import join_parquet
from costcheck.sweep.rows import Block, SweptRows
from costcheck.text.harmless import in_cell

CSV_BLOCK = 8_192
"""Rows turned into text at a time; as Python objects they are many times their size."""


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How a kind of table is written: blocks of rows as pieces, the files of pieces as one."""

    piece: Callable[[SweptRows, Block], bytes]
    """The bytes of a block."""
    join: Callable[[Sequence[str], Iterable[Path], Path], None]
    """Takes the columns' names, the files of the pieces as they come, and the file to write."""


def encoding_of(path: str) -> Encoding:
    """How a file of this name is written."""
    ending = path.rpartition(".")[2].lower()
    if ending in ("parquet", "pq"):
        if find_spec("pyarrow") is None:
            advice = "pip install 'costcheck[parquet]', or name a file ending in .csv"
            raise refusal("CC192", "Parquet needs pyarrow", None, advice)
        return Encoding(piece=_parquet_piece, join=lambda _, *files: join_parquet(*files))
    if ending == "csv":
        return Encoding(piece=_csv_piece, join=_join_csv)
    message, advice = f"no table format ends in .{ending}", "name a file ending in .csv or .parquet"
    raise refusal("CC020", message, Place(path), advice)


WHOLE_BELOW = 2.0**53
"""Up to here every whole number is a float64."""


def _csv_piece(rows: SweptRows, block: Block) -> bytes:
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for start in range(0, len(block.codes[0]), CSV_BLOCK):
        here = slice(start, start + CSV_BLOCK)
        columns = [
            _axis_values(axis, codes[here])
            for axis, codes in zip(rows.axes, block.codes, strict=True)
        ]
        columns += [_known(block.results[name][here]) for name in rows.columns]
        columns += [_cells(each.texts, each.codes[here]) for each in block.judged.values()]
        writer.writerows(zip(*columns, strict=True))
    return buffer.getvalue().encode()


def _axis_values(axis: Axis, codes: Codes) -> list[Any]:
    if axis.values is not None:
        # Counts are whole: 64 GPUs, not 64.0.
        whole = np.all(np.abs(axis.values) < WHOLE_BELOW) and not np.any(axis.values % 1.0)
        return axis.values[codes].astype(np.int64).tolist() if whole else _known(axis.values[codes])
    return _cells(axis.texts, codes)


def _cells(texts: Sequence[str], codes: Codes) -> list[str]:
    cells = [in_cell(text) for text in texts]
    return [cells[code] for code in codes.tolist()]


def _known(values: Array) -> list[Any]:
    numbers: list[Any] = values.tolist()
    return [None if isnan(v) else v for v in numbers] if np.isnan(values).any() else numbers


def _join_csv(names: Sequence[str], pieces: Iterable[Path], target: Path) -> None:
    """Put pieces under a head; no names, no head."""
    with target.open("wb") as file:
        if names:
            head = StringIO()
            csv.writer(head, lineterminator="\n").writerow(names)
            file.write(head.getvalue().encode())
        for piece in pieces:
            with piece.open("rb") as part:
                shutil.copyfileobj(part, file)


def _parquet_piece(rows: SweptRows, block: Block) -> bytes:
    """A whole file of one row group."""
    pyarrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    arrays = [_axis_array(pyarrow, a, c) for a, c in zip(rows.axes, block.codes, strict=True)]
    arrays += [_number_array(pyarrow, block.results[name]) for name in rows.columns]
    arrays += [_coded_array(pyarrow, each.texts, each.codes) for each in block.judged.values()]
    names = [*(axis.column for axis in rows.axes), *rows.columns, *block.judged]
    table = pyarrow.Table.from_arrays(arrays, names=names)
    coded = [field.name for field in table.schema if pyarrow.types.is_dictionary(field.type)]
    plain = [name for name in names if name not in coded]
    options = {"compression": "zstd", "use_dictionary": coded, "use_byte_stream_split": plain}
    sink = pyarrow.BufferOutputStream()
    with parquet.ParquetWriter(sink, table.schema, **options) as writer:
        writer.write_table(table, row_group_size=max(len(table), 1))
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _axis_array(pyarrow: ModuleType, axis: Axis, codes: Codes) -> Any:
    if axis.values is not None:
        return _number_array(pyarrow, axis.values[codes])
    return _coded_array(pyarrow, axis.texts, codes)


def _coded_array(pyarrow: ModuleType, texts: Sequence[str], codes: Codes) -> Any:
    numbers = codes.astype(np.int32)
    coded = pyarrow.Array.from_buffers(
        pyarrow.int32(), len(numbers), [None, pyarrow.py_buffer(numbers)]
    )
    return pyarrow.DictionaryArray.from_arrays(coded, _text_array(pyarrow, texts))


# Buffers are handed over as they are: pyarrow.array() would import pandas to look at its argument.


def _number_array(pyarrow: ModuleType, values: Array) -> Any:
    """Numbers as a column in which NaN is null."""
    unknown = np.isnan(values)
    known = np.packbits(~unknown, bitorder="little") if unknown.any() else None
    buffers = [None if known is None else pyarrow.py_buffer(known), pyarrow.py_buffer(values)]
    return pyarrow.Array.from_buffers(pyarrow.float64(), len(values), buffers)


def _text_array(pyarrow: ModuleType, texts: Sequence[str]) -> Any:
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    buffers = [None, pyarrow.py_buffer(ends), pyarrow.py_buffer(b"".join(encoded))]
    return pyarrow.Array.from_buffers(pyarrow.utf8(), len(texts), buffers)
