"""One stage under study: what the file says of it, what is known, and the nodes made of that.

Every input carries who says so and how sure it is. A value that two stages share (a price of the
top level, a default, a catalog figure) is one leaf: it is drawn once, swept once, and a diff sees
one change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np

from costcheck import units
from costcheck.catalog.defaults import Default
from costcheck.catalog.knowledge import Knowledge
from costcheck.estimate.currency import BASE_CURRENCY
from costcheck.estimate.recipe_problems import method_of
from costcheck.estimate.resolve import Hardware, Resolved, ResolvedStage
from costcheck.graph.distributions import Spread
from costcheck.graph.evaluation import Evaluation, evaluate
from costcheck.graph.nodes import Formula, Input, Node, Provenance, Unknown
from costcheck.quantities import RESULTS
from costcheck.scenario.pricing import Overheads, Own, Pricing
from costcheck.scenario.run import Energy, Layout, Training
from costcheck.scenario.schema import REINFORCING_KINDS, Scenario, Stage
from costcheck.text.quantity import Quantity, quantities_in

N = TypeVar("N", bound=Node)

TRAINING_KINDS = ("pre-training", "context-extension", "sft")
"""Kinds of stages whose steps the performance model describes."""

SPLITS = ("tensor", "pipeline", "context", "data")
"""Degrees whose product is the accelerators of a layout."""

GENERATING_KINDS = REINFORCING_KINDS | {"synthetic-data"}
"""Kinds whose accelerators mostly decode: an MFU of training says nothing about their speed."""


REFERENCE_PRECISIONS = ("bf16", "fp16", "fp32")
"""MFU is measured against the first of these that a part has, whatever the run's precision."""

STEP_RESIDUAL, MEMORY_RESIDUAL = "step_seconds/step_time_residual", "memory/memory_residual"
PRIOR_RESIDUAL = "goodput/prior_residual"
STEP_RESIDUAL_WHY = "measured over predicted step times, on models the fit did not see"
RESIDUALS = (STEP_RESIDUAL, MEMORY_RESIDUAL, PRIOR_RESIDUAL)
"""Leaves by which a predicted step, memory and what runs reach are off: 1 at their centre."""

UNCERTAIN = ("range", "approx")
"""Wordings that make an input uncertain; everything else the author stated is taken as exact."""

