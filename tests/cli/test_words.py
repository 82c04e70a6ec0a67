"""Screens of every command speak in words and keep to the width of the screen."""

import pytest

from costcheck.cli import main
from tests.commands import ROOT, identifiers

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


def test_an_identifier_would_be_found():
    assert identifiers("the rate price/rent and cost_usd") == ["price/rent", "cost_usd"]
    said = "3 tokens/s, $2/GPU-hour (examples/a_b.yaml, https://a.b/c_d/e), training.global_batch"
    assert identifiers(said) == []
