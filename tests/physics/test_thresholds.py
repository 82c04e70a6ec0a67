from pathlib import Path

import pytest
import yaml

from costcheck.physics.thresholds import crossings, read_thresholds, status_on

DATA = yaml.safe_load(
    (Path(__file__).parents[2] / "configs" / "thresholds" / "compute.yaml").read_text(
        encoding="utf-8"
    )
)
RULES = read_thresholds(DATA)
BY_NAME = {rule.name: rule for rule in RULES}


def _verdicts(compute, as_of, spread=1.0, **options):
    found = crossings(
        RULES,
        low_flops=compute / spread,
        central_flops=compute,
        high_flops=compute * spread,
        as_of=as_of,
        **options,
    )
    return {each.name: (each.verdict, each.status) for each in found}


@pytest.mark.parametrize(
    ("name", "as_of", "status"),
    [
        ("us-eo-14110", "2023-10-29", None),
        ("us-eo-14110", "2024-12-26", "in force"),
        ("us-eo-14110", "2025-01-19", "in force"),
        ("us-eo-14110", "2025-01-20", "revoked"),
        ("eu-systemic-risk", "2023-12-08", None),  # before the political agreement
        ("eu-systemic-risk", "2024-05-20", "proposed"),
        ("eu-systemic-risk", "2024-05-21", "adopted"),  # by the Council
        ("eu-systemic-risk", "2024-12-26", "adopted"),
        ("eu-systemic-risk", "2025-08-02", "in force"),
        ("california-sb-1047", "2024-10-01", "vetoed"),
        ("california-sb-53", "2025-12-31", "adopted"),
        ("california-sb-53", "2026-01-01", "in force"),
        ("new-york-raise", "2026-11-22", "adopted"),
        ("new-york-raise", "2027-01-01", "in force"),
    ],
)
def test_status_follows_the_calendar(name, as_of, status):
    assert status_on(BY_NAME[name], as_of=as_of) == status


def test_deepseek_v3_crosses_only_the_european_criterion():
    found = _verdicts(3.4e24, "2025-09-01")
    assert found["eu-general-purpose"] == ("crosses", "in force")
    assert found["eu-systemic-risk"] == ("below", "in force")
    assert found["us-eo-14110"] == ("below", "revoked")


def test_a_range_across_a_threshold_may_cross_it():
    assert _verdicts(9e24, "2025-09-01", spread=1.5)["eu-systemic-risk"][0] == "may cross"
    assert _verdicts(2e25, "2025-09-01", spread=1.5)["eu-systemic-risk"][0] == "crosses"


def test_greater_than_and_at_least_differ_on_the_line():
    found = _verdicts(1e26, "2026-06-01")
    assert found["california-sb-53"][0] == "below"
    assert found["korea-high-performance"][0] == "crosses"


def test_rules_for_other_kinds_of_model_are_left_out():
    assert "eu-modification" not in _verdicts(1e24, "2025-09-01")
    found = _verdicts(1e24, "2025-09-01", kinds=frozenset({"modification"}))
    assert found["eu-modification"] == ("crosses", "in force")


def test_smallest_threshold_first():
    found = crossings(RULES, low_flops=1.0, central_flops=1.0, high_flops=1.0, as_of="2026-11-22")
    flops = [each.flops for each in found]
    assert flops == sorted(flops)


def test_every_rule_is_dated_and_sourced():
    keys = {source["key"] for source in DATA["sources"]}
    used = set()
    for rule in RULES:
        assert rule.sources
        assert set(rule.sources) <= keys
        used.update(rule.sources)
        starts = [phase.start for phase in rule.phases]
        assert starts == sorted(starts)
        assert len(rule.phases) > 0
    assert used == keys
