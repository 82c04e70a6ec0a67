"""Layers of pipeline stages: as launchers spread them, as papers state them."""

import pytest

from costcheck.physics.layout import Layout
from costcheck.physics.step_time.exchange import layers_per_stage
from tests.calibrate.cases import gpt


def stages(layers, **layout):
    model = gpt(layers=float(layers), hidden=8192.0, heads=64.0)
    found = layers_per_stage(workload=model, layout=Layout(**layout))
    return float(found.first), float(found.middle), float(found.last)


@pytest.mark.parametrize(
    ("layers", "layout", "expected"),
    [
        # arXiv:2407.21783, section 3.3.2: one layer less on the first and on the last stage.
        (126, {"pipeline": 16.0, "virtual": 8.0}, (7, 8, 7)),
        (126, {"pipeline": 16.0}, (7, 8, 7)),
        (96, {"pipeline": 8.0, "virtual": 3.0}, (12, 12, 12)),
        (96, {"pipeline": 1.0}, (96, 0, 96)),
        (61, {"pipeline": 2.0}, (31, 0, 30)),
        (126, {"pipeline": 2.0, "virtual": 32.0}, (63, 0, 63)),
        # Megatron-LM: the other stages share what the stated ends leave.
        (61, {"pipeline": 16.0, "first_layers": 3.0, "last_layers": 2.0}, (3, 4, 2)),
        (62, {"pipeline": 16.0, "first_layers": 2.0}, (2, 4, 4)),
        (60, {"pipeline": 8.0, "last_layers": 4.0}, (8, 8, 4)),
        (
            30,
            {"pipeline": 4.0, "first_layers": 6.0, "middle_layers": 10.0, "last_layers": 5.0},
            (6, 10, 5),
        ),
    ],
)
def test_layers_of_the_stages(layers, layout, expected):
    assert stages(layers, **layout) == expected


def test_the_fullest_stage_may_be_an_end():
    model = gpt(layers=20.0, hidden=8192.0, heads=64.0)
    layout = Layout(pipeline=4.0, first_layers=8.0)
    assert float(layers_per_stage(workload=model, layout=layout).fullest) == 8.0
