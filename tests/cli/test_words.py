"""Screens of every command speak in words and keep to the width of the screen."""

import re
from html import unescape

import pytest

from costcheck.cli import main
from tests.commands import ROOT, identifiers
from tests.report.libreoffice import cells

SCREENS = (
    "estimate -v examples/grpo.yaml",
    "estimate -v --ladder examples/article-000.yaml",
    "estimate -v examples/qlora-70b-two-4090.yaml",
    "audit -v examples/article-002.yaml",
    "check examples/article-002.yaml",
    "diff examples/deepseek-v3.yaml examples/llama-3.1-405b.yaml -v --by driver",
    "compare examples/own-or-rent-own.yaml examples/grpo.yaml examples/minimal.yaml",
    "compare examples/own-or-rent-own.yaml examples/own-or-rent-rent.yaml --cash year",
    "plan examples/dpo-8b.yaml",
    "sensitivity examples/grpo.yaml",
    "sensitivity examples/article-002.yaml",
    "explain memory examples/planned-run.yaml",
    "explain energy examples/grpo.yaml --depth 4",
    "explain CC306",
    "catalog gpus h100",
    "catalog models gpt-3-175b",
    "catalog claims gpt-4",
    "catalog prices b200",
    "calibrate examples/planned-run.log --scenario examples/planned-run.yaml",
)


@pytest.mark.parametrize("line", SCREENS)
def test_a_screen_holds_words_and_no_identifiers(line, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")
    main(line.split())
    done = capsys.readouterr()
    assert identifiers(done.out + done.err) == []


@pytest.mark.parametrize("line", [*SCREENS[6:9], *SCREENS[11:13]])
def test_no_line_is_wider_than_a_narrow_screen(line, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "40")
    main(line.split())
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 40


PAGES = [line for line in SCREENS if not line.startswith(("check", "sensitivity examples/art"))]
BOOKS = [line for line in SCREENS if line.split()[0] in ("estimate", "diff", "compare", "plan")]


@pytest.mark.parametrize("line", PAGES)
def test_a_page_holds_words_and_no_identifiers(line, monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    page = tmp_path / "page.html"
    assert main([*line.split(), "-f", "html", "-o", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    text, *_ = re.split(r"<h\d>sources</h\d>", text)  # titles are in the words of others
    shown = re.sub(r"<(style|script|pre)\b.*?</\1>", " ", text, flags=re.DOTALL)
    assert identifiers(unescape(re.sub(r"<[^>]*>", " ", shown))) == []


@pytest.mark.parametrize("line", BOOKS)
def test_a_workbook_holds_words_and_no_identifiers(line, monkeypatch, tmp_path):
    pytest.importorskip("xlsxwriter")
    monkeypatch.chdir(ROOT)
    book = tmp_path / "book.xlsx"
    assert main([*line.split(), "-f", "xlsx", "-o", str(book)]) == 0
    sheets = {name: found for name, found in cells(book).items() if "Sources" not in name}
    said = [text for found in sheets.values() for text in found.values() if isinstance(text, str)]
    assert [text for text in said if identifiers(text)] == []


def test_an_identifier_would_be_found():
    assert identifiers("the rate price/rent and cost_usd") == ["price/rent", "cost_usd"]
    said = "3 tokens/s, $2/GPU-hour (examples/a_b.yaml, https://a.b/c_d/e), training.global_batch"
    assert identifiers(said) == []
