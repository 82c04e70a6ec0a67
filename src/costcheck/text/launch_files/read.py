"""Tells launch files apart, names what they are, and hands them to their reader."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from costcheck.text.launch_files.assemble import sections, settle, shape
from costcheck.text.launch_files.fleet import (
    read_kubernetes,
    read_mosaic,
    read_scheduler,
    read_skypilot,
    read_starter,
)
from costcheck.text.launch_files.found import Draft, LaunchImport, Options, Stated, truth
from costcheck.text.launch_files.launcher import (
    Launcher,
    Vocabulary,
    is_harmless,
    read_shared,
    read_silence,
    read_table,
)
from costcheck.text.launch_files.maxtext import read_maxtext
from costcheck.text.launch_files.megatron import read_megatron
from costcheck.text.launch_files.syntax import (
    Document,
    commands_options,
    read_document,
    shell_document,
)
from costcheck.text.launch_files.torchtitan import read_torchtitan
from costcheck.text.launch_files.unread import (
    doubt_defaults,
    guess_chip,
    lines_of_keys,
    missing,
    tell_lines,
)

_READERS = {
    "maxtext": read_maxtext,
    "megatron": read_megatron,
    "torchtitan": read_torchtitan,
}
_START = 12
"""Words of a command among which its program is."""
_CONFIG = re.compile(r"[\w./-]*?([\w.-]+)\.(?:toml|ya?ml)\b")
_HUB_NAME = re.compile(r"[Mm]odel\W+(?:[A-Za-z][\w-]+/)([A-Za-z][\w.-]*\d[\w.-]*)(?![\w/])")
"""A config that a file refers to; a comment on the model of an organisation."""
_KUBERNETES = ("apiVersion", "kind")
_COMMAND = "command"
_KUBERNETES_JOB, _SKYPILOT_TASK, _MOSAIC_RUN = "Kubernetes job", "SkyPilot task", "MosaicML run"
_CLUSTERS = {
    _KUBERNETES_JOB: read_kubernetes,
    _SKYPILOT_TASK: read_skypilot,
    _MOSAIC_RUN: read_mosaic,
}
_SKYPILOT = ("resources", "run", "num_nodes", "setup", "task")


class Reading(NamedTuple):
    """What a launcher's reader makes of a file, or of one command of it."""

    launcher: Launcher
    why: tuple[str, ...]
    options: Options
    draft: Draft
    unknown: tuple[Stated, ...]


def read_launch_file(
    text: str, name: str, launchers: Sequence[Launcher], vocabulary: Vocabulary
) -> LaunchImport | None:
    """Read a launch file into a draft of a scenario; None where it is no format we know."""
    document = read_document(text, name)
    if document is None:
        return None
    if document.problem:
        return LaunchImport({}, format=document.syntax, refused=document.problem)
    kinds = {str(data.get("kind", "")) for data in document.data if "apiVersion" in data}
    if kinds and kinds <= {*vocabulary.serving}:
        why = f"a {' and a '.join(sorted(kinds))} serves, it does not train"
        return LaunchImport({}, format="Kubernetes", refused=why)
    wrapper, inner = _unwrapped(document)
    found = _recognised(inner, launchers, vocabulary)
    idle = not document.headers or _does_other_work(inner, vocabulary)
    if found is None and not wrapper and idle:
        return None
    draft = _drafted(text, document, wrapper, found, vocabulary)
    silent = "model" not in draft.scenario and not any(_is_model(target) for target in draft.gaps)
    return draft._replace(mentioned=tuple(_mentioned(text))) if silent else draft


def _is_model(target: str) -> bool:
    return target.partition(".")[0] == "model"


