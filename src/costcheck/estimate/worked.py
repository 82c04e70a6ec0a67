"""Compute that follows from stated hours and a stated speed, where nobody states the tokens."""

from dataclasses import replace

from costcheck.estimate.compute import WORKED, Compute, six
from costcheck.estimate.goodput import goodput_node
from costcheck.estimate.study import Study
from costcheck.estimate.timing import count_node, peak_node, stated_hours, stated_speeds
from costcheck.graph.nodes import Unknown, product


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
    tokens, six_nd = compute.tokens, product(flops)
    if not isinstance(compute.flops_per_token, Unknown):
        why = "follows from the hours and the speed"
        tokens = study.let("tokens", "tokens", flops / compute.flops_per_token, why)
        six_nd = six(study) * compute.six_n * tokens
    return replace(
        compute,
        training_flops=flops,
        tokens=tokens,
        six_nd_flops=study.let("flops/six_nd", "FLOP", six_nd, "the 6ND rule of thumb"),
        basis=WORKED,
    )
