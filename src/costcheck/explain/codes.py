"""What every problem code means: those of the reader, and those of everything behind it."""

from __future__ import annotations

from typing import Final

from costcheck.scenario.codes import CODES, Explanation

BEYOND_READING: Final[dict[str, Explanation]] = {
    "CC020": Explanation(
        "The output cannot be written.",
        "The folder may not be written to, or a file is in its place; a missing one is made.",
        "costcheck estimate run.yaml -o /no/such/folder/out.json",
        "costcheck estimate run.yaml -o out.json",
    ),
    "CC021": Explanation(
        "No result has this name.",
        "Results have fixed names, so that scripts never read the wrong column.",
        "costcheck estimate run.yaml --fields price",
        "costcheck estimate run.yaml --fields usd_per_gpu_hour",
    ),
    "CC022": Explanation(
        "No schema has this name.",
        "There is one for scenario files and one for results.",
        "costcheck schema yaml",
        "costcheck schema scenario",
    ),
    "CC023": Explanation(
        "The catalog has no such kind of entry.",
        "It holds GPUs, models, prices and claims.",
        "costcheck catalog hardware",
        "costcheck catalog gpus",
    ),
    "CC024": Explanation(
        "The catalog has no entry of this name.",
        "An entry that is close might be another part, so none is taken for it.",
        "costcheck catalog gpus h1000",
        "costcheck catalog gpus h100",
    ),
    "CC025": Explanation(
        "The result cannot be computed, so nothing can be said about what drives it.",
        "The scenario leaves out something the result needs; the message says what.",
        "costcheck sensitivity tokens-only.yaml --of days",
        "fleet: {gpu: h100, count: 1024}",
    ),
    "CC026": Explanation(
        "The columns fit none of the tables that can be scored.",
        "A backtest that guessed what a column means would show the wrong error.",
        "gpu,speed",
        "a table of runs, steps, memory or costs; the message names their columns",
    ),
    "CC027": Explanation(
        "There is nothing to plot.",
        "The chart shows published runs, and the table holds none.",
        "costcheck backtest steps.csv --plot chart.svg",
        "costcheck backtest runs.csv --plot chart.svg",
    ),
    "CC028": Explanation(
        "A table of samples cannot be read.",
        "A row with a hole would be computed with somebody's default.",
        "fleet.count,training.tokens\n512,",
        "fleet.count,training.tokens\n512,2T",
    ),
    "CC029": Explanation(
        "An axis of a sweep cannot be read.",
        "It names a key of the file, and values, a range with a number of steps, or samples.",
        "--over tokens=1T:20T",
        "--over training.tokens=1T:20T:20",
    ),
    "CC030": Explanation(
        "The file is no saved result.",
        "Results are read strictly: a file of another shape would give wrong figures silently.",
        "costcheck report scenario.yaml -f html",
        "costcheck estimate scenario.yaml -f json -o result.json",
    ),
    "CC031": Explanation(
        "The file holds several results.",
        "A diff compares one scenario with one scenario.",
        "costcheck estimate a.yaml b.yaml -f json -o both.json",
        "costcheck estimate a.yaml -f json -o a.json",
    ),
    "CC032": Explanation(
        "The name of a git revision cannot be read.",
        "It has three parts: the word git, a revision, a path.",
        "costcheck diff git:main scenario.yaml",
        "costcheck diff git:main:scenario.yaml scenario.yaml",
    ),
    "CC033": Explanation(
        "Git has no such file in this revision.",
        "In continuous integration the base branch is often not fetched.",
        "costcheck diff git:origin/main:new-run.yaml new-run.yaml",
        "git fetch origin main",
    ),
    "CC034": Explanation(
        "The two sides cannot be compared.",
        "A diff takes two files, or two folders whose files it matches by path.",
        "costcheck diff runs/ run.yaml",
        "costcheck diff old-runs/ runs/",
    ),
    "CC035": Explanation(
        "There is no scenario file here.",
        "A gate that checks nothing must not pass.",
        "costcheck check 'run/*.yaml'",
        "costcheck check 'runs/*.yaml'",
    ),
    "CC036": Explanation(
        "A condition of --fail-on cannot be read.",
        "A gate must not pass because nobody understood its condition.",
        "--fail-on 'cost above 6M'",
        "--fail-on 'cost>$6M,days>60,infeasible'",
    ),
    "CC037": Explanation(
        "The smallest line of a diff cannot be read.",
        "It is a share of the change, or an amount of money.",
        "--min-change small",
        "--min-change 0.5%",
    ),
    "CC038": Explanation(
        "There is nothing of this name to explain.",
        "The quantities of a scenario depend on what it states.",
        "costcheck explain kost run.yaml",
        "costcheck explain cost run.yaml",
    ),
    "CC039": Explanation(
        "There is no claim to audit.",
        "An audit judges what a text says about a run, not the scenario around it.",
        "costcheck audit run.yaml",
        "claims: [{id: article, gpus: 2048, duration: 55 days, cost: $5.5M}]",
    ),
    "CC040": Explanation(
        "The command does not print this format.",
        "A file with another format inside than its name says would be read wrongly.",
        "costcheck diff old.yaml new.yaml -f csv",
        "costcheck diff old.yaml new.yaml -f json",
    ),
    "CC120": Explanation(
        "A catalog folder does not exist.",
        "Without it the prices would silently be ours instead of yours.",
        "--catalog my-catlog",
        "--catalog my-catalog",
    ),
    "CC121": Explanation(
        "A row of a price file cannot be used.",
        "A skipped quote would move the price without a trace.",
        "h100,cloud,neocloud,on-demand,2025-13-01,,2.5,,1,,",
        "h100,cloud,neocloud,on-demand,2025-12-01,,2.5,,1,,",
    ),
    "CC191": Explanation(
        "A table of published runs cannot be read.",
        "A backtest on half of its rows would show the wrong error.",
        "runs: none",
        "a YAML list of runs, or a CSV file with a header line",
    ),
    "CC192": Explanation(
        "The chart cannot be drawn.",
        "It needs a known ending and the plot extra.",
        "costcheck backtest --plot chart.txt",
        "costcheck backtest --plot chart.svg",
    ),
    "CC301": Explanation(
        "No accelerator has this name.",
        "A part that is close may have a third of the speed, so none is taken for it.",
        "gpu: h1000",
        "gpu: h100",
    ),
    "CC302": Explanation(
        "No model has this name.",
        "Sizes differ within a family; the scenario can also state its own.",
        "model: deepseek-v33",
        "model: {parameters: 671B, active: 37B}",
    ),
    "CC303": Explanation(
        "The model's configuration cannot be read.",
        "It is a config.json of Hugging Face, its path relative to the scenario.",
        "model: {config: config.jsn}",
        "model: {config: config.json}",
    ),
    "CC304": Explanation(
        "An amount is in a currency without a rate.",
        "A rate that nobody stated would be a hidden assumption.",
        "pricing: {rent: ¥15/GPU-hour}",
        "currency_rates: {CNY: 7.2}",
    ),
    "CC305": Explanation(
        "The grid is not in the table of emissions.",
        "Emissions of a neighbouring grid would mislead.",
        "energy: {grid: Atlantis}",
        "energy: {grid: USA}",
    ),
    "CC306": Explanation(
        "What the scenario states does not suffice for a plan.",
        "A search of layouts needs an exact model, a fleet or a limit, and a known accelerator.",
        "model: {parameters: 70B}",
        "model: llama-3.1-70b",
    ),
    "CC307": Explanation(
        "The name of a stage cannot be part of a path, or two stages share it.",
        "Results, diffs and sweeps find a stage by its name.",
        "stages: [{name: a/b}]",
        "stages: [{name: pre-training}, {name: context-extension}]",
    ),
    "CC308": Explanation(
        "An amount of the top level counts in several stages.",
        "A stage that says nothing of its own takes the amounts of the top level.",
        "training: {tokens: 2T}\nstages: [{name: a}, {name: b}]",
        "stages: [{name: a, training: {tokens: 1.5T}}, {name: b, training: {tokens: 0.5T}}]",
    ),
    "CC309": Explanation(
        "The file of measured steps cannot be used.",
        "Steps of another layout, or of no layout at all, would correct the wrong prediction.",
        "calibration: {file: nothing.csv}",
        "calibration: {step_time: 14.6 s}",
    ),
    "CC310": Explanation(
        "A model has more active parameters than parameters.",
        "A token meets at most all of them, so the two are swapped.",
        "model: {parameters: 37B, active: 671B}",
        "model: {parameters: 671B, active: 37B}",
    ),
    "CC311": Explanation(
        "Pre-training on fewer than a million tokens.",
        "Not even one batch of a published run is that small: a suffix is missing.",
        "training: {tokens: 15}",
        "training: {tokens: 15T}",
    ),
    "CC401": Explanation(
        "The kind of model in this configuration is not known.",
        "Its layers decide parameters and FLOPs, so they are not guessed.",
        '"model_type": "my_model"',
        "model: {parameters: 8B}",
    ),
    "CC402": Explanation(
        "A model configuration lacks a field.",
        "The library has no default for it, so the architecture is open.",
        '{"model_type": "llama"}',
        '{"model_type": "llama", "hidden_size": 4096}',
    ),
    "CC403": Explanation(
        "A field of a model configuration has the wrong type.",
        "Text where a number belongs is usually a broken export.",
        '"hidden_size": "large"',
        '"hidden_size": 4096',
    ),
    "CC404": Explanation(
        "Fields of a model configuration contradict each other.",
        "Only one of them can be right, and they give different sizes.",
        '"hidden_size": 4096, "num_attention_heads": 30',
        '"hidden_size": 4096, "num_attention_heads": 32',
    ),
    "CC405": Explanation(
        "A field of an architecture is not known.",
        "A misspelt field would leave the default in place unseen.",
        "model: {layer: 32}",
        "model: {layers: 32}",
    ),
    "CC501": Explanation(
        "The run cannot work as planned.",
        "Something physical or arithmetical forbids it; the message names the limit.",
        "utilization: {mfu: 95%}",
        "utilization: {mfu: 40%}",
    ),
    "CC502": Explanation(
        "The run is a stretch.",
        "It needs more than hardware of this kind has shown, but nothing forbids it.",
        "utilization: {mfu: 65%}",
        "utilization: {mfu: 40%}",
    ),
    "CC503": Explanation(
        "A claim does not hold.",
        "Its number lies outside what the scenario comes to, its range included.",
        "claims: [{id: a, cost: $1M}]",
        "costcheck audit FILE shows the likeliest explanation",
    ),
    "CC504": Explanation(
        "A claim holds only in part.",
        "It leaves out what its words include, or says too little to be tested.",
        'claims: [{id: a, cost: $5.6M, scope: "everything"}]',
        "costcheck audit FILE shows what it covers",
    ),
    "CC505": Explanation(
        "The estimate is over the budget.",
        "The central value exceeds a limit the file sets itself.",
        "budget: {cost: under $5M}",
        "budget: {cost: under $6M}",
    ),
    "CC506": Explanation(
        "The estimate may be over the budget.",
        "The central value is within the limit, the high end of its range is not.",
        "budget: {cost: under $5.6M}",
        "budget: {cost: under $6M}",
    ),
    "CC701": Explanation(
        "A measured row names a GPU that the catalog does not have.",
        "Without its peak and bandwidth nothing can be fitted to the row.",
        "gpu: h1000",
        "gpu: h100",
    ),
    "CC999": Explanation(
        "A bug of ours.",
        "No file should cause this; the other files were checked all the same.",
        "internal error: ...",
        "report it with the file and the output of --debug",
    ),
}
"""Codes of commands, files, catalogs, models and checks."""


def explanation(code: str) -> Explanation | None:
    """Return what a code means, None where there is no such code."""
    wanted = code.upper()
    return CODES.get(wanted) or BEYOND_READING.get(wanted)


def known_codes() -> tuple[str, ...]:
    """Return all codes in order."""
    return tuple(sorted({*CODES, *BEYOND_READING}))


def title_of(code: str) -> str:
    """Return a code in one sentence; empty where there is no such code."""
    found = explanation(code)
    return found.title if found else ""
