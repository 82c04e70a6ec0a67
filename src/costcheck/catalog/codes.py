"""What each problem code means, from ``configs/codes.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from costcheck.catalog.files import catalog_of


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A problem code in words."""

    title: str
    why: str
    """Why it is refused rather than guessed."""
    wrong: str
    right: str


@cache
def codes_of(part: Literal["reading", "beyond_reading"]) -> Mapping[str, Explanation]:
    """Explain the codes of the reader of scenario files, or those of everything behind it."""
    table = catalog_of().document("codes.yaml", as_text=True)[part]
    return {code: Explanation(**entry) for code, entry in table.items()}


def explanation(code: str) -> Explanation | None:
    """Explain a code, None where there is no such code."""
    wanted = code.upper()
    return codes_of("reading").get(wanted) or codes_of("beyond_reading").get(wanted)


def known_codes() -> tuple[str, ...]:
    """List all codes in order."""
    return tuple(sorted({*codes_of("reading"), *codes_of("beyond_reading")}))


def title_of(code: str) -> str:
    """Say a code in one sentence; empty where there is no such code."""
    explained = explanation(code)
    return explained.title if explained else ""
