"""Two dozen hostile names through pages and workbooks of every command: no script, no formula,
no link to anywhere."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from costcheck.cli import main

NAMES = (
    "=1+1", "+1+1", "-2+3", "@SUM(A1)", '=HYPERLINK("http://evil.example","x")',
    "=cmd|' /C calc'!A0", '=WEBSERVICE("http://evil.example")', "<script>alert(1)</script>",
    "</script><script>document.title='owned'</script>", '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)", "javascript:alert(1)", "<svg onload=alert(1)>", "&lt;b&gt;&amp;",
    "${7*7}{{7*7}}", "$(id);`id`", "::error::x ##[group]y", "\u202egnp.exe", "../../etc/passwd",
    "A1", "__proto__", "https://evil.example/?a=1", "\\\\evil\\share", "]]><!--", "x" * 5000,
)  # fmt: skip
FUNCTIONS = {
    "ABS", "AND", "EXP", "IF", "IFERROR", "INDEX", "LN", "MATCH", "MAX", "MIN", "NA", "OR",
    "POWER", "SQRT", "SUM", "SUMPRODUCT",
}  # fmt: skip
"""What formulas of ours call."""


def scenario(first: int, rent: str) -> str:
    """A file that has every name somewhere."""
    name, gpu = (json.dumps(NAMES[first + at]) for at in (0, 4))
    stages = [each for each in NAMES[first::12] if "/" not in each]
    return "\n".join(
        (
            f"name: {name}\nmodel: llama-3.1-8b",
            f"fleet: {{gpu: {{name: {gpu}, peak: {{bf16: 989 TFLOPS}}, memory: 80 GB}}, count: 8}}",
            f"utilization: {{mfu: 40%}}\npricing: {{rent: {rent}/GPU-hour}}\nstages:",
            *(f"- {{name: {json.dumps(each)}, training: {{tokens: 1T}}}}" for each in stages),
            "claims:",
            *(
                f"- {{id: {name}, text: {name}, source: {name}, cost: $5M, gpus: 99}}"
                for name in map(json.dumps, NAMES)
            ),
        )
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("hostile")
    for at, file in enumerate(("=1+1.yaml", "<b>.yaml", "@c.yaml")):
        (place / file).write_text(scenario(at, f"${2 + at}"), encoding="utf-8")
    (place / "plan.yaml").write_text(
        f"name: {json.dumps(NAMES[8])}\nmodel: llama-3.2-1b\npricing: {{rent: $2/GPU-hour}}\n"
        "training: {tokens: 1T, sequence_length: 4096, global_batch: 256}\n"
        "fleet: {gpu: h100, count: 8}\nlayout: auto\n"
    )
    with (place / "points.csv").open("w", newline="", encoding="utf-8") as text:
        csv.writer(text).writerows([("name", "training.tokens"), *((n, "1T") for n in NAMES)])
    return place


FILES = ("=1+1.yaml", "<b>.yaml", "@c.yaml")
FEW = ("--samples", "64")
PAGES = {
    "estimate": (*FILES[:1], *FEW), "audit": FILES[:1], "compare": (*FILES[:2], *FEW),
    "diff": (*FILES[:2], *FEW), "plan": ("plan.yaml", "--top", "2"),
    "sensitivity": (*FILES[:1], *FEW), "compare --cash": (*FILES[:2], *FEW, "--cash", "year"),
}  # fmt: skip
BOOKS = {each: PAGES[each] for each in ("estimate", "compare", "compare --cash", "diff", "plan")}
BOOKS["sweep"] = ("plan.yaml", "--scenarios", "points.csv")


def written(folder: Path, kind: str, command: str, asked: tuple[str, ...]) -> Path:
    target = folder / f"{command}.{kind}"
    assert main([command.partition(" ")[0], *asked, "-f", kind, "-o", str(target)]) == 0
    return target


class Reader(HTMLParser):
    """Notes what could run, load, or lead to another place than it says."""

    def __init__(self) -> None:
        super().__init__()
        self.leads = ""
        self.found: list[Any] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script" and not attrs
        if tag == "a":
            self.leads = dict(attrs)["href"] or "nowhere"
            self.found += [] if self.leads.startswith(("http://", "https://")) else [self.leads]
            return
        if tag in ("img", "iframe", "object", "embed", "link", "base", "form"):
            self.found.append(tag)
        leading = ("src", "href", "action", "srcdoc", "formaction")
        self.found += [(tag, name) for name, _ in attrs if name[:2] == "on" or name in leading]

    def handle_data(self, data: str) -> None:
        if self.leads and data != self.leads:
            self.found.append((self.leads, data))
        self.leads = ""


def test_a_swept_table(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    asked = ["sweep", *BOOKS["sweep"], "--fields", "days", "-o"]
    assert main([*asked, "table.csv"]) == 0
    text = Path("table.csv").read_text(encoding="utf-8")
    named = [row[0] for row in csv.reader(text.splitlines())][1:]
    assert len(named) == len(NAMES)
    assert not [name for name in named if name.lstrip()[:1] in "=+-@" or "\u202e" in name]
    assert main([*asked, "-"]) == 0
    assert capsys.readouterr().out == text
    assert not Path("-").exists()


@pytest.mark.parametrize("command", PAGES)
def test_pages(folder: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.chdir(folder)
    text = written(folder, "html", command, PAGES[command]).read_text(encoding="utf-8")
    page = Reader()
    page.feed(text)
    assert page.found == []
    # Only the program that the page names by its hash.
    assert page.scripts == text.count("script-src 'sha256-")
    assert "default-src 'none'" in text


@pytest.mark.parametrize("command", BOOKS)
def test_workbooks(folder: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    pytest.importorskip("xlsxwriter")
    monkeypatch.chdir(folder)
    with zipfile.ZipFile(written(folder, "xlsx", command, BOOKS[command])) as packed:
        parts = {name: packed.read(name).decode() for name in packed.namelist()}
    for name, part in parts.items():
        ET.fromstring(part)  # noqa: S314 - written by ourselves
        assert "External" not in part, name
        assert "<hyperlink" not in part, name
    sheets = "".join(part for name, part in parts.items() if "worksheets/" in name)
    formulas = {re.sub(r'".*?"', "", each) for each in re.findall(r"<f>(.*?)</f>", sheets)}
    assert set(re.findall(r"([A-Za-z_.]+)\(", " ".join(formulas))) <= FUNCTIONS
    for formula in formulas:
        assert re.fullmatch(r"(?:[\w.$:!'(),=+*/^ -]|&lt;|&gt;)*", formula, re.ASCII), formula
