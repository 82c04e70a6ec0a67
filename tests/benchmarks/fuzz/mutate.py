"""Mutations of a scenario's values, of its text and of its bytes."""

from __future__ import annotations

import copy
import random
import re
from typing import Any

HOSTILE: tuple[Any, ...] = (
    "",
    " ",
    "~",
    None,
    0,
    -1,
    "-0",
    "1e308",
    "1e309",
    "1e-308",
    "5e-324",
    "9" * 400,
    "NaN",
    ".inf",
    "-inf",
    True,
    [],
    {},
    [[]],
    {"a": 1},
    "0x10",
    "1_000",
    "1,5",
    "1.234,5",
    "١٢",
    "½",
    "1-",
    "5-3",
    "under",
    "under 1e-300",
    "over 1e300",
    "5 ± 1000%",
    "$",
    "$-5",
    "¥5",
    "5 zorkmids",
    "500%",
    "0%",
    "1e-12%",
    "1e18",
    "1e15 days",
    "1e-9 s",
    "1 per 0 GPU-hours",
    "$5 per 0 GPU-hours",
    "1e-300 h",
    "2020-02-30",
    "\u0000",
    "\x1b[31m",
    "\u2028",
    "<script>alert(1)</script>",
    '=HYPERLINK("x")',
    "/dev/zero",
    "/etc/passwd",
    "a\n::error::b",
    "1e9",
    "1000000001",
    "9223372036854775808",
    "auto",
)
PIECES = (
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    "- ",
    "\n",
    "\n  ",
    "\t",
    "&a ",
    "*a ",
    "!!python/object:os.system ",
    "<<: *a",
    "#",
    "'",
    '"',
    "|",
    ">",
    "%",
    "? ",
    "---\n",
    "\ufeff",
    "\x00",
    "é",
    ",",
)


def paths(node: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place below a value."""
    items: Any = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    found = [here] if here else []
    for key, child in items:
        found += paths(child, (*here, key))
    return found


def mutated(scenario: dict[str, Any], rng: random.Random, times: int) -> dict[str, Any]:
    """A copy with some values, keys or sections changed."""
    scenario = copy.deepcopy(scenario)
    for _ in range(times):
        places = paths(scenario)
        if not places:
            break
        place = rng.choice(places)
        parent = at(scenario, place[:-1])
        _change(scenario, parent, place[-1], rng, places)
    return scenario


def at(node: Any, place: tuple[Any, ...]) -> Any:
    """The value at a place."""
    for key in place:
        node = node[key]
    return node


def _change(
    root: Any, parent: Any, key: Any, rng: random.Random, places: list[tuple[Any, ...]]
) -> None:
    old, roll = parent[key], rng.random()
    if roll < 0.4:
        parent[key] = rng.choice(HOSTILE)
    elif roll < 0.6:
        parent[key] = _scaled(old, rng)
    elif roll < 0.75:
        del parent[key]
    elif roll < 0.85:
        parent[key] = copy.deepcopy(at(root, rng.choice(places)))
    elif roll < 0.93:
        parent[key] = [old]
    elif isinstance(parent, dict):
        parent[f"{key}s"] = old


def _scaled(old: Any, rng: random.Random) -> Any:
    """The number of a text made huge, tiny or zero; its unit stays."""
    new = rng.choice(
        ("0", "1e-300", "1e300", "1e25", "1e-25", "-1", "1e9", "1", "7", "0.5", "1e12")
    )
    return re.sub(r"\d[\d.,]*(e[-+]?\d+)?", new, str(old), count=1)


def scrambled(raw: bytes, rng: random.Random) -> bytes:
    """The text of a file with pieces put in, cut out, doubled, or bytes turned."""
    for _ in range(rng.randint(1, 4)):
        spot = rng.randrange(len(raw) + 1)
        roll = rng.random()
        if roll < 0.5:
            raw = raw[:spot] + rng.choice(PIECES).encode() + raw[spot:]
        elif roll < 0.7:
            raw = raw[:spot] + raw[spot + rng.randint(1, 20) :]
        elif roll < 0.85:
            raw = raw[:spot] + raw[spot : spot + 200] + raw[spot:]
        elif raw:
            spot = min(spot, len(raw) - 1)
            raw = raw[:spot] + bytes([rng.randrange(256)]) + raw[spot + 1 :]
    return raw
