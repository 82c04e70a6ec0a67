"""Every quantity said once: one row for each result of an estimate and each number a claim states.

Report, JSON, diff, sweep, compare, explain, ``--fail-on``, ``--fields``, the budget and the audit
read these rows; a fact about a quantity that stands anywhere else is a mistake. Adding a quantity
is adding a row: one with a gap is refused when this module is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from costcheck.diagnostics import did_you_mean, near_names, refusal
from costcheck.units import HOURS_PER_DAY, SECONDS_PER_HOUR, WATTS_PER_KILOWATT

Direction = Literal["less", "more", "neither"]
"""Which of two values is better, where one is."""

Stages = Literal[
    "first", "sum", "cost", "days", "largest", "at once", "utilization", "utilization of steps",
    "utilization by 6ND", "goodput", "price",
]  # fmt: skip
"""How the stages of a run become one figure: that of the first stage that knows it, their sum
(of cost with the overheads, of days one after the other), the largest, the most that stands side
by side, or a ratio of sums: FLOPs (exact, or 6ND) over the peak of all GPU-hours (or of those that
advanced the run), GPU-hours that advanced the run over all, cost over GPU-hours.
"""

Place = Literal["screen", "open", "table", "quiet", "stages", "chart", "plan", "sweep"]
"""Where a result is shown without being asked for: the one screen of an estimate (`open`: while
nobody says how much work the run is), the table of all its results (`quiet`: not while unknown),
the table of stages, the charts of a page, a plan's layouts, a sweep's columns.
"""

VARIABLES: Mapping[str, str] = {
    "gpus": "gpus",
    "hours": "duration",
    "slack": "",
    "goodput": "goodput",
    "price": "",
    "peak": "",
    "mfu": "",
    "active": "active_parameters",
    "tokens": "",
    "intensity": "flop_per_parameter_token",
    "sparsity": "",
    "power": "",
    "grid": "grid_intensity",
    "capex": "",
    "water": "water",
    "step": "step_time",
    "electricity": "electricity_price",
}
"""What the log forms are made of, with what is usual of each: its row of ``quantities`` in
``configs/audit/priors.yaml``; empty where the context of a claim decides. `slack` is
GPU-hours over GPUs x hours (idle, faults, billing), `goodput` productive over all GPU-hours,
`intensity` FLOP per parameter and token, `sparsity` total over active parameters; power is in W,
grid in g/kWh, electricity in USD/kWh, all else in units of the claim keys.
"""

NUISANCES = ("slack", "goodput", "intensity")
"""Variables near a known value that no claim states: what may stand between printed numbers."""

FLOP_PER_PARAMETER_TOKEN = 6.0
"""The known value of `intensity`; those of `slack` and `goodput` are 1."""


Trait = Literal["size", "recipe", "common", "site", "drawn", "use", "telling", "told rounded"]
"""What readers of texts ask of a number. `size`: of the model, which its stages and often its
siblings share; `recipe`: other runs of the recipe have it too; `common`: many models have it in
common, of a recipe, a fleet or a part; `site`: of where models are trained; `drawn`: what a site
draws; `use`: what using a model takes too; `telling`: beside it a figure without a word of its own
is of the same training; `told rounded`: its rounding is told.
"""

Prior = Literal["price", "power", "capex", "slack", "ratio", "fleet", "budget"]
"""Two-sided priors of the audit's network: of a GPU, of idle time, of tokens over parameters, and
the ceilings of fleets and budgets."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Gap:
    """How far a printed number may lie from the product of its printed factors, in ln."""

    above: float = 0.0
    below: float = 0.0
    """By which it may exceed the product for good reasons, or fall short of it."""
    strict: bool = True
    """Nothing but rounding and these may stand between the two sides."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Claimed:
    """What the audit knows of a number that claims state."""

    key: str
    """Key of a claim."""
    words: str
    """As a reader would say it."""
    over: tuple[str, ...]
    under: tuple[str, ...] = ()
    constant: float = 1.0
    """The log form: the number in base units of its dimension is `constant` x the variables `over`
    / the variables `under`."""
    gaps: Mapping[str, Gap] = field(default_factory=dict)
    """What the number may be off a product by the nuisance the product leaves out; under "" what a
    product may be off because this is one of its factors."""
    scales: bool
    """Written with thousand, million or K, M, B, so that one may be mistaken for the other."""
    asked: bool
    """A number one can ask a speaker for."""
    traits: tuple[Trait, ...] = ()
    tells: tuple[Prior, ...] = ()
    """Priors that it can tell from a Gaussian; where no stated number can, they enter as one."""
    mistaken: tuple[str, ...] = ()
    """Keys of what it is mistaken for."""
    clause: str = ""
    """What a sentence says a training did, by this figure."""
    question: str = ""
    """What this figure answers of a model."""
    said: str = "{}"
    """A figure with its unit as a sentence has it."""
    factor: str = ""
    """What a product calls it, where not by its words."""
    converted: tuple[float, str] | None = None
    """A conversion of units that it takes into its name as a factor, and that name."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Definition:
    """What one quantity is."""

    name: str
    """JSON name of the result; of what is no result, the key of the claim."""
    label: str
    """What tables call it."""
    unit: str
    dimension: str
    """How a limit of it is read: a name of `costcheck.text.dimensions`."""
    direction: Direction
    """Which of two values is better."""
    stages: Stages | Literal[""]
    """How stages become one figure; empty for what is no result."""
    scale: float = 1.0
    """Figures per base unit of the dimension."""
    title: str = ""
    """What it is called where it stands alone; `short` in narrow columns."""
    short: str = ""
    aliases: tuple[str, ...] = ()
    """Names it also goes by in every flag; the key of its claim is one by itself."""
    gate: str = ""
    """Word of a gate that means it, as the screens do, though it names another result elsewhere."""
    basis: str = ""
    """What it always rests on; empty where that depends on the run."""
    headline: int = 0
    """Rank among the results that speak for a run: the first that is known does."""
    shown: tuple[Place, ...] = ()
    """Where it is shown without being asked for."""
    claimed: Claimed | None = None
    """What claims state of it."""

    @property
    def key(self) -> str:
        """The claim key that states it; empty where none does."""
        return self.claimed.key if self.claimed else ""


