"""From text to typed values: every kind of annotation, every problem in one run."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

import pytest

from costcheck.scenario.merge import assign
from costcheck.text.forms import (
    AtLeast,
    AtMost,
    Dimension,
    Forms,
    MoreThan,
    OneOrMany,
    Positive,
    form_of,
)
from costcheck.text.quantity import Quantity
from costcheck.text.reader import read
from costcheck.text.yaml_text import from_data, parse

Tokens = Annotated[Quantity, Dimension("tokens"), Positive]
Share = Annotated[Quantity, Dimension("ratio"), MoreThan(0), AtMost(1)]


@dataclass(frozen=True, kw_only=True)
class ByFile:
    config: str


@dataclass(frozen=True, kw_only=True)
class BySize:
    parameters: Annotated[Quantity, Dimension("params")]
    active: Annotated[Quantity, Dimension("params")] | None = None


@dataclass(frozen=True, kw_only=True)
class Stage:
    name: str
    tokens: Tokens | None = None

    def __post_init__(self) -> None:
        if self.name == "forbidden":
            raise ValueError("a stage cannot be called 'forbidden'")


@dataclass(frozen=True, kw_only=True)
class Plan:
    name: str = ""
    from_: date | int | None = None
    model: Annotated[str | ByFile | BySize, Forms("a name, a config file or sizes")] | None = None
    raw: dict[str, object] | None = None
    tokens: Tokens | None = None
    mfu: Share | None = None
    layers: int | None = None
    slope: Annotated[float, AtLeast(-1)] | None = None
    mtp: bool = False
    precision: Literal["bf16", "fp8"] = "bf16"
    interval: Literal["optimal"] | Annotated[Quantity, Dimension("duration")] = "optimal"
    stages: tuple[Stage, ...] = ()
    notes: Annotated[tuple[str, ...], OneOrMany] = ()
    counts: Tokens | tuple[Tokens, ...] | None = None
    rates: dict[str, Annotated[Quantity, Dimension("ratio")]] | None = None


def typed(text):
    return read(parse(text, "f.yaml"), (), Plan)


def problem(text):
    found = typed(text)
    assert found.value is None
    assert len(found.diagnostics) == 1, [str(item) for item in found.diagnostics]
    return found.diagnostics[0]


def test_every_kind_of_annotation():
    plan = typed(
        "name: 010\nfrom: 2024-12-26\nmodel: {parameters: 671B}\nraw: {a: [1, {b: no}]}\n"
        "tokens: 14.8T\nmfu: 38%\nlayers: 61\nslope: -0.5\nmtp: yes\nprecision: FP8\n"
        "interval: 30 min\nstages: [{name: a, tokens: 1T}]\nnotes: one\ncounts: [1T, 2T]\n"
        "rates: {CNY: 7.2}\n"
    ).value
    assert plan.name == "010"
    assert plan.from_ == date(2024, 12, 26)
    assert plan.model.parameters.value == 671e9
    assert plan.raw == {"a": ["1", {"b": "no"}]}
    assert (plan.tokens.value, plan.mfu.value, plan.layers, plan.slope) == (14.8e12, 0.38, 61, -0.5)
    assert plan.mtp is True
    assert (plan.precision, plan.interval.value) == ("fp8", 0.5)
    assert plan.stages == (Stage(name="a", tokens=plan.stages[0].tokens),)
    assert plan.notes == ("one",)
    assert [item.value for item in plan.counts] == [1e12, 2e12]
    assert plan.rates["CNY"].value == 7.2


def test_what_is_absent_has_its_default():
    found = typed("name: x\n")
    assert found.value == Plan(name="x")
    assert found.diagnostics == []


def test_shape_and_keys_decide_between_forms():
    assert typed("model: deepseek-v3").value.model == "deepseek-v3"
    assert typed("model: {config: c.json}").value.model == ByFile(config="c.json")
    assert typed("from: 2024").value.from_ == 2024
    assert typed("interval: Optimal").value.interval == "optimal"
    assert typed("counts: 5T").value.counts.value == 5e12


def test_every_scalar_remembers_where_it_came_from():
    document = assign(parse("tokens: 14.8T\nstages:\n- name: a\n", "f.yaml"), "mfu=38%")
    found = read(document, (), Plan)
    assert str(found.value.tokens.place) == "f.yaml:1:9"
    assert (found.value.tokens.origin, found.value.mfu.origin) == ("file", "set")
    assert list(found.inputs) == ["tokens", "stages.0.name", "mfu"]
    assert found.inputs["tokens"].text == "14.8T"
    assert str(found.inputs["stages.0.name"].place) == "f.yaml:3:9"
    assert (
        read(document, ("stages", 0), Stage, origin="catalog").inputs["stages.0.name"].origin
        == "catalog"
    )


def test_python_data_is_read_by_the_same_rules():
    found = read(from_data({"tokens": 1e12, "mtp": True, "layers": 61, "name": None}), (), Plan)
    assert found.diagnostics[0].code == "CC109"
    assert read(from_data({"tokens": 1e12, "mtp": True}), (), Plan).value.tokens.value == 1e12


def test_any_annotation_can_be_read_anywhere():
    document = parse("a: {x: {name: one}, y: {name: two}}", "f.yaml")
    found = read(document, ("a",), dict[str, Stage])
    assert [stage.name for stage in found.value.values()] == ["one", "two"]
    assert read(document, ("b",), Stage).diagnostics[0].code == "CC102"


def test_all_problems_come_in_one_run():
    found = typed(
        "nmae: x\ntokens: many\nmfu: 38\nmtp: perhaps\nprecision: fp9\nstages: [{tokens: 5 GB}]\n"
    )
    assert sorted(item.code for item in found.diagnostics) == [
        "CC101", "CC102", "CC104", "CC105", "CC108", "CC202", "CC204",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "column", "words"),
    [("tokns: 1T", "CC101", 1, "did you mean 'tokens'?"),
     ("stages: [{name: a, tokns: 1T}]", "CC101", 20, "'stages.0'"),
     ("config: c.json", "CC101", 1, "'config' belongs under 'model'"),
     ("zzz: 1", "CC101", 1, "known: name, from"),
     ("stages: [{}]", "CC102", 10, "add name: a text"),
     ("model: {active: 37B}", "CC102", 1, "'parameters'"),
     ("tokens: [1T]", "CC103", 1, "not a list"),
     ("stages: a", "CC103", 9, "start every item with '- '"),
     ("layers: {a: 1}", "CC103", 1, "a whole number"),
     ("model: [a]", "CC103", 1, "a name, a config file or sizes"),
     ("model: {foo: 1, bar: 2}", "CC106", 1, "has no form with 'foo', 'bar'"),
     ("model: {parametrs: 7B}", "CC101", 9, "did you mean 'parameters'?"),
     ("precision: fp9", "CC104", 12, "did you mean 'fp8'?"),
     ("interval: optmal", "CC104", 11, "did you mean 'optimal'?"),
     ("interval: 30", "CC203", 11, "30 days"),
     ("mfu: 38", "CC105", 6, "38 looks like percent: write 38%"),
     ("mfu: 30-140%", "CC105", 6, "at most 1"),
     ("tokens: 0", "CC105", 9, "more than 0"),
     ("slope: -2", "CC105", 8, "at least -1"),
     ("stages: [{name: forbidden}]", "CC105", 10, "cannot be called 'forbidden'"),
     ("from: 26.12.2024", "CC107", 7, "2024-12-26"),
     ("layers: 6.5", "CC209", 9, "whole number"),
     ("name:", "CC109", 1, "has no value"),
     ("stages:\n- name:a", "CC004", 3, "write name: a")],
)  # fmt: skip
def test_a_problem_says_where_and_what_to_do(text, code, column, words):
    found = problem(text)
    assert (found.code, found.place.column) == (code, column)
    assert words in f"{found.message} {found.help}"
    assert found.help
    assert found.excerpt


def test_an_optional_key_without_value_is_a_warning():
    found = typed("tokens:\nmfu: ~\n")
    assert found.value == Plan()
    assert [(item.code, item.severity) for item in found.diagnostics] == [("CC109", "warning")]


def test_an_unknown_key_from_the_command_line_points_there():
    found = read(assign(parse("name: x\n", "f.yaml"), "toknes=3T"), (), Plan)
    assert str(found.diagnostics[0].place) == "--set 'toknes=3T'"
    assert found.diagnostics[0].help == "did you mean 'tokens'?"


def test_a_form_is_built_once():
    assert form_of(Plan) is form_of(Plan)


def test_an_annotation_nobody_can_read_is_a_programming_error():
    with pytest.raises(TypeError, match="cannot use the annotation"):
        form_of(set[int])
