"""What a narrow screen may cut, and what it wraps."""

import re

import pytest

from costcheck.report.formats.terminal import Screen, render
from costcheck.report.views.blocks import Cell, Column, Listing, Paragraph, Table


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


def test_a_narrow_screen_shows_what_fits_as_a_table_and_records_with_their_heads():
    columns = (Column("furthest off"), Column("off by", numeric=True), Column("why"))
    rows = ((Cell("run"), Cell("12%"), Cell("short")),)
    fits = render((Table("", columns, rows),), Screen(width=40)).splitlines()
    assert fits == ["furthest off  off by  why", "run              12%  short"]
    longer = ((*rows[0][:2], Cell("a reason that has no room beside it")),)
    shown = render((Table("", columns, longer),), Screen(width=40)).splitlines()
    assert shown[:3] == ["furthest off", "run", "  off by: 12%"]
    counted = (Column("GPUs", numeric=True), *columns[1:])
    assert render((Table("", counted, longer),), Screen(width=40)).startswith("GPUs: run\n")


def test_signs_that_ascii_lacks_do_not_widen_a_line():
    texts = ("1 → 2", "1 → 2 ± 3", "≥ 4", "5 × 6…")
    rows = tuple((Cell(text), Cell(text), Cell(text * 4)) for text in texts)
    columns = (Column("a"), Column("b", numeric=True), Column("c"))
    shown = render((Table("", columns, rows),), Screen(width=40, ascii=True)).splitlines()
    assert max(map(len, shown)) <= 40
    assert shown[1].startswith("1 -> 2")


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ("configs/gpus/" + "h100-sxm5-80gb.yaml:6", ["configs/gpus/", "h100-sxm5-80gb.yaml:6"]),
        ("a" * 60, ["a" * 30, "a" * 30]),
        ("one-two_three-" * 3, ["one-two_three-one-two_three-", "one-two_three-"]),
    ],
)
def test_a_long_path_is_broken_between_its_folders(path, lines):
    assert render((Paragraph(path),), Screen(width=30)).splitlines() == lines


def test_what_is_kept_together_is_cut_whole_and_not_cut_on_a_narrow_screen():
    row = (Cell("run"), Cell("GPUs\u00a01,024, duration\u00a013.4\u00a0days, tokens\u00a0150B"))
    table = Table("", (Column("run"), Column("figures", cut=True)), (row,))
    *_, cut = render((table,), Screen(width=60, ascii=True)).splitlines()
    assert cut == "run  GPUs 1,024, duration 13.4 days, tokens 150B"
    longer = (row[0], Cell(f"{row[1].text}, parameters\u00a082B"))
    *_, cut = render((table._replace(rows=(longer,)),), Screen(width=60, ascii=True)).splitlines()
    assert cut == "run  GPUs 1,024, duration 13.4 days, tokens 150B ..."
    narrow = render((table._replace(rows=(longer,)),), Screen(width=40, ascii=True))
    assert "..." not in narrow
    assert "duration 13.4 days" in narrow
