"""The scenario file: every key it may have."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, get_args

from costcheck.scenario.claim import Claim, identified
from costcheck.scenario.pricing import Budget, Overheads
from costcheck.scenario.rollouts import Engine, Reinforcement, Rollouts, Share, Tokens
from costcheck.scenario.run import Objective, Run
from costcheck.scenario.serving import Serving
from costcheck.text.forms import Dimension, Elsewhere, OneOrMany, Positive
from costcheck.text.quantity import Quantity

ReinforcingKind = Literal[
    "rl",
    "rlhf",
    "rlvr",
    "grpo",
    "gspo",
    "dapo",
    "rloo",
    "reinforce",
    "reinforcement-learning",
    "ppo",
]
StageKind = Literal[
    "pre-training", "context-extension", "sft", ReinforcingKind, "synthetic-data", "ablations"
]
REINFORCING_KINDS: frozenset[str] = frozenset(get_args(ReinforcingKind))
"""Kinds of reinforcement learning: answers are generated, scored and trained on."""
GROUPED_KINDS = frozenset(("rlvr", "grpo", "gspo", "dapo", "rloo"))
"""Kinds among them that compare several answers to one prompt."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Generation:
    """How a synthetic-data stage generates its tokens; its model is the teacher."""

    kept_share: Share | None = None
    """Tokens kept over tokens generated; training.tokens counts the kept ones."""
    decode_mfu: Share | None = None
    """MFU of generating, if measured."""
    engine: Engine | None = None
    """How the engines are laid out."""
    prompt_tokens: Tokens | None = None
    """Tokens of one prompt."""
    answer_tokens: Tokens | None = None
    """Tokens of one answer, on average."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Stage(Run):
    """One stage of the training; what it does not say, the top level says."""

    name: str
    """Name of the stage, unique in the file."""
    kind: Annotated[StageKind, Elsewhere("training.objective", get_args(Objective))] = (
        "pre-training"
    )
    """What is done: decides how its compute is estimated."""
    concurrent: bool = False
    """True: runs beside the stage before it, so its days do not add."""
    rollouts: Rollouts | None = None
    """Of a stage of reinforcement learning: what is generated and trained on."""
    rl: Reinforcement | None = None
    """The same in the words of version 0.1."""
    generation: Generation | None = None
    """Of a synthetic-data stage: how it is generated."""
    share_of_final_run: Annotated[Quantity, Dimension("ratio"), Positive] | None = None
    """Compute and hours over those of the first training stage before this one, where nothing else
    is stated."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Scenario(Run):
    """A training run, planned or claimed."""

    name: str = ""
    """Title of the report."""
    as_of: date | None = None
    """Day whose prices and hardware apply; absent: the catalog's newest, marked assumed."""
    currency_rates: dict[str, Annotated[Quantity, Dimension("ratio"), Positive]] | None = None
    """Units of other currencies per US dollar, for amounts the file gives in them."""
    overheads: Overheads | None = None
    """What comes on top of the run."""
    stages: tuple[Stage, ...] = ()
    """Stages of the training; then the top level holds only their defaults."""
    claims: Annotated[tuple[Claim, ...], OneOrMany] = ()
    """Public statements to compare with the estimate."""
    budget: Budget | None = None
    """Limits that `check` enforces."""
    serving: Serving | None = None
    """What serving the trained model takes; no part of what the training costs."""
    extends: str | tuple[str, ...] | None = None
    """Files whose keys this one overrides."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "claims", identified(self.claims))
