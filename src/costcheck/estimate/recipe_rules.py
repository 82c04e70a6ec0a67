"""What the data files say of recipes: habits of software, adapters, objectives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from costcheck.catalog.files import spelled
from costcheck.estimate.model_source import ResolvedModel
from costcheck.estimate.recipe_problems import ADAPTED, method_of, targets_of
from costcheck.estimate.study import GENERATING_KINDS, Study
from costcheck.physics.architectures.adapters import Adapters, adapters_of
from costcheck.physics.architectures.architecture import Architecture
from costcheck.physics.architectures.flops import forward_flops
from costcheck.physics.architectures.parameters import parameter_tree
from costcheck.scenario.run import Adapter

TYPICAL_TOKENS = 4096
"""Tokens of a sequence at which models are compared where no length is stated."""


@dataclass(frozen=True, kw_only=True)
class Objective:
    """What a loss asks beside a forward and a backward pass of the model.

    Parameters
    ----------
    scoring_passes : float
        Forward passes without a backward one, of the reference and of the model itself.
    reference, teacher : bool
        Whether a frozen copy of the model, or another model, has to be in memory.
    sequences : float
        Sequences of one sample: two where the loss compares a pair.
    scalar_head : bool
        Whether the head gives one number instead of logits.
    """

    scoring_passes: float = 0.0
    reference: bool = False
    teacher: bool = False
    sequences: float = 1.0
    scalar_head: bool = False


def rules_of(study: Study) -> Mapping[str, Any]:
    """What the data files say of storage, optimizers, adapters and objectives."""
    return study.resolved.catalog.document("performance/memory.yaml")


def objective_of(study: Study) -> Objective:
    """What the stage's loss asks; plain training where the file says nothing.

    Stages of reinforcement learning have their own passes: an objective that they inherit from the
    top of the file is that of the other stages.
    """
    generates = study.of_stage.stage.kind in GENERATING_KINDS
    named = "" if generates else study.training.objective or ""
    stated = rules_of(study)["objectives"].get(named, {})
    return Objective(**{key: value for key, value in stated.items() if key != "sources"})


def software_name(study: Study) -> str:
    """The software a stage names, as the data files spell it; empty where it names none."""
    software = study.stage.fleet.software if study.stage.fleet else None
    name = getattr(software, "name", software) or ""
    return spelled(str(name))


def habits_of(study: Study, *, narrow: bool = False) -> dict[str, Any]:
    """What the software does where a file does not say: the first entry that says it."""
    software, method, found = software_name(study), method_of(study.training), dict[str, Any]()
    for entry in rules_of(study)["software"]:
        fits = (
            software in entry["software"]
            and method in entry.get("methods", (method,))
            and (entry.get("width") != "narrow" or narrow)
        )
        if fits:
            found = {**entry, **found}
    return found


def rank_of(study: Study) -> float:
    """Inner width of the adapters: as stated, else usual."""
    stated = (study.training.adapter or Adapter()).rank
    return stated.value if stated else float(rules_of(study)["adapters"]["rank"]["value"])


def adapters_in(study: Study, network: Architecture) -> Adapters | None:
    """The adapters of a stage, None where it trains the weights themselves."""
    method = method_of(study.training)
    if method not in ADAPTED:
        return None
    usual = habits_of(study).get("targets", rules_of(study)["adapters"]["targets"])
    targets = targets_of(study.training.adapter or Adapter()) or usual
    return adapters_of(
        network, rank=round(rank_of(study)), targets=targets, magnitudes=method == "dora"
    )


def teacher_flops(teacher: ResolvedModel, tokens: int) -> float:
    """Forward FLOP per token of a teacher."""
    if teacher.architecture is None:
        size = teacher.active or teacher.parameters
        return 2.0 * size.value if size else 0.0
    forward = forward_flops(teacher.architecture, sequence_length=tokens, convention="causal")
    return float(forward.value) / tokens


def teacher_parameters(teacher: ResolvedModel) -> float:
    """Parameters of a teacher."""
    if teacher.architecture is None:
        return teacher.parameters.value if teacher.parameters else 0.0
    return float(parameter_tree(teacher.architecture).value)
