"""MaxText's mesh: its axes give the ranks, and its batch counts for each device."""

from __future__ import annotations

import math

from costcheck.text.launch_files.found import Draft, Options
from costcheck.text.launch_files.launcher import Launcher, Vocabulary

_RANK_AXES = ("data", "fsdp", "fsdp_transpose", "expert")
"""Axes of the mesh over which samples are spread."""
_WIDTH = ("layout.tensor", "layout.pipeline", "layout.context")


def read_maxtext(draft: Draft, launcher: Launcher, vocabulary: Vocabulary) -> None:
    """Read a mesh, and what of a batch each of its devices gets."""
    del launcher, vocabulary
    for name in _WIDTH:
        draft.assume(name, 1, "MaxText's default 1; the file is silent")
    draft.take("layout.zero", _sharded)
    draft.take("layout.data", lambda options: _ranks(options, draft))
    draft.take("batch.device", lambda options: options.text("per_device_batch_size"))
    draft.derive("batch.micro", ("batch.device", *_WIDTH), _of_rank)


def _sharded(options: Options) -> str | None:
    """ZeRO-3 along the fsdp axis, unless it is 1; it takes what is left where it is -1."""
    return "0" if options.number("ici_fsdp_parallelism") == 1 else "3"


def _ranks(options: Options, draft: Draft) -> int | None:
    """Data-parallel ranks of a mesh all of whose axes are numbers."""
    if options.size("ici_fsdp_parallelism") is None:
        return None
    if options.size("dcn_data_parallelism") is None:
        draft.assumed.append("dcn_data_parallelism: not stated, one slice taken")
    names = [f"{link}_{axis}_parallelism" for link in ("ici", "dcn") for axis in _RANK_AXES]
    return math.prod(options.size(name) or 1 for name in names)


def _of_rank(batch: str, *degrees: int) -> int | None:
    """Sequences of one rank; nothing where its devices share no whole number of them."""
    try:
        sequences = float(batch) * math.prod(degrees)
    except ValueError:
        return None
    return round(sequences) if sequences >= 1.0 and sequences.is_integer() else None
