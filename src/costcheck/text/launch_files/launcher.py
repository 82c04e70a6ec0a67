"""What is known of a launcher, and how its options are read by a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from costcheck.text.launch_files.found import Draft, Options, truth, whole

WORDS = (
    "model", "model.norm", "training.precision", "training.optimizer", "training.method",
    "training.objective", "layout.recompute", "layout.schedule", "layout.offload", "layout.zero",
    "fleet.gpu", "run.epochs", "run.episodes", "run.tokenizer", "lora.targets", "lora.bits",
    "run.duration", "model.attention_kind", "stage.kind", "run.reward_model",
)  # fmt: skip
"""Targets that hold a word; the rest are whole numbers or switches."""
_NAMES = ("model", "run.tokenizer", "run.reward_model")
"""Targets that hold a name, maybe with folders before it."""
_UNTOLD = "run.vocabulary_block:"
"""A default that is told where it pads a vocabulary."""
_OPEN = "open"
"""Meaning of words that ask for what a scenario cannot say."""
FLAGS = (
    "model.gated", "model.biases", "model.qkv_bias", "model.qk_norm", "model.tied_embeddings",
    "model.parallel_blocks", "layout.sequence_parallel", "fleet.software.compile",
)  # fmt: skip
"""Targets that are switches."""


class Launcher(NamedTuple):
    """A file of the table of launchers."""

    name: str
    reader: str = ""
    """What reads more of its files than its table."""
    programs: tuple[str, ...] = ()
    """Patterns of the words of a command that starts it."""
    signs: tuple[str, ...] = ()
    """Options that its files have."""
    enough: int = 2
    """How many of the signs it takes."""
    beside: int = 0
    """How many of them it takes beside a program, whose name may be anybody's."""
    keys: Mapping[str, tuple[str, ...]] = {}
    """For each of our keys the options that state it, of which no two may say two numbers; ``!`` in
    front means the opposite, ``>`` that it counts whatever the others say."""
    words: Mapping[str, Mapping[str, object]] = {}
    """What its words mean, for each of our keys."""
    switches: Mapping[str, Mapping[str, tuple[str, ...]]] = {}
    """For each of our keys what it is when one of some options is on; the first that is wins."""
    defaults: Mapping[str, object] = {}
    """What it does where the file is silent."""
    unsaid: Mapping[str, int] = {}
    """Numbers of its networks where the file is silent, by what its reader calls them."""
    harmless: tuple[str, ...] = ()
    """Options and sections that change no cost; with ``*`` also what begins so. What follows a
    section or a beginning must not weigh, unless it ends in ``**``."""
    spread: bool = True
    """Whether all its GPUs share the job, so that ranks follow from their number."""
    refused: str = ""
    """Why its files make no scenario."""
    auto: bool = False
    """Whether its ``auto`` switches on; elsewhere who starts it decides."""
    software: str = ""
    """What trains, as `fleet.software` says it; empty where its files may ask for several."""


class Vocabulary(NamedTuple):
    """Words that several launchers share."""

    precisions: Mapping[str, str]
    """Patterns of precision words, the first that fits wins."""
    optimizers: Mapping[str, str]
    harmless: tuple[str, ...]
    idle: str
    """Pattern of options of what is done beside training."""
    weighty: str
    """Pattern of options that change numbers, understood or not."""
    structural: str
    """Pattern of options that change the network."""
    technical: str
    """Pattern of options that change how the network is computed, and not what it is."""
    bases: Mapping[str, str]
    """Formats of frozen weights by what a launcher writes of their bits."""
    offload: Mapping[str, tuple[str, ...]]
    """Options that keep a part of the states in host memory."""
    others: str
    """Pattern of options of parts that are not what is trained."""
    reshaped: str
    """Pattern of names whose model has other layers than the one it is named for."""
    sighted: str
    """Pattern of names whose model takes images."""
    needs: Mapping[str, Mapping[str, str]]
    """For each key that a scenario needs how it is called, and patterns of the options and comments
    that may say it; `only` where it is needed of one kind of runs."""
    chips: Mapping[str, str]
    """Patterns of what scripts have that are written for an accelerator, with its usual kind."""
    configs: tuple[str, ...]
    """Options that name a file of the launcher's own, which says what this one does not."""
    settings: tuple[str, ...]
    """Options that name a file of DeepSpeed's, which says it instead."""
    named: Mapping[str, Mapping[str, str]]
    """For each of our keys what a program's name means, where no option says it."""
    frozen: str
    """Pattern of options that freeze a part of the weights."""
    serving: tuple[str, ...]
    """Kinds of Kubernetes objects that do not train."""
    all_linear: tuple[str, ...]
    """Words for adapters on every linear layer."""
    other_options: tuple[str, ...]
    """Options of programs that do not train."""
    other_programs: str
    """Pattern of programs that do not train, unless they look like one of `trains`."""
    trains: str
    tokenizers: Mapping[str, int]
    """Patterns of tokenizer names with the rows of their embedding."""
    part: str
    """Pattern of the names of accelerators."""
    read: frozenset[str]
    """Options that the table of some launcher reads, which none calls harmless by a beginning."""


