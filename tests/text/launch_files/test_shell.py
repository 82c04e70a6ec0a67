"""The part of shell syntax that launch scripts are written in."""

import pytest

from costcheck.text.launch_files.shell_numbers import computed
from costcheck.text.launch_files.syntax import commands_options, shell_document


def options(script):
    """Return what the options of all commands hold, and which of them are settled."""
    document = shell_document(script)
    found = [pair for _, pairs in commands_options(document.commands) for pair in pairs]
    return {name.lstrip("-"): item.value for name, item in found if not item.open}


def unsettled(script):
    """Return the names of options that the outside decides."""
    document = shell_document(script)
    found = [pair for _, pairs in commands_options(document.commands) for pair in pairs]
    return {name.lstrip("-") for name, item in found if item.open}


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("run --a 1 --b=2 --c", {"a": "1", "b": "2", "c": True}),
        ("run --a 1 \\\n  --b 2\n", {"a": "1", "b": "2"}),
        ("X=3\nrun --a $X --b ${X}", {"a": "3", "b": "3"}),
        ("X=3\nY=$X\nrun --a $Y", {"a": "3"}),
        ("run --a ${X:-8}", {"a": "8"}),
        (': "${X:=8}"\nrun --a $X', {"a": "8"}),
        ("X=5\n: ${X:=8}\nrun --a $X", {"a": "5"}),
        ("X=2\nY=$((X*8/4))\nrun --a $Y", {"a": "4"}),
        ("N=8\nrun --a $(expr 16 / $N)", {"a": "2"}),
        ("N=8\nX=`expr $N \\* 4`\nrun --a $X", {"a": "32"}),
        ('N=8\nrun --a $(echo "64/$N" | bc)', {"a": "8"}),
        ("W=8\nM=2\nT=2\nrun --a $((($W * $M) / ($T * 1) * 8))", {"a": "64"}),
        ("S=2048\nrun --a $(( 300 * 1000 / ${S} ))", {"a": "146"}),
        ('ARGS=(\n  --a 1 # no\n  --b\n)\nrun "${ARGS[@]}"', {"a": "1", "b": True}),
        ("ARGS=(--a 1)\nARGS+=(--b 2)\nrun ${ARGS[@]}", {"a": "1", "b": "2"}),
        ('A="--a 1 --b 2"\nrun $A', {"a": "1", "b": "2"}),
        ('A="--a 1"\nA="$A --b 2"\nrun $A', {"a": "1", "b": "2"}),
        ('C="run --a 1"\neval $C', {"a": "1"}),
        ('X=4\nsrun bash -c "run --a $X"', {"a": "4"}),
        ("f() { run --a $1; }\nf 7", {"a": "7"}),
        ("for x in 5; do run --a $x; done", {"a": "5"}),
        ("read -r -d '' C <<EOF\nrun --a 1\nEOF\n$C --b 2", {"a": "1", "b": "2"}),
        ("cat > f <<EOF\n--no 1\nEOF\nrun --a 1", {"a": "1"}),
        ("cat > d/f.yaml <<EOF\na: 1\nb: 2\nEOF\nrun f.yaml --b 3", {"a": "1", "b": "3"}),
        ("cat <<EOF > $D/f.yaml\na: 1\nb: 2\nEOF\nrun $D/f.yaml", {"a": "1", "b": "2"}),
        ('X=4\ntee f.json <<EOF\n{"a": $X}\nEOF\nrun --c=f.json', {"c": "f.json", "a": "4"}),
        ("X=4\ncat > f.yaml <<'EOF'\na: 1\nb: $X\nEOF\nrun f.yaml", {"a": "1"}),
        ("cat > f.yaml <<EOF\n# don't\na: 1\nEOF\nrun f.yaml", {"a": "1"}),
        ('cat > f.toml <<EOF\n[t]\na = "x"\nEOF\nrun f.toml', {"t.a": "x"}),
        ("cat > f.yaml <<EOF\na: 1\nEOF\nrun --b 2", {"b": "2"}),
        ("run f.yaml --b 2\ncat > f.yaml <<EOF\na: 1\nEOF", {"b": "2"}),
        ("run --a 1 > log 2>&1 &", {"a": "1"}),
        ("run --flag\nnext word", {"flag": True}),
        ("# --a 1\nrun --b 2", {"b": "2"}),
        ("# a comment may end so \\\nrun --b 2", {"b": "2"}),
        ("run a.b=1 +c.d=x", {"a.b": "1", "c.d": "x"}),
        ("run --a -1", {"a": "-1"}),
        ("#SBATCH --nodes=4\nrun --a $SLURM_NNODES", {"a": "4"}),
        ("M=8B\nif [ $M = 8B ]; then X=1; elif [ $M = 70B ]; then X=2; fi\nrun --a $X", {"a": "1"}),
        ("M=9\nif (( M > 8 )); then X=1; else X=2; fi\nrun --a $X", {"a": "1"}),
        ("M=7\ncase $M in 7|8) X=1;; *) X=2;; esac\nrun --a $X", {"a": "1"}),
        ('D=fp8\nE=()\nif [[ "$D" == fp* ]]; then E+=("--a 1"); fi\nrun ${E[@]}', {"a": "1"}),
        ('X=1\n[ -n "$X" ] && X=2\nrun --a $X', {"a": "2"}),
        ("if [ $# -lt 1 ]; then exit 1; fi\nrun --a 1", {"a": "1"}),
    ],
)
def test_options(script, expected):
    assert options(script) == expected


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ("run --a $UNKNOWN", {"a"}),
        ("run --a $1 --b ${10}", {"a", "b"}),
        ("run --a $(nproc)", {"a"}),
        ("run --a $((X * 2))", {"a"}),
        ('if [ "$X" = 1 ]; then Y=1; else Y=2; fi\nrun --a $Y', {"a"}),
        ('E=""\nif [ "$X" = 1 ]; then E="--a 1"; fi\nrun $E', {"a"}),
        ('E=(--b 1)\nif [ "$X" = 1 ]; then E+=(--a 1); fi\nrun "${E[@]}"', {"a"}),
        ('E=(--b 1)\n[ -n "$X" ] && E+=(--a 1)\nbash -c "run ${E[*]}"', {"a"}),
        ("case $X in 1) Y=1;; 2) Y=2;; esac\nrun --a $Y", {"a"}),
        ("for x in 1 2; do run --a $x; done", {"a"}),
        (
            'if [ "$X" ]; then cat > f.yaml <<EOF\na: 1\nEOF\n'
            "else cat > f.yaml <<EOF\na: 2\nEOF\nfi\nrun f.yaml",
            {"a"},
        ),
        ('if [ "$X" ]; then run --a 1 --b 2; else run --a 3 --b 2; fi', {"a"}),
    ],
)
def test_what_only_running_tells_stays_open(script, names):
    assert unsettled(script) == names


@pytest.mark.parametrize(
    ("expression", "value"),
    [("7/2", 3), ("-7/2", -3), ("2+3*4", 14), ("5%3", 2), ("3>2", 1), ("1&&0", 0), ("!0", 1)],
)
def test_arithmetic_is_the_shells(expression, value):
    assert computed(expression) == value


@pytest.mark.parametrize("expression", ["2**99999", "1/0", "a+1", "", "9" * 40, "(" * 500])
def test_what_is_no_number_has_no_value(expression):
    assert computed(expression) is None


@pytest.mark.parametrize("script", ["if", "case", "((", "${", '"', "x=(", "f() {", "<<EOF", "$("])
def test_broken_scripts_end(script):
    assert options(script) == {}


def test_each_option_of_a_text_over_several_lines_has_its_own_line():
    script = 'A="\n  --a 1 \\\n  --b 2 \\\n  --c\n"\nrun $A'
    ((_, pairs),) = commands_options(shell_document(script).commands)
    assert [(item.written, item.line) for _, item in pairs] == [("--a", 2), ("--b", 3), ("--c", 4)]
