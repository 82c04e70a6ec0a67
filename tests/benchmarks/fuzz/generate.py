"""Random scenarios: structure, choices and dimensions from the annotations of the schema."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from functools import cache
from typing import Annotated, Any, Literal

from costcheck.catalog.files import Catalog
from costcheck.scenario.run import ConfigFile
from costcheck.scenario.schema import Scenario
from costcheck.text.forms import Dimension, Joined, Limit
from costcheck.text.quantity import Quantity

SPELLED = {
    "tokens": (1e6, 1e14, ("{}", "{} tokens")),
    "params": (1e6, 5e12, ("{}", "{} parameters")),
    "flop": (1e17, 1e28, ("{} FLOP",)),
    "flop_rate": (1e12, 2e16, ("{} FLOP/s",)),
    "count": (1, 200_000, ("{:i}",)),
    "integer": (1, 4096, ("{:i}",)),
    "gpu_hours": (1, 1e8, ("{} GPU-hours", "{}")),
    "duration": (1e-3, 1e4, ("{} days", "{} h", "{} min", "{} s")),
    "money": (1, 1e10, ("${}", "{} USD", "EUR {}")),
    "ratio": (0.01, 1.0, ("{}", "{:p}%")),
    "share": (0.01, 1.0, ("{}", "{:p}%")),
    "times": (0.01, 100, ("{}x",)),
    "price": (0.1, 20, ("${}/GPU-hour",)),
    "rent": (0.1, 20, ("${}/GPU-hour", "{}", "${}/node-hour")),
    "money_per_gpu": (1e3, 1e5, ("${}/GPU",)),
    "money_per_gpu_year": (1, 1e4, ("${}/GPU-year",)),
    "money_per_kw_month": (10, 500, ("${}/kW-month",)),
    "money_per_kwh": (0.01, 0.5, ("${}/kWh",)),
    "money_per_million_tokens": (0.01, 100, ("${} per million tokens",)),
    "per_gpu_hour": (1e-7, 1e-2, ("{}",)),
    "tokens_per_second": (1, 1e5, ("{} tokens/s", "{}")),
    "grid_intensity": (1, 1500, ("{} g/kWh",)),
    "litres_per_kwh": (0.01, 5, ("{} L/kWh",)),
    "power": (30, 3000, ("{} W",)),
    "energy": (1, 1e9, ("{} kWh",)),
    "carbon": (1, 1e9, ("{} kg",)),
    "bytes": (1e9, 1e12, ("{} bytes",)),
    "water": (1, 1e9, ("{} L",)),
    "gpu_hours_per_trillion_tokens": (1e2, 1e7, ("{} GPU-hours per trillion tokens",)),
    "byte_rate": (1e9, 2e13, ("{} bytes/s",)),
}
"""Dimension: a usual range, and ways to write it; ``{:i}`` whole, ``{:p}`` in percent."""

TEXTS = (
    "A run",
    "x",
    "Größe – naïve",
    "训练",
    "run: 1",
    'it\'s "quoted"',
    "#5",
    "- item",
    "a" * 200,
    "<b>&amp;</b>",
    "=1+1",
    "| pipe |",
    "`code`",
    "\u202eevil",
    "😀",
    "a/b",
    "null",
    "yes",
    "1e5",
    "@here",
    "%s %n {0} {x}",
    "::error::x",
    "final, run",
)
GPUS = (
    "h100",
    "h800",
    "a100",
    "h200",
    "b200",
    "mi300x",
    "tpu-v5p",
    "v100",
    "l4",
    "rtx-4090",
    "p100",
    "gb200-nvl72",
    "ascend-910b2",
    "8xH100",
    "p5.48xlarge",
    "wse3",
    "tpu-v4",
    "a10g",
)
WORDS = {
    "grid": ("USA", "FRA", "CHN", "SWE", "world", "US-VA"),
    "software": ("megatron", "fsdp2", "maxtext", "deepspeed", "unsloth", "torchtune", "none"),
    "provider": ("aws", "coreweave", "lambda", "neocloud", "marketplace"),
    "targets": ("attention", "all-linear", "mlp", "q_proj"),
    "recompute": ("none", "selective", "full", "core_attn"),
    "schedule": ("1f1b", "interleaved", "zero-bubble"),
    "file": ("missing.csv",),
    "config": ("missing.json",),
    "of": ("cost", "x"),
    "to": ("gpt-4", "cost"),
    "fleet_quality": ("early", "mature"),
    "source": ("https://example.org", "a paper"),
}


@cache
def models() -> tuple[str, ...]:
    """Models of the catalog."""
    return tuple(sorted(Catalog().names("models")))


@cache
def hints(section: type) -> dict[str, Any]:
    """Annotations of a section, with what they add."""
    return typing.get_type_hints(section, include_extras=True)


class Author:
    """Writes scenarios from a random generator."""

    def __init__(self, rng: Any) -> None:
        self.rng = rng

    def scenario(self) -> dict[str, Any]:
        """Mostly what people combine, now and then anything the schema allows."""
        rng = self.rng
        if rng.random() < 0.2:
            without = {"extends"} | ({"claims"} if rng.random() < 0.8 else set())
            return self.section(Scenario, rng.choice((0.1, 0.3, 0.6)), without)
        top = {"model", "training", "fleet"}
        share = rng.choice((0.0, 0.08, 0.2))
        found = self.section(Scenario, share, {"extends", "claims", "stages"}, top)
        if rng.random() < 0.6:
            for key in rng.choice(TIMES):
                found.setdefault(key, self.value(hints(Scenario)[key], key))
        sensible(found)
        if rng.random() < 0.15:
            found["stages"] = self.value(hints(Scenario)["stages"], "stages")
        if rng.random() < 0.05:
            found["claims"] = self.value(hints(Scenario)["claims"], "claims")
        return found

    def section(
        self,
        section: type,
        share: float,
        without: set[str] = frozenset(),
        always: set[str] = frozenset(),
    ) -> dict[str, Any]:
        """About this share of the keys of a section, and all it needs."""
        found = {}
        for item in dataclasses.fields(section):
            needed = (
                item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
            )
            if item.name in without or not (
                needed or item.name in always or self.rng.random() < share
            ):
                continue
            value = self.value(hints(section)[item.name], item.name)
            if value is not None:
                found[item.name] = value
        return found

    def value(self, kind: Any, key: str, marks: tuple[Any, ...] = ()) -> Any:
        """A value that an annotation allows."""
        rng, origin, parts = self.rng, typing.get_origin(kind), typing.get_args(kind)
        if key in ("as_of", "released"):
            return f"20{rng.randint(17, 27)}-{rng.randint(1, 12):02d}"
        if origin is Annotated:
            return self.value(kind.__origin__, key, (*marks, *kind.__metadata__))
        if origin in (typing.Union, types.UnionType):
            options = [one for one in parts if one not in (type(None), ConfigFile)]
            return self.value(rng.choice(options), key, marks)
        if origin is Literal:
            return rng.choice(parts)
        if origin in (tuple, list):
            items = [self.value(parts[0], key) for _ in range(rng.randint(1, 3))]
            joined = any(isinstance(mark, Joined) for mark in marks) and rng.random() < 0.3
            return " + ".join(map(str, items)) if joined else items
        return self.plain(kind, key, marks)

    def plain(self, kind: Any, key: str, marks: tuple[Any, ...]) -> Any:
        """A value of a class."""
        rng = self.rng
        if dataclasses.is_dataclass(kind) and kind is not Quantity:
            return self.section(kind, 0.25)
        makers = {
            Quantity: lambda: self.quantity(marks),
            bool: lambda: rng.choice((True, False)),
            int: lambda: rng.randint(1, 100),
            float: lambda: rng.randint(1, 100),
        }
        return makers[kind]() if kind in makers else self.other(key, kind)

    def other(self, key: str, kind: Any) -> Any:
        """A name or an inline architecture."""
        rng = self.rng
        if key in ("model", "teacher", "about"):
            return rng.choice(models()) if kind is str else self.architecture()
        if key == "gpu":
            return rng.choice(GPUS)
        if key == "currency_rates":
            return {"EUR": 0.9, "CNY": 7.2}
        return rng.choice(WORDS.get(key, TEXTS))

    def architecture(self) -> dict[str, Any]:
        """A decoder as a config.json says it."""
        rng = self.rng
        heads = rng.choice((8, 16, 32, 64))
        found = {
            "model_type": "llama",
            "hidden_size": heads * rng.choice((64, 128)),
            "num_hidden_layers": rng.randint(1, 120),
            "num_attention_heads": heads,
            "num_key_value_heads": rng.choice((1, 2, 4, 8)),
            "intermediate_size": rng.choice((2048, 14336)),
            "vocab_size": rng.choice((32000, 128256)),
        }
        if rng.random() < 0.3:
            found |= {"model_type": "mixtral", "num_local_experts": 8, "num_experts_per_tok": 2}
        return found

    def quantity(self, marks: tuple[Any, ...]) -> str:
        """A number of a dimension as somebody may write it."""
        rng = self.rng
        dimension = next((m.name for m in marks if isinstance(m, Dimension)), "ratio")
        low, high, forms = SPELLED[dimension]
        for mark in marks:
            if isinstance(mark, Limit):
                low, high = (
                    (max(low, mark.bound), high)
                    if mark.relation != "at most"
                    else (low, min(high, mark.bound))
                )
        high = max(high, low * 10)
        number = math.exp(rng.uniform(math.log(low), math.log(high)))
        form = rng.choice(forms)
        if "{:i}" in form or dimension in ("count", "integer"):
            whole = max(1, round(number))
            return str(2 ** round(math.log2(whole)) if rng.random() < 0.7 else whole)
        text = form.replace("{:p}", f"{number * 100:.4g}").replace(
            "{}", f"{number:.{rng.randint(1, 6)}g}"
        )
        roll = rng.random()
        if roll < 0.75:
            return text
        return (
            rng.choice(("~", "about ", "under ", "over ")) + text
            if roll < 0.9
            else f"{text} ± {rng.choice((1, 25, 90))}%"
        )


def sensible(found: dict[str, Any]) -> None:
    """Take out of a scenario what no file says together."""
    training, pricing, model = (found.get(key) for key in ("training", "pricing", "model"))
    if isinstance(training, dict):
        _sensible_training(training)
    if isinstance(pricing, dict):
        for key in [key for key in ("rent", "book", "own", "amortized") if key in pricing][1:]:
            del pricing[key]
    if isinstance(model, dict) and "active" in model:
        model["active"] = "1e6"


def _sensible_training(training: dict[str, Any]) -> None:
    training.pop("teacher", None)
    if training.get("objective") == "distillation":
        training["teacher"] = "llama-3-8b"
    if training.get("method", "full") not in ADAPTERS:
        training.pop("adapter", None)
    training.pop("accumulation" if "global_batch" in training else "steps", None)
    amounts = [key for key in AMOUNTS if key in training]
    for key in amounts[1:]:
        del training[key]
    if not amounts:
        training["tokens"] = "1.2T"


AMOUNTS = ("tokens", "compute", "steps", "data", "samples")
ADAPTERS = ("lora", "qlora", "dora")
TIMES = (
    ("utilization",),
    ("gpu_hours",),
    ("duration",),
    ("layout",),
    ("layout", "calibration"),
    ("gpu_hours", "duration", "utilization"),
)
"""Ways to say how long a run takes, one of them contradictory as a rule."""
