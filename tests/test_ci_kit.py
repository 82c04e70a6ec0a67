"""The composite action, the hooks and the recipes, run with local git and without network."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
ACTION = ROOT / ".github" / "actions" / "costcheck"

SCENARIO = """\
name: planned run
as_of: 2024-12-26
model: {parameters: 671B, active: 37B}
training: {tokens: 14.8T}
fleet: {gpu: h800, count: 2048}
utilization: {mfu: 38%}
pricing: {rent: $2/GPU-hour}
budget: {cost: under $6M}
"""

GH = """\
#!/usr/bin/env bash
printf '%s\\n' "$*" >> "$GH_LOG"
case "$*" in *--jq*) cat "$GH_KNOWN" 2>/dev/null || true ;; esac
"""


class Workplace:
    """A repository with a pull request, and a runner without a network."""

    def __init__(self, folder):
        self.folder = folder
        self.repository = folder / "repository"
        self.log = folder / "gh.log"
        self.known = folder / "known"
        tools = folder / "tools"
        tools.mkdir()
        (tools / "gh").write_text(GH)
        (tools / "costcheck").write_text(
            f'#!/usr/bin/env bash\nexec "{sys.executable}" -m costcheck "$@"\n'
        )
        (tools / "python").write_text(f'#!/usr/bin/env bash\nexec "{sys.executable}" "$@"\n')
        for tool in tools.iterdir():
            tool.chmod(0o755)
        self.tools = tools
        self.repository.mkdir()
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.email", "ci@example.org")
        self.git("config", "user.name", "ci")

    def git(self, *arguments):
        return subprocess.run(
            ["git", *arguments],
            cwd=self.repository,
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull},
        ).stdout.strip()

    def write(self, path, text):
        target = self.repository / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def commit(self, message):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def run_action(self, **inputs):
        """Run the steps of the action as a runner does; returns code, outputs and step summary."""
        action = yaml.safe_load((ACTION / "action.yml").read_text())
        event = {"pull_request": {"number": 7, "base": {"sha": inputs.pop("base_sha")}}}
        context = {
            "inputs": {name: spec.get("default", "") for name, spec in action["inputs"].items()}
            | {"version": "none", "token": "secret"}
            | inputs,
            "github.event.pull_request": {
                "base.sha": event["pull_request"]["base"]["sha"],
                "number": "7",
            },
            "steps": {},
        }
        summary = self.folder / "summary.md"
        summary.write_text("")
        code = 0
        for step in action["runs"]["steps"]:
            if not condition(step.get("if", "true"), context):
                continue
            if code:
                break
            code, outputs = self.step(step, context, summary)
            for name, value in outputs.items():
                context["steps"][f"{step.get('id')}.outputs.{name}"] = value
        found = {name: expand(spec["value"], context) for name, spec in action["outputs"].items()}
        return code, found, summary.read_text()

    def step(self, step, context, summary):
        output = self.folder / "output"
        output.write_text("")
        environment = {
            "PATH": f"{self.tools}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_ACTION_PATH": str(ACTION),
            "GITHUB_REPOSITORY": "someone/somewhere",
            "RUNNER_TEMP": str(self.folder / "runner"),
            "GH_LOG": str(self.log),
            "GH_KNOWN": str(self.known),
            "OPENBLAS_NUM_THREADS": "1",
            **{name: expand(value, context) for name, value in step.get("env", {}).items()},
        }
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "expressions in scripts are injections"
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=self.repository,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        self.stderr = done.stderr
        self.stdout = done.stdout
        lines = [line.partition("=") for line in output.read_text().splitlines()]
        return done.returncode, {name: value for name, _, value in lines}


def value_of(expression, context):
    for option in expression.split("||"):
        name = option.strip()
        if name.startswith("inputs."):
            found = context["inputs"][name.removeprefix("inputs.")]
        elif name.startswith("steps."):
            found = context["steps"].get(name.removeprefix("steps."), "")
        else:
            prefix = "github.event.pull_request."
            assert name.startswith(prefix), name
            found = context["github.event.pull_request"][name.removeprefix(prefix)]
        if found:
            return found
    return ""


def expand(text, context):
    return re.sub(r"\$\{\{(.+?)\}\}", lambda m: value_of(m[1], context), str(text))


def condition(text, context):
    """Evaluate the few forms the action uses."""
    for part in text.split("&&"):
        left, operator, right = re.fullmatch(r"\s*(\S+)\s*(?:(==|!=)\s*'(\w+)')?\s*", part).groups()
        if left == "true":
            continue
        found = value_of(left, context)
        if operator == "==" and found != right:
            return False
        if operator == "!=" and found == right:
            return False
        if operator is None and not found:
            return False
    return True


@pytest.fixture
def place(tmp_path):
    return Workplace(tmp_path)


@pytest.fixture
def pull_request(place):
    place.write("scenarios/run.yaml", SCENARIO)
    place.write("scenarios/other.yaml", SCENARIO.replace("14.8T", "9T"))
    base = place.commit("base")
    place.git("switch", "-q", "-c", "dearer")
    place.write("scenarios/run.yaml", SCENARIO.replace("14.8T", "15.6T"))
    place.commit("more tokens")
    return place, base


def test_a_pull_request_from_base_to_comment(pull_request):
    place, base = pull_request
    code, outputs, summary = place.run_action(path="scenarios", base_sha=base)
    assert code == 0, place.stderr
    assert float(outputs["delta_usd"]) > 250_000
    assert 3.0 < float(outputs["delta_pct"]) < 4.0
    assert outputs["verdict"] == "feasible"
    comment = Path(outputs["report"]).read_text()
    assert comment == summary
    assert comment.startswith("<!-- costcheck:diff -->\n")
    assert "| tokens | 14.8T → 15.6T |" in comment
    assert "1 unchanged" in comment
    assert "--method POST repos/someone/somewhere/issues/7/comments" in place.log.read_text()


def test_the_comment_is_updated_not_repeated(pull_request):
    place, base = pull_request
    place.known.write_text("4711\n")
    code, _, _ = place.run_action(path="scenarios", base_sha=base)
    assert code == 0
    assert "--method PATCH repos/someone/somewhere/issues/comments/4711" in place.log.read_text()


CONTRACT = (
    "gpu,provider,provider_kind,term,date,low_usd,median_usd,high_usd,rows,source,url\n"
    "h100,acme,neocloud,reserved-1y,2024-01-01,1.85,1.85,1.85,1,contract,\n"
)
RENTED = SCENARIO.replace("h800", "h100").replace("pricing: {rent: $2/GPU-hour}\n", "")


def test_prices_of_ones_own_reach_action_and_recipe(place):
    place.write("scenarios/run.yaml", RENTED)
    place.write("mine/prices/h100.csv", CONTRACT)
    base = place.commit("before")
    place.write("scenarios/run.yaml", RENTED.replace("14.8T", "15.6T"))
    place.commit("more tokens")
    code, mine, _ = place.run_action(path="scenarios", base_sha=base, catalog="mine")
    assert code == 0, place.stderr
    place.write(
        "scenarios/run.yaml", RENTED.replace("14.8T", "15.6T") + "pricing: {rent: $1.85/h}\n"
    )
    place.write("other/run.yaml", RENTED + "pricing: {rent: $1.85/h}\n")
    base = place.commit("the same, stated")
    place.write("other/run.yaml", RENTED.replace("14.8T", "15.6T") + "pricing: {rent: $1.85/h}\n")
    place.commit("more tokens")
    _, stated, _ = place.run_action(path="other", base_sha=base)
    assert float(mine["delta_usd"]) == pytest.approx(float(stated["delta_usd"]))
    recipe = ROOT / ".github" / "recipes" / "compare.sh"
    environment = {**os.environ, "PATH": f"{place.tools}{os.pathsep}{os.environ['PATH']}"}
    command = ["bash", str(recipe), "scenarios", base, "cost>+50%"]
    for folder, expected in (("mine", 0), ("no/such/folder", 2)):
        done = subprocess.run(
            [*command, folder],
            cwd=place.repository,
            env=environment,
            capture_output=True,
            check=False,
        )
        assert done.returncode == expected


def test_the_job_fails_where_asked_but_still_comments(pull_request):
    place, base = pull_request
    options = {"path": "scenarios", "base_sha": base, "fail-on": "cost>+2%"}
    code, outputs, _ = place.run_action(**options)
    assert code == 1
    assert Path(outputs["report"]).exists()
    assert "--method POST" in place.log.read_text()


def test_a_failing_check_fails_the_job_and_annotates(pull_request):
    place, base = pull_request
    place.write("scenarios/run.yaml", SCENARIO.replace("14.8T", "30T"))
    place.commit("far too many")
    code, _, _ = place.run_action(path="scenarios", base_sha=base)
    assert code == 1


def test_a_broken_scenario_is_2_and_no_zero_dollars(pull_request):
    place, base = pull_request
    place.write("scenarios/run.yaml", SCENARIO.replace("tokens", "toknes"))
    place.commit("typo")
    code, outputs, summary = place.run_action(path="scenarios", base_sha=base)
    assert code == 2
    assert outputs["delta_usd"] == ""
    assert "NOT READ** run.yaml" in summary


def test_a_new_file_and_a_new_folder_have_no_base(pull_request):
    place, base = pull_request
    place.write("more/new.yaml", SCENARIO)
    place.commit("new")
    code, outputs, summary = place.run_action(path="more/new.yaml", base_sha=base)
    assert (code, outputs["delta_usd"]) == (0, "")
    assert "planned run" in summary
    code, _, summary = place.run_action(path="more", base_sha=base)
    assert code == 0
    assert "+ new.yaml" in summary


def test_inputs_are_read_as_they_are_declared():
    text = (ACTION / "action.yml").read_text()
    action = yaml.safe_load(text)
    used = set(re.findall(r"inputs\.([a-z_-]+)", text))
    assert used == set(action["inputs"])
    for step in action["runs"]["steps"]:
        assert "${{" not in step["run"]


def test_hooks_name_commands_that_exist(place):
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    place.write("run.costcheck.yaml", SCENARIO)
    place.write("bad.costcheck.yaml", SCENARIO.replace("tokens", "toknes"))
    for hook in hooks:
        assert re.search(hook["files"], "scenarios/run.costcheck.yaml")
        command = hook["entry"].split()
        assert command[0] == "costcheck"
        for name, code in (("run", 0), ("bad", 2)):
            done = subprocess.run(
                [sys.executable, "-m", *command, f"{name}.costcheck.yaml"],
                cwd=place.repository,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
            assert done.returncode == code


def test_the_shell_recipe(pull_request):
    place, base = pull_request
    place.git("update-ref", "refs/remotes/origin/main", base)
    recipe = ROOT / ".github" / "recipes" / "compare.sh"
    environment = {**os.environ, "PATH": f"{place.tools}{os.pathsep}{os.environ['PATH']}"}

    def run(*arguments):
        return subprocess.run(
            ["bash", str(recipe), "scenarios", *arguments],
            cwd=place.repository,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert run().returncode == 0
    failed = run("origin/main", "cost>+1%")
    assert failed.returncode == 1
    assert "cost>+1%: cost changes by +" in failed.stdout


def test_the_gitlab_recipe_runs_our_commands():
    recipe = yaml.safe_load((ROOT / ".github" / "recipes" / "gitlab-ci.yml").read_text())
    script = " ".join(recipe["costcheck"]["script"])
    known = json.dumps(re.findall(r"costcheck (\w+)", script))
    assert json.loads(known) == ["check", "diff"]
    assert recipe["costcheck"]["artifacts"]["reports"]["junit"] == "costcheck.xml"
    # The name is not ours on the package index: whoever takes it would run in the pipeline.
    installs = [line for line in recipe["costcheck"]["before_script"] if "pip install" in line]
    assert [line.split()[-1] for line in installs] == ['"git+$COSTCHECK"']
