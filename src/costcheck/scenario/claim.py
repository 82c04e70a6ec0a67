"""What a text says about a training run: the numbers as worded, and their context."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from costcheck.quantities import CLAIMED
from costcheck.text.forms import (
    FIRST_YEAR,
    LAST_YEAR,
    AtLeast,
    AtMost,
    Dimension,
    OneOrMany,
    Positive,
)
from costcheck.text.quantity import Quantity, way_of

Year = Annotated[int, AtLeast(FIRST_YEAR), AtMost(LAST_YEAR)]
Count = Annotated[Quantity, Dimension("count", quoted=True), Positive]
Duration = Annotated[Quantity, Dimension("duration", quoted=True), Positive]
GpuHours = Annotated[Quantity, Dimension("gpu_hours", quoted=True), Positive]
GpuHoursPerTrillion = Annotated[
    Quantity, Dimension("gpu_hours_per_trillion_tokens", quoted=True), Positive
]
Money = Annotated[Quantity, Dimension("money", quoted=True), Positive]
Price = Annotated[Quantity, Dimension("price", quoted=True), Positive]
Parameters = Annotated[Quantity, Dimension("params", quoted=True), Positive]
Tokens = Annotated[Quantity, Dimension("tokens", quoted=True), Positive]
Compute = Annotated[Quantity, Dimension("flop", quoted=True), Positive]
Share = Annotated[Quantity, Dimension("share", quoted=True), Positive]
Times = Annotated[Quantity, Dimension("times", quoted=True), Positive]
Passes = Annotated[Quantity, Dimension("ratio", quoted=True), Positive]
Bytes = Annotated[Quantity, Dimension("bytes", quoted=True), Positive]
Rate = Annotated[Quantity, Dimension("tokens_per_second", quoted=True), Positive]
Peak = Annotated[Quantity, Dimension("flop_rate", quoted=True), Positive]
Energy = Annotated[Quantity, Dimension("energy", quoted=True), Positive]
Power = Annotated[Quantity, Dimension("power", quoted=True), Positive]
Carbon = Annotated[Quantity, Dimension("carbon", quoted=True), Positive]
Intensity = Annotated[Quantity, Dimension("grid_intensity", quoted=True), Positive]
ElectricityPrice = Annotated[Quantity, Dimension("money_per_kwh", quoted=True), Positive]
Water = Annotated[Quantity, Dimension("water", quoted=True), Positive]

if TYPE_CHECKING:
    Claimable = str
else:
    # Only the rows of quantities know the keys, and a type checker cannot run them.
    Claimable = Literal[tuple(CLAIMED)]
Speaker = Literal["primary", "executive", "press", "aggregator"]
Tense = Literal["done", "planned", "hypothetical"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ClaimSource:
    """Where the text was published."""

    title: str | None = None
    """What the text is called."""
    url: str | None = None
    """Where it can be read."""
    date: dt.date | None = None
    """Publication date; a run cannot have used hardware released after it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Ratio:
    """A comparison with another subject: "10-50x lower than o1", "energy of 130 homes"."""

    of: Claimable
    """The quantity compared, by its claim key, such as ``cost``."""
    to: str
    """The other subject: a model, or an equivalence such as ``us-household-year``."""
    times: Times
    """The other subject's value over this one's: ``10-50x``, or ``35% less`` of this one. Of an
    everyday unit, how many of them."""
    way: Literal["less", "more"] | None = None
    """Whether this subject has less or more than the other, where `times` has no word for it."""
    said: str | None = None
    """The comparison in the words of the text, such as ``a tenth of GPT-3's``."""

    @property
    def words(self) -> str:
        """It in words: those of the text where they are known."""
        times = f"{self.times.text}x" if self.times.text.isdigit() else self.times.text
        link = "as" if "as m" in times else "than" if way_of(times) else "against"
        return self.said or f"{times} {link} {self.to}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Claim:
    """Numbers one text states about one subject.

    Every number keeps its wording ("about 25,000", "over $100M"); where a text gives two figures
    for the same quantity the key takes a list.
    """

    MEANT: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("name", "title", "label"), "`id` is the name of a claim"),
        **dict.fromkeys(("model", "subject", "run"), "a claim names its model under `about`"),
        **dict.fromkeys(("quote", "sentence", "claim"), "`text` is the sentence, quoted"),
        **dict.fromkeys(
            ("url", "link", "date"), "write it below `source`: {title: ..., url: ..., date: ...}"
        ),
        **dict.fromkeys(
            ("nodes", "servers", "machines", "gpus_per_node"), "write gpus: 128 nodes of 8"
        ),
        **dict.fromkeys(("planned", "plan", "future"), "write tense: planned"),
        **dict.fromkeys(("hypothetical", "imagined"), "write tense: hypothetical"),
        **dict.fromkeys(
            ("than", "versus", "compared_to", "ratio", "times", "of", "to"),
            "write ratios: [{of: cost, to: gpt-4, times: 10x}]",
        ),
        "year": "write as_of: 2024",
    }
    """What was meant by keys that no claim has."""

    id: str = ""
    """Short name the report uses; absent: its place, such as ``claim-2``."""
    text: str | None = None
    """The sentence, quoted."""
    source: ClaimSource | str | None = None
    """Where it was published."""
    about: str | None = None
    """The subject the text names; only the registry of known runs looks at it."""
    gpu: str | None = None
    """Accelerator the text names."""
    gpus: Count | tuple[Count, ...] | None = None
    """Number of accelerators."""
    duration: Duration | tuple[Duration, ...] | None = None
    """Wall-clock time."""
    gpu_hours: GpuHours | tuple[GpuHours, ...] | None = None
    """Accelerator-hours in total."""
    gpu_hours_per_trillion_tokens: GpuHoursPerTrillion | tuple[GpuHoursPerTrillion, ...] | None = (
        None
    )
    """Accelerator-hours per trillion training tokens."""
    cost: Money | tuple[Money, ...] | None = None
    """Cost of the run, taken as rental-equivalent unless `scope` says otherwise."""
    price: Price | tuple[Price, ...] | None = None
    """Price per accelerator-hour."""
    price_per_node: Money | None = None
    """Price of an hour of a whole server."""
    capex: Money | tuple[Money, ...] | None = None
    """Purchase value of the accelerators, servers included."""
    parameters: Parameters | tuple[Parameters, ...] | None = None
    """Total parameters."""
    active_parameters: Parameters | tuple[Parameters, ...] | None = None
    """Parameters active per token."""
    tokens: Tokens | tuple[Tokens, ...] | None = None
    """Tokens trained on."""
    words: Count | None = None
    """Words of text trained on, where no tokens are stated."""
    bytes: Bytes | None = None
    """Size of the text trained on, where no tokens are stated."""
    epochs: Passes | None = None
    """How often the `words` or `bytes` were seen."""
    compute: Compute | tuple[Compute, ...] | None = None
    """Training compute in FLOP."""
    mfu: Share | tuple[Share, ...] | None = None
    """Model FLOP utilisation over the dense BF16 peak."""
    hfu: Share | None = None
    """Hardware FLOP utilisation, which counts recomputation as work."""
    tokens_per_second_per_gpu: Rate | tuple[Rate, ...] | None = None
    """Steady throughput of one accelerator."""
    throughput: Rate | None = None
    """Steady throughput of the whole fleet."""
    step_time: Duration | tuple[Duration, ...] | None = None
    """Wall-clock time of an optimizer step."""
    peak: Peak | tuple[Peak, ...] | None = None
    """Peak rate of one accelerator."""
    energy: Energy | tuple[Energy, ...] | None = None
    """Energy of the run."""
    electricity_price: ElectricityPrice | tuple[ElectricityPrice, ...] | None = None
    """Price of electricity."""
    power_per_gpu: Power | tuple[Power, ...] | None = None
    """Power per accelerator at the meter."""
    site_power: Power | None = None
    """Power of the whole fleet at the meter."""
    carbon: Carbon | tuple[Carbon, ...] | None = None
    """CO2-equivalent emissions."""
    grid_intensity: Intensity | tuple[Intensity, ...] | None = None
    """Emissions per unit of electricity."""
    water: Water | tuple[Water, ...] | None = None
    """Water used."""
    ratios: Annotated[tuple[Ratio, ...], OneOrMany] = ()
    """Comparisons with other subjects."""
    as_of: dt.date | Year | None = None
    """Date or year of the run, for prices and what was possible then."""
    moe: bool | None = None
    """Mixture of experts: true, false, or absent when the text does not say."""
    language_model: bool = True
    """False where 6 x parameters x tokens does not apply (vision, RL, science)."""
    precision: str | None = None
    """Number format the run trained in."""
    speaker: Speaker | None = None
    """Who says it: primary source, named executive, press, or an aggregator."""
    tense: Tense | None = None
    """Whether the run is done, planned or only thought of; absent: as the sentence says."""
    scope: str | None = None
    """What the text says the numbers cover, such as ``pre-training`` or ``post-training``."""


