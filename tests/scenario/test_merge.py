"""A scenario from several files and `--set`: values, places and the problems of each."""

import pytest

from costcheck.scenario.merge import MOST_FILES, assign, load, merge
from costcheck.text.yaml_text import parse


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(**texts):
        for name, text in texts.items():
            path = tmp_path / f"{name.replace('__', '/')}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")

    return write


def test_mappings_are_joined_and_lists_replaced(files):
    files(
        base="name: base\nfleet: {gpu: h800, count: 8}\nstages: [{name: a}, {name: b}]\n",
        over="extends: base.yaml\nfleet: {count: 2048}\nstages: [{name: c}]\n",
    )
    document = load("over.yaml")
    assert document.diagnostics == ()
    assert document.data == {
        "name": "base",
        "fleet": {"gpu": "h800", "count": "2048"},
        "stages": [{"name": "c"}],
    }


def test_every_value_keeps_its_own_place(files):
    files(base="fleet:\n  gpu: h800\n", over="extends: base.yaml\nfleet:\n  count: 8\n")
    document = load("over.yaml")
    assert str(document.place(("fleet", "gpu"))) == "base.yaml:2:8"
    assert str(document.place(("fleet", "count"))) == "over.yaml:3:10"
    assert document.excerpt(document.place(("fleet", "gpu"))) == "  gpu: h800"


def test_later_bases_win_and_names_are_relative_to_the_file(files):
    files(
        shared__one="a: 1\nb: 1\n",
        shared__two="extends: one.yaml\nb: 2\nc: 2\n",
        three="a: 3\n",
        over="extends: [shared/two.yaml, three.yaml]\nc: 4\n",
    )
    assert load("over.yaml").data == {"a": "3", "b": "2", "c": "4"}


def test_a_null_or_a_scalar_replaces_a_section(files):
    files(base="layout: {tensor: 8}\n", over="extends: base.yaml\nlayout: auto\n")
    assert load("over.yaml").data == {"layout": "auto"}


def test_a_cycle_is_reported_as_a_chain(files):
    files(a="extends: b.yaml\n", b="extends: c.yaml\n", c="extends: a.yaml\nx: 1\n")
    document = load("a.yaml")
    (problem,) = document.diagnostics
    assert problem.code == "CC015"
    assert "a.yaml -> b.yaml -> c.yaml -> a.yaml" in problem.message
    assert str(problem.place) == "c.yaml:1:10"
    assert document.data == {"x": "1"}


def test_problems_of_every_file_are_kept(files):
    files(base="a: 1\na: 2\n", over="extends: [base.yaml, gone.yaml]\nb: 1\nb: 2\n")
    found = load("over.yaml").diagnostics
    assert sorted((str(item.place), item.code) for item in found) == [
        ("base.yaml:2:1", "CC002"),
        ("over.yaml:1:22", "CC014"),
        ("over.yaml:3:1", "CC002"),
    ]


@pytest.mark.parametrize("value", ["", "{a: b}", "[{a: 1}]"])
def test_extends_takes_names(files, value):
    files(over=f"extends: {value}\nb: 1\n")
    assert [item.code for item in load("over.yaml").diagnostics] == ["CC103"]


@pytest.mark.parametrize("file", ["gone.yaml", ".", "bad\0name.yaml"])
def test_an_unreadable_file_is_a_problem_not_an_exception(files, file):
    files()
    document = load(file)
    assert document.root is None
    assert [item.code for item in document.diagnostics] == ["CC014"]


def test_given_text_is_not_read_from_disk():
    assert load("-", text=b"a: 1\n").data == {"a": "1"}


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [("fleet.count=2,048", {"fleet": {"gpu": "h800", "count": "2,048"}, "stages": [{"name": "a"}]}),
     ("stages.0.tokens=1T",
      {"fleet": {"gpu": "h800"}, "stages": [{"name": "a", "tokens": "1T"}]}),
     ("model={parameters: 7B}",
      {"fleet": {"gpu": "h800"}, "stages": [{"name": "a"}], "model": {"parameters": "7B"}}),
     ("training.tokens=14.8T",
      {"fleet": {"gpu": "h800"}, "stages": [{"name": "a"}], "training": {"tokens": "14.8T"}}),
     ("fleet=", {"fleet": None, "stages": [{"name": "a"}]}),
     ("name=a=b, c", {"fleet": {"gpu": "h800"}, "stages": [{"name": "a"}], "name": "a=b, c"})],
)  # fmt: skip
def test_set_takes_its_value_whole(assignment, expected):
    document = assign(parse("fleet: {gpu: h800}\nstages: [{name: a}]\n", "f.yaml"), assignment)
    assert document.diagnostics == ()
    assert document.data == expected


