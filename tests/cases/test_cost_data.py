"""Every fact of the cost data is in order: inside its own interval, and from a listed source."""

from pathlib import Path

import pytest
import yaml

from costcheck.catalog.defaults import Defaults
from costcheck.catalog.files import Catalog

CONFIGS = Path(__file__).parents[2] / "configs"
FILES = [
    *sorted((CONFIGS / "costs").glob("*.yaml")),
    *sorted((CONFIGS / "thresholds").glob("*.yaml")),
    *sorted((CONFIGS / "scaling").glob("*.yaml")),
]


def _facts(value):
    """Yield every mapping of a file that states a value or names a source."""
    if isinstance(value, dict):
        if {"value", "source", "sources"} & set(value):
            yield value
        for each in value.values():
            yield from _facts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _facts(each)


def _named_sources(fact):
    named = fact.get("source", fact.get("sources", []))
    return [named] if isinstance(named, str) else named


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sources_are_listed_dated_and_used(path):
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    sources = data.pop("sources")
    keys = [source["key"] for source in sources]
    assert len(keys) == len(set(keys))
    for source in sources:
        assert source["title"]
        assert "date" in source or "checked" in source
    used = {key for fact in _facts(data) for key in _named_sources(fact)}
    assert used <= set(keys)
    parts = path.with_name(f"{path.stem}-chips.csv")
    text = parts.read_text(encoding="utf-8") if parts.exists() else ""
    assert {key for key in keys if key not in used and key not in text} == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_values_lie_inside_their_intervals(path):
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    for fact in _facts(data):
        if "low" in fact:
            low, value, high = (float(fact[name]) for name in ("low", "value", "high"))
            assert low <= value <= high, fact
            assert low < high, fact


@pytest.mark.parametrize(
    "name", ["ownership", "reliability", "ladder", "stages", "extras", "embodied"]
)
def test_estimates_can_draw_from_every_interval(name):
    defaults = Defaults(Catalog(), f"costs/{name}.yaml")
    facts = [fact for fact in _facts(defaults.data) if "value" in fact]
    assert facts
    for fact in facts:
        default = defaults.read(fact)
        assert default.sources
        assert (default.spread is None) == ("low" not in fact)