COUNTED = ("words", "bytes", "price_per_node", "throughput", "site_power", "hfu")
"""Keys that count in another unit than a claim is weighed in."""

NUMBER_FIELDS = tuple(field.name for field in fields(Claim) if field.name in CLAIMED)
"""Keys of a claim that hold numbers, in the order reports print them."""


_IN_A_YEAR = re.compile(
    r"\b(?:in|during)(?: (?:early|mid|late))?[ -]((?:19|20)\d\d)\b(?! to\b)", re.I
)


def identified(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Claims with an id each: those that state none are named by their place."""
    return tuple(
        claim if claim.id else replace(claim, id=f"claim-{place}")
        for place, claim in enumerate(claims, 1)
    )


def year_of(claim: Claim) -> int | None:
    """The year a claim speaks of: the run's, the one its sentence names, or the text's."""
    if claim.as_of is not None:
        return claim.as_of.year if isinstance(claim.as_of, dt.date) else claim.as_of
    if named := _IN_A_YEAR.search(claim.text or ""):
        return int(named[1])
    source = claim.source
    if isinstance(source, ClaimSource) and source.date is not None:
        return source.date.year
    return None


def numbers(claim: Claim) -> tuple[tuple[str, Quantity], ...]:
    """Return every stated number of a claim with its key, in report order."""
    found: list[tuple[str, Quantity]] = []
    for field in NUMBER_FIELDS:
        value = getattr(claim, field)
        if value is None:
            continue
        items = value if isinstance(value, tuple) else (value,)
        found.extend((field, item) for item in items)
    return tuple(found)


_FIGURE = re.compile(
    r"(?<![\w.,-])[$€£¥]?(\d[\d,]*(?:\.\d+)?)(?:-(\d[\d,]*(?:\.\d+)?))?"
    r"(?:\s?(?:%|(?!(?:and|at|by|for|in|of|on|or|over|per|to|with)\b)[A-Za-z]\w*))?"
)
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_NEAR = 40
"""Characters before a number in which a name is looked for."""
_NAME = re.compile(r"[A-Z][\w.]* $")
"""What stands before the number of a version or of a day: Llama 3.1, March 14."""


def stated_digits(claims: Iterable[Claim]) -> frozenset[str]:
    """The digits of every figure that claims hold."""
    held: list[str] = []
    for each in claims:
        held += [quantity.text for _, quantity in numbers(each)]
        held += [getattr(each, key).text for key in COUNTED if getattr(each, key)]
        held += [ratio.times.text for ratio in each.ratios]
    return frozenset(_digits(number) for text in held for number in _NUMBER.findall(text))


def unstated(claim: Claim, known: frozenset[str]) -> tuple[str, ...]:
    """The figures of a claim's sentence whose digits none of its file's claims holds."""
    names = f"{claim.about} {claim.gpu} {claim.precision} {claim.scope}"
    named = set(_NUMBER.findall(names))
    text, found = claim.text or "", list[str]()
    for figure in _FIGURE.finditer(text):
        ends = {number for number in figure.groups() if number} - named
        first = figure[1]
        version = len(first) <= len("3.5") and _NAME.search(
            text, max(figure.start() - _NEAR, 0), figure.start()
        )
        if not version and not _YEAR.fullmatch(first) and not known.issuperset(map(_digits, ends)):
            found.append(figure[0])
    return tuple(found)


def _digits(number: str) -> str:
    """The digits that a number has at every power of ten."""
    return re.sub(r"[,.]", "", number).strip("0")


def about_the_run(claims: Iterable[Claim]) -> frozenset[str]:
    """The claims about what the file is about: the subject its first claim names.

    What is said to be planned or imagined beside it is another run.
    """
    listed = tuple(claim for claim in claims if claim.tense in (None, "done"))
    subject = next((claim.about for claim in listed if claim.about), None)
    return frozenset(claim.id for claim in listed if claim.about in (None, subject))


def source_line(claim: Claim) -> str:
    """Where a claim was published, in one line."""
    source = claim.source
    if isinstance(source, ClaimSource):
        parts = (source.title, str(source.date) if source.date else None, source.url)
        return ", ".join(part for part in parts if part)
    return source or ""
