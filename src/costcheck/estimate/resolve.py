"""Replace the names of a scenario by what the catalogs know about them."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from costcheck.catalog.files import Catalog, Kind
from costcheck.catalog.hardware import Accelerator
from costcheck.catalog.instances import Instance, find_instance
from costcheck.catalog.models import typed_entry
from costcheck.catalog.price_quotes import PROVIDER_KINDS
from costcheck.diagnostics import CostcheckError, Diagnostic
from costcheck.estimate import model_source
from costcheck.estimate.model_source import ResolvedModel
from costcheck.estimate.part_limits import part_problems, split_machine
from costcheck.estimate.recipe_problems import bad_batch, bad_recipe, bad_rollouts
from costcheck.scenario.inherit import stages_of, with_batch
from costcheck.scenario.load import Loaded
from costcheck.scenario.run import Training
from costcheck.scenario.schema import Scenario, Stage
from costcheck.text.quantity import Quantity


@dataclass(frozen=True, kw_only=True, eq=False)
class Hardware:
    """The accelerator of a stage with where its figures come from."""

    id: str
    name: str
    entry: Accelerator
    sources: tuple[str, ...]
    assumption: str = ""
    bundle: int = 0
    """Accelerators of the instance or bundle that the file names; 0 where it names the part."""
    provider: str = ""
    """Who rents the instance out that the file names."""

    @property
    def machine_size(self) -> int:
        """Accelerators of one machine, where the file names machines or a bundle; else 1."""
        per_node = self.entry.gpus_per_node
        return int(per_node.value) if self.bundle and per_node else 1


@dataclass(frozen=True, kw_only=True, eq=False)
class ResolvedStage:
    """One stage with its names resolved; what is missing is None."""

    stage: Stage
    model: ResolvedModel | None
    hardware: Hardware | None
    teacher: ResolvedModel | None = None
    """What distillation learns from."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Resolved:
    """A scenario ready to be computed: no name in it is left to look up."""

    scenario: Scenario
    stages: tuple[ResolvedStage, ...]
    as_of: str
    as_of_assumed: bool
    catalog: Catalog
    folder: str = ""
    """Folder that paths in the scenario are relative to."""
    problems: tuple[Diagnostic, ...] = ()


def resolve(loaded: Loaded) -> Resolved:
    """Resolve the names of a scenario."""
    look = _Look(loaded)
    stages = tuple(look.stage(stage) for stage in stages_of(loaded.scenario))
    if loaded.scenario.serving is not None:
        look.part(loaded.scenario.serving.gpu, "serving.gpu")
    for at, claim in enumerate(loaded.scenario.claims):
        look.part(claim.gpu, f"claims.{at}.gpu")
    as_of = loaded.scenario.as_of
    return Resolved(
        scenario=loaded.scenario,
        stages=stages,
        as_of=as_of.isoformat() if as_of else loaded.catalog.date,
        as_of_assumed=as_of is None,
        catalog=loaded.catalog,
        folder=look.folder,
        problems=tuple(dict.fromkeys(look.problems)),
    )


@lru_cache(maxsize=256)
def accelerator(catalog: Catalog, name: str) -> Hardware | None:
    """A catalog accelerator by any of its names or as an instance; None for an unknown name."""
    instance = find_instance(catalog, name)
    if instance is not None:
        return _of_instance(catalog, name, instance)
    file = catalog.find("gpus", name)
    if file is None:
        return None
    entry = typed_entry(file, Accelerator)
    return Hardware(
        id=file.id,
        name=entry.name or file.id,
        entry=entry,
        sources=tuple(source.label for source in entry.sources),
        assumption=file.assumption,
    )


def _of_instance(catalog: Catalog, name: str, instance: Instance) -> Hardware | None:
    part = accelerator(catalog, instance.gpu)
    if part is None:
        return None
    entry, usual = part.entry, part.entry.gpus_per_node
    each, stated = instance.size // instance.nodes, instance.provider or instance.nodes > 1
    # More than a server holds are several servers.
    if each > 1 and (stated or not usual or each <= usual.value):
        entry = replace(entry, gpus_per_node=Quantity.exact(each, "count"))
    said = f"fleet.count counts accelerators; {name} is taken as {instance.size} x {part.name}"
    return replace(
        part,
        entry=entry,
        assumption=said,
        bundle=instance.size,
        provider=instance.provider,
    )


def check_names(loaded: Iterable[Loaded]) -> None:
    """Look every name of several scenarios up."""
    problems = [problem for item in loaded for problem in resolve(item).problems]
    if any(problem.severity == "error" for problem in problems):
        raise CostcheckError(problems)


