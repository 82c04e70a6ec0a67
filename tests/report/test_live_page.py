"""The page that computes itself anew: one set of numbers in a browser and in Python."""

from __future__ import annotations

import json
import math
import random
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from costcheck.audit.scenario import audit_scenarios
from costcheck.estimate import build, estimate
from costcheck.estimate.knobs import Knob, Live, live
from costcheck.estimate.result import Estimate
from costcheck.graph.evaluation import evaluate
from costcheck.quantities import RESULTS
from costcheck.report.formats.live import claim_panel, page as live_page, panel, script
from costcheck.report.views.estimate import estimate_document
from costcheck.report.views.figures import figure
from costcheck.scenario.load import load

EXAMPLES = Path(__file__).parents[2] / "examples"
CHECKED = ("deepseek-v3", "minimal")
"""`tests.benchmarks.bench_live` checks all examples."""

TURNS = 50
HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>"


@cache
def estimated(file: Path) -> Estimate:
    return estimate(load(file), samples=100)


@cache
def page(found: Estimate) -> str:
    return live_page(found.title, [estimate_document(found)], [panel(found, 2)])


def data(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found.group(1))


def in_node(program: str) -> Any:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    done = subprocess.run(
        [node, "-"], input=program, capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout)


def turn(alive: Live, turned: random.Random) -> dict[Knob, float]:
    chosen = turned.sample(list(alive.knobs), turned.randint(1, len(alive.knobs)))
    values = {knob: knob.value * turned.uniform(0.6, 1.6) for knob in chosen}
    return {
        knob: float(max(round(value), 1)) if knob.whole else min(max(value, knob.low), knob.high)
        for knob, value in values.items()
    }


@pytest.mark.parametrize("name", CHECKED)
def test_turned_knobs_give_what_set_gives(name: str) -> None:
    file = EXAMPLES / f"{name}.yaml"
    found = estimated(file)
    alive, turned = live(found), random.Random(name)
    turns = [turn(alive, turned) for _ in range(TURNS)]
    assert all(knob.value == round(knob.value) for knob in alive.knobs if knob.whole)
    places = {leaf: at for at, leaf in alive.program.inputs.items()}
    changes = [{places[knob.leaf]: value for knob, value in each.items()} for each in turns]
    steps = json.dumps(data(page(found))["steps"])
    values = in_node(
        f"{script()}\nconst steps = {steps};\n"
        f"const all = {json.dumps(changes)}.map((each) => compute(steps, each));\n"
        "console.log(JSON.stringify(all));"
    )
    compared = 0
    for each, theirs in zip(turns, values, strict=True):
        assignments = [knob.stated(value) for knob, value in each.items()]
        totals = build(load(file, assignments=assignments)).totals
        ours = evaluate(totals.values())
        for key, at in alive.results.items():
            if theirs[at] is not None:
                assert theirs[at] == pytest.approx(float(ours[totals[key]]), rel=1e-9)
                compared += 1
    assert compared > 8 * TURNS


@pytest.mark.parametrize("name", CHECKED)
def test_ranges_move_as_those_of_set(name: str) -> None:
    """The page has 256 draws of each input, the estimate thousands: their ends agree to 5 %."""
    file = EXAMPLES / f"{name}.yaml"
    found = estimate(load(file), samples=4096)
    alive, turned = live(found), random.Random(f"ranges {name}")
    places = {leaf: at for at, leaf in alive.program.inputs.items()}
    values = turn(alive, turned)
    known = data(panel(found, 2))
    moved = in_node(
        f"{script()}\nconst graph = {json.dumps(known)};\n"
        f"const changes = {json.dumps({places[knob.leaf]: v for knob, v in values.items()})};\n"
        "const all = Object.entries(graph.draws).map(([at, v]) => [at, Float64Array.from(v)]);\n"
        "const drawn = (set) => compute(graph.steps, { ...Object.fromEntries(all), ...set });\n"
        "const [before, after] = [drawn({}), drawn(changes)];\n"
        "const values = compute(graph.steps, changes);\n"
        "console.log(JSON.stringify(graph.results.map(({ at, low, high }) =>"
        " moved([low, high], ends(before[at]), ends(after[at]), values[at]))));"
    )
    set_ = [knob.stated(value) for knob, value in values.items()]
    ours = estimate(load(file, assignments=set_), samples=4096)
    labels = {row.label: row.name for row in RESULTS.values()}
    compared = 0
    for row, ends in zip(known["results"], moved, strict=True):
        figure_ = ours.figures[labels[row["label"]]] if row["label"] in labels else None
        if ends is not None and figure_ is not None:
            assert ends == pytest.approx([figure_.low, figure_.high], rel=0.05), row["label"]
            compared += 1
    assert compared > 5


def test_numbers_look_as_in_the_report() -> None:
    turned = random.Random(1)
    units = sorted({row.unit for row in RESULTS.values()} | {"USD", "GPUs", "tokens"})
    cases = [(10 ** turned.uniform(-4, 17), unit) for unit in units for _ in range(40)]
    cases += [(value, unit) for unit in units for value in (0.0, 1.0, 999.6, 999_999.0, 1234567.0)]
    shown = in_node(
        f"{script()}\nconst cases = {json.dumps(cases)};\n"
        "console.log(JSON.stringify(cases.map(([value, unit]) => shown(value, unit))));"
    )
    assert shown == [figure(value, unit) for value, unit in cases]


