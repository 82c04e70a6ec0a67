"""The audit command on the client's five articles, alone and jointly; formats, codes, mistakes."""

import csv
import json
from io import StringIO

import pytest

import costcheck as library
from tests.commands import ROOT, costcheck

ARTICLES = [f"examples/article-00{number}.yaml" for number in range(5)]
CLAIM = "claims: [{id: a, gpus: 2048, duration: 55 days, cost: $5.5M}]\n"


def audited(*arguments: str) -> dict[str, dict]:
    """Return the claims of the JSON by their identifiers."""
    done = costcheck("audit", *arguments, "-f", "json")
    assert (done.code, done.err) == (0, "")
    document = json.loads(done.out)
    assert document["schema_version"] == "1"
    return {claim["id"]: claim for claim in document["claims"]}


ALONE = {
    "article-000": "mis-scoped",
    "article-000-o1": "unverifiable",
    "article-001": "mis-scoped",
    "article-002": "unit-garbled",
    "article-003": "mis-scoped",
    "article-004": "mis-scoped",
}


def test_each_article_alone_has_its_verdict():
    found = audited(*ARTICLES)
    assert {name: found[name]["verdict"] for name in ALONE} == ALONE
    assert found["article-000"]["implied"]["usd_per_gpu_hour"] == pytest.approx(1.88, abs=0.005)
    assert found["article-004"]["implied"]["usd_per_gpu_hour"] == pytest.approx(2.03, abs=0.005)
    assert found["article-000"]["best_match"]["subject"] == "DeepSeek-V3"
    best = found["article-002"]["explanations"][0]
    assert (best["field"], best["corrected_field"]) == ("gpus", "gpu_hours")
    assert best["corrected"] == pytest.approx(2.788e6)
    cost = next(item for item in found["article-002"]["numbers"] if item["field"] == "cost")
    assert cost["verdict"] in {"consistent", "rounded"}


def test_the_garble_shows_jointly_without_the_registry_and_not_alone():
    joint = audited(*ARTICLES, "--joint", "--registry", "off")
    assert joint["article-002"]["verdict"] == "unit-garbled"
    assert joint["article-002"]["explanations"][0]["name"] == "GPUs were thousand GPU-hours"
    assert all(claim["best_match"] is None for claim in joint.values())
    alone = audited(ARTICLES[2], "--registry", "off")
    assert alone["article-002"]["verdict"] != "unit-garbled"


def test_json_has_the_agreed_keys_and_plain_numbers():
    for claim in audited(*ARTICLES).values():
        assert {"id", "verdict", "probability_as_stated", "verdict_without_registry", "numbers"} < (
            set(claim)
        )
        assert {"explanations", "testability_factor", "conflict", "best_match"} < set(claim)
        assert set(claim["implied"]) == {"mfu", "usd_per_gpu_hour", "kw_per_gpu", "usd_per_gpu"}
        assert all(value is None or value > 0.0 for value in claim["implied"].values())
        for item in claim["numbers"]:
            assert {"field", "stated", "found", "verdict", "probability"} <= set(item)


def test_a_file_of_claims_is_complete_and_stdin_is_a_file():
    done = costcheck("audit", "-", "-f", "json", text=CLAIM)
    (claim,) = json.loads(done.out)["claims"]
    assert claim["verdict"] in {"consistent", "under-specified"}
    assert claim["probability_as_stated"] > 0.9
    assert claim["implied"]["usd_per_gpu_hour"] == pytest.approx(5.5e6 / 2048 / 1320)


@pytest.mark.parametrize(
    ("words", "code"),
    [("claim", 1), ("unit-garbled", 1), ("impossible", 0), ("mis-scoped", 0), ("impossibel", 2)],
)
def test_fail_on_names_verdicts(words, code):
    done = costcheck("audit", ARTICLES[2], "--fail-on", words)
    assert done.code == code, done.err
    if code == 2:
        assert "did you mean 'impossible'?" in done.err


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("examples/minimal.yaml",), None),
        (("no-such-file.yaml",), None),
        ((ARTICLES[0], "--registry", "maybe"), None),
        (("-",), "claims: [{id: a, gpus: many}]\n"),
        (("-",), "claims: [{id: a, gpuss: 5}]\n"),
        (("-",), "claims: []\n"),
    ],
)
def test_bad_input_is_told_without_a_traceback(arguments, text):
    done = costcheck("audit", *arguments, text=text)
    assert done.code == 2
    assert done.err
    assert "Traceback" not in done.err


