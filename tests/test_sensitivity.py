"""Shares of the variance against draws, closed forms against sampling, bars against estimates."""

import json

import numpy as np
import pytest

from costcheck.diagnostics import CostcheckError
from costcheck.estimate import build, estimate
from costcheck.graph.distributions import Spread
from costcheck.graph.evaluation import evaluate_in_chunks
from costcheck.graph.nodes import Along, Call, Extreme, Input, Product, Select, Sum
from costcheck.graph.proportions import is_product
from costcheck.graph.sampling import prepare
from costcheck.scenario.load import load
from costcheck.sensitivity import sensitivity
from tests.commands import ROOT, costcheck

RANGES = {
    "model": {"parameters": "13B"},
    "training": {"tokens": "1T"},
    "fleet": {"gpu": "h100", "count": "256"},
    "utilization": {"mfu": "30%-50%"},
    "pricing": {"rent": "$1.5-3/GPU-hour"},
    "overheads": {"staff": "$50K-200K"},
}


def leaf(name, low=1.0, high=3.0):
    middle = (low * high) ** 0.5
    return Input(
        name=name, unit="1", value=middle, spread=Spread(central=middle, low=low, high=high)
    )


def constant(name, value=2.0):
    return Input(name=name, unit="1", value=value)


def test_what_is_a_product_of_its_uncertain_inputs():
    a, b, c = leaf("a"), leaf("b"), constant("c")
    product = Product(name="p", unit="1", over=(a, c), under=(b,))
    assert is_product(product)
    assert is_product(Select(name="s", unit="1", options={"x": product}, chosen="x"))
    same = Product(name="q", unit="1", over=(constant("d"), a), under=(b,))
    assert is_product(Sum(name="both", unit="1", parts=(product, same)))
    assert not is_product(Sum(name="mixed", unit="1", parts=(product, c)))
    assert not is_product(Sum(name="other", unit="1", parts=(product, a)))
    assert not is_product(Extreme(name="most", unit="1", parts=(a, b)))
    assert not is_product(Call(name="f", unit="1", function=np.square, arguments={"x": a}))
    assert is_product(Call(name="g", unit="1", function=np.square, arguments={"x": c}))


STATED_HOURS = {"fleet": {"gpu": "h100", "count": "256"}, "gpu_hours": "100K GPU-hours"}


@pytest.mark.parametrize(
    ("scenario", "of"),
    [
        (RANGES, "cost_usd"),
        (RANGES, "gpu_hours"),
        (RANGES, "energy_kwh"),
        (STATED_HOURS, "energy_kwh"),
    ],
)
def test_first_order_shares_are_those_of_conditional_means(scenario, of):
    # First order: variance of the mean over everything else, here in 64 bins of 1,048,576 draws.
    loaded = load(scenario)
    found = sensitivity(loaded, of=of)
    root = build(loaded).totals[of]
    spreads = {
        driver.input: next(n.spread for n in _inputs(root) if n.name == driver.input)
        for driver in found.drivers
    }
    total = 1 << 20
    drawn = prepare(spreads, total=total, seed=7)
    bindings = {name: Along("draw", item.slice) for name, item in drawn.items()}
    result = np.log(
        np.concatenate(
            [
                part[root]
                for part in evaluate_in_chunks(
                    [root], along="draw", length=total, bindings=bindings
                )
            ]
        )
    )
    for driver in found.drivers:
        values = drawn[driver.input].slice(0, total)
        order = np.argsort(values)
        means = result[order].reshape(64, -1).mean(axis=1)
        assert driver.first_order == pytest.approx(means.var() / result.var(), abs=0.01)


def _inputs(root):
    from costcheck.estimate.ranges import uncertain_inputs

    return uncertain_inputs([root])


def test_a_product_gets_the_closed_form():
    found = sensitivity(load(STATED_HOURS), of="energy_kwh")
    assert found.method == "closed form"
    assert sum(driver.total for driver in found.drivers) == pytest.approx(1.0)
    assert all(driver.total == driver.first_order for driver in found.drivers)


