"""The scenario file: every key it may have."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from costcheck.scenario.claim import Claim
from costcheck.scenario.pricing import Budget, Overheads
from costcheck.scenario.run import Run
from costcheck.text.quantity import Quantity
from costcheck.text.reader import AtMost, Dimension, OneOrMany, Positive

StageKind = Literal["pre-training", "context-extension", "sft", "rl", "synthetic-data", "ablations"]


Share = Annotated[Quantity, Dimension("ratio"), Positive, AtMost(1)]
Number = Annotated[Quantity, Dimension("count"), Positive]


@dataclass(frozen=True, kw_only=True, eq=False)
class Reinforcement:
    """What an RL stage generates and trains on, where its hours are not stated."""

    prompts: Number | None = None
    """Prompts over the whole stage, repetitions counted."""
    rollouts_per_prompt: Number | None = None
    """Answers generated for one prompt; absent: 1."""
    tokens_per_rollout: Annotated[Quantity, Dimension("tokens"), Positive] | None = None
    """Tokens of one answer; without it training.tokens counts the generated tokens."""
    update_passes: Annotated[Quantity, Dimension("ratio"), Positive] | None = None
    """Training passes over each rollout."""
    scorers: Annotated[Quantity, Dimension("ratio")] | None = None
    """Parameters of all that scores a rollout (reference, reward model, verifier) over the
    policy's; 0 for rules."""
    rollout_share: Share | None = None
    """Rollouts over rollouts and updates, in GPU time; decides the MFU of generating."""
    decode_mfu: Share | None = None
    """MFU of generating, if measured."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Generation:
    """How a synthetic-data stage generates its tokens; its model is the teacher."""

    kept_share: Share | None = None
    """Tokens kept over tokens generated; training.tokens counts the kept ones."""
    decode_mfu: Share | None = None
    """MFU of generating."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Stage(Run):
    """One stage of the training; what it does not say, the top level says."""

    name: str
    """Name of the stage, unique in the file."""
    kind: StageKind = "pre-training"
    """What is done: decides how its compute is estimated."""
    concurrent: bool = False
    """True: runs beside the stage before it, so its days do not add."""
    rl: Reinforcement | None = None
    """Of an RL stage: what is generated and trained on."""
    generation: Generation | None = None
    """Of a synthetic-data stage: how it is generated."""
    share_of_final_run: Annotated[Quantity, Dimension("ratio"), Positive] | None = None
    """Of an ablations stage: its compute over the final run's, where nothing else is stated."""


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
    extends: str | tuple[str, ...] | None = None
    """Files whose keys this one overrides."""
