"""What an amount in a sentence pays for: a run, an hour, chips, or nothing of a training."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from costcheck.text.prose.names import Sentence
from costcheck.text.prose.words import Words
from costcheck.text.quantity import QuantityProblem, parse

UNSAID: Final = "it does not say what the money paid for"
_TOO_LITTLE: Final = "so little is of using a model, not of training it"
_A_CHANGE: Final = "by so much something changed"
_NOT_A_RUN: Final = "not the cost of a run"


class Money(NamedTuple):
    """An amount with the key of a claim it belongs to."""

    field: str
    """Empty where it is no figure of a training; then `why` says so."""
    dimension: str
    text: str
    end: int
    why: str = ""


OF_A_CHIP: Final = "the price of one chip, not of a run"
_OTHER: Final = (
    ("each", OF_A_CHIP),
    ("rate", "a price or a spending rate, not the cost of a run"),
)


PRICES: Final = frozenset((_TOO_LITTLE, *(why for _, why in _OTHER)))
"""Why an amount is a price rather than the cost of a run."""


def money_key(sentence: Sentence, start: int, end: int) -> Money | None:
    """Return what an amount is; none where the number names no currency."""
    text, word = sentence.text[start:end], sentence.goes_on("worded", end)
    signed = sentence.words["signed"].search(text)
    if (word is None and not signed) or text.lower() in {"a", "an", "one"}:
        return None
    if word is not None and not signed and sentence.says("among_masses", 0, start):
        return None
    if word is not None:
        end += word.end()
        text = text if signed else f"{text} {_currency(word[0], sentence.words)}"
    amount = Money("cost", "money", text, end)
    if per := sentence.goes_on("per_kwh", end):
        price = f"{text}/{per['energy']}"
        return Money("electricity_price", "money_per_kwh", price, end + per.end())
    return _by_the_hour(sentence, start, amount) or _by_what_follows(sentence, start, amount)


def _by_the_hour(sentence: Sentence, start: int, amount: Money) -> Money | None:
    """The price of an hour of a server or of an accelerator."""
    found = sentence.goes_on("per_node_hour", amount.end)
    is_node = found is not None
    found = found or sentence.goes_on("per_hour", amount.end)
    if found is None or sentence.says("wages", 0, start):
        return None
    end = amount.end + found.end()
    if is_node or (
        not found["device"]
        and (
            sentence.says("node_before", 0, start)
            or dollars(amount.text) >= sentence.words.most_per_gpu_hour
        )
    ):
        return amount._replace(field="price_per_node", end=end)
    return Money("price", "price", f"{amount.text}/GPU-hour", end)


def _by_what_follows(sentence: Sentence, start: int, amount: Money) -> Money:
    """Decide by the word right behind an amount, else by those around it."""
    if sentence.goes_on("tagged", amount.end):
        return amount
    if (
        sentence.goes_on("hardware_behind", amount.end)
        or sentence.says("worth", 0, start)
        or (
            sentence.goes_on("for_hardware", amount.end)
            and not sentence.says("trained_for", start - 60, start)
            and not sentence.words["rented"].search(sentence.told(start).text)
        )
    ):
        return amount._replace(field="capex")
    if sentence.says("device_price", 0, start) or (
        sentence.says("chip_costs", sentence.told(start).start, start)
        and not sentence.says("trained")
    ):
        return amount._replace(field="", why=OF_A_CHIP)
    of_models = _of_each_model(sentence, start, amount.end)
    for name, why in () if of_models else _OTHER:
        if found := sentence.goes_on(name, amount.end):
            end = amount.end + found.end()
            return Money("", "money", f"{amount.text}{found[0]}", end, why)
    if 0.0 < dollars(amount.text) <= sentence.words.least_cost:
        return amount._replace(field="", why=_TOO_LITTLE)
    return _of_the_clause(sentence, start, amount)


def _of_each_model(sentence: Sentence, start: int, end: int) -> bool:
    """Whether an amount is the cost of each of several models: "A and B cost $9 million each"."""
    names = [name for name in sentence.models if name.end <= start][-2:]
    if len(names) < 2 or not sentence.goes_on("apiece", end):
        return False
    (_, first), (last, behind) = ((name.start, name.end) for name in names)
    is_list = sentence.words["list_goes_on"].fullmatch(sentence.text[first:last])
    return bool(is_list) and not sentence.says("things_between", behind, start)


def _currency(word: str, words: Words) -> str:
    """The code of a currency in words; dollars stay dollars."""
    named = (code for name, code in words.currencies.items() if name in word.lower())
    return next(named, word.strip(" -"))


def dollars(text: str) -> float:
    """The dollars of an amount; 0 where it is of another currency, or none."""
    try:
        said = parse(text, "money", quoted=True)
        return said.value if said.currency == "USD" else 0.0
    except QuantityProblem:
        return 0.0


def _of_the_clause(sentence: Sentence, start: int, amount: Money) -> Money:
    """Decide by the words around an amount: its phrase, its clause, what that hangs on."""
    if sentence.says("changed_by", 0, start):
        return amount._replace(field="", why=_A_CHANGE)
    for place, words in enumerate(_rings(sentence, start, amount.end)):
        if sentence.words["exchange"].search(words):
            return amount._replace(field="", why="a rate of exchange")
        for_training = sentence.words["for_training"].search(words)
        if sentence.words["not_a_run"].search(words) and not for_training:
            return amount._replace(field="", why=_NOT_A_RUN)
        if sentence.words["purchase"].search(words) or (
            sentence.words["hardware"].search(words)
            and not (for_training or sentence.words["rented"].search(words))
        ):
            return amount._replace(field="capex")
        is_of_its_name = not place and _of_its_name(sentence, (start, amount.end))
        if for_training or is_of_its_name or sentence.words["of_training"].search(words):
            return amount
    return amount._replace(field="", why=UNSAID)


def _rings(sentence: Sentence, start: int, end: int) -> Iterator[str]:
    """The words around an amount, from the nearest to what hangs on or from its clause."""
    line = [sentence.clauses[number].text for number in sentence.lines(start)]
    if sentence.told(start).kind == "relative":
        yield sentence.telling(start)
    breaks = sentence.words["phrase_break"]
    before = [found.end() for found in breaks.finditer(line[0], 0, start)]
    after = breaks.search(line[0], end)
    yield line[0][before[-1] if before else 0 : after.start() if after else None]
    yield from line
    for clause in sentence.clauses:
        if clause.kind == "relative" and end <= clause.anchor <= end + 1:
            yield clause.text


def _of_its_name(sentence: Sentence, amount: tuple[int, int]) -> bool:
    """Whether a model stands beside its amount: "GPT-4: $63 million", "$63 million for GPT-4"."""
    start, end = amount
    return any(
        sentence.words["names_cost"].fullmatch(sentence.text[name.end : start])
        or sentence.words["cost_of_name"].fullmatch(sentence.text[end : name.start])
        for name in sentence.models
        if not name.is_family
    )