_HOURS = ("gpus", "hours", "slack")

ROWS = (
    Definition(
        name="gpus", label="GPUs", unit="GPUs", dimension="count", direction="neither", stages="",
        claimed=Claimed(
            key="gpus", words="GPUs", over=("gpus",), scales=True, asked=True,
            traits=("common", "site", "telling", "told rounded"), tells=("fleet",),
            clause="ran on {} chips", question="how many chips {} ran on",
        ),
    ),
    Definition(
        name="parameters_total", label="parameters", unit="parameters", dimension="params",
        direction="neither", stages="first", headline=5, shown=("table",),
        claimed=Claimed(
            key="parameters", words="parameters", over=("active", "sparsity"), scales=True,
            asked=True, traits=("size", "recipe", "common", "telling"), tells=("ratio",),
            mistaken=("tokens",), clause="has {} parameters",
        ),
    ),
    Definition(
        name="parameters_active", label="active parameters", unit="parameters", dimension="params",
        direction="neither", stages="first", shown=("table",),
        claimed=Claimed(
            key="active_parameters", words="active parameters", over=("active",), scales=True,
            asked=True, traits=("size", "recipe", "common"), tells=("ratio",),
            mistaken=("tokens", "parameters"), clause="uses {} parameters at a time",
        ),
    ),
    Definition(
        name="tokens", label="tokens", unit="tokens", dimension="tokens", direction="neither",
        stages="",
        claimed=Claimed(
            key="tokens", words="tokens", over=("tokens",), scales=True, asked=True,
            gaps={"goodput": Gap(above=0.03, below=0.5, strict=False)},
            traits=("recipe", "common", "telling"), tells=("ratio",), mistaken=("parameters",),
            clause="learned from {} tokens",
            question="how many tokens {} learned from", converted=(1e-12, "trillions of tokens"),
        ),
    ),
    Definition(
        name="flops_per_token", label="FLOP per token", unit="FLOP/token", dimension="flop",
        direction="neither", stages="first",
    ),
    Definition(
        name="training_flops", label="training FLOP", unit="FLOP", dimension="flop",
        direction="neither", stages="sum", aliases=("flops",), headline=4,
        shown=("table", "sweep"),
        claimed=Claimed(
            key="compute", words="compute", over=(*_HOURS, "goodput", "peak", "mfu"),
            constant=SECONDS_PER_HOUR, scales=True, asked=True,
            gaps={
                "intensity": Gap(above=0.35, below=0.05, strict=False),
                "goodput": Gap(above=0.05, below=0.3, strict=False),
            },
            traits=("telling",), tells=("ratio",), clause="took {} operations",
            question="how many operations {} took",
        ),
    ),
    Definition(
        name="step_seconds", label="step time", unit="s", dimension="duration",
        scale=SECONDS_PER_HOUR, direction="less", stages="first",
        shown=("open", "plan", "sweep"),
        claimed=Claimed(
            key="step_time", words="step time", over=("step",), scales=False, asked=True,
            traits=("common",), clause="took {} a step", question="how long a step of {} took",
        ),
    ),
    Definition(
        name="mfu", label="MFU of a step", unit="share", dimension="ratio", direction="more",
        stages="utilization of steps", shown=("plan",), aliases=("step_mfu",),
        claimed=Claimed(
            key="mfu", words="MFU", over=("mfu",), scales=False, asked=True,
            traits=("common", "telling"), clause="used {} of the peak speed of its chips",
            said="MFU {}",
        ),
    ),
    Definition(
        name="hfu", label="HFU of a step", unit="share", dimension="ratio", direction="neither",
        stages="first",
    ),
    Definition(
        name="gpu_hours", label="GPU-hours", unit="GPU-hours", dimension="gpu_hours",
        direction="less", stages="sum", headline=2,
        shown=("table", "stages", "chart", "plan", "sweep"),
        claimed=Claimed(
            key="gpu_hours", words="GPU-hours", over=_HOURS, scales=True, asked=True,
            gaps={"slack": Gap(above=0.04, below=0.2, strict=False)},
            traits=("telling", "told rounded"), tells=("slack",), clause="took {} chip-hours",
            question="how many chip-hours {} took",
            converted=(SECONDS_PER_HOUR, "GPU-seconds"),
        ),
    ),
    Definition(
        name="gpu_hours_per_trillion_tokens", label="GPU-hours per trillion tokens",
        unit="GPU-hours", dimension="gpu_hours_per_trillion_tokens", direction="less", stages="",
        claimed=Claimed(
            key="gpu_hours_per_trillion_tokens", words="GPU-hours per trillion tokens",
            over=_HOURS, under=("tokens",), constant=1e12, scales=True, asked=False,
            gaps={"": Gap(above=0.08, below=0.01)},
        ),
    ),
    Definition(
        name="days", label="time", unit="days", dimension="duration", scale=1.0 / HOURS_PER_DAY,
        direction="less", stages="days", headline=3,
        shown=("screen", "table", "stages", "chart", "plan", "sweep"),
        claimed=Claimed(
            key="duration", words="duration", over=("hours",), scales=False, asked=True,
            traits=("telling", "told rounded"), clause="took {}",
            question="how long {} took to train", factor="hours",
            converted=(SECONDS_PER_HOUR, "seconds"),
        ),
    ),
    Definition(
        name="mfu_end_to_end", label="MFU of the run", short="MFU of run", unit="share",
        dimension="ratio", direction="more", stages="utilization", gate="mfu",
        shown=("screen", "table", "stages", "chart", "sweep"),
    ),
    Definition(
        name="mfu_end_to_end_6nd", label="the same by 6ND", unit="share", dimension="ratio",
        direction="neither", stages="utilization by 6ND", shown=("table", "quiet"),
    ),
    Definition(
        name="tokens_per_second_per_gpu", label="tokens/s per GPU in a step", unit="tokens/s",
        dimension="tokens_per_second", direction="more", stages="first",
        shown=("open", "table", "sweep"),
        claimed=Claimed(
            key="tokens_per_second_per_gpu", words="tokens per second per GPU",
            over=("peak", "mfu"), under=("intensity", "active"), scales=False, asked=False,
        ),
    ),
    Definition(
        name="goodput", label="speed the run keeps", unit="share", dimension="ratio",
        direction="more", stages="goodput", shown=("table", "quiet"),
    ),
    Definition(
        name="peak", label="peak of a GPU", unit="FLOP/s", dimension="flop_rate",
        direction="neither", stages="",
        claimed=Claimed(
            key="peak", words="peak", over=("peak",), scales=True, asked=False, traits=("common",),
        ),
    ),
    Definition(
        name="memory_bytes_per_gpu", label="memory per GPU", short="memory", unit="bytes",
        dimension="bytes", direction="less", stages="largest", aliases=("memory",),
        shown=("screen", "table", "quiet"),
    ),
    Definition(
        name="usd_per_gpu_hour", label="$ per GPU-hour", unit="USD/GPU-hour", dimension="price",
        direction="less", stages="price", shown=("table", "sweep"),
        claimed=Claimed(
            key="price", words="price", over=("price",), scales=False, asked=True,
            traits=("common",), tells=("price", "budget"),
            clause="was reckoned at {} per chip-hour",
        ),
    ),
    Definition(
        name="cost_usd", label="cost", title="training cost", unit="USD", dimension="money",
        direction="less", stages="cost", headline=1,
        shown=("screen", "table", "stages", "chart", "plan", "sweep"),
        claimed=Claimed(
            key="cost", words="cost", over=(*_HOURS, "price"), scales=True, asked=True,
            gaps={"slack": Gap(below=0.1)}, traits=("site", "use", "told rounded"),
            tells=("price", "capex", "slack", "fleet", "budget"), mistaken=("capex",),
            clause="cost {}", question="what {} cost",
        ),
    ),
    Definition(
        name="usd_per_step", label="$ per step", unit="USD", dimension="money", direction="less",
        stages="first", shown=("open", "sweep"),
    ),
    Definition(
        name="usd_per_billion_tokens", label="$ per 1B tokens", unit="USD", dimension="money",
        direction="less", stages="first", shown=("open", "table", "quiet", "sweep"),
    ),
    Definition(
        name="energy_kwh", label="energy", unit="kWh", dimension="energy", direction="less",
        stages="sum", basis="servers x cooling and supply (PUE)",
        shown=("screen", "table", "chart", "sweep"),
        claimed=Claimed(
            key="energy", words="energy", over=(*_HOURS, "power"),
            constant=1.0 / WATTS_PER_KILOWATT, scales=True, asked=True,
            gaps={"slack": Gap(below=0.2)}, traits=("drawn", "use", "telling", "told rounded"),
            tells=("power", "slack", "fleet"), clause="used {} of electricity",
            question="how much electricity {} used",
        ),
    ),
    Definition(
        name="energy_server_kwh", label="energy of the servers", unit="kWh", dimension="energy",
        direction="less", stages="sum", basis="whole servers",
    ),
    Definition(
        name="energy_chip_kwh", label="energy of the chips", unit="kWh", dimension="energy",
        direction="less", stages="sum", basis="accelerators alone",
    ),
    Definition(
        name="electricity_price", label="electricity price", unit="USD/kWh",
        dimension="money_per_kwh", direction="less", stages="",
        claimed=Claimed(
            key="electricity_price", words="electricity price", over=("electricity",),
            scales=False, asked=True, traits=("common", "site"),
            clause="paid {} for its electricity",
        ),
    ),
    Definition(
        name="power_per_gpu", label="power per GPU", unit="W", dimension="power", direction="less",
        stages="",
        claimed=Claimed(
            key="power_per_gpu", words="power per GPU", over=("power",), scales=False, asked=True,
            gaps={"": Gap(above=0.02)}, traits=("common",), tells=("power",),
            clause="drew {} per chip", factor="power",
        ),
    ),
    Definition(
        name="carbon_kg", label="carbon", unit="kg", dimension="carbon", direction="less",
        stages="sum", basis="location based", shown=("screen", "table", "quiet", "chart", "sweep"),
        claimed=Claimed(
            key="carbon", words="CO2", over=(*_HOURS, "power", "grid"),
            constant=WATTS_PER_KILOWATT**-2, scales=True, asked=False,
            gaps={"slack": Gap(below=0.2)}, traits=("drawn", "use", "told rounded"),
            tells=("power",), clause="caused {} of CO2",
            question="how much CO2 {} caused", said="{} of CO2",
        ),
    ),
    Definition(
        name="grid_intensity", label="grid intensity", unit="g/kWh", dimension="grid_intensity",
        direction="less", stages="",
        claimed=Claimed(
            key="grid_intensity", words="grid intensity", over=("grid",), scales=False,
            asked=False,
        ),
    ),
    Definition(
        name="carbon_embodied_kg", label="carbon of the hardware", unit="kg", dimension="carbon",
        direction="less", stages="sum", basis="its manufacture", shown=("table", "quiet"),
    ),
    Definition(
        name="water_litres", label="water, litres", unit="L", dimension="water", direction="less",
        stages="sum", basis="litres, as stated per kWh", shown=("table", "quiet"),
        claimed=Claimed(
            key="water", words="water", over=(*_HOURS, "power", "water"),
            constant=1.0 / WATTS_PER_KILOWATT, scales=True, asked=False, traits=("drawn", "use"),
            tells=("power",), clause="used {} of water",
            question="how much water {} used", said="{} of water",
        ),
    ),
    Definition(
        name="capex_usd", label="fleet, if bought", unit="USD", dimension="money",
        direction="less", stages="at once", shown=("table", "sweep"),
        claimed=Claimed(
            key="capex", words="hardware value", over=("gpus", "capex"), scales=True, asked=True,
            traits=("site", "told rounded"), tells=("price", "capex", "fleet", "budget"),
            mistaken=("cost",), clause="used hardware worth {}",
        ),
    ),
    Definition(
        name="capex_per_gpu", label="capex per GPU", unit="USD", dimension="money",
        direction="less", stages="",
        claimed=Claimed(
            key="capex_per_gpu", words="hardware value per GPU", over=("capex",), scales=False,
            asked=False,
        ),
    ),
)  # fmt: skip
"""Every quantity, in the order of the main table."""