def test_csv_has_a_row_for_each_number():
    done = costcheck("audit", *ARTICLES, "-f", "csv")
    rows = list(csv.DictReader(StringIO(done.out)))
    numbers = sum(len(claim["numbers"]) for claim in audited(*ARTICLES).values())
    assert len(rows) == numbers
    assert {row["claim"] for row in rows} >= set(ALONE)


@pytest.mark.parametrize(
    ("kind", "start"), [("md", "## RIGHT NUMBERS, WRONG THING"), ("html", "<!doctype html>")]
)
def test_output_goes_to_a_file(tmp_path, kind, start):
    target = tmp_path / f"audit.{kind}"
    done = costcheck("audit", ARTICLES[0], "-f", kind, "-o", str(target))
    assert (done.code, done.out) == (0, "")
    assert target.read_text(encoding="utf-8").startswith(start)


def test_set_changes_a_claim_before_it_is_audited():
    found = audited(ARTICLES[4], "--set", "claims.0.cost=$550 million")
    assert found["article-004"]["verdict"] in {"implausible", "impossible", "unit-garbled"}


def test_ascii_terminals_can_show_it():
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = costcheck("audit", ARTICLES[0], environment=environment)
    assert done.code == 0
    assert done.out.isascii()


def test_an_article_becomes_a_claims_file_that_can_be_audited(tmp_path):
    article, draft = tmp_path / "article.txt", tmp_path / "claims.yaml"
    article.write_text(
        "The lab said its Heron model was trained on 4,096 H100 GPUs over 40 days.\n"
        "The run cost about $9 million. Its shares rose 12 percent.\n"
    )
    done = costcheck("init", "--claims", str(article), "-o", str(draft))
    assert done.code == 0, done.err
    assert costcheck("validate", str(draft)).code == 0
    claims = audited(str(draft))
    assert {n["text"] for c in claims.values() for n in c["numbers"]} >= {"4,096", "40 days"}


def test_the_catalog_lists_known_runs_with_sources():
    done = costcheck("catalog", "claims", "-f", "json")
    runs = json.loads(done.out)
    assert len(runs) >= 60
    one = costcheck("catalog", "claims", "deepseek-v3/all-stages")
    assert one.code == 0, one.err
    assert "arxiv.org" in one.out
    stages = json.loads(costcheck("catalog", "claims", "DeepSeek V3", "-f", "json").out)
    assert {"deepseek-v3/all-stages", "deepseek-v3/pre-training"} <= {run["id"] for run in stages}
    assert costcheck("catalog", "claims", "no-such-run").code == 2


def test_check_fails_on_a_flagged_claim_and_warns_of_another_scope():
    garbled = costcheck("check", ARTICLES[2])
    assert garbled.code == 1
    assert "WRONG BY A FACTOR" in garbled.err
    scoped = costcheck("check", ARTICLES[4])
    assert "RIGHT NUMBERS, WRONG THING" in scoped.err


def test_the_estimate_carries_the_verdict_of_the_audit():
    done = costcheck("estimate", ARTICLES[0], "-f", "json")
    claim = json.loads(done.out)["claims"][0]
    assert claim["verdict"] == "mis-scoped"
    assert claim["comparison"]
    assert "RIGHT NUMBERS, WRONG THING" in costcheck("estimate", ARTICLES[0], "-f", "md").out


def test_an_estimate_and_its_card_say_one_word_for_one_verdict():
    card = costcheck("audit", "examples/gpt-4-leak.yaml").out
    estimate = costcheck("estimate", "examples/gpt-4-leak.yaml", "-f", "md").out
    for said in ("HOLDS, BUT ONLY AS AN ESTIMATE OF OTHERS", "HOLDS"):
        assert said in card
        assert f" {said} |" in estimate


