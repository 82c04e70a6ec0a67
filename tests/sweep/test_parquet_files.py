"""Parquet files put one after the other, read back by another program."""

import pytest

from costcheck.sweep.parquet_files import join_parquet

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


def table(start, stop):
    rows = range(start, stop)
    numbers = {f"number {column}": [row * column / 7 for row in rows] for column in range(20)}
    unknown = [None if row % 3 else row / 9 for row in rows]
    words = pyarrow.array([f"word {row % 5}" for row in rows], pyarrow.string())
    return pyarrow.table({**numbers, "unknown": unknown, "words": words.dictionary_encode()})


WAYS = (
    {"compression": "zstd"},
    {"compression": "snappy", "write_page_index": True, "data_page_size": 64},
    {"compression": "none", "use_dictionary": False, "version": "1.0", "write_statistics": False},
)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("pieces", [1, 2, 20])
def test_row_groups_are_found_in_the_joined_file(way, pieces, tmp_path):
    tables = [table(100 * number, 100 * number + 90 + number) for number in range(pieces)]
    files = []
    for number, each in enumerate(tables):
        files.append(tmp_path / str(number))
        parquet.write_table(each, files[-1], **way)
    join_parquet(files, tmp_path / "joined")
    joined = parquet.ParquetFile(tmp_path / "joined")
    assert joined.metadata.num_rows == sum(map(len, tables))
    assert joined.read().equals(pyarrow.concat_tables(tables).unify_dictionaries())
    for number, each in enumerate(tables):
        assert joined.read_row_group(number).to_pylist() == each.to_pylist()


def test_files_of_several_row_groups_and_none(tmp_path):
    parquet.write_table(table(0, 100), tmp_path / "many", row_group_size=5)
    parquet.write_table(table(0, 0), tmp_path / "none")
    join_parquet([tmp_path / "many", tmp_path / "none", tmp_path / "many"], tmp_path / "joined")
    joined = parquet.read_table(tmp_path / "joined")
    assert joined.to_pylist() == 2 * table(0, 100).to_pylist()
