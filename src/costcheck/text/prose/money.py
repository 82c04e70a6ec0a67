"""What an amount in a sentence pays for: a run, an hour, chips, or nothing of a training."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from costcheck.text.prose.names import PART

UNSAID: Final = "it does not say what the money paid for"


class Money(NamedTuple):
    """An amount with the key of a claim it belongs to."""

    field: str
    """Empty where it is no figure of a training; then `why` says so."""
    dimension: str
    text: str
    end: int
    why: str = ""


_SIGN: Final = re.compile(
    r"\s?(?:[A-Z]{0,3}[$\u20ac\u00a3\u00a5\u20b9\u20a9]|(?:USD|EUR|GBP|CNY|RMB|JPY|INR|KRW|CHF|CAD"
    r"|AUD)\b)"
)
_WORD: Final = re.compile(
    r"[\s-]?(?:US |U\.S\. )?(?:dollars?|euros?|yuan|renminbi|RMB|yen|won|rupees"
    r"|pounds(?: sterling)?|USD|EUR|GBP|CNY|JPY)\b"
    r"(?! of (?:CO|carbon))", re.IGNORECASE
)  # fmt: skip
_CODES: Final = {"dollar": "dollars", "euro": "EUR", "yuan": "CNY", "renminbi": "CNY",
                 "rmb": "CNY", "yen": "JPY",
                 "won": "KRW", "rupees": "INR", "pounds": "GBP"}  # fmt: skip
_DEVICE: Final = rf"(?:{PART}|GPU|TPU|chip|accelerator|card|device)"
_HOUR: Final = re.compile(
    rf"\s?(?:/|per |an? |for (?:an?|each|every) |-?an-)\s?(?:single |Nvidia "
    rf"|rented )*(?:{_DEVICE}[\s/-]?(?:per )?)*(?:GPU[ -])?(?:hour|hr|h)\b",
    re.IGNORECASE,
)  # fmt: skip
_NODE_HOUR: Final = re.compile(
    r"\s?(?:/|per |an? )\s?(?:8-GPU |eight-GPU |8x\w+ )?(?:node|instance|server"
    r"|machine)(?:[\s/-](?:per )?(?:hour|hr|h))\b",
    re.IGNORECASE,
)  # fmt: skip
_NODE_BEFORE: Final = rf"\b(?:\d+\s?x\s?{PART}|node|instance|server|machine)\b[^.;,]{{0,25}}$"
_EACH: Final = re.compile(
    rf"\s?(?:each|apiece|(?:/|per |a |for each |for an? )\s?(?:single |Nvidia |AI )*{_DEVICE}\b"
    rf"|per unit|a piece|-each)",
    re.IGNORECASE,
)
_RATE: Final = re.compile(
    r"\s?(?:/|per |an? |for every |for each )\s?(?:[\d.]*\s?(?:million|thousand|1M|1K|billion)\s)?"
    r"(?:(?:input|output)\s)?(?:tokens?|month|year|week|day|user|seat|query|share|person|employee"
    r"|annum)\b"
    r"|\s(?:annually|monthly|a-share|million tokens)|\s?-a-(?:month|year)", re.IGNORECASE
)  # fmt: skip
_OTHER: Final = (
    (_EACH, "the price of one chip, not of a run"),
    (_RATE, "a price or a spending rate, not the cost of a run"),
)
_NOT_A_RUN: Final = re.compile(
    r"\b(?:market (?:cap\w*|value)|market-cap|shares?\b|stock|valu(?:ed|ation)"
    r"|worth \$?[\d.]* ?\w* (?:company|start-?up)|revenues?"
    r"|funding|fundrais\w*|rais(?:e|ed|es|ing)|invest(?:s|ed|ing|ment|ments)?\b|grants?\b|profits?"
    r"|loss(?:es)?|wip(?:ed|ing)"
    r"|salar\w+|subscri\w+|fine[ds]?\b|lawsuit|settle\w*|acqui\w+|donat\w+|loan|debt|price target"
    r"|per share|sales|earn\w*|prize"
    r"|research (?:grant|budget)|staff|payroll|inference|serv(?:e|ing) (?:users|queries)"
    r"|budgets?\b(?=[^.]{0,20}\bfirms))",
    re.IGNORECASE,
)  # fmt: skip
_HARDWARE: Final = re.compile(
    r"\b(?:bu(?:y|ying)|bought|purchas\w+|worth of|capex|capital (?:cost|expend\w+|spending"
    r"|projects|invest\w+)"
    r"|(?:GPUs|chips|accelerators|servers|hardware) worth"
    r"|hardware(?: cost| value| bill)?|stockpil\w+"
    r"|servers? (?:cost|alone)|(?:cluster|data ?cent(?:er|re)s?|supercomputer|campus"
    r"|facility)\b(?:[^.;]|\.\d){0,40}\b(?:cost|price|worth|build)"
    r"|(?:build|built|building|construct\w*)\b(?:[^.;]|\.\d){0,50}\b(?:cluster|data ?cent"
    r"|supercomputer"
    r"|facility|campus)"
    r"|(?:spent|spend\w*|cost\w*|pa(?:y|id)|bill|price)\b(?:[^.;]|\.\d){0,25}\b(?:on|of|for"
    r"|in) (?:the |its |their |those )?(?:\w+ ){0,2}(?:chips|GPUs|hardware|servers|accelerators"
    r"|data ?cent(?:er|re)s?|data-cent(?:er|re)s?|campus|sites?)"
    r"|[$\u20ac\u00a3]\s?[\d.,]+\s?\w* (?:for|on|of|in|worth of) (?:the |its "
    r"|their )?(?:\w+ ){0,2}(?:chips|GPUs|hardware|servers))",
    re.IGNORECASE,
)  # fmt: skip
_PURCHASE: Final = re.compile(
    r"\bpurchas\w+ (?:cost|price)|\bcost of (?:buying|purchasing)\b", re.IGNORECASE
)
_TRAINING: Final = re.compile(
    r"\b(?:(?:pre-?|re)?train\w*|fine-?tun\w+|post-?train\w*|reinforcement|distill\w*|cost\w*"
    r"|compute|runs?\b|price tag|spen[dt]\w*|bills?\b|budget|paid|expens\w+"
    r"|cheap\w*|develop\w*|built?\b|creat\w+|mak\w+|need(?:s|ed)|takes?|took|c[ao]mes? to"
    r"|amount(?:s|ed) to"
    r"|works out|adds up|total(?:s|l?ed)|for (?:just|only|under|about|less|a mere)"
    r"|dollars?|GPU)", re.IGNORECASE
)  # fmt: skip
_FOR_TRAINING: Final = re.compile(
    r"\b(?:to|of|for|on|in) (?:pre-?|re)?train\w*|training (?:\w+ )?(?:cost|run|bill|budget)"
    r"|\btrain\w*\b(?:[^.;]|\.\d){0,30}\bcost|\bcost(?:[^.;]|\.\d){0,30}\btrain",
    re.IGNORECASE,
)
_RATE_OF_EXCHANGE: Final = re.compile(
    r"\b(?:one|1|a) (?:euro|dollar|pound)\b|exchange rate", re.IGNORECASE
)
_BREAK: Final = re.compile(
    r"[;:\u2014]|,(?!\d)|\b(?:while|whereas|but|compared|versus|although)\b", re.IGNORECASE
)


def money_key(sentence: str, start: int, end: int) -> Money | None:
    """Return what an amount is; none where the number names no currency."""
    text, word = sentence[start:end], _WORD.match(sentence[end:])
    if (word is None and not _SIGN.match(text)) or text.lower() in {"a", "an", "one"}:
        return None
    if word is not None:
        end += word.end()
        text = text if _SIGN.match(text) else f"{text} {_currency(word[0])}"
    tail = sentence[end:]
    if found := _NODE_HOUR.match(tail):
        return Money("price_per_node", "money", text, end + found.end())
    if found := _HOUR.match(tail):
        if re.search(_NODE_BEFORE, sentence[:start]):
            return Money("price_per_node", "money", text, end + found.end())
        return Money("price", "price", f"{text}/GPU-hour", end + found.end())
    for pattern, why in _OTHER:
        if found := pattern.match(tail):
            return Money("", "money", f"{text}{found[0]}", end + found.end(), why)
    return _of_the_clause(sentence, start, Money("cost", "money", text, end))


def _currency(word: str) -> str:
    """The code of a currency in words; dollars stay dollars."""
    return next((code for name, code in _CODES.items() if name in word.lower()), word.strip(" -"))


def _of_the_clause(sentence: str, start: int, amount: Money) -> Money:
    """Decide by the words around an amount, those of its own clause first."""
    before = [found.end() for found in _BREAK.finditer(sentence, 0, start)]
    after = _BREAK.search(sentence, amount.end)
    left, right = before[-1] if before else 0, after.start() if after else len(sentence)
    clause = sentence[left:right]
    if _RATE_OF_EXCHANGE.search(clause):
        return amount._replace(field="", why="a rate of exchange")
    wider = sentence[max(start - 90, 0) : amount.end + 70]
    if _NOT_A_RUN.search(clause) and not _FOR_TRAINING.search(clause):
        return amount._replace(field="", why="not the cost of a run")
    if _PURCHASE.search(clause) or (_HARDWARE.search(clause) and not _FOR_TRAINING.search(clause)):
        return amount._replace(field="capex")
    if _TRAINING.search(clause) or _TRAINING.search(wider):
        if _NOT_A_RUN.search(wider) and not _TRAINING.search(clause):
            return amount._replace(field="", why="not the cost of a run")
        return amount
    return amount._replace(field="", why=UNSAID)
