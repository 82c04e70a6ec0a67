"""README is true: its report is the one the tool prints, and its command lines run."""

import re
import shlex

import pytest

from tests.commands import ROOT, costcheck
from tests.readme_commands import README, blocks, command

TEXT = README.read_text(encoding="utf-8")


def lines() -> list[str]:
    """Return every command line of the README that starts with costcheck."""
    found = []
    for block in blocks():
        found += [line.strip() for line in block.splitlines() if line.startswith("costcheck ")]
    return found


@pytest.mark.parametrize("line", lines())
def test_every_command_line_runs(line, tmp_path):
    arguments = shlex.split(line, comments=True)[1:]
    done = costcheck(*(a.replace("OUT", str(tmp_path)) for a in arguments))
    assert done.code in (0, 1), done.err
    assert "Traceback" not in done.err


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
