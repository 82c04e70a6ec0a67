"""Stages that are not plain training: what RL, synthetic data and ablations compute and take.

Rollouts and synthetic data are generated one token at a time, at a few per cent of the peak, so
the hours of such a stage are the sum of its parts, each at its own MFU. Stated hours come first,
as everywhere: the parts then only say what the stage computes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from costcheck import units
from costcheck.estimate.modelled import Modelled
from costcheck.estimate.stage import GENERATING_KINDS, TRAINING_KINDS
from costcheck.graph.nodes import Array, Call, Node, Product, Sum
from costcheck.physics import stages as formulas
from costcheck.scenario.run import Training
from costcheck.scenario.schema import Generation, Reinforcement, Stage

if TYPE_CHECKING:
    from costcheck.estimate.compute import Compute
    from costcheck.estimate.desk import StageDesk
    from costcheck.estimate.knowledge import Knowledge
    from costcheck.estimate.stage import StageNodes
    from costcheck.text.quantity import Quantity


class Workshop(NamedTuple):
    """What the parts of a stage are built from."""

    stage: Stage
    known: Knowledge
    desk: StageDesk
    before: Sequence[StageNodes]

    def term(self, path: str, stated: Quantity | None, default: str, why: str) -> Node:
        """Return a term the file states, else the catalog's."""
        if stated is not None:
            return self.desk.stated(path, stated, "1", why)
        return self.desk.assumed(path, self.known.stages[default], "1", why)

    def compute(self, plain: Compute) -> Compute:
        """Return what the stage computes, by its kind."""
        if self.stage.kind == "rl":
            return _reinforcement(self, plain)
        if self.stage.kind == "synthetic-data":
            return _generation(self, plain)
        return _ablations(self, plain) if self.is_a_share else plain

    @property
    def is_a_share(self) -> bool:
        """Whether the stage is known only as a share of the final run."""
        training = self.stage.training or Training()
        stated = (training.tokens, training.compute, self.stage.gpu_hours, self.stage.duration)
        return self.stage.kind == "ablations" and not any(stated)

    def said(self) -> Stage:
        """Return the stage without an MFU that speaks of another kind of work."""
        utilization = self.stage.utilization
        if utilization is None or not (self.stage.kind in GENERATING_KINDS or self.is_a_share):
            return self.stage
        return replace(self.stage, utilization=replace(utilization, mfu=None))

    def modelled(self, compute: Compute, peak: Node, plain: Modelled) -> Modelled:
        """Return how fast the stage runs, by its kind."""
        if self.stage.kind == "ablations":
            return Modelled(hours=_ablation_hours(self)) if self.is_a_share else plain
        if self.stage.kind == "synthetic-data":
            given = self.stage.generation or Generation()
            path, default = "mfu/decode", "generation.decode_mfu"
            speed = self.term(path, given.decode_mfu, default, "MFU of generating")
            return Modelled(step={"generation": speed})
        stated = _training_mfu(self)
        step = {"stated": stated} if stated is not None else plain.step
        if step:
            return Modelled(step=_mixed_first(self, compute, peak, step))
        return Modelled(end_to_end=_mixed_first(self, compute, peak, plain.end_to_end))


def rollout_token_flops(
    *, active_parameters: Array, scorers: Array, update_passes: Array
) -> Array | float:
    """Return the FLOPs of one rollout token: generated, scored, trained on."""
    return (
        formulas.generation_flops(active_parameters=active_parameters, kept_tokens=1.0)
        + formulas.scoring_flops(scorer_parameters=active_parameters * scorers, scored_tokens=1.0)
        + formulas.update_flops(
            active_parameters=active_parameters, tokens=1.0, passes=update_passes
        )
    )


def _reinforcement(shop: Workshop, compute: Compute) -> Compute:
    weights = _effective_parameters(shop, compute)
    per_token = Call(
        name=shop.desk("flops/rollout_token"),
        unit="FLOP/token",
        why="one rollout token: generated, scored and trained on",
        function=rollout_token_flops,
        arguments={
            "active_parameters": weights,
            "scorers": _scorers(shop),
            "update_passes": _passes(shop),
        },
    )
    tokens = _rollout_tokens(shop, compute, per_token)
    total = Sum(
        name=shop.desk("training_flops"),
        unit="FLOP",
        why="rollouts, scoring and updates",
        parts=(
            _rollouts(shop, weights, tokens),
            _scoring(shop, weights, tokens),
            _updates(shop, weights, tokens),
        ),
    )
    return replace(
        compute,
        tokens=tokens,
        flops_per_token=per_token,
        training_flops=total,
        six_nd_flops=total,
        basis="rollouts, scoring and updates",
    )


