"""The words of articles, from ``configs/prose.yaml``."""

from __future__ import annotations

from costcheck.catalog.files import Catalog
from costcheck.text.everyday_units import Everyday, read_everyday
from costcheck.text.prose.words import Words


def prose_words(catalog: Catalog) -> Words:
    """What sentences about trainings are read by."""
    return Words({**catalog.document("prose.yaml"), "parts": everyday_units(catalog).parts})


def everyday_units(catalog: Catalog) -> Everyday:
    """The homes, cars and flights that texts compare with."""
    return read_everyday(catalog.document("audit/equivalences.yaml"))
