"""What the class a config names says: which head, which type; and how weights are stored."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from costcheck.physics.architectures.architecture import Architecture

_SCORES = re.compile(
    r"For(SequenceClassification|TokenClassification|RewardModel|Score)|RewardModel"
)
_LANGUAGE = re.compile(
    r"For(CausalLM|MaskedLM|PreTraining|ConditionalGeneration|Vision2Seq|ImageTextToText)|LMHead|Chat"
)
_DRAFT = re.compile(r"Eagle|Medusa|Draft", re.IGNORECASE)
_USUAL_LABELS = 2
"""Classes of the library's classifiers where a config states none."""


def with_head(
    architecture: Architecture, config: Mapping[str, object]
) -> tuple[Architecture, tuple[str, ...]]:
    """Return the network with the head of the class that the config names."""
    name = _class_name(config)
    if _SCORES.search(name):
        labels = _labels(config)
        transform = architecture.head.extra[:1]
        head = architecture.head._replace(
            vocabulary_size=labels,
            width=architecture.hidden_size,
            tied=False,
            bias=bool(transform),
            extra=transform,
        )
        said = f"{name}: a head of {labels} score{'s' * (labels != 1)} instead of the vocabulary"
        return architecture._replace(head=head), (said,)
    if name and (_DRAFT.search(name) or not _LANGUAGE.search(name)):
        return architecture, (f"{name} is read as the language model of its type",)
    return architecture, ()


def type_of_class(config: Mapping[str, object], known: Sequence[str]) -> str:
    """Return the type whose class a config names, where it does not state its type."""
    stem = re.split(r"For[A-Z]|LMHead|Model$", _class_name(config))[0].lower()
    return next((each for each in known if each.replace("_", "") == stem), "") if stem else ""


def stored_weights(config: Mapping[str, object]) -> tuple[str, ...]:
    """Say how a quantised checkpoint stores its weights."""
    stated = config.get("quantization_config")
    if not isinstance(stated, Mapping):
        return ()
    four = stated.get("load_in_4bit") or stated.get("_load_in_4bit")
    method = str(stated.get("quant_method") or stated.get("quant_algo") or "quantised")
    bits = stated.get("bits") or (4 if four else None)
    kind = f"{method}, {bits} bits" if bits else method
    return (f"the checkpoint stores weights as {kind}; training precision is the scenario's",)


def _class_name(config: Mapping[str, object]) -> str:
    names = config.get("architectures")
    return str(names[0]) if isinstance(names, list) and names else ""


def labels_of(config: Mapping[str, object]) -> int:
    """Return the classes of an image classifier; 0 where the class that is named has no head."""
    name = _class_name(config)
    return _labels(config) if "Classification" in name else 0


def _labels(config: Mapping[str, object]) -> int:
    stated = config.get("num_labels")
    if isinstance(stated, int) and not isinstance(stated, bool) and stated > 0:
        return stated
    named = config.get("id2label")
    return len(named) if isinstance(named, Mapping) and named else _USUAL_LABELS
