"""Why a figure with a key is none of the training of its subject."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from costcheck.quantities import having
from costcheck.text.prose.figures import Figure
from costcheck.text.prose.names import Named, Sentence
from costcheck.text.prose.subjects import is_told

PLANNED: Final = "of what is planned, not of a training that was"
_NO_RUNS: Final = (
    "planned",
    "possible",
    "imagined",
    "generic",
    "in_general",
    "other_task",
    "of_texts",
)
"""What a clause says of no run that was."""
_LISTED: Final = {
    "price": "a price of the market, not of a training",
    "electricity_price": "a price of the market, not of a training",
    "grid_intensity": "of a grid, not of a training",
}
"""What is said of no run where it stands alone."""
_OF_DATA: Final = frozenset(("tokens", "words", "bytes"))
_OF_USE: Final = having("use") | {"site_power"}


def of_no_training(sentence: Sentence, item: Figure, owners: Sequence[Named]) -> Iterator[str]:
    """Yield each reason, as a reader is told it."""
    place = sentence.says("of_another", 0, item.start)
    if (
        place
        and not is_told(sentence, item)
        and not any(place.start() <= name.start for name in owners)
    ):
        yield "of what is compared with, which has no name"
    yield from _of_no_run(sentence, item)
    yield from _by_its_place(sentence, item)
    yield from _of_more(sentence, item)
    is_listed = sentence.says("of_the_market") or not sentence.says("price_used")
    if item.field in _LISTED and is_listed and not sentence.models:
        yield _LISTED[item.field]
    if item.field == "power_per_gpu" and not sentence.says("thing"):
        yield "of no accelerator that is named"
    if item.field == "gpus":
        yield from _of_a_fleet(sentence, item)
    is_drawn = item.field in having("drawn") and sentence.says("of_sites")
    if is_drawn and not sentence.says("trained"):
        yield "of data centres, not of a training"
    if (item.field in _OF_USE and _is_of_use(sentence, item)) or _is_of_answers(sentence, item):
        yield "of using a model, not of training it"


def _of_no_run(sentence: Sentence, item: Figure) -> Iterator[str]:
    """Why the clause of a figure tells of no training that was."""
    own = sentence.told(item.start)
    words = sentence.telling(item.start)
    if own.kind in {"joined", "dash"} and not sentence.words["tensed"].search(words):
        words = f"{sentence.clauses[own.parent].text} {words}"
    says = {name for name in _NO_RUNS if sentence.words[name].search(words)}
    if "planned" in says:
        yield PLANNED
    if "possible" in says or says >= {"imagined", "generic"}:
        yield "of what is planned or imagined, not of a training that was"
    is_named = any(sentence.told(name.start) == own for name in sentence.models)
    if "in_general" in says and not is_named:
        yield "of models in general"
    if "of_texts" in says and item.field in _OF_DATA:
        yield "of texts, not of a training"
    if "other_task" in says:
        yield "of another task than training"
    line = (sentence.clauses[number].text for number in sentence.lines(item.start))
    if any(map(sentence.words["failed"].search, line)):
        yield "of a run that failed"


def _by_its_place(sentence: Sentence, item: Figure) -> Iterator[str]:
    """What the words right before and behind a figure say of it."""
    start = sentence.told(item.start).start
    if item.field == "parameters" and (
        sentence.says("of_a_part", start, item.start) or sentence.goes_on("a_part_each", item.end)
    ):
        yield "of a part of a model"
    if sentence.says("denied", start, item.start):
        yield "the sentence denies it"
    if sentence.goes_on("part_of_a_run", 0):
        yield "of a part of the data or of a stage, not of the whole training"
    if sentence.says("said_again", 0, item.start) and sentence.goes_on("in_context", item.end):
        yield "said again to compare it"


def _of_a_fleet(sentence: Sentence, item: Figure) -> Iterator[str]:
    """Why accelerators are those of no training."""
    own = sentence.told(item.start)
    is_to_run = sentence.says("to_run", own.start, own.end) and not sentence.says("training_fits")
    if sentence.says("running", 0, item.start) or is_to_run:
        yield "for running a model, not for training it"
    if sentence.says("as_much_as", 0, item.start):
        yield "of what is compared with"
    listed = sentence.words["counted_before"].sub("", sentence.text[: item.start])
    if sentence.words["sold"].search(listed) and not sentence.says("site", 0, item.start):
        yield "of what was sold or is owned, not of a training"


def _of_more(sentence: Sentence, item: Figure) -> Iterator[str]:
    """Why a figure is of a machine, or of more than one model."""
    if item.field == "compute" and sentence.says("capacity", 0, item.start):
        yield "what a machine can do, not of a training"
    versions = {name.name for name in sentence.models if not name.is_family}
    if len(versions) > 1 and sentence.says("together", item.start - 30, item.end + 30):
        yield "of several models together"


def _is_of_use(sentence: Sentence, item: Figure) -> bool:
    """Whether a figure is of answers, or of a home that it is compared with."""
    own = sentence.told(item.start).text
    start = item.start if sentence.words["trained"].search(own) else 0
    own = sentence.words["of_homes"].sub(lambda found: " " * len(found[0]), own)
    used = sentence.words["other_use"].search(own, start) or sentence.goes_on("per_time", item.end)
    before = (sentence.says(name, 0, item.start) for name in ("of_a_home", "annual_before"))
    return bool(used) or any(before)


def _is_of_answers(sentence: Sentence, item: Figure) -> bool:
    """Whether a clause tells what an answer or a picture takes."""
    own = sentence.told(item.start).text
    made = sentence.words["answering"].search(own)
    is_taken = item.field in _OF_USE | _LISTED.keys() | {
        "gpus", "duration", "gpu_hours", "price_per_node", "step_time",
    }  # fmt: skip
    return is_taken and made is not None and not sentence.words["for_training"].search(own)