def _rollouts(shop: Workshop, weights: Node, tokens: Node) -> Node:
    return Call(
        name=shop.desk("flops/rollouts"),
        unit="FLOP",
        why="a forward pass for every generated token",
        function=formulas.generation_flops,
        arguments={"active_parameters": weights, "kept_tokens": tokens},
    )


def _scoring(shop: Workshop, weights: Node, tokens: Node) -> Node:
    scorers = Product(
        name=shop.desk("rl/scorer_parameters"),
        unit="parameters",
        why="everything that scores a rollout",
        over=(_scorers(shop), weights),
    )
    return Call(
        name=shop.desk("flops/scoring"),
        unit="FLOP",
        why="a forward pass of reference policy, reward model or verifier",
        function=formulas.scoring_flops,
        arguments={"scorer_parameters": scorers, "scored_tokens": tokens},
    )


def _updates(shop: Workshop, weights: Node, tokens: Node) -> Node:
    return Call(
        name=shop.desk("flops/updates"),
        unit="FLOP",
        why="forward and backward passes over the rollouts",
        function=formulas.update_flops,
        arguments={"active_parameters": weights, "tokens": tokens, "passes": _passes(shop)},
    )


def _rollout_tokens(shop: Workshop, compute: Compute, per_token: Node) -> Node:
    given, desk = shop.stage.rl or Reinforcement(), shop.desk
    training = shop.stage.training or Training()
    if given.prompts is not None and given.tokens_per_rollout is not None:
        factors: list[Node] = [
            desk.stated("rl/prompts", given.prompts, "prompts", "prompts over the whole stage"),
            desk.stated(
                "rl/tokens_per_rollout", given.tokens_per_rollout, "tokens", "tokens of one answer"
            ),
        ]
        if given.rollouts_per_prompt is not None:
            why = "answers per prompt"
            factors.append(
                desk.stated("rl/rollouts_per_prompt", given.rollouts_per_prompt, "1", why)
            )
        why = "tokens generated over the whole stage"
        return Product(name=desk("rl/tokens"), unit="tokens", why=why, over=tuple(factors))
    if training.tokens is None and training.compute is not None:
        return Product(
            name=desk("rl/tokens"),
            unit="tokens",
            why="follows from the stated compute",
            over=(desk.stated("flops/stated", training.compute, "FLOP", "compute as stated"),),
            under=(per_token,),
        )
    return compute.tokens


def _generation(shop: Workshop, compute: Compute) -> Compute:
    given, desk = shop.stage.generation or Generation(), shop.desk
    training = shop.stage.training or Training()
    if training.tokens is None:
        return compute
    kept = shop.term(
        "generation/kept_share", given.kept_share, "generation.kept_share", "kept over generated"
    )
    total = Call(
        name=desk("training_flops"),
        unit="FLOP",
        why="a forward pass for every generated token, kept or not",
        function=formulas.generation_flops,
        arguments={
            "active_parameters": _effective_parameters(shop, compute),
            "kept_tokens": compute.tokens,
            "kept_share": kept,
        },
    )
    per_token = Product(
        name=desk("flops/kept_token"),
        unit="FLOP/token",
        why="FLOPs per token that is kept",
        over=(total,),
        under=(compute.tokens,),
    )
    return replace(
        compute,
        flops_per_token=per_token,
        training_flops=total,
        six_nd_flops=total,
        basis="generation, with what is filtered away",
    )


def _ablations(shop: Workshop, compute: Compute) -> Compute:
    main = _main(shop)
    if main is None:
        return compute
    total = Product(
        name=shop.desk("training_flops"),
        unit="FLOP",
        why="ablations and debugging, over the final run",
        over=(_ablation_share(shop), main.compute.training_flops),
    )
    return replace(compute, training_flops=total, six_nd_flops=total, basis="share of the run")


