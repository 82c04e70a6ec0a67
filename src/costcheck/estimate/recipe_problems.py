"""What a recipe of training cannot mean, although every value in it reads well."""

from collections.abc import Iterator, Sequence

from costcheck.diagnostics import Diagnostic, did_you_mean
from costcheck.estimate.model_source import ResolvedModel
from costcheck.physics.architectures.adapters import GROUPS, MODULES, absent_targets
from costcheck.scenario.load import Loaded
from costcheck.scenario.run import Adapter, Training

CODE = "CC312"

ADAPTED = ("lora", "qlora", "dora")
"""Methods that train adapters."""


def method_of(training: Training) -> str:
    """What is trained: as stated, else what stated adapters imply."""
    if training.method is not None:
        return training.method
    if training.adapter is None:
        return "full"
    return "qlora" if training.adapter.base in ("nf4", "int8") else "lora"


def targets_of(adapter: Adapter) -> Sequence[str]:
    """Targets as a list; none where the file leaves them to the software."""
    targets = adapter.targets or ()
    return (targets,) if isinstance(targets, str) else targets


def bad_recipe(
    loaded: Loaded, model: ResolvedModel | None, training: Training
) -> Iterator[Diagnostic]:
    """Yield every contradiction of a recipe, at its key."""
    method = method_of(training)
    if training.adapter is not None and method not in ADAPTED:
        yield loaded.problem(
            CODE,
            f"method {method} trains no adapters",
            key="training.adapter",
            help=f"remove the adapter, or write method: {', '.join(ADAPTED)}",
        )
    yield from _bad_targets(loaded, model, training.adapter or Adapter())
    if (training.objective == "distillation") != (training.teacher is not None):
        missing = training.teacher is None
        yield loaded.problem(
            CODE,
            "distillation needs a teacher" if missing else "only distillation has a teacher",
            key="training.objective" if missing else "training.teacher",
            help="add teacher: a model" if missing else "write objective: distillation",
        )
    yield from _too_many_amounts(loaded, training)


def _bad_targets(
    loaded: Loaded, model: ResolvedModel | None, adapter: Adapter
) -> Iterator[Diagnostic]:
    targets, key = targets_of(adapter), "training.adapter.targets"
    known = (*GROUPS, *MODULES)
    for target in targets:
        if target not in known:
            message, advice = (
                f"no module is called {target!r}",
                did_you_mean(target, known, "known:"),
            )
            yield loaded.problem(CODE, message, key=key, text=target, help=advice)
    network = model.architecture if model else None
    if network is None or any(target not in known for target in targets):
        return
    for target in absent_targets(network, targets):
        message = f"{model.name if model else ''} has no module {target!r}".strip()
        advice = "write attention, mlp or all-linear, or the names its library uses"
        yield loaded.problem(CODE, message, key=key, text=target, help=advice)


def _too_many_amounts(loaded: Loaded, training: Training) -> Iterator[Diagnostic]:
    """Tokens can follow from the steps or from the data, not from both."""
    ways = {"tokens": training.tokens, "steps": training.steps, "data": training.data}
    stated = [name for name, value in ways.items() if value is not None]
    if len(stated) > 1:
        yield loaded.problem(
            CODE,
            f"{' and '.join(stated)} each say how much is trained",
            key=f"training.{stated[-1]}",
            help=f"keep one of {', '.join(stated)}",
        )
