import sys

import pytest

from costcheck.backtest.runs import read_constants, score_runs
from costcheck.backtest.scatter import write_scatter
from costcheck.catalog.files import Catalog
from costcheck.catalog.published_runs import own_runs
from costcheck.diagnostics import CostcheckError


@pytest.fixture(scope="module")
def scores():
    catalog = Catalog()
    own = [run for run in own_runs(catalog) if run.family in {"deepseek", "phi"}]
    return score_runs(own, read_constants(catalog))


def test_a_plot_names_both_axes(scores, tmp_path):
    pytest.importorskip("matplotlib")
    target = tmp_path / "runs.svg"
    write_scatter(scores, target)
    text = target.read_text(encoding="utf-8")
    assert text.count("<!-- published GPU-hours -->") == 1
    assert "<!-- moe -->" in text


def test_an_unknown_format_is_a_diagnostic(scores, tmp_path):
    pytest.importorskip("matplotlib")
    with pytest.raises(CostcheckError, match="no plot format 'docx'"):
        write_scatter(scores, tmp_path / "runs.docx")


def test_without_matplotlib_the_extra_is_named(scores, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_agg", None)
    with pytest.raises(CostcheckError) as caught:
        write_scatter(scores, tmp_path / "runs.svg")
    assert "costcheck[plot]" in caught.value.diagnostics[0].help
