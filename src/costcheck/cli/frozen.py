"""Read a well-formed command line from a frozen table of options.

`OPTIONS` restates what `costcheck.cli.app` declares, and a test compares the two. Whatever the
table does not settle (help, a mistake, an unusual spelling) is left to Typer.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Option(NamedTuple):
    """How one flag is read."""

    key: str
    kind: str
    """``flag``, ``text``, ``whole``, ``many``, or the choices separated by ``|``."""


_FORMAT = Option("format", "table|json|csv|md|html")
_OUTPUT = Option("output", "text")
_COMMON = {
    "--set": Option("set_", "many"),
    "--catalog": Option("catalog", "many"),
    "--quiet": Option("quiet", "flag"),
    "-q": Option("quiet", "flag"),
    "--debug": Option("debug", "flag"),
}
OPTIONS: dict[str, dict[str, Option]] = {
    "estimate": {
        **_COMMON,
        "--format": _FORMAT,
        "-f": _FORMAT,
        "--output": _OUTPUT,
        "-o": _OUTPUT,
        "--fields": Option("fields", "text"),
        "--seed": Option("seed", "whole"),
        "--samples": Option("samples", "whole"),
        "--fail-on": Option("fail_on", "text"),
        "--verbose": Option("verbose", "flag"),
        "-v": Option("verbose", "flag"),
        "--color": Option("color", "auto|always|never"),
    },
    "sweep": {
        **_COMMON,
        "--over": Option("over", "many"),
        "--scenarios": Option("scenarios", "text"),
        "--output": _OUTPUT,
        "-o": _OUTPUT,
        "--fields": Option("fields", "text"),
        "--ranges": Option("ranges", "flag"),
        "--workers": Option("workers", "whole"),
        "--shard": Option("shard", "text"),
        "--scheduler": Option("scheduler", "text"),
        "--seed": Option("seed", "whole"),
    },
    "validate": dict(_COMMON),
}
"""Flags of the commands whose start-up matters; their positional arguments are all files."""

LEAST = {"samples": 64, "workers": 1}
"""Smallest value of the flags that have one."""


def parse(arguments: list[str]) -> tuple[str, dict[str, Any]] | None:
    """Return command and options, or None where Typer shall decide."""
    table = OPTIONS.get(arguments[0]) if arguments else None
    if table is None:
        return None
    options: dict[str, Any] = {"files": []}
    if "--color" in table:
        options["color"] = "auto"
    rest = iter(arguments[1:])
    for word in rest:
        if word == "-" or not word.startswith("-"):
            options["files"].append(word)
            continue
        name, equals, value = word.partition("=")
        option = table.get(name if word.startswith("--") else word)
        if option is None or not _take(option, value if equals else None, rest, options):
            return None
    return (arguments[0], options) if options["files"] else None


def _take(option: Option, value: str | None, rest: Any, options: dict[str, Any]) -> bool:
    if option.kind == "flag":
        options[option.key] = True
        return value is None
    if value is None:
        value = next(rest, None)
    if value is None:
        return False
    if option.kind == "many":
        options.setdefault(option.key, []).append(value)
    elif option.kind == "whole":
        digits = value.isascii() and value.isdigit()
        if not digits or int(value) < LEAST.get(option.key, 0):
            return False
        options[option.key] = int(value)
    elif option.kind != "text" and value not in option.kind.split("|"):
        return False
    else:
        options[option.key] = value
    return True