def is_harmless(name: str, launcher: Launcher, vocabulary: Vocabulary) -> bool:
    """Say whether an option that nobody read changes no cost."""
    ends = [name.split(".", at)[-1] for at in range(name.count(".") + 1)]
    read = any(end in vocabulary.read for end in ends)
    if not read and re.search(vocabulary.idle, ends[-1]):
        return True
    weighty = "" if read else vocabulary.weighty
    listed = (*vocabulary.harmless, *launcher.harmless)
    return any(_is_covered(end, entry, weighty) for end in ends for entry in listed)


def _is_covered(name: str, entry: str, weighty: str) -> bool:
    """Say whether an entry is a name, or the beginning of one whose rest weighs nothing."""
    beginning = entry.rstrip("*")
    if name == beginning or (entry.endswith("**") and name.startswith(beginning)):
        return True
    if entry == beginning:
        beginning = f"{entry.removesuffix('.')}."
    return name.startswith(beginning) and not re.search(weighty, name.removeprefix(beginning))


def read_table(draft: Draft, launcher: Launcher, vocabulary: Vocabulary) -> None:
    """Read the options a launcher's table names."""
    for target, choices in launcher.switches.items():
        draft.take(target, _switch(choices, auto=launcher.auto))
    for target, names in launcher.keys.items():
        draft.take(target, _reader(target, names, launcher.words.get(target), vocabulary))


def read_silence(draft: Draft, launcher: Launcher, vocabulary: Vocabulary) -> None:
    """Put what a launcher is, and what it does where the file is silent."""
    if launcher.software:
        compiled = "fleet.software.compile" in draft.values
        target = "fleet.software.name" if compiled else "fleet.software"
        draft.put(target, launcher.software, f"the file is one of {launcher.name}")
    chunks = "layout.virtual" in draft.values or "layout.virtual" in draft.gaps
    scheduled = (draft.whole("layout.pipeline") or 1) > 1 and not chunks
    sections = {target.partition(".")[0] for target in (*draft.values, *draft.gaps)}
    told = any(map(draft.options.has, vocabulary.configs))
    for target, value in launcher.defaults.items():
        named = told or "model" in draft.values or "model" not in sections
        silent = (
            (target.startswith("model.") and named)
            or (told and target == "run.tokenizer")
            or (target.startswith("rollouts.") and "stage.kind" not in draft.values)
        )
        if not silent and (scheduled or target != "layout.schedule"):
            draft.assume(target, value, f"{launcher.name}'s default {value}; the file is silent")
    draft.assumed = [line for line in draft.assumed if not line.startswith(_UNTOLD)]


def read_shared(draft: Draft, programs: Sequence[str], vocabulary: Vocabulary) -> None:
    """Read what options and programs say by the same names in every launcher."""
    draft.take("layout.offload", lambda options: _offloaded(options, vocabulary))
    draft.take("layout.zero", lambda options: _leave_to_file(options, vocabulary))
    if "training.method" not in draft.values:
        for item in draft.options.matching(vocabulary.frozen):
            draft.gaps.setdefault(
                "training.method", f"{item.place}: a part of the weights is frozen"
            )
    for program in programs:
        _read_program(draft, program, vocabulary)


def _read_program(draft: Draft, program: str, vocabulary: Vocabulary) -> None:
    for target, meanings in vocabulary.named.items():
        means = next((m for sign, m in meanings.items() if re.search(sign, program)), None)
        if means == "sft":
            draft.values.pop("stage.kind", None)
        held = draft.values.get(target, "rl") != "rl" or target in draft.gaps
        if (
            means
            and not held
            and not (target == "training.objective" and "stage.kind" in draft.values)
        ):
            draft.put(target, means, f"the program is {program}")


