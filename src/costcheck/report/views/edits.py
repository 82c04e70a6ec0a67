"""What an edit of a scenario is called, and half a sentence on why it matters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from costcheck.catalog.words import words_of
from costcheck.report.views.figures import percent

if TYPE_CHECKING:
    from costcheck.diff import Diff, InputShare

LONGEST_TEXT = 28

SAID = frozenset({"rent", "mfu", "tokens_per_second_per_gpu", "parameters", "config"})
"""Last parts of keys that add nothing to the word before them."""


_ALONE = re.compile(r"\{(\w+): ([^{},]*)\}")


def edit_words(key: str) -> str:
    """Say which part of a scenario a key is: `training.tokens` is the tokens."""
    steps = key.split(".")
    stage = ""
    if steps[0] == "stages" and len(steps) > 1:
        stage, steps = f"{steps[1]}: ", steps[2:] or ["stage"]
    for length in range(len(steps), 0, -1):
        word = words_of("edits").get(".".join(steps[:length]))
        if word:
            rest = [step for step in steps[length:] if step not in SAID]
            return f"{stage}{' '.join([word, *rest])}".replace("_", " ")
    return f"{stage}{' '.join(steps[1:] or steps)}".replace("_", " ")


def edit_text(share: InputShare) -> tuple[str, str]:
    """The word of an edit and its values before and after."""
    words = ", ".join(dict.fromkeys(map(edit_words, share.keys)))
    pairs = (
        f"{_short(before) or 'none'} → {_short(after) or 'none'}"
        for before, after in zip(share.before, share.after, strict=True)
    )
    return words, "; ".join(pairs)


def edit_reason(share: InputShare, diff: Diff) -> str:
    """Why an edit moves the result, where a few words say it."""
    key = share.keys[0]
    carried = " (!)" if any(item.key in share.keys for item in diff.carried) else ""
    if key.endswith("model"):
        active = diff.quantities.get("parameters_active")
        if active is not None and active.ratio and active.ratio != 1.0:
            less = "fewer" if active.ratio < 1.0 else "more"
            return f"{percent(abs(active.ratio - 1.0), 2)} {less} active parameters{carried}"
    if carried:
        return f"what is stated stays{carried}"
    if len(share.keys) == 1 and share.ratio is not None:
        return f"{'+' if share.ratio > 1.0 else ''}{percent(share.ratio - 1.0, 2)}"
    return ""


def _short(text: str) -> str:
    """A value as people say it, a section of one key without its braces."""
    if alone := _ALONE.fullmatch(text):
        text = alone[2] if alone[1] in SAID else f"{alone[1].replace('_', ' ')} {alone[2]}"
    text = text.replace("_", " ") if text.startswith("{") else text
    if len(text) <= LONGEST_TEXT:
        return text
    words = text[: LONGEST_TEXT - 3]
    return f"{words.rpartition(' ')[0] or words}..."