def test_the_library_reads_a_sentence_and_an_article_as_the_command_does(tmp_path):
    sentence = "DeepSeek-V3 took 2.788M H800 GPU-hours"
    article = tmp_path / "article.txt"
    article.write_text(f"{sentence}. Its shares rose 12 percent.")
    assert library.audit(sentence).verdicts == library.audit(article).verdicts
    said = json.loads(costcheck("audit", sentence, "-f", "json").out)
    assert library.audit(sentence).to_dict()["claims"] == said["claims"]
    assert "How the text was read" in str(library.audit([sentence, article]))
    with pytest.raises(library.CostcheckError, match="no figure of a training"):
        library.audit("nothing is said here")


def test_a_saved_result_and_its_scenario_judge_claims_alike(tmp_path):
    saved = tmp_path / "result.json"
    costcheck("estimate", ARTICLES[2], "-f", "json", "-o", str(saved))
    done = costcheck("diff", str(saved), ARTICLES[2], "--exit-code")
    assert "claim" not in done.out.partition("judged differently")[2].partition("training cost")[0]
    for new in (str(saved), ARTICLES[2]):
        assert costcheck("diff", ARTICLES[2], new, "--fail-on", "claim").code == 1


def test_the_library_takes_files_data_and_several_of_them():
    one = library.audit({"claims": [{"id": "a", "gpus": "2048", "duration": "55 days"}]})
    assert len(one) == 1
    several = library.audit([ROOT / path for path in ARTICLES], joint=True, registry=False)
    assert several.verdicts["article-002"] == "unit-garbled"
    assert several["article-002"].audit.is_flagged
    assert "## WRONG BY A FACTOR: article-002" in several._repr_markdown_()
    assert several._repr_html_().startswith("<div")
    assert several.to_dict()["joint"] is True
    with pytest.raises(library.CostcheckError):
        library.audit({"model": "llama-3-8b"})


def test_the_card_says_what_its_keys_leave_out(tmp_path):
    path = tmp_path / "claims.yaml"
    path.write_text('claims: [{text: "GPT-5 cost $500M for 90 days", about: gpt-5, cost: $500M}]')
    shown = costcheck("audit", str(path)).out
    assert "claim-1" in shown
    assert "90 days: no key of a claim holds it." in shown


def verdict_of(sentence: str) -> str:
    return next(iter(library.audit(sentence).verdicts.values()))


# Sums of table 1 of the report of DeepSeek-V3 and figures of BLOOM's and GPT-3's footprints.
@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("DeepSeek-V3 took 2.664 million GPU hours for its full training", "mis-scoped"),
        ("DeepSeek-V3's pre-training took 2.664 million GPU hours in full", "consistent"),
        ("DeepSeek-V3's pre-training and post-training together cost $5.328M", "mis-scoped"),
        ("DeepSeek-V3 took 2.788 million GPU hours for its full training", "consistent"),
        ("BLOOM emitted 25 tonnes of CO2, manufacture of the hardware included", "mis-scoped"),
        ("BLOOM emitted 25 tonnes of CO2, without manufacture of the hardware", "consistent"),
    ],
)
def test_a_part_given_out_as_the_whole_is_of_something_else(sentence, verdict):
    assert verdict_of(sentence) == verdict


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("DeepSeek-V3 cost $5.9 million to train", "contradicts-record"),
        ("DeepSeek-V3 cost $5.5 million to train", "consistent"),
        ("DeepSeek-V3 cost $5.6 million to train", "consistent"),
        ("DeepSeek-V3 cost about $6 million to train", "consistent"),
        ("Training GPT-3 emitted 590 tonnes of CO2", "contradicts-record"),
        ("Training GPT-3 used 1,400 MWh", "contradicts-record"),
        ("Training GPT-3 used 1,300 MWh", "consistent"),
    ],
)
def test_a_figure_holds_by_its_own_digits(sentence, verdict):
    assert verdict_of(sentence) == verdict


