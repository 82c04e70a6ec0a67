"""YAML as text: what the author typed, where it stands, and no text that breaks the reader."""

import pytest
from hypothesis import given, strategies as st

from costcheck.text.yaml_text import MAX_BYTES, MAX_DEPTH, from_data, parse


def codes(text):
    return [item.code for item in parse(text, "f.yaml").diagnostics]


@pytest.mark.parametrize(
    "scalar",
    ["1e6", "3.3e24", "010", "0o17", "1_000", "1:30", "no", "on", "2024-12-26", "1.10", "=",
     "2,048", ".inf", "0x1F", "$5.5M", "~2,000", "<$6M", "\u223c960"],
)  # fmt: skip
def test_every_scalar_stays_as_typed(scalar):
    assert parse(f"a: {scalar}\n", "f.yaml").data == {"a": scalar}


def test_only_null_means_nothing():
    document = parse("a:\nb: ~\nc: null\nd: ''\ne: 'null'\n", "f.yaml")
    assert document.data == {"a": None, "b": None, "c": None, "d": "", "e": "null"}


def test_places_of_keys_and_values_count_from_one():
    document = parse("# title\nfleet:\n  gpu: h800\nstages:\n- {name: a}\n", "f.yaml")
    assert document.place(("fleet", "gpu")) == ("f.yaml", 3, 8, 4)
    assert document.place(("fleet", "gpu"), key=True) == ("f.yaml", 3, 3, 3)
    assert document.place(("stages", 0, "name")) == ("f.yaml", 5, 10, 1)
    assert document.place(("fleet", "count")) is None
    assert document.keys() == ["fleet", "stages"]


def test_columns_count_characters_not_bytes():
    document = parse("n: {\u00e9t\u00e9: \u20ac5M, b: 1}\n", "f.yaml")
    assert document.place(("n", "b")).column == 18
    assert document.excerpt(document.place(("n", "b"))) == "n: {\u00e9t\u00e9: \u20ac5M, b: 1}"


def test_json_is_accepted():
    assert parse('{"a": 1, "b": [1e6, true, null]}', "f.json").data == {
        "a": "1",
        "b": ["1e6", "true", None],
    }


def test_anchors_and_merge_keys():
    text = "base: &b {p: 1, q: 2}\nmore: &m {q: 5, r: 6}\nx: {<<: [*b, *m], q: 3}\ny: *b\n"
    document = parse(text, "f.yaml")
    assert document.data["x"] == {"p": "1", "q": "3", "r": "6"}
    assert document.data["y"] == {"p": "1", "q": "2"}
    assert document.place(("x", "p")).line == 1
    assert not document.diagnostics


def test_byte_order_marks_and_utf16_are_read():
    for data in ("\ufeffa: 1\n".encode(), "a: 1\n".encode("utf-16")):
        assert parse(data, "f.yaml").data == {"a": "1"}


def test_windows_line_ends_are_read():
    document = parse(b"a: 1\r\nb: 2\r\n", "f.yaml")
    assert document.data == {"a": "1", "b": "2"}
    assert document.excerpt(document.place(("b",))) == "b: 2"


@pytest.mark.parametrize(
    ("text", "whole", "plain"),
    [("a: {count: 2,048}", "2,048", "2048"), ("a: [2,048]", "2,048", "2048"),
     ("a: {cost: $5,576,000, b: 1}", "$5,576,000", "$5576000"),
     ("a: {x: 38,5%}", "38,5%", "38.5%")],
)  # fmt: skip
def test_a_number_split_at_its_comma_has_its_own_message(text, whole, plain):
    (problem,) = parse(text, "f.yaml").diagnostics
    assert problem.code == "CC013"
    assert f'quote it ("{whole}") or write {plain}' == problem.help


@pytest.mark.parametrize("text", ["a: [1, 2]", "a: [1, 200]", 'a: ["2,048"]', "a: {b: 2, c: 3}"])
def test_lists_of_numbers_are_left_alone(text):
    assert codes(text) == []


