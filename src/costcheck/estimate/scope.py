"""What kind of training a stage is, for rules that hold of one kind only."""

from costcheck.estimate.stage import StageNodes


def from_scratch(stage: StageNodes) -> bool:
    """Whether the stage trains all weights of a new model: a pre-training, not an adaptation."""
    full = stage.study.training.method in (None, "full")
    return stage.resolved.stage.kind == "pre-training" and full