class _Look:
    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded
        self.catalog = loaded.catalog
        self.folder = os.path.dirname(loaded.path)
        self.problems: list[Diagnostic] = []
        self._hardware: dict[str, Hardware | None] = {}
        self._models: dict[str, ResolvedModel | None] = {}

    def stage(self, stage: Stage) -> ResolvedStage:
        """Resolve one stage."""
        self._check_provider(stage)
        hardware = self._gpu(stage)
        if hardware is not None:
            self.problems += part_problems(self.loaded, stage, hardware.name, hardware.entry)
            size = hardware.machine_size
            self.problems += split_machine(self.loaded, stage, hardware.id, size)
        if hardware is not None and hardware.bundle and stage.fleet and stage.fleet.count is None:
            count = Quantity.exact(hardware.bundle, "count")
            stage = replace(stage, fleet=replace(stage.fleet, count=count))
        self.problems += bad_batch(self.loaded, stage)
        stage = with_batch(stage)
        model, training = self._model(stage.model), stage.training or Training()
        teacher = self._model(training.teacher, "training.teacher")
        self.problems += bad_recipe(self.loaded, model, teacher, training)
        self.problems += bad_rollouts(self.loaded, stage.rollouts)
        return ResolvedStage(
            stage=stage,
            model=model,
            hardware=hardware,
            teacher=teacher,
        )

    def _check_provider(self, stage: Stage) -> None:
        book = stage.pricing.book if stage.pricing else None
        if book is None or book.provider is None:
            return
        from costcheck.catalog.price_book import kind_of_provider, near_providers

        if kind_of_provider(self.catalog, book.provider) is None:
            near = near_providers(self.catalog, book.provider)
            hint = f"did you mean {' or '.join(near)}? " if near else ""
            self.problems.append(
                self.loaded.problem(
                    "CC312",
                    f"no provider of the price book is called {book.provider!r}",
                    key="pricing.book.provider",
                    text=book.provider,
                    help=f"{hint}or write a kind: {', '.join(PROVIDER_KINDS)}",
                )
            )

    def _gpu(self, stage: Stage) -> Hardware | None:
        gpu = stage.fleet.gpu if stage.fleet else None
        if gpu is None:
            return None
        if isinstance(gpu, Accelerator):
            sources = tuple(source.label for source in gpu.sources) or ("the scenario",)
            return Hardware(
                id="inline", name=gpu.name or "inline accelerator", entry=gpu, sources=sources
            )
        return self.part(gpu, "fleet.gpu")

    def part(self, gpu: str | None, key: str) -> Hardware | None:
        """Look a part up that some key names."""
        if gpu is not None and gpu not in self._hardware:
            self._hardware[gpu] = accelerator(self.catalog, gpu)
            if self._hardware[gpu] is None:
                self._unknown("CC301", "gpus", gpu, "accelerator", key)
        return self._hardware[gpu] if gpu else None

    def _model(self, model: Any, written: str = "model") -> ResolvedModel | None:
        if model is None:
            return None
        key = model if isinstance(model, str) else f"#{id(model)}"
        if key not in self._models:
            self._models[key] = self._read_model(model, written)
        return self._models[key]

    def _read_model(self, model: Any, written: str) -> ResolvedModel | None:
        if isinstance(model, str):
            entry = self.catalog.find("models", model)
            size = model_source.size_written(model) if entry is None else None
            if size is not None:
                return model_source.from_scenario(size, self.folder, self.loaded)[0]
            if entry is None:
                self._unknown("CC302", "models", model, "model", written)
                return None
            return model_source.from_catalog(entry)
        resolved, problems = model_source.from_scenario(model, self.folder, self.loaded)
        self.problems += problems
        return resolved

    def _unknown(self, code: str, kind: Kind, name: str, noun: str, key: str) -> None:
        from costcheck.catalog.model_names import size_in_name

        sizes = size_in_name(name) if kind == "models" else {}
        near = [n for n in self.catalog.near(kind, name) if not sizes or size_in_name(n) == sizes]
        hint = f"did you mean {' or '.join(near)}?" if near else ""
        advice = f"`costcheck catalog {kind}` lists what ships; an inline one works as well"
        if kind == "models" and name.lower().endswith(".json"):
            hint, advice = "", f"for a file write model: {{config: {name}}}"
        elif sizes:
            written = ", ".join(f"{key}: {value}" for key, value in sizes.items())
            advice = f"by its name it is {{{written}}}; {{config: path/to/config.json}} is exact"
        self.problems.append(
            self.loaded.problem(
                code,
                f"no {noun} is called {name!r}",
                key=key,
                text=name,
                help=f"{hint} {advice}".strip(),
            )
        )
