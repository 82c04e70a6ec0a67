"""What a recipe of training cannot mean, although every value in it reads well."""

from collections.abc import Iterator, Sequence

from costcheck.diagnostics import Diagnostic, did_you_mean
from costcheck.estimate.model_source import ResolvedModel
from costcheck.physics.architectures.adapters import GROUPS, MODULES, absent_targets
from costcheck.scenario.load import Loaded
from costcheck.scenario.rollouts import Rollouts
from costcheck.scenario.run import Adapter, Layout, Training
from costcheck.scenario.schema import Stage

CODE = "CC320"

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
    loaded: Loaded, model: ResolvedModel | None, teacher: ResolvedModel | None, training: Training
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
    if teacher is not None and not teacher.is_sized:
        yield loaded.problem(
            CODE,
            f"nobody published the size of {teacher.name}, whose forward passes distillation runs",
            key="training.teacher",
            help="write teacher: {parameters: ...}, or objective: sft where its answers are data",
        )
    yield from _too_many_amounts(loaded, training)
    yield from _of_one_size(loaded, model, training)


def bad_batch(loaded: Loaded, stage: Stage) -> Iterator[Diagnostic]:
    """Yield what is wrong about the batch of a step: stated twice, or lacking where steps are."""
    training = stage.training or Training()
    each = stage.layout.accumulation if isinstance(stage.layout, Layout) else None
    if each is not None and training.global_batch is not None:
        yield loaded.problem(
            CODE,
            "global_batch and accumulation each say how many sequences a step takes",
            key="layout.accumulation",
            help="keep one of them; micro_batch x accumulation is the batch of one rank",
        )
    generates = stage.rollouts is not None
    lacking = training.global_batch is None and each is None and not generates
    if training.steps is not None and lacking:
        yield loaded.problem(
            CODE,
            "tokens follow from steps only with a batch",
            key="training.steps",
            help="add global_batch: sequences per optimizer step",
        )


def bad_rollouts(loaded: Loaded, rollouts: Rollouts | None) -> Iterator[Diagnostic]:
    """Yield the contradictions of what a stage generates: an average longer than the longest."""
    mean, longest = (rollouts.answer_tokens, rollouts.longest_answer) if rollouts else (None, None)
    if mean is not None and longest is not None and longest.value < mean.value:
        yield loaded.problem(
            CODE,
            f"the longest answer ({longest.text}) is shorter than the average ({mean.text})",
            key="rollouts.longest_answer",
            text=longest.text,
            help="answer_tokens is the average, longest_answer the limit of a step",
        )


def _bad_targets(
    loaded: Loaded, model: ResolvedModel | None, adapter: Adapter
) -> Iterator[Diagnostic]:
    targets, whole = targets_of(adapter), "training.adapter.targets"
    listed = isinstance(adapter.targets, tuple)
    keys = {t: f"{whole}.{place}" if listed else whole for place, t in enumerate(targets)}
    known = (*GROUPS, *MODULES)
    unknown = [target for target in targets if target not in known]
    for target in unknown:
        advice = did_you_mean(target, known, "known:")
        message = f"no module is called {target!r}"
        yield loaded.problem(CODE, message, key=keys[target], text=target, help=advice)
    network = model.architecture if model else None
    if model is None or network is None or unknown:
        return
    for target in absent_targets(network, targets):
        message = f"{model.name} has no module {target!r}"
        advice = "write attention, mlp or all-linear, or the names its library uses"
        yield loaded.problem(CODE, message, key=keys[target], text=target, help=advice)


def _of_one_size(
    loaded: Loaded, model: ResolvedModel | None, training: Training
) -> Iterator[Diagnostic]:
    """A network that sees samples of one size is not trained on tokens of any length."""
    network = model.architecture if model else None
    if model is None or network is None or not network.positions:
        return
    for key in ("tokens", "sequence_length", "data"):
        if getattr(training, key) is not None:
            yield loaded.problem(
                CODE,
                f"{model.name} sees whole samples ({network.sample}), and no text of {key}",
                key=f"training.{key}",
                help="write samples: how many are seen in training, repetitions counted",
            )


def _too_many_amounts(loaded: Loaded, training: Training) -> Iterator[Diagnostic]:
    """Tokens can follow from the steps or from the data, not from both."""
    names = ("tokens", "samples", "steps", "data")
    stated = [name for name in names if getattr(training, name) is not None]
    if len(stated) > 1:
        yield loaded.problem(
            CODE,
            f"{' and '.join(stated)} each say how much is trained",
            key=f"training.{stated[-1]}",
            help=f"keep one of {', '.join(stated)}",
        )