@pytest.mark.parametrize(
    ("sentence", "verdict", "question"),
    [
        ("OpenAI says GPT-4 cost $78 million to train", "mis-scoped", "Where does OpenAI say so?"),
        ("Meta says training GPT-3 took 1,287 MWh", "mis-scoped", "Where does Meta say so?"),
        ("Google researchers said training GPT-3 took 1,287 MWh", "consistent", ""),
        ("Altman said GPT-4 cost more than $100 million to train", "consistent", ""),
        ("DeepSeek says V3 cost $5.576 million to train", "consistent", ""),
        ("Nimbus Labs says Amber-3 cost $4 million", "unverifiable", "Where does Nimbus Labs say"),
    ],
)
def test_a_speaker_is_held_against_the_record(sentence, verdict, question):
    assert verdict_of(sentence) == verdict
    assert question in costcheck("audit", sentence).out


@pytest.mark.parametrize(
    ("cost", "each", "how"),
    [
        ("$90M", "$2.92", "Plausible: $90M / 30.84M"),
        ("$9M", "$0.29", "per GPU-hour: low here"),
        ("$400M", "$12.97", "per GPU-hour: high here"),
    ],
)
def test_a_cost_is_judged_by_the_hours_on_record(cost, each, how):
    # The model card gives 30.84M GPU-hours of H100s.
    screen = " ".join(costcheck("audit", f"Llama 3.1 405B cost {cost} to train").out.split())
    assert f"30.84M GPU-hours on record = {each} per GPU-hour" in screen
    assert how in screen


def test_a_figure_that_no_record_has_keeps_its_row_beside_those_that_are_on_record():
    text = "Llama 3.1 405B was trained for 54 days on 16,384 H100s and cost $60M"
    screen = costcheck("audit", text).out
    assert "RIGHT NUMBERS, WRONG THING" in screen
    assert any(
        {"cost", "$60M", "not", "on", "record"} <= set(x.split()) for x in screen.split("\n")
    )


@pytest.mark.parametrize(
    ("model", "days", "cost", "says"),
    [
        # 6 x 7e9 x 2e12 over 64 x 240 h x 3600 x 312e12 is 487 % of the peak.
        ("{parameters: 7B}", 10, "$50K", "IMPOSSIBLE AS PRINTED"),
        # With 2B at work in half of the time the chips would run at 23 %: far from 45 %, possible.
        ("{parameters: 7B, active: 2B}", 60, "$250K", "-48.4% of the stated value"),
        ("{parameters: 7B}", 108, "$250K", ""),
    ],
)
def test_a_claim_in_a_file_is_judged_by_the_files_own_run(tmp_path, model, days, cost, says):
    path = tmp_path / "claim.yaml"
    path.write_text(
        f"model: {model}\ntraining: {{tokens: 2T}}\nfleet: {{gpu: a100, count: 64}}\n"
        "utilization: {mfu: 45%}\npricing: {rent: $1.50/GPU-hour}\n"
        f"claims: [{{id: blog, text: 'in {days} days', duration: {days} days, cost: {cost}}}]\n"
    )
    done = costcheck("check", str(path))
    assert done.code == (1 if says else 0)
    assert says in done.err
    assert "NOBODY CAN CHECK" not in done.err


def test_a_cost_on_record_is_divided_by_no_hours_of_another_stage():
    text = "DeepSeek trained its R1 model for just $294,000 using 512 Nvidia H800 chips"
    assert "on record = $" not in costcheck("audit", text).out


# 6.4 million GPU-hours are on Meta's model card; 16,384 GPUs are those of the model of 405B.
@pytest.mark.parametrize(
    ("time", "verdict"),
    [
        ("ten days", "contradicts-record"),
        ("one to two weeks", "contradicts-record"),
        ("16 days", "unverifiable"),
        ("40 days", "contradicts-record"),
    ],
)
def test_gpus_and_time_are_held_against_the_gpu_hours_on_record(time, verdict):
    sentence = f"Llama 3 70B was trained on 16,384 H100 GPUs in {time}"
    assert verdict_of(sentence) == verdict
    card = " ".join(costcheck("audit", sentence).out.split())
    assert ("on record for Llama 3.1 405B" in card) == (verdict != "unverifiable")
    assert ("At usual prices" in card) == (verdict == "unverifiable")


