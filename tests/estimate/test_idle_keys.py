"""Nothing stated is ignored: a key moves a result, or the report says in one line why not."""

import pytest

from costcheck import estimate

RUN = {
    "model": "llama-3.1-8b",
    "training": {"tokens": "1T", "sequence_length": "8192", "global_batch": "1024"},
    "fleet": {"gpu": "h100", "count": "64"},
    "pricing": {"rent": "$2/GPU-hour"},
}


def idle(scenario) -> set[str]:
    notes = estimate(scenario).diagnostics
    return {item.message.partition(" ")[0] for item in notes if item.code == "CC140"}


def test_a_run_in_which_everything_counts_has_no_such_note():
    assert idle(RUN) == set()


@pytest.mark.parametrize("time", [{"gpu_hours": "1M"}, {"utilization": {"mfu": "40%"}}])
def test_words_of_the_step_do_nothing_where_the_time_is_stated(time):
    training = {**RUN["training"], "precision": "fp8", "optimizer": "adafactor"}
    fleet = {**RUN["fleet"], "software": "megatron"}
    stated = {**RUN, "training": training, "fleet": fleet, "hours_count": "billed", **time}
    assert idle(stated) >= {
        "training.precision", "training.optimizer", "fleet.software", "hours_count",
    }  # fmt: skip


CHANGES = {
    "training.precision": {"training": {"precision": "fp8"}},
    "training.optimizer": {"training": {"optimizer": "adafactor"}},
    "training.sequence_length": {"training": {"sequence_length": "4096"}},
    "training.global_batch": {"training": {"global_batch": "512"}},
    "fleet.count": {"fleet": {"count": "128"}},
    "fleet.gpus_per_node": {"fleet": {"gpus_per_node": "4"}},
    "fleet.network": {"fleet": {"network": {"nic": "50 Gbps", "nics_per_node": "1"}}},
    "fleet.software": {"fleet": {"software": "fsdp"}},
    "fleet.software.compile": {"fleet": {"software": {"name": "torchtitan", "compile": "false"}}},
    "fleet.software.attention": {"fleet": {"software": {"attention": "eager"}}},
    "fleet.software.experts": {"fleet": {"software": {"experts": "loop"}}},
    "fleet.link": {"fleet": {"link": "pcie"}},
    "fleet.host": {"fleet": {"host": {"memory_bandwidth": "100 GB/s"}}},
    "fleet.power_limit": {"fleet": {"power_limit": "500 W"}},
    "hours_count": {"hours_count": "calendar"},
    "layout": {"layout": {"tensor": "8", "pipeline": "2"}},
    "calibration": {"calibration": {"step_time": "60 s"}},
}


@pytest.mark.parametrize("key", CHANGES)
def test_a_change_of_any_key_of_the_time_moves_the_step_or_is_said_to_have_no_effect(key):
    """Stated without a layout, with one, and beside a stated time."""
    for more in ({}, {"layout": {"tensor": "4", "pipeline": "1"}}, {"gpu_hours": "1M"}):
        base = {**RUN, **more}
        changed = dict(base)
        for section, value in CHANGES[key].items():
            old = changed.get(section)
            changed[section] = {**old, **value} if isinstance(old, dict) else value
        before, after = estimate(base), estimate(changed)
        names = ("step_seconds", "gpu_hours", "memory_bytes_per_gpu", "days", "energy_kwh")
        moved = any(before[name].central != after[name].central for name in names)
        checked = before.feasibility != after.feasibility
        said = any(part.startswith(key) for part in idle(changed))
        assert moved or checked or said, (key, more)


def test_terms_of_an_owner_that_another_statement_decides_are_named():
    own = {"power": "1400 W", "load": "80%", "electricity": "$0.08/kWh", "pue": "1.2"}
    run = {**RUN, "pricing": {"own": own}}
    assert idle(run) == set()
    measured = {**run, "energy": {"power": "1.1 kW", "pue": "1.3"}}
    assert idle(measured) == {"pricing.own.load", "pricing.own.pue"}
    rented = {**RUN, "energy": {"power": "1.1 kW", "pue": "1.3"}}
    assert idle(rented) == set()


def test_every_word_of_reliability_counts():
    words = {
        "failures_per_gpu_hour": "1e-5", "restart": "5 min", "elastic": True,
        "spot_interruptions_per_gpu_hour": "1e-5",
    }  # fmt: skip
    assert idle({**RUN, "reliability": words}) == set()
    for same in ("1 min", "5 min"):  # also where it says what another key says
        assert idle({**RUN, "reliability": {**words, "checkpoint_write": same}}) == {
            "reliability.checkpoint_write"
        }


def test_of_two_keys_that_say_the_same_in_one_line_each_is_judged(tmp_path):
    (tmp_path / "run.yaml").write_text(
        "model: llama-3.1-8b\ntraining: {tokens: 1T}\nfleet: {gpu: h100, count: 64}\n"
        "pricing: {own: {pue: 1.2}}\nenergy: {power: 1.1 kW, pue: 1.2}\n"
    )
    assert idle(tmp_path / "run.yaml") == {"pricing.own.pue"}


def test_a_key_that_each_stage_states_for_itself_says_so():
    kinds = {"pre-training": "8192", "sft": "2048"}
    stages = [
        {"name": kind, "kind": kind, "training": {"tokens": "1B", "sequence_length": length}}
        for kind, length in kinds.items()
    ]
    run = {"model": "llama-3.1-8b", "fleet": {"gpu": "h100", "count": "8"}, "stages": stages}
    notes = " ".join(estimate({**run, "training": {"sequence_length": "4096"}}).notes)
    assert "training.sequence_length: each stage states its own" in notes