def test_a_split_number_is_put_together_so_that_the_rest_is_read():
    assert parse("a: {count: 2,048, b: 1}", "f.yaml").data == {"a": {"count": "2048", "b": "1"}}


def test_several_mistakes_are_reported_at_once():
    text = "a: @x\nb:1\n\tc: 2\nd: %5\ne: 1\n"
    found = parse(text, "f.yaml").diagnostics
    assert [(item.place.line, item.code) for item in found] == [
        (1, "CC005"), (2, "CC004"), (3, "CC003"), (4, "CC005"),
    ]  # fmt: skip


def test_structure_problems_are_collected_too():
    text = "a: 1\na: 2\nb: !x 1\nc: *y\nd: {e: 1, e: 2}\n"
    assert codes(text) == ["CC002", "CC006", "CC012", "CC002"]


def test_block_scalars_may_hold_anything():
    text = "text: |\n  key:value\n  @ % `\n  \ttab\nb: 1\n"
    assert parse(text, "f.yaml").data["text"] == "key:value\n@ % `\n\ttab\n"


def test_lines_end_where_yaml_ends_them():
    document = parse('a: "1\u2028 2"\nb: 3\n', "f.yaml")
    assert document.excerpt(document.place(("b",))) == "b: 3"
    (problem,) = parse("a: 1\u2028b: \x00\n", "f.yaml").diagnostics
    assert (problem.place.line, problem.excerpt) == (2, "b: \x00")


def test_limits_hold():
    assert codes("a" * (MAX_BYTES + 1)) == ["CC009"]
    assert codes("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)) == ["CC009"]
    assert codes("[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH) == []
    assert codes("[" * 900) == ["CC009"]
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    assert codes(laughs) == ["CC009"]


def test_plain_data_becomes_a_document():
    document = from_data({"fleet": {"count": 2048, "x": None}, "mtp": True, "l": [1.5, "a"]})
    assert document.data == {
        "fleet": {"count": "2048", "x": None},
        "mtp": "true",
        "l": ["1.5", "a"],
    }
    assert document.node(("l", 0)).origin == "python"


def test_the_pure_python_parser_gives_the_same(monkeypatch):
    import yaml

    text = "a: {b: 2,048}\nc: &x [1, 2]\nd: *x\n"
    with_c = parse(text, "f.yaml")
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    without_c = parse(text, "f.yaml")
    assert without_c.data == with_c.data
    assert without_c.diagnostics == with_c.diagnostics


YAML_PIECES = st.sampled_from(
    ["a", "b: ", "- ", "\n", "  ", "\t", "{", "}", "[", "]", ",", ": ", "&x ", "*x", "!t ", "---\n",
     "|\n", ">", "'", '"', "#", "?", "%", "@", "`", "<<: ", "2,048", "null", "\x00", "\x85",
     "\u2028", "\ufeff", "\ud800"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(YAML_PIECES, max_size=30).map("".join)))
def test_no_text_breaks_the_reader(text):
    document = parse(text, "f.yaml")
    assert document.root is not None or document.diagnostics
    for item in document.diagnostics:
        assert item.place is not None
        assert item.place.line >= 1
        assert item.place.column >= 1
    assert document.data is None or document.root is not None


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(data):
    document = parse(data, "f.yaml")
    assert document.root is not None or document.diagnostics


@pytest.mark.parametrize(
    ("escape", "text"),
    [
        (r'"\ud83d\ude00"', "😀"),
        (r'"a\\\uD83D\uDE00b"', "a\\😀b"),
        (r'"\\ud83d\\ude00"', r"\ud83d\ude00"),
    ],
)
def test_json_writes_a_character_beyond_the_first_plane_as_a_pair(escape, text):
    assert parse(f"name: {escape}", "run.yaml").data == {"name": text}


@pytest.mark.parametrize("half", [r'"\ud83d"', r'"\ude00\ud83d"', r'"\ud83dx\ude00"'])
def test_half_a_pair_is_no_character(half):
    assert parse(f"name: {half}", "run.yaml").diagnostics[0].code == "CC001"