MODEL_COMPUTE = ("intensity", "active", "tokens")
"""Compute of a language model, which equals the log form of `compute`: 6 x parameters x tokens."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ImpliedFigure:
    """What the numbers of a claim imply where it does not say so."""

    name: str
    label: str
    """What tables call it."""
    phrase: str
    """What a sentence calls it, before the value."""
    unit: str
    variable: str
    per_variable: float = 1.0
    """The variable of the log forms it is, and how many of it a unit of the figure is."""


IMPLIED = (
    ImpliedFigure(name="mfu", label="MFU", phrase="MFU", unit="share", variable="mfu"),
    ImpliedFigure(
        name="usd_per_gpu_hour", label="$ per GPU-hour", phrase="a price of",
        unit="USD/GPU-hour", variable="price",
    ),
    ImpliedFigure(
        name="kw_per_gpu", label="kW per GPU", phrase="kW per GPU", unit="1", variable="power",
        per_variable=1.0 / WATTS_PER_KILOWATT,
    ),
    ImpliedFigure(
        name="usd_per_gpu", label="$ per GPU", phrase="a purchase price per GPU of", unit="USD",
        variable="capex",
    ),
)  # fmt: skip
"""What numbers imply, in the order of the report."""


def _checked(rows: Iterable[Definition]) -> dict[str, Definition]:
    """Rows by name; a row with a gap stops the program, because every screen would show it."""
    named: dict[str, Definition] = {}
    for row in rows:
        form = (*row.claimed.over, *row.claimed.under) if row.claimed else ()
        gaps = [
            what
            for what, missing in (
                ("a name of its own", not row.name or row.name in named),
                ("a label", not row.label),
                ("a unit", not row.unit),
                ("a dimension", not row.dimension),
                ("a direction", row.direction not in get_args(Direction)),
                ("a way to add stages", row.stages not in ("", *get_args(Stages))),
                ("known places", not set(row.shown) <= set(get_args(Place))),
                ("a claim or a result", not row.stages and row.claimed is None),
                ("places only if it is a result", bool(row.shown) and not row.stages),
                ("a log form of known variables", not set(form) <= set(VARIABLES)),
                ("words and a form of its claim", row.claimed and not (row.claimed.words and form)),
            )
            if missing
        ]
        if gaps:
            raise ValueError(f"quantities.py: {row.name or 'a row'} lacks {', '.join(gaps)}")
        named[row.name] = row
    return named


BY_NAME: Mapping[str, Definition] = _checked(ROWS)
"""Rows by their JSON names."""

RESULTS: Mapping[str, Definition] = {name: row for name, row in BY_NAME.items() if row.stages}
"""Results of an estimate."""

CLAIMED: Mapping[str, Definition] = {row.key: row for row in ROWS if row.claimed}
"""Rows by the key of a claim."""

STATED: Mapping[str, Claimed] = {key: row.claimed for key, row in CLAIMED.items() if row.claimed}
"""What the audit knows of numbers by the key of a claim."""


def having(trait: Trait) -> frozenset[str]:
    """Keys of the numbers that have a trait."""
    return frozenset(key for key, row in STATED.items() if trait in row.traits)


SIZES = having("size")
"""Keys of what a model is, whatever was done to train it."""


RATES = frozenset(
    key for key, row in STATED.items() if {"gpus", "hours", "active", "tokens"}.isdisjoint(row.over)
)
"""Keys of how a training ran: how fast, how well, at what price; none of how much it took."""

RATES_IMPLIED: Mapping[str, str] = {
    figure.name: key
    for figure in IMPLIED
    for key, row in STATED.items()
    if row.over == (figure.variable,) and not row.under
}
"""Keys of the rates by the names of what numbers imply of them."""


def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for row in RESULTS.values():
        for name in dict.fromkeys((row.name, row.key, *row.aliases)):
            if name and names.setdefault(name, row.name) != row.name:
                raise ValueError(f"quantities.py: {name} means {names[name]} and {row.name}")
    return names


NAMES: Mapping[str, str] = _names()
"""JSON name of a result by every name it goes by."""

GATES: Mapping[str, str] = {row.gate: row.name for row in ROWS if row.gate}
"""JSON name of a result by the word of a gate."""

HEADLINES = tuple(row.name for row in sorted(ROWS, key=lambda row: row.headline) if row.headline)
"""Results that speak for a run, the first of these that is known does."""


def shown_in(place: Place) -> tuple[Definition, ...]:
    """Results that are shown at a place, in the order of the table."""
    return tuple(row for row in ROWS if place in row.shown)


def label_of(name: str, *, alone: bool = False) -> str:
    """Label of a quantity by its JSON name, in a table or where it stands alone."""
    row = BY_NAME.get(name)
    if row is None:
        return name.replace("_", " ")
    return row.title or row.label if alone else row.label


def _head(row: Definition, end: str) -> str:
    """What a column of a table is called, with its unit where its label does not say it."""
    unit = row.unit.replace("USD", "$").replace("/", " per ")
    if row.name == row.unit:
        return f"{row.name}{end}"
    said = row.unit in row.label.split() or ("/" in row.unit and unit in row.label)
    return f"{row.label}{end}" if said else f"{row.label}{end} [{row.unit}]"


HEADS: Mapping[str, str] = {
    f"{name}{suffix}": _head(row, end)
    for name, row in RESULTS.items()
    for suffix, end in (("", ""), ("_low", " low"), ("_high", " high"))
}
"""Heads of columns for people by the names for programs: of results, and ends of their ranges."""

NAMES_OF_HEADS: Mapping[str, str] = {head: name for name, head in HEADS.items()}


def head_of(name: str) -> str:
    """Head of a column: a quantity by its label and unit, any name but a key in words."""
    return HEADS.get(name) or (name if "." in name else label_of(name))


def spoken(name: str) -> str:
    """A name or the words of a row, as somebody may type them."""
    return name.lower().replace("_", " ").replace("-", " ")


ROW_WORDS: Mapping[str, str] = {
    spoken(words): row.name
    for row in reversed(ROWS)
    if row.stages
    for words in (row.label, row.title, row.short)
    if words
}
"""JSON name of a result by the words of its row on a screen."""


def field_words(key: str) -> str:
    """A claim key as a reader would say it."""
    return STATED[key].words if key in STATED else key.replace("_", " ")


def result_named(
    word: str, known: Iterable[str] = tuple(RESULTS), *, code: str = "CC021", prefix: str = ""
) -> str:
    """JSON name of the result people mean by a word, of those at hand; refused with near names."""
    names = tuple(known)
    name = word if word in names else NAMES.get(word) or ROW_WORDS.get(spoken(word), word)
    if name in names:
        return name
    near = near_names(word, [*NAMES, *names], 1)
    advice = did_you_mean(word, near or names)
    raise refusal(code, f"{prefix}no result is called {word!r}", None, advice)