def _offloaded(options: Options, vocabulary: Vocabulary) -> object:
    """Return what is kept in host memory: parts add up, a file that decides it leaves it open."""
    given = {
        part: [
            options.flag(name)
            for name in names
            if not re.search(vocabulary.others, "".join(options.signs([name])) or "ref.")
        ]
        for part, names in vocabulary.offload.items()
    }
    kept = [part for part, flags in given.items() if any(flags)]
    if "all" in kept:
        kept = ["optimizer", "parameters", *kept[kept.index("all") + 1 :]]
    if kept or any(given.values()):
        whole = kept == ["optimizer", "parameters"]
        return "all" if whole else (kept[0] if len(kept) == 1 else kept or "none")
    _leave_to_file(options, vocabulary)
    return None


def _leave_to_file(options: Options, vocabulary: Vocabulary) -> None:
    """Leave a value open where the file names another that says it."""
    name = next((each for each in vocabulary.settings if options.has(each)), None)
    text = options.text(name) if name else None
    if text and not options.open and truth(text) is None:
        options.open.append(f"{options.read[-1].place} decides it")


def _switch(choices: Mapping[str, tuple[str, ...]], *, auto: bool) -> Callable[[Options], object]:
    def read(options: Options) -> object:
        for choice, names in choices.items():
            for name in names:
                if not auto and options.has(name) and options.word(name) == "auto":
                    options.open.append(f"{options.read[-1].place}: who starts it decides")
            if any(options.flag(name) for name in names if options.has(name)):
                if choice == _OPEN:
                    options.open.append(f"{options.read[-1].place} is none we know")
                return choice
        return None

    return read


def _reader(
    target: str,
    names: tuple[str, ...],
    words: Mapping[str, object] | None,
    vocabulary: Vocabulary,
) -> Callable[[Options], object]:
    def read(options: Options) -> object:
        for name, bare in zip(names, map(plain, names), strict=True):
            if not options.has(bare):
                continue
            value = _one(options, target, bare, words, vocabulary)
            if name.startswith("!") and isinstance(value, bool):
                value = not value
            if value is not None or options.open:
                if not name.startswith(">"):
                    _contradict(options, value, [plain(other) for other in names])
                options.strike(*map(plain, names))
                return str(value).lower() if isinstance(value, bool) else value
        return None

    return read


def plain(name: str) -> str:
    """Return the option that an entry of a table's list names."""
    return name.lstrip("!>")


def _contradict(options: Options, value: object, names: Sequence[str]) -> None:
    """Leave a number open where another option of its list says another."""
    number = whole(value)
    for item in filter(None, map(options.given, names)):
        other = None if number is None or isinstance(value, bool) else whole(item.value)
        if other is not None and other > 0 and other != number:
            options.open.append(f"{options.read[-1].place}, but {item.place}")


def _one(
    options: Options,
    target: str,
    name: str,
    words: Mapping[str, object] | None,
    vocabulary: Vocabulary,
) -> object:
    if words is not None:
        return _translated(options, name, words)
    if target in _VOCABULARIES:
        return _VOCABULARIES[target](options, name, vocabulary)
    if target == "lora.targets":
        return options.words(name)
    if target in _NAMES:
        return options.name(name)
    if target in WORDS:
        return options.text(name) or ("true" if options.flag(name) else None)
    return options.flag(name) if target in FLAGS else options.size(name)


def _translated(options: Options, name: str, words: Mapping[str, object]) -> object:
    value = options.value(name)
    if value is None:
        return None
    text = str(value).strip().lower()
    for pattern, meaning in words.items():
        switched = truth(text) is not None and pattern == str(truth(text))
        if meaning != _OPEN and (switched or re.fullmatch(pattern, text)):
            return meaning
        if meaning == _OPEN and re.fullmatch(pattern, text):
            break
    options.open.append(f"{options.read[-1].place} is not a word we know")
    return None


def precision(options: Options, name: str, vocabulary: Vocabulary) -> str | None:
    """Return the precision a word or a switch of its name means."""
    word = options.word(name)
    if word is None or truth(word) is False or word in ("32-true", "true"):
        return None
    for pattern, meaning in vocabulary.precisions.items():
        if re.search(pattern, word):
            return meaning
    return None


def optimizer(options: Options, name: str, vocabulary: Vocabulary) -> str | None:
    """Return our name of an optimizer; one we do not know is open."""
    word = options.word(name)
    if word is None:
        return None
    plain = re.sub(r"[^a-z0-9]", "", word.rpartition(".")[2])
    for pattern, meaning in vocabulary.optimizers.items():
        if re.fullmatch(pattern, plain):
            return meaning
    options.open.append(f"{options.read[-1].place} is not an optimizer we know")
    return None


_VOCABULARIES: Mapping[str, Callable[[Options, str, Vocabulary], str | None]] = {
    "training.precision": precision,
    "training.optimizer": optimizer,
}
"""Targets whose words all launchers share."""
