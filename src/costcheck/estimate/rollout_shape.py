"""What one step of reinforcement learning asks for: how many answers, how long."""

from dataclasses import dataclass, fields

from costcheck.estimate.study import Study, known_value
from costcheck.graph.nodes import Node, product
from costcheck.scenario.rollouts import Reinforcement, Rollouts
from costcheck.scenario.schema import GROUPED_KINDS, Stage
from costcheck.text.quantity import Quantity


@dataclass(frozen=True, kw_only=True, eq=False)
class Shape:
    """What one step asks for."""

    answers: Node
    per_prompt: Node
    prompt: Node
    mean: Node
    longest: Node
    tokens: Node
    """Tokens of all answers of a step."""
    steps: Node


def asked_of(stage: Stage) -> Rollouts:
    """What a stage states of its rollouts, in today's words."""
    stated, before = stage.rollouts or Rollouts(), (stage.rl or Reinforcement()).as_rollouts()
    chosen = {
        item.name: getattr(stated, item.name)
        if getattr(stated, item.name) is not None
        else getattr(before, item.name)
        for item in fields(Rollouts)
    }
    return Rollouts(**chosen)


def shape_of(study: Study, asked: Rollouts, tokens: Node, parameters: Node) -> Shape:
    """What one step asks of the engines."""
    answers = answers_per_step(study, asked, parameters)
    mean = mean_length(study, asked)
    if asked.longest_answer is not None:
        longest: Node = _stated_longest(study, asked.longest_answer)
    else:
        why = "tokens of the longest answer"
        longest = study.let("rl/longest_answer", "tokens", product(_tail(study), mean), why)
    of_step = study.let("rl/step_tokens", "tokens", answers * mean, "tokens generated in one step")
    why = "steps over the whole stage"
    return Shape(
        answers=answers,
        per_prompt=answers_per_prompt(study, asked),
        prompt=prompt_length(study, asked),
        mean=mean,
        longest=longest,
        tokens=of_step,
        steps=study.let("rl/steps", "steps", tokens / of_step, why),
    )


def answers_per_step(study: Study, asked: Rollouts, parameters: Node) -> Node:
    """Answers generated at once: stated, or what is usual for a model of that size."""
    if asked.prompts_per_step is not None:
        why = "prompts of one step"
        step = study.stated("rl/prompts_per_step", asked.prompts_per_step, "prompts", why)
        answers = product(step, answers_per_prompt(study, asked))
        return study.let("rl/answers_per_step", "answers", answers, "answers of one step")
    cycle, size = study.known.rollouts, known_value(parameters) or 0.0
    which = "answers_large" if size >= cycle["step.large"].value else "answers"
    return study.assumed("rl/answers_per_step", cycle[f"step.{which}"], "answers")


def answers_per_prompt(study: Study, asked: Rollouts) -> Node:
    """Answers generated for one prompt."""
    path, why = "rl/answers_per_prompt", "answers per prompt"
    if asked.answers_per_prompt is None and study.stage.kind not in GROUPED_KINDS:
        return study.derived(path, 1.0, "1", why)
    return study.term(path, asked.answers_per_prompt, study.known.rollouts["step.group"], "1", why)


def prompt_length(study: Study, asked: Rollouts) -> Node:
    """Tokens of one prompt."""
    cycle = study.known.rollouts
    why, default = "tokens of one prompt", cycle["step.prompt_tokens"]
    return study.term("rl/prompt_tokens", asked.prompt_tokens, default, "tokens", why)


def mean_length(study: Study, asked: Rollouts) -> Node:
    """Tokens of one answer, on average: stated, else usual beside a stated longest one."""
    path, why = "rl/answer_tokens", "tokens of one answer, on average"
    if asked.answer_tokens is None and asked.longest_answer is not None:
        longest = _stated_longest(study, asked.longest_answer)
        return study.let(path, "tokens", longest / _tail(study), why)
    default = study.known.rollouts["step.answer_tokens"]
    return study.term(path, asked.answer_tokens, default, "tokens", why)


def _stated_longest(study: Study, tokens: Quantity) -> Node:
    return study.stated("rl/longest_answer", tokens, "tokens", "tokens of the longest answer")


def _tail(study: Study) -> Node:
    ratio = study.known.rollouts["step.longest_over_mean"]
    return study.assumed("rl/longest_over_mean", ratio, "1")
