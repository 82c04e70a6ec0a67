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
from costcheck.text.quantity import Quantity

SPLIT = ("tensor", "pipeline", "context", "expert", "expert_tensor")
"""Kinds of parallelism that not every software has."""


def compared_length(study: Study) -> int:
    """Tokens of a sequence at which models are compared: as stated, else as usual."""
    stated = study.training.sequence_length
    return round((stated or study.known.general["sequence_length"]).value)


@dataclass(frozen=True, kw_only=True)
class Objective:
    """What a loss asks beside a forward and a backward pass of the model."""

    scoring_passes: float = 0.0
    """Forward passes without a backward one, of the reference and of the model itself."""
    reference: bool = False
    teacher: bool = False
    """Whether a frozen copy of the model, or another model, has to be in memory."""
    sequences: float = 1.0
    """Sequences of one sample: two where the loss compares a pair."""
    scalar_head: bool = False
    """Whether the head gives one number instead of logits."""


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


def software_of(study: Study) -> str | None:
    """The software a stage names, else what people tune models with; None where neither is known.

    A file that pre-trains goes on with what pre-trained. A full fine-tune whose layout states a
    kind of parallelism that this software has not runs another, nobody knows which.
    """
    named = study.stage.fleet.software_parts.name if study.stage.fleet else None
    if named:
        return named
    from costcheck.catalog.performance import performance_data

    data = performance_data(study.resolved.catalog)
    usual, layout = str(data.prediction.data["tuning_software"]), study.stage.layout
    if method_of(study.training) != "full":
        return usual
    if not study.fine_tunes or study.beside_pre_training:
        return None
    can = data.bundle(software=usual, sharded=False, date=study.resolved.as_of).can
    degrees = {key: getattr(layout, key, None) for key in SPLIT}
    other = any(each and each.value > 1.0 and key not in can for key, each in degrees.items())
    return None if other else usual


def software_name(study: Study) -> str:
    """The software of a stage, as the data files spell it; empty where nobody knows it."""
    return spelled(software_of(study) or "")


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
        return 2.0 * _size(teacher.active, teacher.parameters)
    forward = forward_flops(teacher.architecture, sequence_length=tokens, convention="causal")
    return float(forward.value) / tokens


def teacher_parameters(teacher: ResolvedModel) -> float:
    """Parameters of a teacher."""
    if teacher.architecture is None:
        return _size(teacher.parameters, teacher.active)
    return float(parameter_tree(teacher.architecture).value)


def _size(best: Quantity | None, other: Quantity | None) -> float:
    known = best or other
    assert known is not None  # noqa: S101 - a teacher of unknown size is refused
    return known.value
