"""The words of articles, from ``configs/prose.yaml``."""

from __future__ import annotations

from costcheck.catalog.files import Catalog
from costcheck.text.prose.words import Words


def prose_words(catalog: Catalog) -> Words:
    """What sentences about trainings are read by."""
    return Words(catalog.document("prose.yaml"))
