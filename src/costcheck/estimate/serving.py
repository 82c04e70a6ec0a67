"""What serving the model takes: engines for a load, dollars per million tokens, against buying."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from costcheck.catalog.performance import performance_data
from costcheck.estimate.engines import EngineFormula, EngineNodes, engine_nodes, full_token_seconds
from costcheck.estimate.model import Model
from costcheck.estimate.money import booked, stated_rent
from costcheck.estimate.performance import residual_spread
from costcheck.estimate.resolve import ResolvedStage, accelerator
from costcheck.estimate.stage import StageNodes
from costcheck.estimate.study import Study, known_value
from costcheck.graph.nodes import Array, Node, Unknown, call, product, total
from costcheck.physics.decode.engine import prefill_seconds
from costcheck.scenario.pricing import Book
from costcheck.scenario.rollouts import Engine
from costcheck.scenario.run import Fleet
from costcheck.scenario.serving import Serving
from costcheck.units import DAYS_PER_YEAR

TOKENS_PER_MILLION = 1e6
TPS = "tokens/s"
NEVER = 100.0
"""Years of serving that stand for never."""


def serving_nodes(model: Model) -> dict[str, Node]:
    """What a file asks to know of serving, by name; empty where it asks nothing."""
    asked = model.resolved.scenario.serving
    if asked is None:
        return {}
    trained = model.stages[0]
    study = _study(trained, asked)
    engine = engine_nodes(study, asked.engine or Engine(), gpus=np.inf)
    if isinstance(engine, str):
        return {"gpus": study.unknown("serving/gpus", "GPUs", engine)}
    return _Load(study, asked, engine).nodes(_rate(study, trained, asked), model.totals["cost_usd"])


def _study(trained: StageNodes, asked: Serving) -> Study:
    """The trained model on the part that serves it."""
    study, stage = trained.study, trained.study.stage
    hardware = study.hardware
    if asked.gpu is not None:
        hardware = accelerator(study.resolved.catalog, asked.gpu)
        stage = replace(stage, fleet=Fleet(gpu=asked.gpu))
    of_stage = ResolvedStage(stage=stage, model=study.of_stage.model, hardware=hardware)
    return replace(study, prefix="serving/", of_stage=of_stage, made=dict(study.made))


def _rate(study: Study, trained: StageNodes, asked: Serving) -> Node:
    """Price of an accelerator-hour of the part that serves."""
    if asked.rent is not None:
        return stated_rent(study, asked.rent)
    mine, its = study.hardware, trained.study.hardware
    if mine is not None and its is not None and mine.id == its.id:
        return trained.results["usd_per_gpu_hour"]
    return booked(study, Book()).rate


class _Load:
    """The load of a day on engines."""

    def __init__(self, study: Study, asked: Serving, engine: EngineNodes) -> None:
        self.study, self.engine = study, engine
        named = {
            "requests_per_day": ("requests", "requests of a day"),
            "prompt_tokens": ("tokens", "tokens of one prompt"),
            "answer_tokens": ("tokens", "tokens of one answer"),
        }
        self.stated = {
            key: study.stated(f"serving/{key}", getattr(asked, key), unit, why)
            for key, (unit, why) in named.items()
        }
        default = study.known.rollouts["serving.utilization"]
        why = "average load over what the engines could serve"
        path = "serving/utilization"
        self.load = study.term(path, asked.utilization, default, "share", why)
        self.bought = asked.bought

    def nodes(self, rate: Node, training: Node) -> dict[str, Node]:
        """Accelerators, prices and years, by name."""
        study, seconds = self.study, self._seconds()
        per_hour = study.conversion("seconds_per_hour")
        million = study.derived("serving/million", TOKENS_PER_MILLION, "tokens", "a million tokens")
        request = self._request_seconds(seconds)
        found: dict[str, Node] = {"gpus": self._gpus(request)}
        why = "output tokens of one accelerator a second at full load, prompts read as well"
        speed = self.stated["answer_tokens"] / request
        found["output_tokens_per_second"] = study.let("output_tokens_per_second", TPS, speed, why)
        for part, (node, _) in seconds.items():
            price = product(node, million, rate) / (per_hour * self.load)
            path = f"usd_per_million_{part}_tokens"
            found[path] = study.let(f"{path}", "USD", price, f"a million {part} tokens")
        year = study.conversion("hours_per_year")
        cost = product(found["gpus"], rate, year)
        found["usd_per_year"] = study.let("usd_per_year", "USD", cost, "a year of what serves")
        if self.bought is not None:
            found |= self._against(found["usd_per_year"], training)
        return found

    def _seconds(self) -> dict[str, tuple[Node, Node]]:
        """Accelerator-seconds of a token of a prompt and of an answer, with their number."""
        study, engine = self.study, self.engine
        lengths = {key: self.stated[key] for key in ("prompt_tokens", "answer_tokens")}
        data = performance_data(study.resolved.catalog)
        residual = study.residual(
            "serving/residual",
            residual_spread(data.engine_spread),
            "measured over modelled throughput of an engine, sources left out",
            data.engine_sources,
        )
        found: dict[str, tuple[Node, Node]] = {}
        of_engine = {"formula": engine.formula, **lengths, **engine.arguments}
        for part, alone in (
            ("input", call(input_token_seconds, **of_engine)),
            ("output", call(full_token_seconds, reads=False, **of_engine)),
        ):
            why = f"accelerator-seconds of one {part} token on a full engine"
            node = study.let(f"{part}_token_seconds/engine", "s", alone, why)
            seconds = study.let(f"{part}_token_seconds", "s", product(node, residual), why)
            found[part] = (
                seconds,
                lengths["prompt_tokens" if part == "input" else "answer_tokens"],
            )
        return found

    def _request_seconds(self, seconds: Mapping[str, tuple[Node, Node]]) -> Node:
        study = self.study
        parts = [
            study.let(f"{part}_seconds", "s", product(node, tokens), f"{part} of one request")
            for part, (node, tokens) in seconds.items()
        ]
        why = "accelerator-seconds of one request"
        return study.let("request_seconds", "s", total(*parts), why)

    def _gpus(self, request: Node) -> Node:
        study = self.study
        day = product(study.conversion("seconds_per_hour"), study.conversion("hours_per_day"))
        busy = product(self.stated["requests_per_day"], request) / (
            study.let("seconds_per_day", "s", day, "one day") * self.load
        )
        needed = study.let("busy_gpus", "GPUs", busy, "accelerators for the average load")
        whole = call(
            whole_engines,
            gpus=needed,
            tensor=self.engine.arguments["tensor"],
            pipeline=self.engine.arguments["pipeline"],
        )
        name = study.hardware.name if study.hardware else ""
        return study.let("gpus", "GPUs", whole, f"{name}, {self.engine.note}")

    def _against(self, own: Node, training: Node) -> dict[str, Node]:
        """A year of the same tokens bought, and when that pays the training back."""
        study, bought = self.study, self.bought
        assert bought is not None  # noqa: S101 - asked by the caller
        days = study.derived("serving/days_per_year", DAYS_PER_YEAR, "d", "one year")
        million = study.derived("serving/million", TOKENS_PER_MILLION, "tokens", "a million tokens")
        unit = "USD/million tokens"
        parts = [
            study.let(
                f"bought_usd/{part}",
                "USD",
                product(
                    self.stated["requests_per_day"],
                    days,
                    self.stated[tokens],
                    study.in_dollars(f"serving/bought/{part}", price, unit, f"bought {part}"),
                )
                / million,
                f"a year of {part} tokens where they are bought",
            )
            for part, tokens, price in (
                ("input", "prompt_tokens", bought.input),
                ("output", "answer_tokens", bought.output),
            )
        ]
        why = "a year of the same tokens where they are bought"
        year = study.let("bought_usd_per_year", "USD", total(*parts), why)
        found: dict[str, Node] = {"bought_usd_per_year": year}
        if not isinstance(training, Unknown):
            why = "until what is not bought has paid for the training"
            years = call(payback_years, training_usd=training, bought_usd=year, own_usd=own)
            found["payback_years"] = (
                study.let("payback_years", "years", years, why)
                if (known_value(year) or 0.0) > (known_value(own) or 0.0)
                else study.unknown("payback_years", "years", "buying costs less than serving")
            )
        return found


def input_token_seconds(
    *, formula: EngineFormula, prompt_tokens: Array, answer_tokens: Array, **engine: Array
) -> Array:
    """Accelerator-seconds of one token of a prompt."""
    del answer_tokens
    seconds = prefill_seconds(formula.on(engine), prompt_tokens=prompt_tokens)
    return np.asarray(seconds * engine["tensor"] * engine["pipeline"] / prompt_tokens)


def whole_engines(*, gpus: Array, tensor: Array, pipeline: Array) -> Array:
    """Accelerators of the engines that a load fills, the last one whole."""
    size = tensor * pipeline
    return np.ceil(gpus / size) * size


def payback_years(*, training_usd: Array, bought_usd: Array, own_usd: Array) -> Array:
    """Years until what is not bought has paid for the training; at most `NEVER`."""
    saved = np.maximum(np.subtract(bought_usd, own_usd), training_usd / NEVER)
    return np.asarray(training_usd / saved)