def _mentioned(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names of configs that a file refers to, then hub names in its comments."""
    for pattern, where in ((_CONFIG, ""), (_HUB_NAME, ", in a comment")):
        for number, line in enumerate(text.splitlines(), 1):
            said, _, comment = line.partition("#")
            for match in pattern.finditer(comment if where else said):
                yield match.group(1), f"line {number}: {match.group(0)}{where}"


def _unwrapped(document: Document) -> tuple[str, Document]:
    """Return the cluster's task a file is, and the script inside of it."""
    for data in document.data:
        kubernetes = all(key in data for key in _KUBERNETES)
        skypilot = "resources" in data and sum(key in data for key in _SKYPILOT) > 1
        if kubernetes or skypilot:
            script = "\n".join(_scripts(data))
            inner = shell_document(script) if script else document
            return (_KUBERNETES_JOB if kubernetes else _SKYPILOT_TASK), inner
        if _COMMAND in data and "parameters" not in data:
            return _MOSAIC_RUN, shell_document(str(data[_COMMAND]))
    return "", document


def _scripts(node: Any) -> list[str]:
    """Return the commands inside a task, each container's words as one line."""
    if isinstance(node, list):
        return [script for value in node for script in _scripts(value)]
    if not isinstance(node, Mapping):
        return []
    variables = node.get("envs")
    given = variables.items() if isinstance(variables, Mapping) else ()
    found = [f"{name}={value}" for name, value in given if value is not None]
    parts = [node.get("command"), node.get("args")]
    words = [str(word) for part in parts if isinstance(part, list) for word in part]
    if any(word in ("-c", "-lc", "-ec") for word in words):
        found.append(max(words, key=len))
    elif words:
        found.append(" ".join(words))
    if isinstance(node.get("run"), str):
        found.append(node["run"])
    inner = (value for key, value in node.items() if key not in ("command", "args", "envs"))
    return [*found, *(script for value in inner for script in _scripts(value))]


def _recognised(
    document: Document, launchers: Sequence[Launcher], vocabulary: Vocabulary
) -> Reading | None:
    """Return the reading that has most signs and least it does not understand."""
    shared = Counter(sign for launcher in launchers for sign in launcher.signs)
    parts: list[tuple[tuple[str, ...], Sequence[tuple[str, Stated]]]] = [
        (tuple(word.text for word in command.words), options)
        for command, options in commands_options(document.commands)
    ]
    if document.stated:
        parts.append(((), document.stated))
    found: list[tuple[float, Reading]] = []
    for words, stated in parts:
        for launcher in () if _is_other_work(words, Options(stated), vocabulary) else launchers:
            why = _signs(launcher, words, Options(stated))
            if not why:
                continue
            reading = _reading(launcher, why, words, Options(stated), vocabulary)
            rare = sum(1 / shared[sign] for sign in launcher.signs if reading.options.has(sign))
            enough = len(why) > 1 or bool(launcher.refused)
            started = bool(_programs(launcher, words)) and enough
            odd = 0 if launcher.refused else len(_weighty(reading.unknown, vocabulary))
            weight = 50 * started + rare - 3 * odd
            found.append((weight, reading))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _does_other_work(document: Document, vocabulary: Vocabulary) -> bool:
    """Say whether a script generates or serves."""
    return any(
        _is_other_work([word.text for word in command.words], Options(options), vocabulary)
        for command, options in commands_options(document.commands)
    )


def _is_other_work(words: Sequence[str], options: Options, vocabulary: Vocabulary) -> bool:
    """Say whether a command or a file generates, merges or exports instead of training."""
    files = _files(words)
    return any(map(options.has, vocabulary.other_options)) or (
        any(re.search(vocabulary.other_programs, file) for file in files)
        and not any(re.search(vocabulary.trains, file) for file in files)
    )


def _files(words: Sequence[str]) -> list[str]:
    """Return the names of the modules and of the first script that a command runs."""
    modules = [word for at, word in enumerate(words[1:_START]) if words[at] in ("-m", "--module")]
    programs = [*modules, *(word for word in words if word.endswith(".py"))][: len(modules) + 1]
    return [re.split(r"[/.]", word.removesuffix(".py"))[-1].lower() for word in programs]


def _signs(launcher: Launcher, words: Sequence[str], options: Options) -> tuple[str, ...]:
    """Return what tells that a command or a file is a launcher's; empty where too little does."""
    programs = _programs(launcher, words)
    signs = options.signs(launcher.signs)
    enough = len(signs) >= (launcher.beside if programs else launcher.enough)
    return (*programs, *signs) if enough else ()


def _programs(launcher: Launcher, words: Sequence[str]) -> tuple[str, ...]:
    """Return the words of a command that start a launcher; of two words, both in its beginning."""
    start = " ".join(words[:_START])
    found = [match for word in words for match in _matches(launcher.programs, word)]
    pairs = [pattern for pattern in launcher.programs if " " in pattern]
    return (*dict.fromkeys(found), *(p for p in pairs if re.search(p, start)))


def _matches(patterns: Sequence[str], word: str) -> list[str]:
    return [word] if any(re.search(pattern, word) for pattern in patterns) else []


def _reading(
    launcher: Launcher,
    why: tuple[str, ...],
    words: tuple[str, ...],
    options: Options,
    vocabulary: Vocabulary,
) -> Reading:
    draft = Draft(options)
    if not launcher.refused:
        read_table(draft, launcher, vocabulary)
        if launcher.reader:
            _READERS[launcher.reader](draft, launcher, vocabulary)
        read_shared(draft, _files(words), vocabulary)
        read_silence(draft, launcher, vocabulary)
        read_starter(draft, words)
    unread = options.unread()
    idle = {id(item) for name, item in unread if is_harmless(name, launcher, vocabulary)}
    unknown = tuple({id(i): i for _, i in unread if id(i) not in idle}.values())
    return Reading(launcher, why, options, draft, unknown)


def _drafted(
    text: str,
    document: Document,
    wrapper: str,
    found: Reading | None,
    vocabulary: Vocabulary,
) -> LaunchImport:
    draft = found.draft if found else Draft(Options(()))
    read_scheduler(draft, document.headers, vocabulary)
    if wrapper:
        outer = Options(document.stated)
        reader = _CLUSTERS[wrapper]
        for data in document.data:
            reader(draft, data, outer)
    guess_chip(draft, text, vocabulary)
    doubt_defaults(draft, found.unknown if found else ())
    settle(draft, vocabulary, spread=found is not None and found.launcher.spread)
    unknown = found.unknown if found else ()
    _doubt_network(draft, unknown, vocabulary)
    lines = lines_of_keys(text, _unread(document, found), vocabulary)
    tell_lines(draft, lines)
    weighty = _weighty(unknown, vocabulary)
    rest = [item for item in unknown if item not in weighty]
    return LaunchImport(
        scenario=sections(draft),
        shape=shape(draft),
        format=_format(document, wrapper, found),
        why=", ".join(found.why[:4]) if found else wrapper or "the header of a scheduler",
        origins=draft.origins,
        gaps=draft.gaps,
        unknown=tuple(item.place for item in (*weighty, *rest)),
        left_open=tuple(missing(draft, lines, vocabulary)),
        assumed=tuple(draft.assumed),
        block=(draft.whole("run.vocabulary_block") or 1) * (draft.whole("layout.tensor") or 1),
        tokenizer=str(draft.values.get("run.tokenizer", "")),
        refused=found.launcher.refused if found else "",
    )


def _unread(document: Document, found: Reading | None) -> Sequence[tuple[str, Stated]]:
    """Return the options of the scheduler, and those of the programs that nobody read."""
    if found is not None:
        return (*document.headers, *found.options.unread())
    inner = (pair for _, options in commands_options(document.commands) for pair in options)
    return (*document.headers, *document.stated, *inner)


def _weighty(unknown: Sequence[Stated], vocabulary: Vocabulary) -> list[Stated]:
    """Return the options whose names say that they could change the numbers."""
    return [item for item in unknown if re.search(vocabulary.weighty, item.written.lower())]


def _format(document: Document, wrapper: str, found: Reading | None) -> str:
    name = found.launcher.name if found else "a program we do not know"
    around = wrapper or ("Slurm script" if document.headers else "")
    return f"{name} in a {around}" if around else f"{name} ({document.syntax})"


def _doubt_network(draft: Draft, unknown: Sequence[Stated], vocabulary: Vocabulary) -> None:
    """An option of the network that is not understood leaves the network open."""
    if not any(target.startswith("model.") for target in draft.values):
        return
    odd = [
        item.place
        for item in unknown
        if truth(item.value) is not False
        and re.search(vocabulary.structural, item.written.lower())
        and not re.search(vocabulary.technical, item.written.lower())
    ]
    if odd:
        draft.gaps["model"] = f"options of the network that are not understood: {'; '.join(odd)}"
