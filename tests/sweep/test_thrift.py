"""Footers of Parquet files survive being read and written."""

import io

import numpy as np
import pytest

from costcheck.sweep.thrift import BINARY, FALSE, I32, LIST, STRUCT, TRUE, Reader, write_struct

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def test_a_footer_is_written_back_byte_by_byte():
    table = pa.table({"a": np.arange(50.0), "b": ["x", "y"] * 25})
    sink = io.BytesIO()
    pq.write_table(table, sink, row_group_size=20, compression="zstd")
    data = sink.getvalue()
    length = int.from_bytes(data[-8:-4], "little")
    footer = data[-8 - length : -8]
    assert write_struct(Reader(footer).struct()) == footer


@pytest.mark.parametrize("number", [0, 1, -1, 127, 128, -129, 2**31 - 1, -(2**62)])
def test_numbers_of_any_size(number):
    fields = {1: (I32, number), 40: (BINARY, b"x" * 200), 41: (FALSE, False), 42: (TRUE, True)}
    assert Reader(write_struct(fields)).struct() == fields


def test_long_lists_and_nested_structs():
    fields = {3: (LIST, (STRUCT, [{1: (I32, k)} for k in range(40)]))}
    assert Reader(write_struct(fields)).struct() == fields