def test_bars_end_where_an_estimate_with_that_input_stated_is():
    found = sensitivity(load(RANGES))
    price = next(driver for driver in found.drivers if driver.input == "price/rent")
    for text, result in (
        ("$1.5/GPU-hour", price.result_at_low),
        ("$3/GPU-hour", price.result_at_high),
    ):
        stated = estimate(load({**RANGES, "pricing": {"rent": text}}))
        assert result == pytest.approx(stated.figures["cost_usd"].central)


def test_the_interval_is_that_of_the_estimate():
    loaded = load(RANGES)
    figure = estimate(loaded).figures["cost_usd"]
    found = sensitivity(loaded)
    assert (found.low, found.central, found.high) == pytest.approx(
        (figure.low, figure.central, figure.high)
    )


def test_nothing_uncertain_has_no_drivers():
    exact = {**RANGES, "utilization": {"mfu": "40%"}, "pricing": {"rent": "$2/GPU-hour"}}
    del exact["overheads"]
    exact["reliability"] = {
        "failures_per_gpu_hour": "2e-5",
        "restart": "10 min",
        "checkpoint_write": "30 s",
        "checkpoint_interval": "optimal",
    }
    assert sensitivity(load(exact)).drivers == ()


def test_any_quantity_of_the_graph_can_be_asked_for():
    assert sensitivity(load(RANGES), of="goodput").result == "goodput"
    with pytest.raises(CostcheckError, match="no result is called 'cst'"):
        sensitivity(load(RANGES), of="cst")
    with pytest.raises(CostcheckError, match="is unknown"):
        sensitivity(load({"model": {"parameters": "13B"}}))


def test_the_command_in_every_format(tmp_path):
    file = tmp_path / "ranges.yaml"
    file.write_text(json.dumps(RANGES), encoding="utf-8")
    table = costcheck("sensitivity", str(file))
    assert (table.code, table.err) == (0, "")
    assert "price per GPU-hour drives it most" in " ".join(table.out.split())
    assert "price per GPU-hour" in table.out
    data = json.loads(costcheck("sensitivity", str(file), "-f", "json").out)
    assert data["schema_version"] == "1"
    names = [driver["input"] for driver in data["drivers"]]
    rows = costcheck("sensitivity", str(file), "-f", "csv").out.splitlines()
    assert [row.split(",")[2] for row in rows[1:]] == names
    assert "| input |" in costcheck("sensitivity", str(file), "-f", "md").out


def test_bars_have_an_ascii_form():
    done = costcheck(
        "sensitivity",
        str(ROOT / "examples/planned-run.yaml"),
        environment={"PYTHONIOENCODING": "ascii"},
    )
    assert done.code == 0
    assert "####" in done.out
    assert done.out.isascii()
    assert "?" not in done.out


def test_inputs_that_move_nothing_drive_nothing():
    generation = {"prompt_tokens": "1K", "answer_tokens": "1K"}
    stages = [
        {"name": "one", "duration": "10 days"},
        {"name": "two", "kind": "grpo", "gpu_hours": "5K GPU-hours", "generation": generation},
    ]
    run = {
        "model": {"parameters": "7B"},
        "training": {"compute": "6e21 FLOP"},
        "fleet": {"gpu": "h100", "count": "256"},
        "pricing": {"rent": "$2/GPU-hour"},
    }
    loaded = load({**run, "stages": stages})
    found = sensitivity(loaded)
    assert found.low == found.central == found.high
    assert found.drivers == ()


def test_ends_of_a_range_are_written_alike_with_their_unit():
    done = costcheck("sensitivity", str(ROOT / "examples/own-or-rent-own.yaml"))
    shown = " ".join(done.out.split())
    assert "$28.8K - $46.9K" in shown  # prices of a GPU
    assert "1.00% - 4.00%" in shown  # repair of a year, over the capital
    assert "$0.055 - $0.12" in shown  # electricity
    assert shown.startswith("own cost $35.9M 90 % range $31.9M to $50.4M.")
