"""What it takes to serve the model once it is trained."""

from dataclasses import dataclass
from typing import Annotated

from costcheck.scenario.rollouts import Engine, Number, Share, Tokens
from costcheck.text.forms import Dimension, Positive
from costcheck.text.quantity import Quantity

TokenPrice = Annotated[Quantity, Dimension("money_per_million_tokens"), Positive]


@dataclass(frozen=True, kw_only=True, eq=False)
class Bought:
    """What the same tokens cost where they are bought."""

    input: TokenPrice
    """Price of prompts, such as $3 per million tokens."""
    output: TokenPrice
    """Price of answers."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Serving:
    """The load to serve, and where; no part of what the training costs."""

    requests_per_day: Number
    """Requests of an average day."""
    prompt_tokens: Tokens
    """Tokens of one prompt."""
    answer_tokens: Tokens
    """Tokens of one answer, on average."""
    gpu: str | None = None
    """Accelerator that serves; absent: the one that trains."""
    engine: Engine | None = None
    """How the engines are laid out."""
    utilization: Share | None = None
    """Average load over what the engines could serve."""
    rent: Annotated[Quantity, Dimension("price"), Positive] | None = None
    """Price of an accelerator-hour; absent: the training's on the same part, else the book's."""
    bought: Bought | None = None
    """What the same tokens cost where they are bought, to compare with."""
