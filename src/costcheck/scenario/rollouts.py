"""What a stage of reinforcement learning generates, by whom, and what is done with it."""

from dataclasses import dataclass
from typing import Annotated, Literal

from costcheck.scenario.run import Count, Whole
from costcheck.text.forms import AtMost, Dimension, Positive
from costcheck.text.quantity import Quantity

Share = Annotated[Quantity, Dimension("ratio"), Positive, AtMost(1)]
Number = Annotated[Quantity, Dimension("count"), Positive]
Tokens = Annotated[Quantity, Dimension("tokens"), Positive, AtMost(1e9)]


@dataclass(frozen=True, kw_only=True, eq=False)
class Engine:
    """How one engine that generates is laid out; absent: the least that holds the weights well."""

    tensor: Whole | None = None
    """Accelerators that share each layer (TP)."""
    pipeline: Whole | None = None
    """Groups of layers (PP)."""
    attention_data: Whole | None = None
    """Parts of the batch whose attention stays apart, as engines do it for mixtures of experts with
    latent attention; divides `tensor`."""
    precision: Literal["bf16", "fp8", "nvfp4"] | None = None
    """Format of the weights while generating; absent: bf16."""
    cache: Literal["bf16", "fp8"] | None = None
    """Format of the KV cache; absent: bf16."""
    gpus: Count | None = None
    """Accelerators that only generate; absent: all of the fleet in a synchronous run, half of it in
    an asynchronous one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rollouts:
    """What a stage of reinforcement learning generates and trains on."""

    prompts: Number | None = None
    """Prompts over the whole stage, repetitions counted."""
    prompts_per_step: Number | None = None
    """Prompts whose answers are generated at once, by one version of the weights."""
    answers_per_prompt: Number | None = None
    """Answers generated for one prompt; absent: 8 for methods that compare them, else 1."""
    prompt_tokens: Tokens | None = None
    """Tokens of one prompt."""
    answer_tokens: Tokens | None = None
    """Tokens of one answer, on average."""
    longest_answer: Tokens | None = None
    """Tokens of the longest answer of a step, usually the limit; a synchronous one waits for it."""
    engine: Engine | None = None
    """How the engines are laid out."""
    asynchronous: bool | None = None
    """Whether answers are generated while earlier ones are trained on; absent: no."""
    staleness: Whole | None = None
    """Steps by which answers may be older than the weights; absent: 1 where asynchronous."""
    reward_time: Annotated[Quantity, Dimension("duration")] | None = None
    """Time of a step in which rewards are awaited: a sandbox, a verifier, a judge elsewhere."""
    update_passes: Annotated[Quantity, Dimension("ratio"), Positive] | None = None
    """Training passes over each answer."""
    scorers: Annotated[Quantity, Dimension("ratio")] | None = None
    """Parameters of all that scores an answer (reference, reward model, judge) over the policy's; 0
    for rules."""
    rollout_share: Share | None = None
    """Rollouts over rollouts and updates, in GPU time, if measured."""
    decode_mfu: Share | None = None
    """MFU of generating, if measured."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reinforcement:
    """The same in the words of version 0.1."""

    prompts: Number | None = None
    """Prompts over the whole stage, repetitions counted."""
    rollouts_per_prompt: Number | None = None
    """Answers generated for one prompt; absent: 8 for methods that compare them, else 1."""
    tokens_per_rollout: Annotated[Quantity, Dimension("tokens"), Positive] | None = None
    """Tokens of one answer; without it training.tokens counts the generated tokens."""
    update_passes: Annotated[Quantity, Dimension("ratio"), Positive] | None = None
    """Training passes over each rollout."""
    scorers: Annotated[Quantity, Dimension("ratio")] | None = None
    """Parameters of all that scores a rollout over the policy's; 0 for rules."""
    rollout_share: Share | None = None
    """Rollouts over rollouts and updates, in GPU time, if measured."""
    decode_mfu: Share | None = None
    """MFU of generating, if measured."""

    def as_rollouts(self) -> Rollouts:
        """Today's words for it."""
        return Rollouts(
            prompts=self.prompts,
            answers_per_prompt=self.rollouts_per_prompt,
            answer_tokens=self.tokens_per_rollout,
            update_passes=self.update_passes,
            scorers=self.scorers,
            rollout_share=self.rollout_share,
            decode_mfu=self.decode_mfu,
        )
