"""How people write a number: hedges, currencies, separators, ranges; no units yet.

The grammar is ``[hedge] [currency] number tail``, where the tail is a unit, possibly followed by
the other end of a range, a tolerance or a plus sign. What the unit means is decided by
`costcheck.text.dimensions`, in the light of the field the text stands in.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from costcheck.text.everyday import ONES, TENS, in_digits, sizes_in_digits

Hedge = Literal["", "approx", "at_most", "at_least"]


class QuantityProblem(ValueError):  # noqa: N818 - a problem in a text, as in the rest of the package
    """A text that cannot be read as the quantity its field asks for."""

    def __init__(self, code: str, message: str, help: str, *, keeps_number: bool = True) -> None:
        super().__init__(message)
        self.keeps_number = keeps_number
        """Whether the help may repeat the number: not where it belongs to something else."""
        self.code = code
        self.message = message
        self.help = help


class Amount(NamedTuple):
    """One number as written, with what stands before and after it."""

    digits: str
    """Decimal digits with at most one point: the mantissa, separators removed."""
    power: int
    """Power of ten the mantissa is multiplied with."""
    currency: str | None
    unit: str
    """Text after the number, without range, tolerance or plus sign."""

    @property
    def last_place(self) -> int:
        """Power of ten of the last significant place; trailing integer zeros do not count."""
        point = self.digits.find(".")
        if point >= 0:
            return self.power - (len(self.digits) - point - 1)
        kept = self.digits.rstrip("0")
        return self.power + (len(self.digits) - len(kept) if kept else 0)

    @property
    def significant(self) -> int:
        """Number of significant digits as printed."""
        if "." in self.digits:
            return len(self.digits.replace(".", "").lstrip("0")) or 1
        return len(self.digits.strip("0")) or 1


class Written(NamedTuple):
    """A whole text taken apart: at most one of ``second``, ``tolerance`` and ``more`` is there."""

    hedge: Hedge
    first: Amount
    second: Amount | None = None
    tolerance: Amount | None = None
    more: Amount | None = None
    """What is added, as in "198 hours + 80 hours"."""


_LOOKALIKES: Final = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u2000\u2002\u2003\u2004\u2005\u2006\u2007\u2009\u200a\u202f", " "),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d", "-"),
        **dict.fromkeys("\u223c\u2248\uff5e\u2243\u2245", "~"),
        **dict.fromkeys("\u00d7\u2715\u2a09", "x"),
        **dict.fromkeys("\u00b7\u22c5\u2022", "-"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", ""),
        "\u2264": "<=",
        "\u2265": ">=",
        "\u00b5": "u",
        "\u03bc": "u",
        "\u2082": "2",
        "\u00b2": "2",
        "\u00b3": "3",
        "\uff05": "%",
        "\uff04": "$",
        "\uffe5": "\u00a5",
        "\u2026": "...",
    }
)
_SUPERSCRIPT: Final = "(?<=10)([\u207a\u207b]?)([\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+)"
_SUPERSCRIPT_DIGITS: Final = str.maketrans(
    "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079", "0123456789"
)

_HEDGES: Final[tuple[tuple[Hedge, tuple[str, ...]], ...]] = (
    ("approx", ("~", "about", "around", "approximately", "approx.", "approx", "roughly", "circa",
                "ca.", "c.", "some", "nearly", "almost", "close to", "closer to", "nearer to",
                "nearer", "an estimated", "estimated", "est.", "in the region of",
                "on the order of", "in the order of", "an average of")),
    ("at_most", ("<=", "<", "under", "below", "less than", "fewer than", "up to", "at most",
                 "no more than", "not more than", "as much as", "as many as", "maximum", "max")),
    ("at_least", (">=", ">", "over", "above", "more than", "at least", "no less than",
                  "not less than", "no fewer than", "upwards of", "upward of", "in excess of",
                  "north of", "as little as", "as few as", "minimum", "min")),
    ("", ("between", "from")),
)  # fmt: skip
_ENDINGS: Final[tuple[tuple[str, Hedge], ...]] = (
    ("+", "at_least"),
    (" or more", "at_least"),
    (" or less", "at_most"),
    (" or fewer", "at_most"),
    (" or so", "approx"),
)
# Patterns below stay text until they are needed: `re` compiles and keeps them, and most texts
# need only the first.
_MONEY_SIGN: Final = (
    "[A-Za-z]{0,3}[$\u20ac\u00a3\u00a5\u20b9\u20a9]|(?:[A-Za-z]{3}|[Rr]s\\.?)(?=\\s?[0-9.])"
)
_AMOUNT: Final = re.compile(
    rf"(?P<currency>{_MONEY_SIGN})?\s*"
    r"(?P<number>[0-9][0-9,_]*(?:\.[0-9]*)?|\.[0-9]+)"
    r"(?:[eE](?P<exponent>[+-]?[0-9]{1,4})|\s*[x*]\s*10\s*(?:\^|\*\*)\s*(?P<ten>[+-]?[0-9]{1,4})"
    r"|(?:\^|\*\*)(?P<power>[0-9]{1,4}))?"
    r"\s*(?P<tail>.*)",
    re.DOTALL,
)
_RANGE: Final = (
    rf"(?is)(?:(?P<tight>[^0-9]*?)\s*(?:-|\.\.\.?)|(?P<loose>.*?)(?:^|\s+)(?:-|to)(?=\s))\s*"
    rf"(?P<second>(?:{_MONEY_SIGN})?\s*\.?[0-9].*)"
)
_TOLERANCE: Final = "\u00b1|\\+/-|\\+-"
_THOUSANDS: Final = r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?"
_PLAIN_NUMBER: Final = r"[0-9]+(?:_[0-9]+)*(?:\.[0-9]*)?|\.[0-9]+"
_ONES: Final = "|".join(ONES)
_TENS: Final = "|".join(TENS)
_NUMBER_WORD: Final = (
    rf"(?i)(?:(?P<half>half an?)|(?P<dozen>(?:a )?dozen)"
    rf"|(?P<tens>{_TENS})(?:[- ](?P<unit>{_ONES}))?|(?P<ones>{_ONES}|an?))(?![a-z])\s*"
)
_IN_WORDS: Final = (
    r"(?i)\band[ -]|of an? |\b(?:couple|dozen)\b|[a-z][ -](?:to|or)[ -][a-z]|\bhalf[ -]an? "
)
_SOFTENER: Final = (
    r"(?:only|just|a mere|mere|merely|well|slightly|a little|a bit|far|reportedly|a total of"
    r"|a cool|a modest|a whopping|a staggering|the|an additional|another|somewhere|anywhere)\s+"
    r"(?!of\b)"
)
"""Words before a hedge or a number that change neither."""
HEDGE: Final = (
    rf"(?:(?:{_SOFTENER}|(?:"
    + "|".join(re.escape(word) for _, words in _HEDGES for word in words if word[-1].isalpha())
    + r")\s+|[~\u223c\u2248<>\u2264\u2265]\s?)*)"
)
"""What may stand before a number in a sentence: hedges and words that soften them."""
_VAGUE: Final = (
    r"(?i)\b(?:few|several|many|multiple|couple|numerous|dozens?|(?:ten|hundred|thousand|million"
    r"|billion|trillion)s)\b|[0-9]'?s\b|[KMBT]'s\b"
)


def take_apart(text: str, *, quoted: bool = False) -> Written:
    """Split a text into hedge, amounts and units; `quoted`: somebody else wrote it."""
    rest = _without_words(text, quoted=quoted)
    hedge: Hedge = ""
    if rest and not ("0" <= rest[0] <= "9" or rest[0] == "$"):
        hedge, rest = _leading_hedge(rest)
    if rest.endswith("+") or " or " in rest:
        ending, rest = _trailing_hedge(rest)
        hedge = ending or hedge
    return _ends(hedge, _amount(rest, text), text)


def _without_words(text: str, *, quoted: bool) -> str:
    """Put everyday wordings into digits."""
    rest = _plain(text)
    if quoted:
        rest = sizes_in_digits(rest)
    if re.search(_IN_WORDS, rest):
        rest = in_digits(rest)
    return rest.replace(" plus ", " + ") if " plus " in rest else rest


def _ends(hedge: Hedge, first: Amount, text: str) -> Written:
    """Split what follows the first number off: a tolerance, an addend, the end of a range."""
    tail = first.unit
    if "+" in tail or "\u00b1" in tail:
        parts = re.split(_TOLERANCE, tail, maxsplit=1)
        if len(parts) == 2:
            first = first._replace(unit=parts[0].strip())
            return Written(hedge, first, tolerance=_amount(parts[1].strip(), text))
        if tail.startswith("+"):
            return Written("at_least", first._replace(unit=tail[1:].strip()))
        if (plus := re.fullmatch(r"(\w*)\+\s*([A-Za-z].*)", tail)) is not None:
            return Written("at_least", first._replace(unit=f"{plus[1]} {plus[2]}".strip()))
        unit, _, more = tail.partition("+")
        return Written(hedge, first._replace(unit=unit.strip()), more=_amount(more.strip(), text))
    if ("-" in tail or "to " in tail or ".." in tail) and any(map(str.isdigit, tail)):
        found = re.fullmatch(_RANGE, tail)
        if found is not None:
            first = first._replace(unit=(found["tight"] or found["loose"] or "").strip())
            return Written(hedge, first, second=_amount(found["second"], text))
    return Written(hedge, first)


def is_vague(text: str) -> bool:
    """Tell whether a text names a size without a number, such as "tens of thousands"."""
    return re.search(_VAGUE, text) is not None


def _plain(text: str) -> str:
    """Replace typographic look-alikes and fold white space."""
    if not text.isascii():
        text = re.sub(_SUPERSCRIPT, _caret, text).translate(_LOOKALIKES)
    return " ".join(text.split())


def _caret(found: re.Match[str]) -> str:
    sign = "-" if found[1] == "\u207b" else ""
    return "^" + sign + found[2].translate(_SUPERSCRIPT_DIGITS)


def _leading_hedge(text: str) -> tuple[Hedge, str]:
    """Strip hedges from the front; a bound outranks "about"."""
    hedge: Hedge = ""
    text = _softened(text)
    while (found := _hedge_word(text.lower())) is not None:
        name, length = found
        if name and hedge in {"", "approx"}:
            hedge = name
        # "and" joins the parts of a duration as well; only after "between" it makes a range.
        between = text[:length].lower() == "between"
        text = text[length:].lstrip()
        text = _softened(text.replace(" and ", " to ", 1) if between else text)
    return hedge, text


def _softened(text: str) -> str:
    found = re.match(rf"(?:{_SOFTENER})+", text, re.IGNORECASE)
    return text[found.end() :] if found else text


def _hedge_word(text: str) -> tuple[Hedge, int] | None:
    for hedge, words in _HEDGES:
        for word in words:
            end = len(word)
            if text.startswith(word) and not (word[-1].isalpha() and text[end : end + 1].isalpha()):
                return hedge, end
    return None


def _trailing_hedge(text: str) -> tuple[Hedge, str]:
    for ending, hedge in _ENDINGS:
        if text.endswith(ending):
            return hedge, text[: -len(ending)].rstrip()
    return "", text


def _amount(text: str, whole: str) -> Amount:
    found = _AMOUNT.match(text)
    if found is None:
        return _amount_in_words(text, whole)
    number = found["number"]
    tail = found["tail"]
    if "," in number or "_" in number or tail[:1] in _SEPARATORS:
        number = _without_separators(number, found, whole)
    power = int(found["exponent"] or found["ten"] or 0)
    if found["power"] is not None:
        if number != "10":
            raise _not_a_number(whole)
        number, power = "1", int(found["power"])
    return Amount(number, power, found["currency"], tail)


_SEPARATORS: Final = frozenset("0123456789.,_'")


def _without_separators(number: str, found: re.Match[str], whole: str) -> str:
    """Remove separators, or explain why they could be read in two ways."""
    tail = found["tail"]
    if tail[:2].startswith((".", ",", "'", "_")) and not tail.startswith(".."):
        raise _two_readings(whole, f"{number}{tail}")
    if tail[:1].isdigit():
        joined = number + re.match(r"[0-9 ]*", tail)[0].replace(" ", "")  # type: ignore[index]
        raise QuantityProblem(
            "CC206", f"{whole!r} has a gap inside the number", f"write {joined} without spaces"
        )
    if "," in number:
        if found["exponent"] is not None or not re.fullmatch(_THOUSANDS, number):
            raise _two_readings(whole, found[0])
        return number.replace(",", "")
    if re.fullmatch(_PLAIN_NUMBER, number):
        return number.replace("_", "")
    raise _two_readings(whole, number)


def _two_readings(whole: str, number: str) -> QuantityProblem:
    if number.count(",") == 1 and "." not in number:
        advice = f"write {number.replace(',', '.')} if the comma is a decimal point"
    else:
        advice = "write digits with a decimal point; commas only between groups of three digits"
    return QuantityProblem("CC206", f"{whole!r} can be read in two ways", advice)


def _amount_in_words(text: str, whole: str) -> Amount:
    found = re.match(_NUMBER_WORD, text)
    if found is None:
        raise _not_a_number(whole)
    if found["half"]:
        digits = "0.5"
    elif found["dozen"]:
        digits = "12"
    elif found["tens"]:
        tens = 20 + 10 * TENS.index(found["tens"].lower())
        digits = str(tens + (ONES.index(found["unit"].lower()) if found["unit"] else 0))
    else:
        word = found["ones"].lower()
        digits = "1" if word in {"a", "an"} else str(ONES.index(word))
    return Amount(digits, 0, None, text[found.end() :])


def _not_a_number(whole: str) -> QuantityProblem:
    if is_vague(whole):
        return vague(whole)
    if re.match(r"[^0-9A-Za-z]*-\s*[$0-9.]", _plain(whole)):
        return QuantityProblem("CC208", f"{whole!r} is negative", "write zero or a positive number")
    return QuantityProblem("CC201", f"{whole!r} holds no number", "{example}")


def vague(whole: str) -> QuantityProblem:
    """Return the problem of a text that names a size but no number."""
    return QuantityProblem(
        "CC202",
        f"{whole!r} names a size but no number",
        "write the range you mean, such as {range}",
    )