def _ablation_hours(shop: Workshop) -> Mapping[str, Node]:
    main = _main(shop)
    if main is None:
        return {}
    hours = Product(
        name=shop.desk("gpu_hours/share_of_final_run"),
        unit="GPU-hours",
        why="ablations and debugging, over the final run",
        over=(_ablation_share(shop), main.timing.gpu_hours),
    )
    return {"share of the final run": hours}


def _ablation_share(shop: Workshop) -> Node:
    why = "ablations and debugging over the final run"
    given = shop.stage.share_of_final_run
    return shop.term("ablations/share_of_final_run", given, "ablations.share_of_final_run", why)


def _main(shop: Workshop) -> StageNodes | None:
    return next((s for s in shop.before if s.resolved.stage.kind in TRAINING_KINDS), None)


def _mixed(shop: Workshop, compute: Compute, peak: Node, training_mfu: Node) -> Node:
    """Return the MFU of rollouts, scoring and updates together, from the hours of each."""
    desk = shop.desk
    decode = _decode_mfu(shop, training_mfu)
    total = compute.training_flops
    mfus = {"rollouts": decode, "scoring": training_mfu, "updates": training_mfu}
    hours = tuple(
        Call(
            name=desk(f"gpu_hours/{part}"),
            unit="GPU-hours",
            why=f"productive hours of {part}",
            function=formulas.gpu_hours,
            arguments={"flops": flops, "peak_flops_per_second": peak, "mfu": mfu},
        )
        for flops, (part, mfu) in zip(total.children, mfus.items(), strict=True)
    )
    hour = desk.derived("seconds_per_hour", units.SECONDS_PER_HOUR, "s", "one hour")
    return Product(
        name=desk("mfu/mixed"),
        unit="share",
        why="FLOPs of all parts over what the peak allowed in their hours",
        over=(total,),
        under=(
            Sum(
                name=desk("gpu_hours/parts"),
                unit="GPU-hours",
                why="rollouts, scoring and updates",
                parts=hours,
            ),
            peak,
            hour,
        ),
    )


def _decode_mfu(shop: Workshop, training_mfu: Node) -> Node:
    given = shop.stage.rl or Reinforcement()
    if given.decode_mfu is not None:
        return shop.desk.stated("mfu/decode", given.decode_mfu, "share", "MFU of generating")
    share = shop.term(
        "rl/rollout_share",
        given.rollout_share,
        "reinforcement.rollout_share",
        "rollouts over rollouts and updates, in GPU time",
    )
    return Call(
        name=shop.desk("mfu/decode"),
        unit="share",
        why="MFU of generating that the share of the time implies",
        function=formulas.decode_mfu_from_share,
        arguments={
            "training_mfu": training_mfu,
            "rollout_share": share,
            "update_passes": _passes(shop),
        },
    )


def _training_mfu(shop: Workshop) -> Node | None:
    utilization = shop.stage.utilization
    if utilization is None or utilization.mfu is None:
        return None
    return shop.desk.stated("mfu/stated", utilization.mfu, "share", "MFU of a step")


def _mixed_first(
    shop: Workshop, compute: Compute, peak: Node, offered: Mapping[str, Node]
) -> dict[str, Node]:
    best = next(iter(offered.values()), None)
    return {} if best is None else {"rollouts and updates": _mixed(shop, compute, peak, best)}


def _passes(shop: Workshop) -> Node:
    given = shop.stage.rl or Reinforcement()
    why = "training passes over each rollout"
    return shop.term("rl/update_passes", given.update_passes, "reinforcement.update_passes", why)


def _scorers(shop: Workshop) -> Node:
    given = shop.stage.rl or Reinforcement()
    why = "parameters of everything that scores a rollout, over the policy's"
    return shop.term("rl/scorers", given.scorers, "reinforcement.scorers_over_policy", why)


def _effective_parameters(shop: Workshop, compute: Compute) -> Node:
    # A sixth of a trained token's FLOPs is what the formulas call active parameters, with the
    # attention of this architecture and sequence length counted in.
    six = shop.desk.derived("flops/six", 6.0, "FLOP", "6ND rule")
    return shop.desk.once(
        Product(
            name=shop.desk("flops/effective_parameters"),
            unit="parameters",
            why="FLOPs of a trained token over 6: weights and attention one token meets",
            over=(compute.flops_per_token,),
            under=(six,),
        )
    )
