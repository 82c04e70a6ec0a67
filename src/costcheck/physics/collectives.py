"""Time of collective communication on a two-level network: latency plus bytes over bandwidth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fabric:
    """Attained speeds and latencies of both network levels.

    Parameters
    ----------
    scale_up_bytes_per_second, nic_bytes_per_second : array_like
        Attained bandwidth per GPU and direction [byte/s].
    scale_up_gpus : array_like
        GPUs per scale-up domain.
    scale_up_latency_seconds, scale_out_latency_seconds : array_like
        Fixed time of a collective of two members inside a domain, and the extra one for each
        doubling of the number of domains [s].
    """

    scale_up_bytes_per_second: FloatArray | float
    nic_bytes_per_second: FloatArray | float
    scale_up_gpus: FloatArray | float
    scale_up_latency_seconds: FloatArray | float
    scale_out_latency_seconds: FloatArray | float


def members_per_domain(
    *, members: FloatArray | float, stride: FloatArray | float, scale_up_gpus: FloatArray | float
) -> FloatArray:
    """Members of a group that share one scale-up domain.

    Parameters
    ----------
    members : array_like
        Size of the group.
    stride : array_like
        Distance in ranks between neighbours.
    scale_up_gpus : array_like
        GPUs per domain.

    Returns
    -------
    ndarray
        Between 1 and `members`.
    """
    return np.minimum(members, np.maximum(1.0, np.floor(np.divide(scale_up_gpus, stride))))


def latency_seconds(
    *, fabric: Fabric, members: FloatArray | float, per_domain: FloatArray
) -> FloatArray:
    """Return the fixed time of one collective [s].

    Notes
    -----
    Grows with the logarithm of the members inside a domain and of the number of domains. The
    first part reproduces all-reduces measured on 2, 4 and 8 A100 (46, 54 and 79 us) [1]_.

    References
    ----------
    .. [1] J. Bang et al., vTrain, MICRO 2024, published NCCL traces.
    """
    domains = np.divide(members, per_domain)
    inside = fabric.scale_up_latency_seconds * (2.0 + np.log2(per_domain)) / 3.0
    across = fabric.scale_out_latency_seconds * np.log2(domains)
    return np.where(np.greater(members, 1.0), inside + across, 0.0)


def ring_bytes_per_second(
    *, fabric: Fabric, members: FloatArray | float, per_domain: FloatArray
) -> FloatArray:
    """Bandwidth one member of a ring sees [byte/s].

    Notes
    -----
    A ring with q members inside each domain drives q network cards where it leaves the domain, so
    that it runs at min(scale-up, q x card) there and at scale-up speed when it never leaves.
    """
    leaves = np.greater(members, per_domain)
    rails = np.minimum(fabric.scale_up_bytes_per_second, per_domain * fabric.nic_bytes_per_second)
    return np.where(leaves, rails, fabric.scale_up_bytes_per_second)


def gather_terms(
    *, fabric: Fabric, members: FloatArray | float, stride: FloatArray | float
) -> tuple[FloatArray, FloatArray]:
    """Latency [s] and seconds per byte of the whole tensor of a gather or scatter.

    Notes
    -----
    The ring moves (n - 1) / n of the tensor through each member.
    """
    per_domain = members_per_domain(
        members=members, stride=stride, scale_up_gpus=fabric.scale_up_gpus
    )
    speed = ring_bytes_per_second(fabric=fabric, members=members, per_domain=per_domain)
    share = 1.0 - 1.0 / np.asarray(members, dtype=np.float64)
    latency = latency_seconds(fabric=fabric, members=members, per_domain=per_domain)
    return latency, share / speed


def gather_seconds(
    *,
    fabric: Fabric,
    members: FloatArray | float,
    stride: FloatArray | float,
    full_bytes: FloatArray | float,
) -> FloatArray:
    """Time of an all-gather or a reduce-scatter whose whole tensor has `full_bytes` [s].

    Notes
    -----
    latency + bytes (n - 1) / n / bandwidth. An all-reduce is two of these in bytes and one in
    latency; see `all_reduce_seconds`.
    """
    latency, per_byte = gather_terms(fabric=fabric, members=members, stride=stride)
    return latency + full_bytes * per_byte


def all_reduce_seconds(
    *,
    fabric: Fabric,
    members: FloatArray | float,
    stride: FloatArray | float,
    full_bytes: FloatArray | float,
) -> FloatArray:
    """Time of an all-reduce of `full_bytes`: twice the bytes of a gather, one latency [s]."""
    return gather_seconds(
        fabric=fabric, members=members, stride=stride, full_bytes=np.multiply(2.0, full_bytes)
    )


def all_to_all_seconds(
    *,
    fabric: Fabric,
    members: FloatArray | float,
    stride: FloatArray | float,
    sent_bytes: FloatArray | float,
    domain_copies: FloatArray | float,
) -> FloatArray:
    """Time of an all-to-all in which each member sends `sent_bytes` in all [s].

    Parameters
    ----------
    fabric : Fabric
        Attained speeds.
    members, stride : array_like
        Size of the group and distance between its ranks.
    sent_bytes : array_like
        Bytes one member hands in, its own share included [byte].
    domain_copies : array_like
        Share of the bytes bound for other domains that really crosses, below 1 when a token is sent
        to each domain only once and copied there.

    Notes
    -----
    The share of a peer is 1 / n. Bytes to peers of the same domain take the scale-up fabric, the
    others the member's own network card; both run together, so the longer one counts. What was
    sent once to a domain for several of its members is passed on inside it.
    """
    per_domain = members_per_domain(
        members=members, stride=stride, scale_up_gpus=fabric.scale_up_gpus
    )
    near = np.multiply(sent_bytes, (per_domain - 1.0) / members)
    far_copies = np.multiply(sent_bytes, (members - per_domain) / members)
    far = far_copies * domain_copies
    passed_on = (far_copies - far) * (1.0 - 1.0 / per_domain)
    seconds = np.maximum(
        (near + passed_on) / fabric.scale_up_bytes_per_second,
        far / fabric.nic_bytes_per_second,
    )
    return seconds + latency_seconds(fabric=fabric, members=members, per_domain=per_domain)


def send_seconds(
    *, fabric: Fabric, crosses: FloatArray | np.bool_ | bool, sent_bytes: FloatArray | float
) -> FloatArray:
    """Time to hand `sent_bytes` to one neighbour, over the network card where `crosses` [s]."""
    speed = np.where(crosses, fabric.nic_bytes_per_second, fabric.scale_up_bytes_per_second)
    latency = np.where(crosses, fabric.scale_out_latency_seconds, fabric.scale_up_latency_seconds)
    return latency + sent_bytes / speed
