"""What a sentence says that no claim can hold: growth over years, offsets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from costcheck.text.prose.figures import Figure
from costcheck.text.prose.names import Sentence


def growth_in(sentence: Sentence) -> list[Figure]:
    """Return what grows how fast, as the text words it: its numbers are of no training.

    A sentence without a multiple is spared the pattern, which is long to make.
    """
    return list(_told(sentence, "growth")) if sentence.says("multiple") else []


def outside(told: Sequence[Figure], figures: Sequence[Figure]) -> list[Figure]:
    """Return the figures whose numbers are none of what is told."""
    return [item for item in figures if not any(one.start <= item.start < one.end for one in told)]


def beside(sentence: Sentence) -> list[Figure]:
    """Return what is said beside figures of a training and checked by nobody."""
    return list(_told(sentence, "beside"))


def _told(sentence: Sentence, table: str) -> Iterator[Figure]:
    for why, words in sentence.words.table(table):
        for found in words.finditer(sentence.text):
            yield Figure("", found[0].strip(" .,-"), *found.span(), why)
