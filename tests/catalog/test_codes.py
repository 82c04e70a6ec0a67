"""Every problem the reader can report is explained, and its example shows what it says."""

import re
from pathlib import Path

import pytest
import yaml

from costcheck.catalog.codes import codes_of
from costcheck.diagnostics import CostcheckError
from costcheck.scenario.load import load

CODES = codes_of("reading")
SOURCES = Path(__file__).parents[2] / "src" / "costcheck"
READER = ("text", "scenario/merge.py")


def test_every_code_of_the_reader_is_explained_and_every_explanation_used():
    used = set()
    for place in READER:
        path = SOURCES / place
        for file in path.glob("*.py") if path.is_dir() else [path]:
            used |= set(re.findall(r'"(CC\d{3})"', file.read_text("utf-8")))
    assert used == set(CODES)


def test_every_explained_code_has_a_malformed_file():
    expected = Path(__file__).parents[1] / "bad" / "expected.yaml"
    shown = {item["code"] for item in yaml.safe_load(expected.read_text("utf-8"))}
    assert set(CODES) - shown == {"CC016"}  # the command line has no file


SECTIONS = {
    "count": "fleet", "tokens": "training", "compute": "training", "precision": "training",
    "mtp": "training", "mfu": "utilization", "cost": "budget",
}  # fmt: skip


def scenario(text):
    """Put an example line under the section it belongs to."""
    key = text.partition(":")[0]
    if key not in SECTIONS:
        return text + "\n"
    return f"{SECTIONS[key]}:\n" + "".join(f"  {line}\n" for line in text.splitlines())


OUTSIDE_A_TEXT = {"CC009", "CC010", "CC014", "CC015", "CC016", "CC017"}
WARNINGS = {"CC109"}
NOT_COMPLETE = {"CC007", "CC008", "CC011", "CC012"}


@pytest.mark.parametrize("code", sorted(set(CODES) - OUTSIDE_A_TEXT - WARNINGS))
def test_the_wrong_example_gives_the_code(code):
    with pytest.raises(CostcheckError) as caught:
        load("example.yaml", text=scenario(CODES[code].wrong))
    assert code in {item.code for item in caught.value.diagnostics}


@pytest.mark.parametrize("code", sorted(set(CODES) - OUTSIDE_A_TEXT - NOT_COMPLETE))
def test_the_right_example_is_read(code):
    assert load("example.yaml", text=scenario(CODES[code].right)).scenario is not None
