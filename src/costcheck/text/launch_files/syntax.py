"""The syntaxes that launch files are written in, each read into options with their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from costcheck.text.launch_files.found import Stated, normalised
from costcheck.text.launch_files.shell import Command, Written, run_script
from costcheck.text.launch_files.shell_expand import UNDECIDED
from costcheck.text.launch_files.shell_numbers import computed

_OPTION = re.compile(r"--?[A-Za-z][\w.\-]*(?:=.*)?", re.DOTALL)
_OVERRIDE = re.compile(r"[+~]{0,2}([A-Za-z_][\w.\-/@]*)=(.*)", re.DOTALL)
_INTERPOLATED = re.compile(r"\$\{(\.*)([\w.]+)\}")
_PRODUCT = re.compile(r"\$\{multiply:\s*([^,]+?)\s*,\s*([^,]+?)\s*\}")
_DEFAULTED = re.compile(r"\$\{\w+:-?([^${}]+)\}")
_SHELL_ENDINGS = ("sh", "bash", "slurm", "sbatch", "job", "pbs", "lsf")
_HEADER = re.compile(r"(?m)^#(?:SBATCH|BSUB|PBS|FLUX:)[ \t]+(-.*?)(?:[ \t]#.*)?$")
_HEADER_OPTION = re.compile(r"(?<!\S)(-{1,2})([\w-]+)(?:=[ \t]*(\S+)|[ \t]+([^\s-]\S*))?")
_SHELL_SIGNS = re.compile(
    r"(?m)^(#!.*\b(?:ba|z)?sh\b|#SBATCH|\s*(?:torchrun|srun|python3?|deepspeed|accelerate|export) )"
)
_SLURM_VARIABLES = {
    "nodes": ("SLURM_NNODES", "SLURM_JOB_NUM_NODES"),
    "gpus_per_node": ("SLURM_GPUS_PER_NODE", "SLURM_GPUS_ON_NODE"),
    "ntasks_per_node": ("SLURM_NTASKS_PER_NODE",),
    "ntasks": ("SLURM_NTASKS", "SLURM_NPROCS"),
}
_SHORT = {"N": "nodes", "n": "ntasks", "G": "gpus", "C": "constraint", "p": "partition",
          "A": "account"}  # fmt: skip


class Document(NamedTuple):
    """A file taken apart, or the sentence that says why it cannot be."""

    syntax: str
    stated: tuple[tuple[str, Stated], ...] = ()
    """Options in the order of the file."""
    commands: tuple[Command, ...] = ()
    headers: tuple[tuple[str, Stated], ...] = ()
    """What the file asks of a scheduler."""
    data: tuple[Mapping[str, Any], ...] = ()
    """The mappings of a YAML, JSON or TOML file."""
    problem: str = ""


def read_document(text: str, name: str) -> Document | None:
    """Take a file apart by its ending and its looks; None where it looks like none of these."""
    ending = name.rsplit("/", 1)[-1].rpartition(".")[2].lower()
    if ending == "toml":
        return _toml(text)
    if ending in ("yaml", "yml", "json"):
        return _yaml(text, ending)
    if ending == "py":
        from costcheck.text.launch_files.python import read_python

        stated, problem = read_python(text)
        return Document("Python", stated=stated, problem=problem)
    if ending in _SHELL_ENDINGS or _SHELL_SIGNS.search(text):
        return shell_document(text)
    document = _yaml(text, "yaml")
    return document if len(document.stated) > 1 else None


def shell_document(text: str, line: int = 1) -> Document:
    """Run a script; its headers give the variables of the scheduler."""
    headers = tuple(_headers(text, line))
    given = {
        variable: str(item.value)
        for name, item in headers
        for variable in _SLURM_VARIABLES.get(name, ())
        if str(item.value).isdigit()
    }
    script = run_script(text, given, line)
    read = {file for command in script.commands for file in command.reads}
    written = [tuple(_written(file)) for file in script.documents if file not in read]
    stated = max(written, key=len, default=())
    return Document("shell", stated=stated, commands=script.commands, headers=headers)


def _written(file: Written) -> Iterator[tuple[str, Stated]]:
    """Yield what a file holds that a script writes out, with the lines of the script."""
    document = read_document(file.text, file.name)
    for name, item in document.stated if document else ():
        yield name, item._replace(line=item.line + file.line - 1)


def _headers(text: str, first: int) -> Iterator[tuple[str, Stated]]:
    for match in _HEADER.finditer(text):
        line = first + text.count("\n", 0, match.start())
        for dashes, written, joined, behind in _HEADER_OPTION.findall(match[1]):
            queue = written == "q" and not match[0].startswith("#SBATCH")
            name = "queue" if queue else _SHORT.get(written, written).replace("-", "_")
            yield name, Stated(joined or behind or True, f"{dashes}{written}", line)


def commands_options(
    commands: Sequence[Command],
) -> list[tuple[Command, list[tuple[str, Stated]]]]:
    """Return the options of each command; what alternatives disagree on is undecided."""
    found = [(command, _options(command)) for command in commands]
    values: dict[str, set[str]] = {}
    for command, options in found:
        for name, item in options if not command.decided else ():
            values.setdefault(name, set()).add(str(item.value))
    return [
        (
            command,
            [
                (name, item._replace(decided=item.decided and len(values.get(name, "1")) == 1))
                if not command.decided
                else (name, item)
                for name, item in options
            ],
        )
        for command, options in found
    ]


def _options(command: Command) -> list[tuple[str, Stated]]:
    """Return the options of a command, the last of a name standing for all, then its files'."""
    found: dict[str, Stated] = {}
    name = ""
    for word in command.words:
        decided = UNDECIDED not in word.text
        text = word.text.replace(UNDECIDED, "")
        override = _OVERRIDE.fullmatch(text)
        if _OPTION.fullmatch(text) and not _is_number(text):
            name, _, value = text.partition("=")
            before = found.get(name)
            if before is None or decided or not before.decided:
                found[name] = Stated(value or True, name, word.line, decided)
        elif override and (name not in found or found[name].value is not True):
            key, value = override.groups()
            found[key] = Stated(value.strip("'\""), key, word.line, decided)
            name = ""
        elif name:
            found[name] = _continued(found[name], text)
    inside: dict[str, Stated] = {}
    for file in command.reads:
        for key, item in _written(file):
            sure = file.decided or key not in inside or inside[key].value == item.value
            inside[key] = item._replace(decided=sure)
    said = {normalised(name) for name in found}
    rest = [(key, item) for key, item in inside.items() if normalised(key) not in said]
    return [*found.items(), *rest]


