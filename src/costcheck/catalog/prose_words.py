"""The words of articles, from ``configs/prose.yaml``."""

from __future__ import annotations

from costcheck.catalog.files import Catalog
from costcheck.text.everyday_units import Everyday, read_everyday
from costcheck.text.prose.words import Words


def prose_words(catalog: Catalog, text: str | None = None) -> Words:
    """What sentences about trainings are read by; of a text, with the accelerators it names."""
    names = catalog.document("part-names.yaml")
    everyday = catalog.document("audit/equivalences.yaml")
    data = {**catalog.document("prose.yaml"), "parts": everyday["parts"]}
    lists = {
        key: names[key] for key in ("makers", "lines", "short_part", "before_part", "behind_part")
    }
    tense = catalog.document("audit/priors.yaml")["tense"]
    spoken = {"tense_planned": tense["planned"]}
    parts = {**lists, "part": catalog.part_pattern(text)}
    return Words({**data, "words": {**data["words"], "part_names": parts, "tense": spoken}})


def everyday_units(catalog: Catalog) -> Everyday:
    """The homes, cars and flights that texts compare with."""
    return read_everyday(catalog.document("audit/equivalences.yaml"))
