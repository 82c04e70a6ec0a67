"""The measuring kit at sizes a CPU runs; skipped without torch (extra `measure`)."""

import csv

import pytest

pytest.importorskip("torch")

from costcheck.calibrate.read_rows import measured_rows
from tests.benchmarks import measure_gpu
from tests.calibrate.cases import CATALOG


def test_rows_are_in_the_format_of_the_table(tmp_path, capsys):
    path = tmp_path / "measured.csv"
    assert measure_gpu.main(["--gpu", "H200", "--out", str(path), "--tiny"]) == 0
    with path.open(encoding="utf-8") as stream:
        rows = measured_rows(list(csv.DictReader(stream)), CATALOG)
    assert (rows.step_seconds > 0.0).all()
    printed = capsys.readouterr().out
    assert "calibration: {file: measured.csv}" in printed
    assert "matmul" in printed
    assert "attention" in printed


def test_counted_parameters_are_the_models():
    rung = measure_gpu.TINY[0]
    row = measure_gpu.row_of(rung, "H200", "step_seconds", 1.0)
    rows = measured_rows([{key: str(value) for key, value in row.items()}], CATALOG)
    products = sum(p.numel() for p in measure_gpu.Gpt(rung).layers.parameters() if p.ndim == 2)
    assert rows.workload.layer_parameters[0] == products