def _continued(stated: Stated, word: str) -> Stated:
    """Add a word to an option; of several only the first is its value, all are its list."""
    if stated.value is True:
        return stated._replace(value=word)
    return stated._replace(more=(*stated.more, word))


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "").isdigit()


def _toml(text: str) -> Document:
    import tomllib

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Document("TOML", problem=f"the file is no valid TOML: {error}")
    lines = _toml_lines(text)
    stated = tuple(
        (name, Stated(value, name, lines.get(name, 0))) for name, value in flattened(data)
    )
    return Document("TOML", stated=stated, data=(data,))


def _toml_lines(text: str) -> dict[str, int]:
    lines: dict[str, int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if match := re.match(r"\s*\[+\s*([\w.\-\"]+)\s*\]+", line):
            section = match.group(1).replace('"', "") + "."
        elif match := re.match(r"\s*([\w.\-\"]+)\s*=", line):
            lines[section + match.group(1).replace('"', "")] = number
    return lines


def flattened(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Return the values of nested mappings by dotted names."""
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from flattened(value, f"{prefix}{key}.")
        elif value is not None:
            yield f"{prefix}{key}", value


def _yaml(text: str, ending: str) -> Document:
    import yaml

    syntax = "JSON" if ending == "json" else "YAML"
    loader = yaml.SafeLoader
    try:
        nodes = list(yaml.compose_all(text.expandtabs(2), Loader=loader))
    except yaml.YAMLError as error:
        first = " ".join(str(error).split())[:160]
        return Document(syntax, problem=f"the file is no valid {syntax}: {first}")
    except RecursionError:
        return Document(syntax, problem=f"the file is no valid {syntax}: it nests too deeply")
    stated: list[tuple[str, Stated]] = []
    data: list[Mapping[str, Any]] = []
    for node in nodes:
        if isinstance(node, yaml.MappingNode):
            whole = _constructed(node)
            if whole:
                data.append(whole)
            stated += _node_options(node, "", ())
    if not stated:
        problem = "the file holds no mapping of arguments"
        return Document(syntax, problem=problem)
    return Document(syntax, stated=tuple(_referred(stated)), data=tuple(data))


def _constructed(node: Any) -> Mapping[str, Any]:
    import yaml

    try:
        value = yaml.SafeLoader("").construct_document(node)
    except (yaml.YAMLError, ValueError, TypeError):
        return {}
    return value if isinstance(value, Mapping) else {}


def _node_options(node: Any, prefix: str, seen: tuple[int, ...]) -> Iterator[tuple[str, Stated]]:
    import yaml

    if id(node) in seen or not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        name, line = f"{prefix}{key.value}", key.start_mark.line + 1
        if isinstance(value, yaml.ScalarNode):
            if value.value not in ("", "null", "~", "None"):
                yield name, Stated(value.value, name, line)
            continue
        if isinstance(value, yaml.SequenceNode):
            yield name, Stated(list(_scalars(value)), name, line)
        inner = value.value if isinstance(value, yaml.SequenceNode) else [value]
        for each in inner:
            yield from _node_options(each, f"{name}.", (*seen, id(node)))


def _scalars(node: Any) -> Iterator[str]:
    """Return the words of a list, of lists inside it too."""
    for each in node.value:
        if isinstance(each.value, str):
            yield each.value
        elif isinstance(each.value, list) and each.id == "sequence":
            yield from _scalars(each)


def _referred(stated: Sequence[tuple[str, Stated]]) -> Iterator[tuple[str, Stated]]:
    """Follow references to other keys of the file, ``${a.b}`` and the relative ``${.b}``."""
    known = {name: item.value for name, item in stated}

    def said(match: re.Match[str], name: str, value: object) -> object:
        dots, path = match.groups()
        parents = name.split(".")[: -len(dots)] if dots else []
        return known.get(".".join([*parents, path]), value)

    for name, item in stated:
        value = item.value
        if isinstance(value, str) and (default := _DEFAULTED.fullmatch(value)):
            value = default.group(1)
        for _ in range(4):
            match = _INTERPOLATED.fullmatch(value) if isinstance(value, str) else None
            if match is None:
                break
            value = said(match, name, value)
        if product := _PRODUCT.fullmatch(str(value)):
            inner = (_INTERPOLATED.fullmatch(factor) for factor in product.groups())
            pairs = zip(product.groups(), inner, strict=True)
            factors = [said(match, name, text) if match else text for text, match in pairs]
            value = computed("*".join(map(str, factors))) or value
        yield name, item._replace(value=value)
