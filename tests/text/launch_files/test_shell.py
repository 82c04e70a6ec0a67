"""The small part of shell syntax that launch scripts are written in."""

import pytest

from costcheck.text.launch_files.shell import read_shell_options


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("run --a 1 --b=2 --c", {"a": "1", "b": "2", "c": True}),
        ("run --a 1 \\\n  --b 2\n", {"a": "1", "b": "2"}),
        ("X=3\nrun --a $X --b ${X}", {"a": "3", "b": "3"}),
        ("X=3\nY=$X\nrun --a $Y", {"a": "3"}),
        ("run --a ${X:-8}", {"a": "8"}),
        ("X=2\nY=$((X*8/4))\nrun --a $Y", {"a": "4"}),
        ('ARGS=(\n  --a 1 # no\n  --b\n)\nrun "${ARGS[@]}"', {"a": "1", "b": True}),
        ('A="--a 1 --b 2"\nrun $A', {"a": "1", "b": "2"}),
        ("run --a $UNKNOWN", {"a": "$UNKNOWN"}),
        ("run --flag\nnext word", {"flag": True}),
        ("# --a 1\nrun --b 2", {"b": "2"}),
    ],
)
def test_options(script, expected):
    assert read_shell_options(script).certain == expected


def test_conditional_options_are_apart():
    script = 'if [ "$X" = 1 ]; then\n  A="--a 1"\n  run --b 2\nfi\nrun --c 3\n'
    found = read_shell_options(script)
    assert found.certain == {"c": "3"}
    assert found.conditional == {"a": "1", "b": "2"}
