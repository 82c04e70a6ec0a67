"""The MFU of a step where nobody stated it: predicted from a layout, else the empirical prior."""

from __future__ import annotations

from collections.abc import Mapping

from costcheck.core.graph import Node
from costcheck.estimate.compute import Compute
from costcheck.estimate.desk import StageDesk
from costcheck.estimate.knowledge import Knowledge
from costcheck.estimate.resolve import Resolved, ResolvedStage


def modelled_mfu(
    stage: ResolvedStage,
    compute: Compute,
    resolved: Resolved,
    known: Knowledge,
    desk: StageDesk,
) -> Mapping[str, Node]:
    """Return the MFU of a step by where it comes from, best first; empty without a part.

    Parameters
    ----------
    stage : ResolvedStage
        The stage.
    compute : Compute
        Its FLOPs.
    resolved : Resolved
        Date and catalogs.
    known : Knowledge
        Constants and priors.
    desk : StageDesk
        Makes the leaves.
    """
    if stage.hardware is None:
        return {}
    return {"prior": desk.assumed("mfu/prior", known.general["mfu_prior"], "share")}
