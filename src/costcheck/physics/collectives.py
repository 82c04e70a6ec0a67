"""Time of collective communication over nested links: latency plus bytes over bandwidth.

The links are the fast fabric of a domain (NVLink, a torus), those of a server the fabric does not
span (a PCIe tree around cards or pairs of cards), and the network between servers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costcheck.arrays import Amount, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Fabric:
    """Attained speeds and latencies of the links."""

    scale_up_bytes_per_second: Amount
    nic_bytes_per_second: Amount
    """Attained bandwidth per GPU and direction [byte/s]."""
    scale_up_gpus: Amount
    """GPUs per scale-up domain."""
    scale_up_latency_seconds: Amount
    scale_out_latency_seconds: Amount
    """Fixed time of a collective of two members inside a domain, and the extra one for each
    doubling of the number of domains [s]."""
    node_bytes_per_second: Amount = np.inf
    node_gpus: Amount = 1.0
    """The same inside a server but outside the domain, and GPUs of the server."""
    torus_dimensions: Amount = 0.0
    """Dimensions of the torus that the domain is; 0 for a switch."""

    @property
    def has_node_links(self) -> bool:
        """Whether any server is larger than its fast domain."""
        return bool(np.any(np.greater(self.node_gpus, self.scale_up_gpus)))


def members_per_domain(*, members: Amount, stride: Amount, scale_up_gpus: Amount) -> FloatArray:
    """Members of a group that share one scale-up domain, `stride` ranks from each other."""
    return np.minimum(members, np.maximum(1.0, np.floor(np.divide(scale_up_gpus, stride))))


def latency_seconds(*, fabric: Fabric, members: Amount, per_domain: FloatArray) -> FloatArray:
    """The fixed time of one collective [s].

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
    *, fabric: Fabric, members: Amount, stride: Amount, per_domain: FloatArray
) -> FloatArray:
    """Bandwidth one member of a ring sees [byte/s].

    Notes
    -----
    A ring runs at scale-up speed while it stays in its domain, and at that of the server's links
    while it stays in the server. With q members inside each server it drives q network cards where
    it leaves, so that it runs at min(links inside, q x card).
    """
    leaves = np.greater(members, per_domain)
    inside, nearby = fabric.scale_up_bytes_per_second, per_domain
    if fabric.has_node_links:
        per_node = members_per_domain(
            members=members, stride=stride, scale_up_gpus=fabric.node_gpus
        )
        nearby = np.maximum(per_node, per_domain)
        inside = np.where(
            np.greater(nearby, per_domain),
            np.minimum(inside, fabric.node_bytes_per_second),
            inside,
        )
    rails = np.minimum(inside, nearby * fabric.nic_bytes_per_second)
    outside = np.where(np.greater(members, nearby), rails, inside)
    return np.where(leaves, outside, fabric.scale_up_bytes_per_second)


def gather_terms(
    *, fabric: Fabric, members: Amount, stride: Amount
) -> tuple[FloatArray, FloatArray]:
    """Latency [s] and seconds per byte of the whole tensor of a gather or scatter.

    Notes
    -----
    The ring moves (n - 1) / n of the tensor through each member.
    """
    per_domain = members_per_domain(
        members=members, stride=stride, scale_up_gpus=fabric.scale_up_gpus
    )
    speed = ring_bytes_per_second(
        fabric=fabric, members=members, stride=stride, per_domain=per_domain
    )
    share = 1.0 - 1.0 / np.asarray(members, dtype=np.float64)
    latency = latency_seconds(fabric=fabric, members=members, per_domain=per_domain)
    return latency, share / speed


def gather_seconds(
    *, fabric: Fabric, members: Amount, stride: Amount, full_bytes: Amount
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
    *, fabric: Fabric, members: Amount, stride: Amount, full_bytes: Amount
) -> FloatArray:
    """Time of an all-reduce of `full_bytes`: twice the bytes of a gather, one latency [s]."""
    return gather_seconds(
        fabric=fabric, members=members, stride=stride, full_bytes=np.multiply(2.0, full_bytes)
    )


def torus_hops(*, members: Amount, dimensions: Amount) -> FloatArray:
    """Links a byte crosses between two members of a torus, mean; 1 over a switch."""
    some = np.maximum(dimensions, 1.0)
    hops = some * np.power(members, 1.0 / some) / 4.0
    return np.where(np.greater(dimensions, 0.0), np.maximum(hops, 1.0), 1.0)


def all_to_all_seconds(
    *, fabric: Fabric, members: Amount, stride: Amount, sent_bytes: Amount, domain_copies: Amount
) -> FloatArray:
    """Time of an all-to-all in which each member sends `sent_bytes`, its own share included [s].

    `domain_copies` is the share of the bytes bound for other domains that really crosses, below 1
    when a token is sent to each domain only once and copied there.

    Notes
    -----
    The share of a peer is 1 / n. Bytes to peers of the same domain take the scale-up fabric, the
    others the member's own network card; both run together, so the longer one counts. What was
    sent once to a domain for several of its members is passed on inside it. On a torus of d
    dimensions each byte takes d n^(1/d) / 4 hops on the way, each over one of the links.
    """
    per_domain = members_per_domain(
        members=members, stride=stride, scale_up_gpus=fabric.scale_up_gpus
    )
    near = np.multiply(sent_bytes, (per_domain - 1.0) / members)
    far_copies = np.multiply(sent_bytes, (members - per_domain) / members)
    far = far_copies * domain_copies
    passed_on = (far_copies - far) * (1.0 - 1.0 / per_domain)
    across = fabric.nic_bytes_per_second
    if fabric.has_node_links:
        # A group that fills one server at most never meets the network.
        inside = np.less_equal(np.multiply(members, stride), fabric.node_gpus)
        across = np.where(inside, fabric.node_bytes_per_second, across)
    inside_seconds = (near + passed_on) / fabric.scale_up_bytes_per_second
    hops = torus_hops(members=per_domain, dimensions=fabric.torus_dimensions)
    seconds = np.maximum(inside_seconds * hops, far / across)
    return seconds + latency_seconds(fabric=fabric, members=members, per_domain=per_domain)


def send_seconds(*, fabric: Fabric, span: Amount, sent_bytes: Amount) -> FloatArray:
    """Time to hand `sent_bytes` to a neighbour when the neighbours' chain spans `span` GPUs [s]."""
    crosses = np.greater(span, fabric.scale_up_gpus)
    across = fabric.nic_bytes_per_second
    if fabric.has_node_links:
        inside = np.less_equal(span, fabric.node_gpus)
        across = np.where(inside, fabric.node_bytes_per_second, across)
    speed = np.where(crosses, across, fabric.scale_up_bytes_per_second)
    latency = np.where(crosses, fabric.scale_out_latency_seconds, fabric.scale_up_latency_seconds)
    return latency + sent_bytes / speed
