"""Reinforcement learning as a file says it: what a step generates, and on which accelerators."""

from __future__ import annotations

from costcheck.text.launch_files.found import Draft

_GROUPS = ("actor", "critic", "ref", "reward", "engine")
"""Parts of a run that may have accelerators of their own; the first trains the policy."""


_SCORED = "{}: parameters of all that scores an answer, this and a reference, over the policy's"
_ONLY_MOST = "the mean; the file says the most ({})"


def generates(draft: Draft) -> bool:
    """Say whether a run answers prompts, and trains on its answers."""
    return "stage.kind" in draft.values


def settle_rollouts(draft: Draft) -> None:
    """Settle the answers of a step, of an update and of the whole run, and who generates them."""
    if not generates(draft):
        return
    answers = "rollouts.answers_per_prompt"
    draft.derive("training.global_batch", ("run.update_prompts", answers), lambda p, n: p * n)
    step = ("rollouts.prompts_per_step", answers)
    draft.derive("training.global_batch", (*step, "run.updates_per_step"), _of_update)
    draft.derive("rollouts.prompts", ("run.answers", answers), lambda total, n: total // n)
    if "run.update_prompts" not in draft.values:
        needs = ("training.global_batch", answers)
        draft.derive("rollouts.prompts_per_step", needs, lambda b, n: None if b % n else b // n)
    needs = ("run.steps", "rollouts.prompts_per_step")
    draft.derive("rollouts.prompts", needs, lambda steps, prompts: steps * prompts)
    most = draft.values.get("run.longest_prompt")
    if most is not None:
        draft.gaps["rollouts.prompt_tokens"] = _ONLY_MOST.format(
            draft.origins["run.longest_prompt"]
        )
    if "rollouts.prompts" not in draft.values:
        epochs = draft.origins.get("run.episodes") or draft.origins.get("run.epochs", "")
        epochs = "" if epochs == draft.origins.get("rollouts.update_passes") else epochs
        why = f"prompts of a data set whose size the file does not say ({epochs})"
        draft.gaps["rollouts.prompts"] = why if epochs else "the file does not say how many"
    if "run.reward_model" in draft.values:
        draft.gaps["rollouts.scorers"] = _SCORED.format(draft.origins["run.reward_model"])
    for target in ("training.tokens", "training.steps", "training.sequence_length"):
        draft.values.pop(target, None)
        draft.gaps.pop(target, None)
    _settle_groups(draft)


def _of_update(prompts: int, answers: int, updates: int) -> int | None:
    whole, rest = divmod(prompts * answers, updates)
    return None if rest else whole


def _settle_groups(draft: Draft) -> None:
    """Add up the accelerators of the parts that share none."""
    total, origins = draft.whole("fleet.count"), [draft.origins.get("fleet.count", "")]
    for name in _GROUPS[1:]:
        names = (f"groups.{name}.nodes", f"groups.{name}.gpus")
        if total is None or f"groups.{name}.shared" in draft.values:
            continue
        if any(part in draft.gaps for part in names):
            draft.values.pop("fleet.count", None)
            draft.gaps["fleet.count"] = f"the accelerators of its {name} are open"
            return
        nodes, gpus = map(draft.whole, names)
        gpus = gpus or (1 if name == "engine" else None)
        if nodes and gpus:
            total += nodes * gpus
            origins += [draft.origins[part] for part in names if part in draft.origins]
            if name == "engine":
                draft.put("rollouts.engine.gpus", nodes * gpus, "; ".join(origins[-2:]))
    if total is not None:
        draft.put("fleet.count", total, "; ".join(dict.fromkeys(origins)))
