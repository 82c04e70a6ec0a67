"""Writes the draft of a scenario that a launch file gives, each line with where it comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from costcheck.catalog.files import Catalog
from costcheck.catalog.launchers import launchers, vocabulary
from costcheck.catalog.model_names import (
    hub_name,
    named_model,
    of_mixtures,
    size_in_name,
    twin_vocabularies,
)
from costcheck.diagnostics import Place, refusal
from costcheck.text.launch_files import LaunchImport, read_launch_file
from costcheck.text.launch_files.assemble import SECTIONS, STAGE, is_complete
from costcheck.text.launch_files.launcher import Vocabulary

_WORK = ("training.tokens:", "rollouts.prompts:")
"""Gaps that leave a run its cost of a step."""
_NEEDED = ("model", "fleet.")
_USUAL = ("model.vocabulary_size:", "fleet.gpus_per_node:", "fleet.nodes:")
"""What no estimate can do without, and what of it something usual stands in for."""
_COUNTED = frozenset({"vocabulary_size", "vocab_size", "parameters"})
_CLASS = re.compile(r"\w*tokenizer\b", re.IGNORECASE)
"""A tokenizer's class, of which many vocabularies are; a file's own name says it is another."""
ARTICLES = (".txt", ".md")
"""Endings of files that may be an article."""

_SIZED = re.compile(r"[- ]\d{2,3}$")
"""Memory behind an accelerator's name, as nodes are called: v100-32."""
_WIDTH = 34
"""Column at which the origins begin."""


def launch_draft(path: str, text: str, catalog: Catalog) -> str:
    """Return the draft of a launch file or an article; other files are refused with the formats."""
    known, words = launchers(), vocabulary()
    found = read_launch_file(text, path, known, words)
    if found is None:
        if path.endswith(ARTICLES) and (claims := _claims(text, catalog)):
            return claims
        names = sorted({launcher.name for launcher in known if not launcher.refused})
        raise refusal(
            "CC041",
            f"{path} is in no format that init reads",
            Place(path),
            "it reads a Hugging Face config.json, Meta's params.json, and launch files of "
            f"{', '.join(names)}, also inside Slurm scripts, SkyPilot tasks and Kubernetes jobs; "
            "`costcheck init --claims FILE` drafts claims from an article in any file",
        )
    if found.refused:
        message = f"{path} is recognised as {found.format} ({found.why or 'by its name'}), but no "
        message += "scenario can be drafted from it"
        raise refusal("CC042", message, Place(path), found.refused)
    return _text(path, _resolved(found, catalog, words))


def _claims(text: str, catalog: Catalog) -> str:
    """What an article claims, as a file; empty where it claims nothing."""
    from costcheck.scenario.claims_draft import draft_claims

    drafting = draft_claims(text, catalog)
    return drafting.to_yaml() if drafting.drafts else ""


def _resolved(found: LaunchImport, catalog: Catalog, words: Vocabulary) -> LaunchImport:
    scenario, origins, gaps = dict(found.scenario), dict(found.origins), dict(found.gaps)
    model = scenario.get("model")
    if isinstance(model, str) and is_complete(found.shape) and not named_model(catalog, model):
        model = scenario["model"] = found.shape
    if isinstance(model, str):
        _name_model(model, scenario, origins, gaps, catalog, words)
    elif isinstance(model, Mapping) and not _COUNTED & model.keys():
        rows = _rows(found.tokenizer, words.tokenizers) if found.tokenizer else None
        _find_vocabulary(found, dict(model), scenario, origins, gaps, catalog, rows)
    elif model is None:
        _name_mentioned(found.mentioned, scenario, origins, catalog)
    _name_gpu(scenario, origins, gaps, catalog)
    open_ = found.left_open
    if "model" in scenario:
        open_ = tuple(line for line in open_ if not line.startswith("model:"))
    return found._replace(scenario=scenario, origins=origins, gaps=gaps, left_open=open_)