def opened(text: str, folder: Path, fragment: str = "") -> str:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs chromium or google-chrome")
    file = folder / "page.html"
    file.write_text(text, encoding="utf-8")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    command += [f"--user-data-dir={folder / 'profile'}", "--host-resolver-rules=MAP * ~NOTFOUND"]
    command += ["--enable-logging=stderr", file.as_uri() + fragment]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "CONSOLE" not in done.stderr, "the page logs an error"
    return done.stdout


def test_a_link_carries_the_changes(tmp_path: Path) -> None:
    file = EXAMPLES / "minimal.yaml"
    found = estimated(file)
    text = page(found)
    known = data(text)
    rent = next(knob for knob in known["knobs"] if knob["key"] == "pricing.rent")
    shown = opened(text, tmp_path, f"#0.{rent['at']}=3.5")
    cost = next(row for row in known["results"] if row["label"] == RESULTS["cost_usd"].label)
    cells = re.search(rf'<tr data-at="{cost["at"]}">(.*?)</tr>', shown)
    assert cells is not None
    before, after, *_ = re.findall(r"<td.*?>(.*?)</td>", cells.group(1))
    dearer = estimate(load(file, assignments=["pricing.rent=$3.50/GPU-hour"]), samples=100)
    expected = [each.figures["cost_usd"].central for each in (found, dearer)]
    assert [figure(value, "USD") for value in expected if value] == [before, after]
    # The chart of the ladder goes along.
    chart = re.search(r'<svg data-chart="amounts".*?aria-label="(.*?)"', shown)
    assert chart is not None
    assert after in chart.group(1)
    assert "those of the original inputs" in shown


def test_names_from_files_run_nothing(tmp_path: Path) -> None:
    scenario = tmp_path / "<b>$(id)'.yaml"
    scenario.write_text(
        f"""name: "{HOSTILE}"
model: 8B
fleet: {{gpu: h100, count: 8}}
utilization: {{mfu: 40%}}
pricing: {{rent: $2/GPU-hour}}
training: {{tokens: 1T}}
stages: [{{name: "$(id)", gpu_hours: 3K}}, {{name: "';alert(1)", kind: sft, gpu_hours: 3K}}]
"""
    )
    text = page(estimated(scenario))
    assert HOSTILE not in text
    shown = opened(text, tmp_path)
    assert "onerror" not in re.sub(r"<script.*?</script>", "", shown, flags=re.DOTALL).replace(
        "&lt;img src=x onerror", ""
    )
    title = re.search(r"<title>(.*?)</title>", shown)
    assert title is not None
    assert title.group(1) != "owned"


def test_a_page_is_small_and_only_its_own_program_may_run() -> None:
    text = page(estimated(EXAMPLES / "deepseek-v3.yaml"))
    assert len(text.encode()) < 400_000
    assert "default-src 'none'" in text
    assert re.search(r"script-src 'sha256-[\w+/=]+'", text)
    assert "url(" not in text
    assert len(script().splitlines()) < 300


def test_a_claim_shows_what_would_have_to_be_true() -> None:
    """2,048 GPUs for 55 days at $5.5 million are $2.03 an hour; at $4 they are twice the cost."""
    file = EXAMPLES / "article-004.yaml"
    card = audit_scenarios([load(file)]).cards[0]
    known = data(claim_panel(card.audit, 3))
    knobs = {knob["label"].partition(" (")[0]: knob for knob in known["knobs"]}
    assert knobs["$ per GPU-hour"]["value"] == pytest.approx(5.5e6 / (2048 * 55 * 24))
    steps, turned = json.dumps(known["steps"]), {knobs["$ per GPU-hour"]["at"]: 4.0}
    values = in_node(
        f"{script()}\nconst steps = {steps};\n"
        f"console.log(JSON.stringify(compute(steps, {json.dumps(turned)})));"
    )
    found = {row["label"]: (row["before"], values[row["at"]]) for row in known["results"]}
    assert found["cost"] == (5.5e6, pytest.approx(2048 * 55 * 24 * 4.0))
    assert found["GPU-hours"] == (None, pytest.approx(2048 * 55 * 24))


def test_a_claim_of_one_number_has_nothing_to_turn() -> None:
    cards = audit_scenarios([load(EXAMPLES / "article-004.yaml")]).cards
    alone = [card.audit for card in cards if len(card.audit.numbers) == 1]
    assert alone
    assert [claim_panel(each, 3) for each in alone] == [""] * len(alone)


def test_what_only_a_search_can_tell_is_not_shown_as_a_number() -> None:
    found = estimated(EXAMPLES / "planned-run.yaml")
    alive = live(found)
    count = next(leaf for leaf in alive.program.inputs.values() if leaf.name == "count")
    values = alive.program.values({count.name: 512.0})
    assert math.isnan(values[alive.results["cost_usd"]])
    keys = {knob.key for knob in alive.knobs}
    assert "training.tokens" in keys
    assert "fleet.count" not in keys
    assert "count" in {leaf.name for leaf in alive.frozen}