def test_set_points_at_itself():
    document = assign(parse("a: {b: 1}\n", "f.yaml"), "a.c=2")
    assert str(document.place(("a", "c"))) == "--set 'a.c=2'"
    assert document.node(("a", "c")).origin == "set"
    assert str(document.place(("a", "b"))) == "f.yaml:1:8"


def test_set_leaves_other_uses_of_an_alias_alone():
    document = assign(parse("a: &x {p: 1}\nb: *x\n", "f.yaml"), "b.p=2")
    assert document.data == {"a": {"p": "1"}, "b": {"p": "2"}}


@pytest.mark.parametrize(
    ("assignment", "words"),
    [("fleet.count", "sets nothing"), ("=5", "sets nothing"), ("a..b=5", "sets nothing"),
     ("stages.3.name=x", "a list of 1"), ("stages.first=x", "a list of 1"),
     ("fleet.gpu.name=x", "single value 'h800'"), ("new.0.x=1", "a list of 0")],
)  # fmt: skip
def test_set_says_why_it_cannot(assignment, words):
    document = parse("fleet: {gpu: h800}\nstages: [{name: a}]\n", "f.yaml")
    found = assign(document, assignment)
    (problem,) = found.diagnostics
    assert problem.code == "CC016"
    assert words in problem.message
    assert problem.place.file == f"--set {assignment!r}"
    assert problem.help
    assert found.data == document.data


def test_set_reports_the_yaml_of_its_own_value():
    (problem,) = assign(parse("a: 1\n", "f.yaml"), "fleet={count: 2,048}").diagnostics
    assert problem.code == "CC013"
    assert problem.place.file == "--set 'fleet={count: 2,048}'"


def test_merging_nothing_changes_nothing():
    document = parse("a: {b: 1}\n", "f.yaml")
    assert merge(document, document).data == document.data


def test_another_way_of_paying_replaces_the_one_below():
    below = parse("pricing: {own: {kept: 2 years}}\nfleet: {gpu: h100}\n", "base.yaml")
    over = parse("pricing: {rent: $2/h}\n", "over.yaml")
    rented = {"pricing": {"rent": "$2/h"}, "fleet": {"gpu": "h100"}}
    assert merge(below, over).data == rented
    assert assign(below, "pricing.rent=$2/h").data == rented
    # The same way is refined, not replaced; two at once stay an error of the file.
    more = parse("pricing: {own: {life: 5 years}}\n", "more.yaml")
    assert merge(below, more).data["pricing"] == {"own": {"kept": "2 years", "life": "5 years"}}
    both = parse("pricing: {rent: $2/h, own: {}}\n", "both.yaml")
    assert set(merge(below, both).data["pricing"]) == {"rent", "own"}


def test_a_base_that_is_no_scenario_is_named_and_none_of_it_shown(files, tmp_path):
    (tmp_path / "key.pem").write_text("-----BEGIN KEY-----\nhunter2: a: b\n")
    files(over="extends: [key.pem, list.yaml]\nmodel: 70B\n", list="- hunter2\n")
    problems = load("over.yaml").diagnostics
    assert [item.code for item in problems] == ["CC017", "CC017"]
    assert "hunter2" not in "".join(f"{item}{item.excerpt}{item.help}" for item in problems)


def test_lines_of_a_base_elsewhere_or_of_something_else_are_not_shown(files, monkeypatch):
    files(
        inside__run="extends: [../ours.yaml, base.yaml, secrets.yaml]\n",
        ours="model: 70B\ntoken: hunter2\n",
        inside__secrets="token: hunter2\n",
        inside__base="fleet: {cuont: 8}\n",
    )
    document = load("inside/run.yaml")
    assert set(document.lines) == {"inside/run.yaml", "inside/base.yaml"}


def test_chains_and_fans_of_files_end(files):
    files(
        **{f"n{i}": f"extends: [n{i + 1}.yaml, n{i + 1}.yaml]\n" for i in range(40)}, n40="a: 1\n"
    )
    assert "CC009" in {item.code for item in load("n0.yaml").diagnostics}
    files(**{f"c{i}": f"extends: c{i + 1}.yaml\n" for i in range(MOST_FILES - 1)})
    files(**{f"c{MOST_FILES - 1}": "a: 1\n"})
    assert load("c0.yaml").data == {"a": "1"}
    files(**{f"c{MOST_FILES - 1}": f"extends: c{MOST_FILES}.yaml\n", f"c{MOST_FILES}": "a: 1\n"})
    assert [item.code for item in load("c0.yaml").diagnostics] == ["CC009"]
