"""The HTML page: one file, no network, nothing a scenario says is markup; opened in a browser."""

import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

import costcheck
from costcheck.diff import Compared, Diffs, Options, diff as compare
from costcheck.report.formats.html import page
from costcheck.report.formats.svg import chart
from costcheck.report.views.blocks import (
    Amount,
    AmountChart,
    BridgeChart,
    Cell,
    Range,
    RangeChart,
    Table,
    Title,
    bullets,
    cells,
    numeric,
    words,
)
from costcheck.report.views.diffs import comparison_documents
from costcheck.report.views.estimate import estimate_document
from tests.commands import ROOT

EVIL = '<script>alert(1)</script> "x" & <img src=http://a.b/c>'
VOID = {"meta", "rect", "circle", "line"}
OLD = {
    "name": EVIL,
    "as_of": "2024-12-26",
    "model": {"parameters": "671B", "active": "37B"},
    "training": {"tokens": "14.8T"},
    "fleet": {"gpu": "h800", "count": "2048"},
    "utilization": {"mfu": "30-45%"},
    "claims": [{"id": "a", "text": EVIL, "cost": "$5.5M"}],
}
NEW = {**OLD, "training": {"tokens": "18T"}, "pricing": {"rent": "$2.50/GPU-hour"}}


class Reader(HTMLParser):
    """Checks that tags close in order and collects them."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def read(page):
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def sides():
    return [costcheck.estimate(data, samples=256) for data in (OLD, NEW)]


@pytest.fixture(scope="module")
def pages(sides):
    old, new = (Compared(label, side, side) for label, side in zip("ab", sides, strict=True))
    found = compare(old, new, Options(shared_out=True, samples=256))
    documents = {
        "estimate": [estimate_document(sides[0])],
        "diff": comparison_documents(Diffs((found,))),
    }
    return {kind: page(kind, shown) for kind, shown in documents.items()}


@pytest.mark.parametrize("kind", ["estimate", "diff"])
def test_the_page_is_whole_safe_and_needs_no_network(pages, kind):
    reader = read(pages[kind])
    assert "script" not in reader.tags
    assert "img" not in reader.tags
    assert not [v for name, v in reader.attributes if name in ("src", "href", "action")]
    assert not [name for name, _ in reader.attributes if name.startswith("on")]
    assert "url(" not in pages[kind]
    assert "@import" not in pages[kind]
    assert "default-src 'none'" in pages[kind]
    assert reader.tags.count("h1") == 1
    assert 'lang="en"' in pages[kind]


@pytest.mark.parametrize("kind", ["estimate", "diff"])
def test_charts_say_in_words_what_they_show(pages, kind):
    reader = read(pages[kind])
    labels = [value for name, value in reader.attributes if name == "aria-label"]
    assert labels
    assert all(any(ch.isdigit() for ch in label) for label in labels)
    assert reader.tags.count("svg") == reader.tags.count("desc") == len(labels)


def test_light_dark_and_print(pages):
    assert "prefers-color-scheme: dark" in pages["estimate"]
    assert "@media print" in pages["estimate"]


def test_the_bridge_leads_from_before_to_after(pages):
    assert "From before to after" in pages["diff"]
    assert re.search(r'class="rise"', pages["diff"])


def test_tables_have_headers_for_screen_readers(pages):
    reader = read(pages["estimate"])
    scopes = [value for name, value in reader.attributes if name == "scope"]
    assert {"col", "row"} <= set(scopes)


def test_charts_of_odd_numbers_stay_inside_the_picture():
    charts = [
        RangeChart("r", (Range("a", 1e-9, 1.0, 1e3, "x"), Range("b", 5.0, 5.0, 5.0, "y"))),
        AmountChart("a", (Amount("zero", 0.0, "0"), Amount("much", 1e12, "1T"))),
        BridgeChart("b", Amount("s", 5.0, ""), (Amount("t", -9.0, ""),), Amount("e", -4.0, "")),
        BridgeChart("b", Amount("s", 0.0, ""), (), Amount("e", 0.0, "")),
    ]
    for drawn in map(chart, charts):
        numbers = [float(n) for n in re.findall(r' (?:x|x1|cx)="(-?[\d.]+)"', drawn)]
        assert all(-1.0 <= number <= 721.0 for number in numbers)
        assert "nan" not in drawn


@pytest.mark.parametrize("kind", ["estimate", "diff"])
@pytest.mark.parametrize("width", [360, 1000])
def test_a_browser_opens_it(pages, kind, width, tmp_path):
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs chromium or google-chrome")
    page = tmp_path / "page.html"
    page.write_text(pages[kind], encoding="utf-8")
    picture = tmp_path / "page.png"
    done = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--window-size={width},900",
            f"--screenshot={picture}",
            "--enable-logging=stderr",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert "CONSOLE" not in done.stderr, "the page logs an error"
    assert picture.stat().st_size > 5_000


def test_the_examples_make_pages():
    found = costcheck.estimate(ROOT / "examples" / "deepseek-v3.yaml", samples=64)
    read(page("two", [estimate_document(found)] * 2))


def test_a_head_stands_over_its_numbers_and_nothing_stands_for_nothing():
    table = Table("", (*numeric("GPUs"), *words("why")), (cells("64", "see http://a.example/b."),))
    text = page("p", [(Title("3 GPUs", Cell("")), bullets("sources", ["one"]), table)])
    assert '<th scope="col" class="number">GPUs</th>' in text
    assert '<th scope="row" class="number">64</th>' in text
    assert "<h1>3 GPUs</h1>" in text
    assert "<p></p>" not in text
    assert "<li>one</li>" in text
    assert 'see <a href="http://a.example/b" rel="noreferrer">http://a.example/b</a>.' in text
