"""Compute that follows from stated hours and a stated speed, where nobody states the tokens."""

from dataclasses import replace

from costcheck.estimate.compute import WORKED, Compute, rule_of_thumb
from costcheck.estimate.goodput import goodput_node
from costcheck.estimate.study import Study
from costcheck.estimate.timing import count_node, peak_node, stated_hours, stated_speeds
from costcheck.graph.nodes import Node, Unknown, product


def worked(study: Study, compute: Compute) -> Compute:
    """The compute of a stage of unknown compute, from its hours and its speed."""
    count, peak = count_node(study), peak_node(study)
    hours = next(iter(stated_hours(study, count).values()), None)
    speed = next(iter(stated_speeds(study, compute, peak).values()), None)
    if hours is None or speed is None or isinstance(peak, Unknown):
        return compute
    seconds = hours * study.conversion("seconds_per_hour") * goodput_node(study, count)
    why = "productive time of the stated hours x peak x stated speed"
    flops = study.result("training_flops", seconds * peak * speed, why)
    tokens, why = compute.tokens, "FLOPs of stated hours and speed"
    six_nd: Node = study.let("flops/six_nd", "FLOP", product(flops), why)
    if not isinstance(compute.flops_per_token, Unknown):
        why = "follows from the hours and the speed"
        tokens = study.let("tokens", "tokens", flops / compute.flops_per_token, why)
        six_nd = rule_of_thumb(study, compute.six_n, tokens)
    return replace(
        compute,
        training_flops=flops,
        tokens=tokens,
        six_nd_flops=six_nd,
        basis=WORKED,
    )
