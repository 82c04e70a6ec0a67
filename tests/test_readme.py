"""README is true: its report is the one the tool prints, and its command lines run."""

import re
import shlex

import pytest

from costcheck.catalog.words import words_of
from costcheck.cli import main
from tests.commands import ROOT, costcheck, identifiers
from tests.readme_commands import README, blocks, command

EXAMPLES = words_of("examples")
TEXT = README.read_text(encoding="utf-8")


def lines() -> list[str]:
    """Return every command line of the README and of the commands' help."""
    found = [f"costcheck {name} {line}" for name, lines in EXAMPLES.items() for line in lines]
    for block in blocks():
        found += [line.strip() for line in block.splitlines() if line.startswith("costcheck ")]
    return list(dict.fromkeys(found))


def test_lines_to_copy_fit_a_screen_of_80_columns():
    found = [len(f"  costcheck {name} {line}") for name in EXAMPLES for line in EXAMPLES[name]]
    assert max(found) <= 80


@pytest.mark.parametrize("line", lines())
def test_every_command_line_runs_and_speaks_in_words(line, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")
    if "git:" in line and not (ROOT / ".git").exists():
        pytest.skip("needs a checkout with git")
    _, *arguments = shlex.split(line, comments=True)
    if "-o" in arguments:
        at = arguments.index("-o") + 1
        arguments[at] = str(tmp_path / arguments[at])
    code = main(arguments)
    done = capsys.readouterr()
    assert code in (0, 1), done.err
    if not {"-f", "--fields", "init", "schema"} & set(arguments):
        assert identifiers(done.out) == []
        assert max(map(len, done.out.splitlines()), default=0) <= 80


def test_the_report_is_the_one_that_is_printed():
    shown = re.search(r"<!-- report: (\S+) -->\n```text\n(.*?)```", TEXT, re.DOTALL)
    assert shown is not None
    printed = costcheck("estimate", shown[1]).out
    assert shown[2].strip()
    for line in shown[2].strip().splitlines():
        assert line in printed.splitlines()


def test_the_two_set_up_commands_start_from_a_virtual_environment():
    assert command("run").startswith("python3 -m venv")
    assert command("test").startswith("python3 -m venv")
    assert "pytest" in command("test")


def test_the_python_example_runs():
    program = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert program is not None
    names: dict[str, object] = {}
    text = program[1].replace('"examples/', f'"{ROOT}/examples/')
    exec(compile(text, "README.md", "exec"), names)  # noqa: S102 - our own text
    assert names["result"]["cost_usd"].central == 6_970_000.0
