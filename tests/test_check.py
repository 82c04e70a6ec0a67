"""The gate: every kind of failure at its line, the worst code wins, quick on many files."""

from importlib import import_module
from pathlib import Path

import pytest

from costcheck import check, estimate, load
from costcheck.report.formats import github

GOOD = """\
model: {parameters: 70B}
training: {tokens: 2T}
fleet: {gpu: h100, count: 1024}
utilization: {mfu: 40%}
pricing: {rent: $2/GPU-hour}
"""


@pytest.fixture
def write(tmp_path):
    def writer(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    return writer


def found(report):
    return [
        (problem.code, problem.severity, problem.place.line if problem.place else 0)
        for problem in report.problems
    ]


def test_a_good_file_has_no_problems(write):
    report = check(write("good.yaml", GOOD))
    assert (report.code, report.problems) == (0, ())
    assert report.passed
    assert report.files[0].verdict == "feasible"


@pytest.mark.parametrize(
    ("line", "code", "problem"),
    [
        ("utilization: {mfu: 95%}", 1, ("CC501", "error")),
        ("budget: {cost: under $1M}", 1, ("CC505", "error")),
        ("claims: [{id: a, cost: $4.00M}]", 1, ("CC503", "error")),
        ("claims: [{id: a, gpus: 1024}]", 0, None),
        ("budgett: {cost: under $1M}", 2, ("CC101", "error")),
        ("fleet: {gpu: h1000, count: 1024}", 2, ("CC301", "error")),
    ],
)
def test_each_kind_of_failure_at_its_line(write, line, code, problem):
    key = line.partition(":")[0]
    kept = [old for old in GOOD.splitlines() if not old.startswith(f"{key}:")]
    report = check(write("one.yaml", "\n".join([*kept, line]) + "\n"))
    assert report.code == code
    if problem is not None:
        assert (*problem, len(kept) + 1) in found(report) or problem[0] == "CC501"
        assert problem in {item[:2] for item in found(report)}


@pytest.mark.parametrize("between", [True, False])
def test_what_is_inherited_stands_in_the_file_that_was_checked(write, between):
    base = write("base.yaml", GOOD + "budget: {cost: under $4M}\n")
    middle = write("middle.yaml", "extends: base.yaml\n") if between else base
    text = f"name: dear\nextends: {Path(middle).name}\npricing: {{rent: $9/GPU-hour}}\n"
    dear = write("dear.yaml", text)
    assert check(base).code == 0
    (problem,) = (each for each in check(dear).problems if each.severity == "error")
    assert (problem.place.file, problem.place.line) == (dear, 2)
    assert problem.message.endswith(f"(inherited from {base}:6)")
    assert problem.excerpt == text.splitlines()[1]
    assert f"::error file={dear},line=2," in github.render([problem])
    # A mistake in the text of the base is one of the base.
    write("base.yaml", GOOD + "budgett: {cost: under $4M}\n")
    assert {each.place.file for each in check(dear).problems} == {base}
    # Its own key stands at its own line.
    write("base.yaml", GOOD)
    own = write("own.yaml", "extends: base.yaml\nbudget: {cost: under $1M}\n")
    assert [(e.place.file, e.place.line) for e in check(own).problems] == [(own, 2)]


def test_a_budget_that_only_the_high_end_breaks_is_a_warning(write, tmp_path):
    text = GOOD.replace("$2/GPU-hour", "1-3 $/GPU-hour") + "budget: {cost: under $1.4M}\n"
    report = check(write("maybe.yaml", text))
    central = estimate(load(tmp_path / "maybe.yaml"))["cost_usd"]
    assert central.central < 1.4e6 < central.high
    assert report.code == 0
    assert found(report) == [("CC506", "warning", 6)]


def test_the_worst_code_wins(write, monkeypatch):
    good, late = write("a.yaml", GOOD), write("b.yaml", GOOD + "budget: {cost: under $1M}\n")
    broken = write("c.yaml", "tokens 1T\n")
    assert check(good, late).code == 1
    assert check(good, late, broken).code == 2
    module = import_module("costcheck.check")
    real = module.judge

    def explode(loaded, **options):
        if loaded.path == good:
            raise ZeroDivisionError("ours")
        return real(loaded, **options)

    monkeypatch.setattr(module, "judge", explode)
    report = check(good, late, broken)
    assert report.code == 3
    assert [item.code for item in report.files] == [3, 1, 2]
    assert "ZeroDivisionError" in report.problems[0].message


def test_folders_and_patterns(write, tmp_path, monkeypatch):
    for name in ("runs/a.yaml", "runs/deep/b.yml", "runs/.hidden/c.yaml", "runs/notes.txt"):
        write(name, GOOD)
    monkeypatch.chdir(tmp_path)
    names = [item.path for item in check("runs").files]
    assert names == [str(Path("runs/a.yaml")), str(Path("runs/deep/b.yml"))]
    assert [item.path for item in check("runs/*.yaml").files] == [str(Path("runs/a.yaml"))]
    assert check("runs").code == 0


def test_a_gate_that_finds_no_file_does_not_pass(tmp_path):
    report = check(str(tmp_path / "*.yaml"), str(tmp_path))
    assert report.code == 2
    assert {problem.code for problem in report.problems} == {"CC035"}
    assert check(str(tmp_path / "absent.yaml")).code == 2


def test_the_typed_result_is_plain_data(write):
    document = check(write("bad.yaml", GOOD + "budget: {cost: under $1M}\n")).to_dict()
    assert document["code"] == 1
    assert document["files"][0]["problems"][0]["line"] == 6
    assert document["files"][0]["verdict"] == "over-budget"


def test_every_file_of_a_folder_is_checked(write):
    for index in range(100):
        write(f"many/{index:03}.yaml", GOOD.replace("2T", f"{index + 1}B"))
    folder = str(Path(write("many/last.yaml", GOOD)).parent)
    report = check(folder)
    assert len(report.files) == 101
    assert report.code == 0


def test_a_claim_that_fails_twice_is_one_problem_at_its_first_wrong_number(write):
    # 2T tokens of 70B take 0.6M GPU-hours at 40 %; 125M of them for $1.5M are a cent an hour.
    claim = "claims: [{id: a, gpu: H100, cost: $1.50M, gpu_hours: 125M GPU-hours}]\n"
    report = check(write("twice.yaml", GOOD + claim))
    (problem,) = (item for item in report.problems if item.code in {"CC503", "CC504"})
    assert (problem.code, problem.severity) == ("CC503", "error")
    for words in (
        "claim a: CANNOT ALL BE TRUE",
        "compared with the estimate",
        "GPU-hours 125M",
        "cost $1.50M",
    ):
        assert words in problem.message