def _name_model(
    written: str,
    scenario: dict[str, object],
    origins: dict[str, str],
    gaps: dict[str, str],
    catalog: Catalog,
    words: Vocabulary,
) -> None:
    name = hub_name(written).rpartition("/")[2].lower()
    other = catalog.find("models", name) is None and re.search(words.reshaped, name)
    entry = None if other else named_model(catalog, written)
    if entry is not None:
        scenario["model"] = entry.id
        for target in [target for target in gaps if target.partition(".")[0] == "model"]:
            del gaps[target]
        return
    sizes = {} if other else size_in_name(written)
    if sizes and ("active" in sizes or not of_mixtures(catalog, written)):
        scenario["model"] = sizes
        origins["model"] += "; not in the catalog, the size is the one in its name"
        if re.search(words.sighted, name):
            origins["model"] += ", and what it does with images is left out"
        origins["model.parameters"] = origins["model"]
        return
    del scenario["model"]
    gaps["model"] = (
        f"{origins.get('model', written)} is not in the catalog; state it as "
        "{config: path/to/config.json}, {parameters: 7B} or {parameters: 30B, active: 3B}"
    )


def _name_mentioned(
    mentioned: Sequence[tuple[str, str]],
    scenario: dict[str, object],
    origins: dict[str, str],
    catalog: Catalog,
) -> None:
    """Take the one model that a config's name or a comment names."""
    found: dict[str, tuple[object, str]] = {}
    for written, place in mentioned:
        entry = named_model(catalog, written)
        model = entry.id if entry else size_in_name(written)
        if model:
            found.setdefault(str(model), (model, place))
    if len(found) == 1:
        ((scenario["model"], place),) = found.values()
        origins["model"] = origins["model.parameters"] = f"{place}; nothing else says the model"


