"""Names and sentences of strangers in every format: nothing runs, links, or hides."""

import re
from pathlib import Path

import pytest

from costcheck.cli import main
from costcheck.text.harmless import harmless

HOSTILE = r"""
name: "x\n::error file=a::injected\n=1+1<script>alert(1)</script>"
model: llama-3.1-8b
training: {tokens: 15T}
fleet: {gpu: {name: "gpu\n::warning::from gpu", peak: {bf16: 989 TFLOPS}, tdp: 700 W}, count: 512}
utilization: {mfu: 40%}
pricing: {rent: $2.50/GPU-hour}
stages:
- {name: "st\n::error::from stage ##[group]x", training: {tokens: 1T}}
- {name: "=b", training: {tokens: 1T}}
- {name: "@c", training: {tokens: 1T}}
claims:
- id: "c1\n::error::from claim id"
  text: "t\n::error::from text <img src=x onerror=a> [a](javascript:b) https://evil.example @octo"
  source: "https://evil.example <svg onload=alert(1)>"
  cost: $5M
  gpus: 99
"""
SHOWN = {
    "table": (), "junit": (r"<(img|script)",),
    "md": (r"(?<!\\)<(img|script|svg)", r"(?<!\\)\[a\]\(", r"https://evil", r"@octo"),
    "csv": (r'(?m)(^|,)"?[=+@]',), "github": (),
}  # fmt: skip
"""What must not stand in a format, whoever wrote the file."""


@pytest.mark.parametrize(
    ("command", "kind"),
    [(command, kind) for command in ("estimate", "audit", "compare") for kind in
     ("table", "md", "csv")] + [("check", f) for f in ("table", "github", "junit")],
)  # fmt: skip
def test_nothing_of_a_file_is_obeyed(tmp_path, monkeypatch, capsys, command, kind):
    monkeypatch.chdir(tmp_path)
    Path("hostile.yaml").write_text(HOSTILE)
    assert main([command, "hostile.yaml", "-f", kind]) in (0, 1)
    out, err = capsys.readouterr()
    text = out + err
    commands = re.findall(r"(?m)^\s*::.*", text)
    assert all(re.match(r"::(error|warning|notice) file=hostile.yaml,", it) for it in commands)
    assert not commands or kind == "github"
    assert "\x1b" not in text
    for pattern in SHOWN[kind]:
        assert not re.search(pattern, text), pattern


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", ": :error::x"),
        ("  ::error::x", "  : :error::x"),
        ("std::vector", "std::vector"),
        ("##[group]a ##vso[task.x]", "# #[group]a # #vso[task.x]"),
        ("## a heading", "## a heading"),
        ("a\x1b[31mb\x9b", "a\ufffd[31mb\ufffd"),
        ("a\nb\u2028c\td", "a b c d"),
        ("user\u202egnp.exe", "user\ufffdgnp.exe"),
        ("naïve 训练 \U0001f600", "naïve 训练 \U0001f600"),
    ],
)
def test_what_is_obeyed_by_terminals_and_runners(text, shown):
    assert harmless(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        'name: "a\\e[31m"\nmodel: 70B\n',
        '{"name": "a\\u001b[31m", "model": "70B"}',
        'name: "a\\0"\nmodel: 70B\n',
    ],
)
def test_control_characters_are_refused_where_they_are_escaped(tmp_path, capsys, text):
    path = tmp_path / "x.yaml"
    path.write_text(text)
    assert main(["validate", str(path)]) == 2
    said = capsys.readouterr().err
    assert "CC010" in said
    assert "\x1b" not in said