RATES = {
    # MFU 38-43 % (The Llama 3 herd of models), 46.2 % (PaLM), none for DeepSeek-V3 and GPT-J.
    "Llama 3.1 405B was trained on 16,384 H100s at 52% MFU": "contradicts-record",
    "Llama 3.1 405B was trained on 16,384 H100s at 41% MFU": "consistent",
    "PaLM was trained on 6,144 TPU v4 chips at 46% MFU": "consistent",
    "PaLM was trained on 6,144 TPU v4 chips with an MFU of 57.8%": "contradicts-record",
    "DeepSeek-V3 was trained on 2,048 H800s at 60% MFU": "unverifiable",
    # $2 per GPU-hour, assumed by its maker.
    "DeepSeek-V3 was trained on 2,048 H800s at $2 per GPU-hour": "consistent",
    "DeepSeek-V3 was trained on 2,048 H800s at $1.5 per GPU-hour": "unverifiable",
    "DeepSeek-V3 was trained on 2,048 H800s drawing 450 W per GPU": "unverifiable",
}


@pytest.mark.parametrize(("text", "verdict"), RATES.items())
def test_a_rate_holds_only_as_it_is_on_record(text, verdict):
    assert verdict_of(text) == verdict


def test_a_rate_that_no_record_has_leaves_a_sentence_confirmed_in_part():
    screen = costcheck("audit", "DeepSeek-V3 was trained on 2,048 H800s at 60% MFU").out
    assert screen.startswith("ON RECORD IN PART, THE REST NOBODY CAN CHECK: MFU")
    assert "In part. On record: 2,048 GPUs. Not on record: MFU 60%." in screen


def test_what_a_leak_has_is_on_record():
    screen = costcheck("audit", "GPT-4 was trained at 46% MFU").out
    assert "On record is MFU 32-36%, an account of unnamed" in screen
    assert "No published figure" not in screen


STRANGERS = {
    # Olmo 3 32B: 1,024 H100s, about 56 days, $2.75M (Ai2, Olmo 3 technical report).
    "Acme trained Condor on 1,024 H100s in 53 days for $2.8 million.": "unverifiable",
    "Acme trained Condor on 1,024 H100s in 56 days for $2.75 million.": "unverifiable",
    "Condor-100B was trained on 1,024 H100s in 56 days for $2.75 million.": "unverifiable",
    "Condor-32B was trained on 9T tokens on 1,024 H100s in 56 days for $2.75M.": "unverifiable",
    "Condor-32B was trained on 1,024 H100s in 56 days for $2.75 million.": "mis-scoped",
    "The model took 2.788M GPU-hours on 2,048 H800s and cost $5.576 million.": "consistent",
}


@pytest.mark.parametrize(("text", "verdict"), STRANGERS.items())
def test_a_strangers_run_is_a_known_one_only_by_its_printed_figures(text, verdict):
    assert verdict_of(text) == verdict


def test_no_figure_that_is_on_record_as_printed_is_repaired():
    # A leak has 25,000 A100s for 90 to 100 days of GPT-4; Altman more than $100 million.
    text = "GPT-4 was trained on 25,000 A100s for 95 days and cost $30 million"
    screen = " ".join(costcheck("audit", text).out.split())
    assert "Altman says $100M+ (GPT-4); the text has 1/3.3 of it" in screen
    assert "Perhaps" not in screen


def test_a_figure_on_record_stands_instead_of_a_guess():
    # Luccioni et al.: 118.2 days.
    text = "BLOOM was trained in about three and a half weeks on 384 A100s and used 433 MWh"
    screen = costcheck("audit", text).out
    assert "118.2 days" in screen
    assert "should be" not in screen