def _find_vocabulary(
    found: LaunchImport,
    model: dict[str, object],
    scenario: dict[str, object],
    origins: dict[str, str],
    gaps: dict[str, str],
    catalog: Catalog,
    rows: int | None,
) -> None:
    """Take the vocabulary from the tokenizer's name, else from the one model of this shape."""
    target = "vocab_size" if "model_type" in model else "vocabulary_size"
    path = f"model.{target}"
    written = origins.get("run.tokenizer", "")
    stated = bool(rows) and "default" not in written
    tokenizer = found.tokenizer
    named = tokenizer and not _CLASS.match(tokenizer) and not named_model(catalog, tokenizer)
    own = rows is None and named
    twins = {} if stated or own else twin_vocabularies(catalog, model)
    if len(twins) == 1:
        twin = next(iter(twins.items()))
        model[target], origins[path] = twin[0], f"{twin[1]} has this shape and vocabulary"
    elif rows is not None and (not twins or rows in twins):
        model[target] = -(-rows // found.block) * found.block
        padded = f", padded to a multiple of {found.block}" if model[target] != rows else ""
        origins[path] = f"the {rows} rows of its tokenizer ({written}){padded}"
    else:
        gaps.setdefault(path, "the tokenizer decides it and the file does not state it")
        return
    gaps.pop(path, None)
    scenario["model"] = model


def _rows(tokenizer: str, tokenizers: Mapping[str, int]) -> int | None:
    known = tokenizers.items()
    return next((rows for name, rows in known if re.search(name, tokenizer.lower())), None)


def _name_gpu(
    scenario: dict[str, object], origins: dict[str, str], gaps: dict[str, str], catalog: Catalog
) -> None:
    fleet = scenario.get("fleet")
    if not isinstance(fleet, dict) or "gpu" not in fleet:
        return
    written = str(fleet["gpu"])
    entry = catalog.find("gpus", f"{written}GB") if _SIZED.search(written) else None
    entry = entry or catalog.find("gpus", written) or catalog.find("gpus", _SIZED.sub("", written))
    if entry is None:
        gaps["fleet.gpu"] = f"{origins['fleet.gpu']} is no part of the catalog"
        scenario["fleet"] = {key: value for key, value in fleet.items() if key != "gpu"}
    else:
        scenario["fleet"] = {**fleet, "gpu": entry.id}
        if entry.assumption:
            origins["fleet.gpu"] += f"; {entry.assumption}"


def _text(path: str, found: LaunchImport) -> str:
    head = [f"# Read from {path} as {found.format}: it has {found.why}."]
    head += _listed("Not understood, what could change the numbers first:", found.unknown)
    head += _listed("Defaults of the launcher, the file is silent:", found.assumed)
    for title, lines in _by_need(_open(found)):
        head += _listed(title, lines)
    body: list[str] = []
    sections = ("model", *(name for name in SECTIONS if name != "model"))
    for section in sections:
        body += _section(section, found)
    body += _stage(found)
    return "\n".join([*head, f"name: {json.dumps(f'A run of {path}')}", *body]) + "\n"


def _by_need(gaps: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Sort what is open by what an estimate does without it."""
    work = [line for line in gaps if line.startswith(_WORK)]
    needed = [line for line in gaps if line.startswith(_NEEDED) and not line.startswith(_USUAL)]
    yield "Open; an estimate needs these from you:", needed
    yield "Open; without it an estimate says what a step and its tokens cost:", work
    usual = [line for line in gaps if line not in work and line not in needed]
    yield "Open; without these an estimate takes what is usual:", usual


def _open(found: LaunchImport) -> list[str]:
    gaps = [f"{target}: {why}" for target, why in found.gaps.items() if _shown(target)]
    said = {line.partition(":")[0] for line in gaps}
    return [*gaps, *(line for line in found.left_open if line.partition(":")[0] not in said)]


def _shown(target: str) -> bool:
    return target.partition(".")[0] in (*SECTIONS, *STAGE)


def _listed(title: str, items: tuple[str, ...] | list[str]) -> list[str]:
    return [f"# {title}", *(f"#   {item}" for item in items)] if items else []


def _section(name: str, found: LaunchImport) -> Iterator[str]:
    value = found.scenario.get(name)
    gaps = [target for target in found.gaps if target.partition(".")[0] == name]
    needed = [target for target in gaps if f"{target}:" not in _USUAL]
    whole = is_complete(value) and not needed if name == "model" else bool(value)
    dead = "" if whole else "# "
    if isinstance(value, Mapping):
        yield f"{dead}{name}:"
        yield from (f"{dead}{line}" for line in _mapping(value, f"{name}.", "  ", found.origins))
    elif value is not None:
        yield _commented(f"{dead}{name}: {_scalar(value)}", found.origins.get(name, ""))
    elif gaps:
        yield f"# {name}:"
    for target in gaps:
        key = target.partition(".")[2]
        if key:
            yield _commented(f"{dead}  # {key}:", f"open: {found.gaps[target]}")


def _stage(found: LaunchImport) -> Iterator[str]:
    """Write the one stage of a run of reinforcement learning."""
    stage, rollouts = (found.scenario.get(section, {}) for section in STAGE)
    if not isinstance(stage, Mapping) or not stage:
        return
    yield "stages:"
    yield "  - name: reinforcement learning"
    yield _commented(f"    kind: {stage['kind']}", found.origins["stage.kind"])
    if isinstance(rollouts, Mapping) and rollouts:
        yield "    rollouts:"
        yield from _mapping(rollouts, "rollouts.", "      ", found.origins)
    for target, why in found.gaps.items():
        if target.startswith("rollouts."):
            yield _commented(f"      # {target.partition('.')[2]}:", f"open: {why}")


def _mapping(
    section: Mapping[str, object], prefix: str, indent: str, origins: Mapping[str, str]
) -> Iterator[str]:
    for key, value in section.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield _commented(f"{indent}{key}:", origins.get(path, ""))
            yield from _mapping(value, f"{path}.", f"{indent}  ", origins)
        else:
            yield _commented(f"{indent}{key}: {_scalar(value)}", origins.get(path, ""))


def _commented(line: str, origin: str) -> str:
    return f"{line.ljust(_WIDTH)}  # {origin}" if origin else line


def _scalar(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_scalar, value))}]"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, str) and not re.fullmatch(r"[A-Za-z][\w.+\-]*|[\d.]+[KMBT]?", value):
        return json.dumps(value)
    return text
