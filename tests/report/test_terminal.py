"""What a narrow screen may cut, and what it wraps."""

import re

import pytest

from costcheck.report.formats.terminal import Screen, render
from costcheck.report.views.blocks import Cell, Column, Listing, Table


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a word " * 12, 1),
        ("a word " * 12 + "and 9% of it", 2),
        ("a word " * 12 + "and $5 of it", 2),
        ("9% of a word " + "a word " * 20, 1),
    ],
)
def test_a_line_is_cut_only_after_its_shares_and_dollars(text, lines):
    listing = Listing("", ((Cell("note"), text.strip()),), cut=True)
    shown = render((listing,), Screen(width=80)).splitlines()
    assert len(shown) == lines
    assert all(figure in "".join(shown) for figure in re.findall(r"\d%|\$\d", text))
    assert len(render((listing,), Screen(width=40)).split()) >= len(text.split())


def test_a_whole_cell_is_wrapped_where_others_of_its_column_are_cut():
    words = "DP64 ZeRO-1 micro-batch 1 full recompute, assumed and more of it, to the end"
    for whole in (False, True):
        table = Table("", (Column(""), Column("rests on", cut=True)), (
            (Cell("memory"), Cell(words, whole=whole)),
        ))  # fmt: skip
        shown = " ".join(render((table,), Screen(width=62)).split())
        assert ("to the end" in shown) == whole
