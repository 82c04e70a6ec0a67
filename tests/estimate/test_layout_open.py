"""What a stated layout leaves open: completed to what fits and can be run, the range says so."""

import itertools
import math

import numpy as np
import pytest

from costcheck import estimate, load
from costcheck.catalog.files import Catalog
from costcheck.catalog.performance import performance_data
from costcheck.estimate import build

# arXiv:2407.21783, table 4 and section 3.3.2: TP8, CP1, PP16 on 8,192 and 16,384 H100, 16M tokens
# a step, 430 and 400 TFLOP/s per GPU; chunks, recomputation and ZeRO stage are not stated.
LLAMA_405B = {
    "as_of": "2024-07-23",
    "model": "llama-3.1-405b",
    "training": {"tokens": "15.6T", "sequence_length": "8192", "global_batch": "2048"},
    "fleet": {"gpu": "h100", "count": "16384"},
    "layout": {"tensor": "8", "pipeline": "16", "context": "1", "data": "128"},
}
# 430 and 400 TFLOP/s by the paper's count of FLOPs, of which 6ND is 4.08e19 a step.
PUBLISHED_SECONDS = {16384: 6.48, 8192: 12.06}
CLOSED = {
    "virtual": "8",
    "recompute": "none",
    "micro_batch": "1",
    "zero": "1",
    "sequence_parallel": "true",
}


def with_keys(**keys):
    return {**LLAMA_405B, "layout": {**LLAMA_405B["layout"], **keys}}


def prediction(scenario):
    return build(load(scenario)).stages[0].prediction


@pytest.mark.parametrize("gpus", [8192, 16384])
def test_a_published_layout_with_open_keys_takes_its_published_step(gpus):
    data = str(gpus // 128)
    scenario = {**with_keys(data=data), "fleet": {"gpu": "h100", "count": str(gpus)}}
    step = estimate(scenario)["step_seconds"]
    assert step.low < PUBLISHED_SECONDS[gpus] < step.high
    assert step.central == pytest.approx(PUBLISHED_SECONDS[gpus], rel=0.1)


def test_stated_hours_of_a_run_are_explained_by_what_it_left_open():
    found = estimate({**LLAMA_405B, "gpu_hours": "30.84M"}).feasibility
    (finding,) = [item for item in found if "the layout predicts" in item.message]
    assert finding.verdict == "feasible"


def test_what_is_stated_is_not_tuned_away():
    """One chunk per stage and 16 micro-batches on 16 stages: half of the time is bubble."""
    stated = with_keys(virtual="1", schedule="1f1b", micro_batch="1", recompute="none", zero="1")
    found = estimate({**stated, "gpu_hours": "30.84M"}).feasibility
    (finding,) = [item for item in found if "the layout predicts" in item.message]
    assert finding.verdict == "stretch"
    assert set(prediction(stated).completion.chosen) == {"sequence_parallel"}


def test_the_completed_layout_fits_and_no_choice_is_faster_than_the_low_end():
    found = prediction(LLAMA_405B)
    values = {key: np.asarray(value) for key, value in found.values.items()}
    formula = found.performance.formula
    assert float(formula.memory(values).total_bytes()) < 80 * 2**30
    seconds = float(formula.step(values).total_seconds())
    spread = found.open_choices
    tried = {**values, "virtual": np.asarray(8.0), "recompute": np.asarray(2.0)}
    assert float(formula.step(tried).total_seconds()) >= seconds * spread.low * (1 - 1e-12)
    low, high = found.ends
    assert low < spread.low / spread.central < 1.0 < spread.high / spread.central < high


def test_nothing_open_changes_nothing():
    found = prediction(with_keys(**CLOSED))
    assert not found.completion.chosen
    assert found.open_choices is None


def test_each_key_that_is_stated_narrows_the_range():
    widths = []
    for count in range(len(CLOSED) + 1):
        low, high = prediction(with_keys(**dict(list(CLOSED.items())[:count]))).ends
        widths.append(math.log(high / low))
    assert widths[0] > widths[-1] * 1.3
    assert all(after <= before * 1.001 for before, after in itertools.pairwise(widths))


def test_a_measured_step_leaves_nothing_open():
    found = prediction({**LLAMA_405B, "calibration": {"step_time": "6.5 s"}})
    assert found.open_choices is None
    assert found.calibration is not None


@pytest.mark.parametrize(
    ("generation", "date", "choice", "can"),
    [
        (None, "2024-12-26", "dualpipe", True),
        (None, "2024-12-25", "dualpipe", False),
        ("megatron", "2026-01-01", "dualpipe", False),
        ("megatron", "2025-07-25", "modules", True),
        ("megatron", "2025-07-24", "modules", False),
        ("megatron-2021", "2021-04-09", "interleaved", True),
        ("fsdp", "2024-07-23", "interleaved", False),
    ],
)
def test_a_generation_runs_what_its_releases_had(generation, date, choice, can):
    data = performance_data(Catalog())
    assert (choice in data.can(generation=generation, date=date)) is can


@pytest.mark.parametrize(
    ("software", "public"), [(None, False), ("megatron", False), ("in-house", True)]
)
def test_a_search_proposes_what_the_software_has(software, public):
    """Nobody's Megatron-LM had DualPipe; a stack of one's own may have what was published."""
    data = performance_data(Catalog())
    bundle = data.bundle(software=software, sharded=False, date="2025-06-01")
    assert ("dualpipe" in bundle.can) is public


# MaxText (configs/base.yml: remat_policy full) computes all again unless it is told otherwise.
@pytest.mark.parametrize(("software", "slower"), [("maxtext", True), ("jax", False)])
def test_an_untuned_run_computes_again_what_its_software_does(software, slower):
    found = prediction(
        {
            "model": "llama-3.1-8b",
            "training": {"tokens": "1B", "sequence_length": "8192", "global_batch": "256"},
            "fleet": {"gpu": "tpu-v5p", "count": "256", "software": software},
            "layout": {"micro_batch": "1", "zero": "3"},
        }
    )
    assert (found.open_choices is not None) is slower


@pytest.mark.parametrize(("gpus", "tensor", "pipeline"), [(7, 16, 16), (3, 8, 1), (100, 8, 4)])
def test_a_layout_that_does_not_divide_the_fleet_is_said_infeasible(gpus, tensor, pipeline):
    layout = {"tensor": str(tensor), "pipeline": str(pipeline)}
    fleet = {"gpu": "h100", "count": str(gpus)}
    result = estimate({**LLAMA_405B, "layout": layout, "fleet": fleet}, samples=64)
    assert result.verdict == "infeasible"
    assert result["step_seconds"].low > 0.0
    assert result["mfu"].high < 1.0
