"""H100, B200 and GB200 in BF16, FP8 and NVFP4 lie as far apart as NVIDIA's public tables say."""

import itertools

import numpy as np
import pytest

from costcheck.calibrate.fit import PRIORS, plan_rows, read_table
from costcheck.calibrate.plans import log_errors, read_plan
from costcheck.catalog.files import Catalog

CATALOG = Catalog()


def pairs(parts):
    """Logs of measured and of predicted speed-ups between runs of one model in one table."""
    plan = read_plan("megatron", CATALOG.document(PRIORS))
    rows = plan_rows(plan, read_table(CATALOG))
    shipped = CATALOG.document("performance/megatron.yaml")
    factors = {f"{c}@{tag}": v for tag, own in shipped["factors"].items() for c, v in own.items()}
    errors = log_errors(plan, rows, {**shipped["constants"], **factors})
    tokens = rows.global_batch * rows.workload.sequence_length
    gpus = np.array([float(record["gpus"]) for record in rows.records])
    measured = np.log(tokens / gpus / rows.step_seconds)
    for one, other in itertools.combinations(range(len(rows)), 2):
        same = rows.sources[one] == rows.sources[other] and rows.models[one] == rows.models[other]
        if same and parts(rows, one, other):
            said = measured[other] - measured[one]
            yield said, said - errors[other] + errors[one]


def formats(rows, one, other):
    alike = rows.records[one]["gpu"] == rows.records[other]["gpu"]
    return alike and rows.precision[one] != rows.precision[other]


def chips(rows, one, other):
    alike = rows.precision[one] == rows.precision[other]
    return alike and rows.records[one]["gpu"] != rows.records[other]["gpu"]


@pytest.mark.parametrize("kind", [formats, chips])
def test_ratios_of_speed_are_those_of_the_tables(kind):
    said, predicted = np.array(list(pairs(kind))).T
    assert len(said) >= 50
    clear = np.abs(said) > np.log(1.25)
    assert np.mean(np.sign(said[clear]) == np.sign(predicted[clear])) >= 0.98
    assert np.median(np.abs(np.expm1(np.abs(predicted - said)))) <= 0.10