CONVERSIONS = {
    "seconds_per_hour": (units.SECONDS_PER_HOUR, "s", "one hour"),
    "hours_per_day": (units.HOURS_PER_DAY, "h", "one day"),
    "hours_per_year": (units.HOURS_PER_YEAR, "h", "one year"),
    "watts_per_kilowatt": (units.WATTS_PER_KILOWATT, "W", "one kilowatt"),
    "grams_per_kilogram": (units.GRAMS_PER_KILOGRAM, "g", "one kilogram"),
    "tokens_per_billion": (units.TOKENS_PER_BILLION, "tokens", "a billion tokens"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Leaves:
    """The nodes of one estimate, each made once, with the paths of one stage."""

    scenario: Scenario
    """The file: quantities of its top level are shared by the stages that inherit them."""
    prefix: str = ""
    """What the paths of the stage begin with; empty where nothing is prefixed."""
    made: dict[str, Node] = field(default_factory=dict)
    inherited: frozenset[int] = frozenset()
    """Identities of the quantities of the top level."""

    @classmethod
    def of(cls, scenario: Scenario) -> Leaves:
        """Start an estimate of a scenario."""
        quantities = quantities_in(scenario, leave="stages")
        return Leaves(scenario=scenario, inherited=frozenset(map(id, quantities)))

    @property
    def overheads(self) -> Overheads:
        """What the file says of the costs around the run, empty where it is silent."""
        return self.scenario.overheads or Overheads()

    def named(self, path: str) -> str:
        """Full path of a computed quantity: ``pre-training/cost/compute``."""
        return self.prefix + path

    def let(self, path: str, unit: str, formula: Formula[N], why: str = "") -> N:
        """Make the node of a formula; what is asked for twice is one node."""
        node = formula.named(self.named(path), unit, why)
        known = self.made.get(node.name)
        if type(known) is type(node) and vars(known) == vars(node):
            return known
        self.made[node.name] = node
        return node

    def result(self, name: str, formula: Formula[N], why: str) -> N:
        """Make the node of a result, in the unit that the table of quantities has for it."""
        return self.let(name, RESULTS[name].unit, formula, why)

    def no_result(self, name: str, why: str) -> Unknown:
        """Make a result nobody can know from here, with the reason."""
        return self.unknown(name, RESULTS[name].unit, why)

    def stated(
        self, path: str, quantity: Quantity, unit: str, why: str, *, sources: Iterable[str] = ()
    ) -> Input:
        """Make an input somebody wrote down, in the file or in a catalog."""
        leaf = Input(
            name=path,
            unit=unit,
            why=why,
            value=quantity.value,
            spread=_spread(quantity),
            provenance=written(quantity, sources),
        )
        here = quantity.origin in ("file", "set", "python") and id(quantity) not in self.inherited
        return self.file(leaf, shared=not here)

    def assumed(self, path: str, default: Default, unit: str, why: str = "") -> Input:
        """Make an input nobody stated: a sourced default with its spread."""
        leaf = Input(
            name=path,
            unit=unit,
            why=why or default.why,
            value=default.value,
            spread=default.spread,
            provenance=Provenance("default", default.text, "", default.sources),
        )
        return self.file(leaf)

    def term(
        self, path: str, quantity: Quantity | None, default: Default, unit: str, why: str
    ) -> Input:
        """Make an input from what the file states, else from the default."""
        if quantity is None:
            return self.assumed(path, default, unit, why)
        return self.stated(path, quantity, unit, why)

    def derived(
        self, path: str, value: float, unit: str, why: str = "", sources: Iterable[str] = ()
    ) -> Input:
        """Make a number that follows from something that is no number, or a conversion."""
        provenance = Provenance("derived", "", "", tuple(sources))
        leaf = Input(name=path, unit=unit, why=why, value=float(value), provenance=provenance)
        return self.file(leaf)

    def fixed(self, path: str, constant: Default, unit: str) -> Input:
        """Make a constant of a model: sourced, and nothing a scenario could state."""
        return self.derived(path, constant.value, unit, constant.why, constant.sources)

    def conversion(self, name: str) -> Input:
        """Make a factor between two units, such as ``seconds_per_hour``."""
        return self.derived(name, *CONVERSIONS[name])

    def residual(self, path: str, spread: Spread, why: str, sources: tuple[str, ...]) -> Input:
        """Make the factor by which a model is off: 1 at its centre."""
        provenance = Provenance("default", "1", "", sources)
        leaf = Input(name=path, unit="1", why=why, value=1.0, spread=spread, provenance=provenance)
        return self.file(leaf)

    def unknown(self, path: str, unit: str, why: str) -> Unknown:
        """Make a quantity nobody can know from here, with the reason."""
        known = self.made.get(self.named(path))
        if isinstance(known, Unknown):
            return known
        node = Unknown(name=self.named(path), unit=unit, why=why)
        self.made[node.name] = node
        return node

    def file(self, leaf: Input, *, shared: bool = True) -> Input:
        """Keep a leaf under its path, or give the one that already says the same."""
        # A shared leaf keeps its plain path; a second value of that path is prefixed.
        candidates = (leaf.name, self.named(leaf.name)) if shared else (self.named(leaf.name),)
        for name in candidates:
            known = self.made.get(name)
            if isinstance(known, Input) and _same(known, leaf):
                return known
            if known is None:
                filed = replace(leaf, name=name)
                self.made[name] = filed
                return filed
        raise ValueError(f"two values for {leaf.name}")

    def in_dollars(self, path: str, amount: Quantity, unit: str, why: str) -> Node:
        """Make an amount of money in dollars, at the file's own rate for another currency."""
        currency = amount.currency or BASE_CURRENCY
        if currency == BASE_CURRENCY:
            return self.stated(path, amount, unit, why)
        rates = self.scenario.currency_rates or {}
        why_rate, last = f"{currency} per US dollar", path.rpartition("/")[2]
        rate = self.stated(
            f"currency/{currency}_per_dollar", rates[currency], f"{currency}/USD", why_rate
        )
        stated = self.stated(f"{path}/{last}_in_{currency}", amount, currency, why)
        return self.let(path, unit, stated / rate, f"{why}, from {currency}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Study(Leaves):
    """One stage: its leaves, its names resolved, what the catalogs know, what came before."""

    of_stage: ResolvedStage
    resolved: Resolved
    known: Knowledge
    """What the catalogs assume where the scenario is silent."""
    final_run: Mapping[str, Node] = field(default_factory=dict)
    """Results of the first training stage before this one; empty where there is none."""
    gpus: Node | None = None
    batch: Node | None = None
    """Accelerators and sequences of a step, where a part of the stage is studied by itself."""

    @property
    def stage(self) -> Stage:
        """The stage as the file states it."""
        return self.of_stage.stage

    @property
    def is_a_share(self) -> bool:
        """Whether the stage is known only as a share of the final run."""
        stage, training = self.stage, self.training
        stated = (
            training.tokens,
            training.samples,
            training.compute,
            stage.gpu_hours,
            stage.duration,
        )
        asked = stage.kind == "ablations" or stage.share_of_final_run is not None
        return asked and not any((*stated, stage.rollouts, stage.rl))

    @property
    def hardware(self) -> Hardware | None:
        """The accelerator, None where the file names none."""
        return self.of_stage.hardware

    @property
    def degrees(self) -> dict[str, Quantity]:
        """Stated degrees whose product is the fleet; none where it may have more replicas."""
        layout = self.stage.layout
        if not isinstance(layout, Layout) or layout.data is None:
            return {}
        return {key: getattr(layout, key) for key in SPLITS if getattr(layout, key) is not None}

    @property
    def node_size(self) -> Quantity | None:
        """Accelerators per server: stated, else of the part; None where neither says."""
        fleet, hardware = self.stage.fleet, self.hardware
        stated = fleet.gpus_per_node if fleet else None
        return stated or (hardware.entry.gpus_per_node if hardware else None)

    @property
    def training(self) -> Training:
        """What the file says of the training, empty where it is silent."""
        return self.stage.training or Training()

    @property
    def adapts(self) -> bool:
        """Whether a trained model is changed: by adapters, fine-tuning, more context or rewards."""
        others = self.stage.kind not in ("pre-training", "ablations", "synthetic-data")
        return others or self.fine_tunes

    @property
    def fine_tunes(self) -> bool:
        """Whether a step trains a part of a model, another objective, or on a data set."""
        return _fine_tunes(self.stage)

    @property
    def beside_pre_training(self) -> bool:
        """Whether the file pre-trains the model that this stage goes on with."""
        stages = (item.stage for item in self.resolved.stages)
        return any(item.kind == "pre-training" and not _fine_tunes(item) for item in stages)

    @property
    def from_scratch(self) -> bool:
        """Whether all weights of a new model are trained; a bare fleet trains none."""
        training, speed = self.training, self.stage.utilization
        amounts = (training.tokens, training.samples, training.compute, training.steps)
        said = (self.of_stage.model, *amounts, speed)
        trains = self.stage.kind == "pre-training" and not self.adapts
        return trains and any(each is not None for each in said)

    @property
    def pricing(self) -> Pricing:
        """What the file says of the price, empty where it is silent."""
        return self.stage.pricing or Pricing()

    @property
    def energy(self) -> Energy:
        """What the file says of power and energy, empty where it is silent."""
        return self.stage.energy or Energy()

    @property
    def own(self) -> Own:
        """What the file says of owning the accelerators, empty where it is silent."""
        return self.pricing.own or Own()

    def of_part(self, path: str, quantity: Quantity, unit: str, why: str) -> Input:
        """Make an input that the accelerator's data sheet states."""
        sources = self.hardware.sources if self.hardware else ()
        return self.stated(path, quantity, unit, why, sources=sources)


def _fine_tunes(stage: Stage) -> bool:
    training = stage.training or Training()
    new = training.objective in (None, "pretrain") and training.data is None
    other = method_of(training) != "full" or not new or stage.kind == "sft"
    return other and stage.kind in ("pre-training", "sft")


def study_of(
    of_stage: ResolvedStage,
    resolved: Resolved,
    known: Knowledge,
    leaves: Leaves,
    final_run: Mapping[str, Node] = {},
) -> Study:
    """Begin the study of a stage among the leaves of its scenario."""
    return Study(
        scenario=leaves.scenario,
        prefix=f"{of_stage.stage.name}/" if leaves.scenario.stages else "",
        made=leaves.made,
        inherited=leaves.inherited,
        of_stage=of_stage,
        resolved=resolved,
        known=known,
        final_run=final_run,
    )


def concurrent_groups(stages: Iterable[Study], nodes: Iterable[N]) -> list[list[N]]:
    """Nodes of stages in groups that run one after the other: what is concurrent joins."""
    groups: list[list[N]] = []
    for study, node in zip(stages, nodes, strict=True):
        if not (study.stage.concurrent and groups):
            groups.append([])
        groups[-1].append(node)
    return groups


def central(nodes: Mapping[str, Node]) -> dict[str, Any]:
    """Central values of nodes that are known, by name."""
    evaluation = evaluate(nodes.values(), record=False)
    return {key: float(np.asarray(evaluation[node])) for key, node in nodes.items()}


def known_value(node: Node, evaluation: Evaluation | None = None) -> float | None:
    """Central value of a node, None where it is unknown."""
    value = (evaluation or evaluate([node], record=False))[node]
    return None if value is None else float(value)


def written(quantity: Quantity, sources: Iterable[str] = ()) -> Provenance:
    """Who wrote a quantity down, where and in which words."""
    at = quantity.place
    place, column = (f"{at.file}:{at.line}", at.column) if at else ("", 0)
    return Provenance(quantity.origin, quantity.text, place, tuple(sources), column)


def reference_precision(hardware: Hardware | None) -> str | None:
    """Precision whose dense peak MFU is measured against, None where the part has no such peak."""
    if hardware is None:
        return None
    return next((p for p in REFERENCE_PRECISIONS if getattr(hardware.entry.peak, p)), None)


def _same(known: Input, leaf: Input) -> bool:
    return (known.value, known.unit, known.spread, known.provenance) == (
        leaf.value,
        leaf.unit,
        leaf.spread,
        leaf.provenance,
    )


def _spread(quantity: Quantity) -> Spread | None:
    if quantity.kind not in UNCERTAIN or not quantity.low < quantity.high:
        return None
    return Spread(
        central=quantity.value,
        low=quantity.low,
        high=quantity.high,
        shape="lognormal" if quantity.low > 0 else "normal",
        lower_bound=0.0,
    )
