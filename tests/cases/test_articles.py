"""Articles drafted against every figure in them: drafted figures right, few missed, none invented.

Two groups were written and labelled before the reader saw them. Of the first (eight articles) it
drafted 77 % of its figures rightly and missed 29 %; mended by that, it drafted 90 % of the second
(six) rightly and missed 16 %, then was mended once more. Twelve groups of ten to fifteen excerpts
of news, model cards and papers of 2023 to 2026, not kept here, were labelled and then read by what
the groups before had mended: 83, 71, 55, 84, 74, 83, 77, 81, 90, 67, 79 and 53 % of what was
drafted was right with its subject, and 21, 33, 45, 19, 28, 8, 19, 8, 5, 19, 16 and 33 % was missed.
Since sentences are cut into clauses, eight more groups of five to ten gave 68, 76, 59, 72, 78, 74,
89 and 76 % right and 29, 17, 25, 18, 6, 39, 9 and 15 % missed at first try, 73 and 21 % in all; the
reader of before read the same groups 71, 72, 53, 70, 75, 80, 82 and 68 % rightly and missed 17, 20,
29, 18, 6, 36, 12 and 0 %, 71 and 19 % in all. Mended, the eight are read 89 to 100 % rightly with
at most 18 % missed. The kinds behind each fault are sentences of `tests/text`. A figure about `*`
is one that may be taken for a training's or not; it counts neither way.
"""

from __future__ import annotations

import functools
import math
import re
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from costcheck.catalog.files import Catalog
from costcheck.quantities import CLAIMED
from costcheck.scenario.claims_draft import Drafting, draft_claims
from costcheck.text.quantity import Quantity, parse

CATALOG = Catalog()
FOLDER = Path(__file__).parent / "articles"
ARTICLES = yaml.safe_load((FOLDER / "articles.yaml").read_text(encoding="utf-8"))["articles"]
OWN = {"site_power": "power", "words": "count", "bytes": "bytes", "price_per_node": "money",
       "throughput": "tokens_per_second", "hfu": "ratio", "epochs": "ratio"}  # fmt: skip


class Said(NamedTuple):
    """One figure of an article."""

    about: str
    key: str
    value: Quantity


class Score(NamedTuple):
    """How an article was read."""

    right: list[Said]
    wrong: list[Said]
    missed: list[Said]


def score(article: dict) -> Score:
    """Compare what is drafted with the labels of an article."""
    drafted, labelled = list(_drafted(article)), list(_labelled(article))
    asked = [item for item in labelled if item.about != "*"]
    right = [item for item in drafted if any(_same(item, label) for label in asked)]
    either = [item for item in drafted if any(_same(item, label) for label in labelled)]
    wrong = [item for item in drafted if item not in either]
    missed = [label for label in asked if not any(_same(item, label) for item in drafted)]
    return Score(right, wrong, missed)


@functools.cache
def _read(file: str) -> Drafting:
    return draft_claims((FOLDER / file).read_text(encoding="utf-8"), CATALOG)


def _drafted(article: dict):
    for draft in _read(article["file"]).drafts:
        for key, texts in draft.figures:
            for figure in texts.split("\n"):
                yield Said(draft.about, key, _value(key, figure))
        for item in draft.comparisons:
            yield Said(draft.about, f"ratio:{item.of}", _value("ratio:", item.times))


def _labelled(article: dict):
    for row in article["figures"]:
        for key, texts in row.items():
            if key not in {"about", "gpu"}:
                for text in texts if isinstance(texts, list) else [texts]:
                    yield Said(row["about"], key, _value(key, str(text)))


def _value(key: str, text: str) -> Quantity:
    if key.startswith("ratio:"):
        return parse(text, "times", quoted=True)
    dimension = OWN[key] if key in OWN else CLAIMED[key].dimension
    return parse(text, dimension, quoted=True)


def _same(drafted: Said, label: Said) -> bool:
    names = [re.sub(r"[^a-z0-9.]", "", item.about.lower()) for item in (drafted, label)]
    about = label.about == "*" or (
        names[0] != "" and (names[0] in names[1] or names[1] in names[0])
    )
    close = math.isclose(drafted.value.value, label.value.value, rel_tol=0.01)
    return about and drafted.key == label.key and close


@pytest.fixture(scope="module")
def scores():
    return {article["file"]: score(article) for article in ARTICLES}


@pytest.mark.parametrize("held_out", ["", "first", "second"])
def test_drafted_figures_are_right_and_few_are_missed(scores, held_out):
    mine = [scores[a["file"]] for a in ARTICLES if a.get("held_out", "") == held_out]
    right, wrong, missed = (sum(map(len, parts)) for parts in zip(*mine, strict=True))
    assert right / (right + wrong) >= 0.95
    assert missed / (right + missed) <= 0.15


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article["file"])
def test_no_figure_is_invented(article):
    text = (FOLDER / article["file"]).read_text(encoding="utf-8")
    for draft in _read(article["file"]).drafts:
        for _, figures in draft.figures:
            for digits in re.findall(r"\d[\d,.]*\d|\d", figures):
                assert digits in text or digits in {"1", "8"}, figures
