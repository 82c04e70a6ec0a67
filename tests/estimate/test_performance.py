"""Which constants a run uses, how wide its range is, and what the measured rows cover."""

import pytest

from costcheck import load
from costcheck.catalog.files import Catalog
from costcheck.catalog.performance import performance_data
from costcheck.estimate import build
from costcheck.estimate.performance import performance_of, residual_spread
from costcheck.physics.layout import Offload

CATALOG = Catalog()
DATA = performance_data(CATALOG)


def performance(**sections):
    scenario = {
        "as_of": "2025-01-01",
        "model": "llama-3.1-8b",
        "training": {"tokens": "1T"},
        "fleet": {"gpu": "h100", "count": "64"},
        "layout": {},
        **sections,
    }
    return performance_of(build(load(scenario)).stages[0].study, gpus=64)


@pytest.mark.parametrize(
    ("software", "date", "expected"),
    [
        (None, "2021-04-01", "megatron-2021"),
        (None, "2024-12-26", "megatron"),
        ("Megatron-LM", "2021-04-01", "megatron"),
        ("torchtitan", "2024-12-26", "fsdp"),
        ("our own", "2024-12-26", None),
    ],
)
def test_software_picks_the_generation_else_the_date(software, date, expected):
    bundle = DATA.bundle(software=software, sharded=False, date=date)
    assert (bundle.generation if bundle.known else None) == expected


def test_the_date_decides_only_what_existed():
    before, after = (
        DATA.bundle(software="nemo", sharded=False, date=date)
        for date in ("2025-12-01", "2026-06-01")
    )
    assert before.traits == ()
    assert after.traits == ("fused-dispatch",)
    assert DATA.bundle(software="deepspeed", sharded=True, date="2026-06-01").traits == (
        "eager",
        "deepspeed",
    )


def test_fully_sharded_weights_mean_fsdp():
    assert performance(layout={"zero": "3"}).generation == "fsdp"
    assert performance(layout={"zero": "1"}).generation == "megatron"


def test_a_fine_tune_unnamed_runs_what_people_tune_with():
    on_data = {"training": {"data": {"samples": "50K", "tokens_per_sample": "500"}}}
    assert performance(**on_data, layout="auto").generation == "fsdp"
    assert performance(layout="auto").generation == "megatron"
    # A layout that is stated may be one that only other software splits.
    assert performance(**on_data, layout={"tensor": "8", "zero": "1"}).generation == "megatron"


def test_the_range_grows_with_the_distance_from_what_was_measured():
    known = performance()
    strange = performance(fleet={"gpu": "gaudi3", "count": "64"})
    unknown = performance(fleet={"gpu": "h100", "count": "64", "software": "our own"})
    offloaded = known.laid_out({"offload": float(Offload.OPTIMIZER), "zero": 1.0})
    for other in (strange, unknown, offloaded):
        assert other.step_spread > known.step_spread


def test_the_interval_of_a_residual_holds_90_percent():
    spread = residual_spread(0.1)
    assert spread.high == pytest.approx(1.1788, abs=1e-3)  # exp(1.645 x 0.1)
    assert spread.low * spread.high == pytest.approx(1.0)


def test_methods_and_precisions_change_what_is_stored():
    full = performance()
    lora = performance(training={"tokens": "1B", "method": "lora"})
    qlora = performance(training={"tokens": "1B", "method": "qlora"})
    eight = performance(training={"tokens": "1B", "precision": "fp8"})
    wide = performance(training={"tokens": "1B", "precision": "fp32"})
    assert full.formula.training.trained_share == 1.0
    assert lora.formula.training.trained_share < 0.02
    assert qlora.formula.training.frozen_bytes < lora.formula.training.frozen_bytes == 2.0
    assert eight.formula.training.linear_input_bytes == 1.0
    assert wide.formula.training.weight_bytes == 4.0
    assert wide.formula.training.optimizer_bytes == 8.0


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        ({"model": None}, "model"),
        ({"fleet": {"count": "8"}}, "fleet.gpu"),
        ({"fleet": {"gpu": {"peak": {"bf16": "1 PFLOPS"}}, "count": "8"}}, "memory"),
        (
            {
                "fleet": {
                    "gpu": {
                        "peak": {"int8": "1 PFLOPS"},
                        "memory": "80 GB",
                        "memory_bandwidth": "1 TB/s",
                    },
                    "count": "8",
                }
            },
            "peak",
        ),
    ],
)
def test_what_is_missing_is_said(sections, says):
    assert says in performance(**sections)
