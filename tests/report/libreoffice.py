"""Workbooks computed anew by LibreOffice, which no test needs to be installed."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from costcheck.report.formats.spreadsheet import spoken

NAMESPACE = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}

ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode">
<value>0</value></prop></item></oor:items>
"""
"""Settings: formulas are computed anew whenever a file is opened."""


def recalculated(books: Sequence[Path], folder: Path) -> list[Path]:
    """The same workbooks, opened and saved by LibreOffice."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(ALWAYS)
    command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless"]
    command += ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out")]
    subprocess.run([*command, *map(str, books)], check=True, capture_output=True, timeout=300)
    return [folder / "out" / book.name for book in books]


def cells(book: Path) -> dict[str, dict[str, str]]:
    """Values of all cells, by sheet and place."""
    with zipfile.ZipFile(book) as packed:
        texts = _texts(packed)
        names = _tree(packed, "xl/workbook.xml").findall("x:sheets/x:sheet", NAMESPACE)
        return {
            sheet.attrib["name"]: _sheet(packed, f"xl/worksheets/sheet{at}.xml", texts)
            for at, sheet in enumerate(names, 1)
        }


def column(book: Mapping[str, Mapping[str, str]], sheet: str, value: str = "B") -> dict[str, float]:
    """Numbers of a column by the texts of the first one."""
    found = book[sheet]
    numbers: dict[str, float] = {}
    for place, text in found.items():
        shown = found.get(value + place[1:], "")
        if place[0] == "A" and place[1:].isdigit() and re.fullmatch(r"[-+.\deE]+", shown):
            numbers[text] = float(shown)
    return numbers


def with_inputs(
    book: Path, changes: Mapping[str, float], target: Path, sheet: str = "Inputs"
) -> Path:
    """A copy of a workbook whose cells of some inputs hold other numbers."""
    rows = {text: place[1:] for place, text in cells(book)[sheet].items() if place[0] == "A"}
    return with_cells(
        book, sheet, {f"B{rows[spoken(leaf)]}": v for leaf, v in changes.items()}, target
    )


def with_cells(book: Path, sheet: str, changes: Mapping[str, float], target: Path) -> Path:
    """A copy of a workbook whose cells at some places of a sheet hold other numbers."""
    at = 1 + list(cells(book)).index(sheet)
    with zipfile.ZipFile(book) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    name = f"xl/worksheets/sheet{at}.xml"
    for place, value in changes.items():
        cell = rf'(<c r="{place}"[^>]*><v>)[^<]*(</v>)'
        new = rf"\g<1>{value!r}\g<2>".encode()
        parts[name], count = re.subn(cell.encode(), new, parts[name])
        assert count == 1
    with zipfile.ZipFile(target, "w") as copy:
        for part, data in parts.items():
            copy.writestr(part, data)
    return target


def table(book: Mapping[str, Mapping[str, str]], sheet: str) -> list[dict[str, str]]:
    """Rows of a sheet by the heads in its first row."""
    rows: dict[int, dict[str, str]] = {}
    for place, text in book[sheet].items():
        letters = place.rstrip("0123456789")
        rows.setdefault(int(place[len(letters) :]), {})[letters] = text
    heads = rows.pop(1)
    return [{heads[k]: v for k, v in row.items() if k in heads} for _, row in sorted(rows.items())]


def _tree(packed: zipfile.ZipFile, name: str) -> ET.Element:
    return ET.fromstring(packed.read(name))  # noqa: S314 - written by ourselves


def _texts(packed: zipfile.ZipFile) -> list[str]:
    root = _tree(packed, "xl/sharedStrings.xml")
    return ["".join(item.itertext()) for item in root.findall("x:si", NAMESPACE)]


def _sheet(packed: zipfile.ZipFile, name: str, texts: Sequence[str]) -> dict[str, str]:
    found = {}
    for cell in _tree(packed, name).iter(f"{{{NAMESPACE['x']}}}c"):
        value = cell.find("x:v", NAMESPACE)
        if value is not None and value.text is not None:
            text = texts[int(value.text)] if cell.get("t") == "s" else value.text
            found[cell.attrib["r"]] = text
    return found
