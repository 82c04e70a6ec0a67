"""What a scenario needs and nothing that is read says: told with the lines that may say it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from costcheck.text.launch_files.found import Draft, Stated, normalised
from costcheck.text.launch_files.launcher import Vocabulary
from costcheck.text.launch_files.rollouts import generates

_COMMENT = re.compile(r"(?:^|\s)#(?!!|SBATCH|BSUB|PBS|FLUX:)\s*(\S.*)")
_MOST = 3
"""Lines told for one key."""
_LONGEST = 90
"""Characters of a comment that are told."""
_SILENT = "the file does not say"
_INSTEAD = {"training.tokens": "training.steps", "training.global_batch": "layout.accumulation"}
"""What says as much as a key that is missing."""


def lines_of_keys(
    text: str, options: Sequence[tuple[str, Stated]], vocabulary: Vocabulary
) -> dict[str, str]:
    """Return for each key that a scenario needs the unread options and comments that may say it."""
    found = {
        target: [*_options(options, need["option"], vocabulary), *_remarks(text, need, vocabulary)]
        for target, need in vocabulary.needs.items()
    }
    return {target: "; ".join(lines[:_MOST]) for target, lines in found.items() if lines}


def _options(
    options: Sequence[tuple[str, Stated]], pattern: str, vocabulary: Vocabulary
) -> Iterator[str]:
    for name, item in options:
        plain = normalised(name)
        if re.search(pattern, plain) and not re.search(vocabulary.idle, plain):
            yield item.place


def _remarks(text: str, need: Mapping[str, str], vocabulary: Vocabulary) -> Iterator[str]:
    pattern = re.compile(need["remark"].replace("{part}", vocabulary.part), re.IGNORECASE)
    for number, line in enumerate(text.splitlines(), 1):
        comment = _COMMENT.search(line)
        if comment and pattern.search(comment.group(1)):
            said = comment.group(1).strip()
            cut = said if len(said) <= _LONGEST else f"{said[:_LONGEST]}..."
            yield f"line {number}, a comment: {cut}"


def missing(draft: Draft, lines: Mapping[str, str], vocabulary: Vocabulary) -> Iterator[str]:
    """Yield a sentence for each key that the file leaves unsaid, or says where nobody reads it."""
    for target, need in vocabulary.needs.items():
        held = [key for key in (*draft.values, *draft.gaps) if f"{key}.".startswith(f"{target}.")]
        if (
            held
            or _INSTEAD.get(target) in draft.values
            or need.get("only") == ("plain" if generates(draft) else "rollouts")
        ):
            continue
        unsaid = need["unsaid"]
        if target in lines:
            yield f"{target}: the file may say {unsaid} where it is not read: {lines[target]}"
        else:
            yield f"{target}: {_SILENT} {unsaid}"


def tell_lines(draft: Draft, lines: Mapping[str, str]) -> None:
    """Say of what is open for want of a size which lines may say it."""
    for target, why in draft.gaps.items():
        if target in lines and _SILENT in why:
            unread = why.replace(_SILENT, "is not read")
            draft.gaps[target] = f"{unread}; it may stand in {lines[target]}"


def guess_chip(draft: Draft, text: str, vocabulary: Vocabulary) -> None:
    """Take the usual accelerator of a kind that a script is written for and does not name."""
    if "fleet.gpu" in draft.values or "fleet.gpu" in draft.gaps:
        return
    for number, line in enumerate(text.splitlines(), 1):
        code = _COMMENT.sub("", line)
        for pattern, part in vocabulary.chips.items():
            if re.search(pattern, code, re.IGNORECASE):
                why = f"line {number}: {code.strip()[:_LONGEST]}; a guess: it does not say which"
                draft.put("fleet.gpu", part, why)
                return


def doubt_defaults(draft: Draft, unknown: Sequence[Stated]) -> None:
    """Leave open what a launcher does by default where options that begin so are not read."""
    for line in list(draft.assumed):
        target = line.partition(":")[0]
        key = target.rpartition(".")[2]
        told = [i.place for i in unknown if normalised(i.written).startswith(f"{key}_")]
        if told:
            draft.assumed.remove(line)
            del draft.values[target]
            draft.gaps[target] = f"options that are not understood say it: {'; '.join(told)}"
