"""Collectives against measured NCCL times and their limits."""

from dataclasses import replace

import numpy as np
import pytest

from costcheck.physics.collectives import (
    Fabric,
    all_reduce_seconds,
    all_to_all_seconds,
    gather_seconds,
    members_per_domain,
    send_seconds,
)

# A100 NVLink: 46, 54 and 79 us latency and 193, 218 and 227 GB/s bus bandwidth on 2, 4 and 8 GPUs,
# least-squares lines through 3,072 published NCCL all-reduces (vTrain, trace/a100).
A100 = Fabric(
    scale_up_bytes_per_second=227e9,
    nic_bytes_per_second=20e9,
    scale_up_gpus=8.0,
    scale_up_latency_seconds=46e-6,
    scale_out_latency_seconds=20e-6,
)


@pytest.mark.parametrize(("members", "latency"), [(2.0, 46e-6), (4.0, 54e-6), (8.0, 79e-6)])
def test_latency_follows_measured_all_reduces(members, latency):
    found = all_reduce_seconds(fabric=A100, members=members, stride=1.0, full_bytes=0.0)
    assert float(found) == pytest.approx(latency, rel=0.14)


def test_large_all_reduce_runs_at_bus_bandwidth():
    seconds = all_reduce_seconds(fabric=A100, members=8.0, stride=1.0, full_bytes=1e9)
    assert 2.0 * 7.0 / 8.0 * 1e9 / float(seconds) == pytest.approx(227e9, rel=0.02)


def test_a_group_of_one_costs_nothing():
    assert float(gather_seconds(fabric=A100, members=1.0, stride=1.0, full_bytes=1e9)) == 0.0
    moved = all_to_all_seconds(
        fabric=A100, members=1.0, stride=1.0, sent_bytes=1e9, domain_copies=1.0
    )
    assert float(moved) == 0.0


# A ring with q members per domain drives q network cards; leaving this out moved the error on 109
# multi-node runs from 8.6 to 27.4 %.
@pytest.mark.parametrize(("stride", "cards"), [(1.0, 8.0), (2.0, 4.0), (8.0, 1.0)])
def test_a_ring_drives_as_many_cards_as_it_has_members_in_a_domain(stride, cards):
    seconds = gather_seconds(fabric=A100, members=64.0, stride=stride, full_bytes=1e11)
    speed = 63.0 / 64.0 * 1e11 / float(seconds)
    assert speed == pytest.approx(cards * 20e9, rel=0.01)


def test_members_of_a_domain():
    found = members_per_domain(
        members=np.asarray([4.0, 64.0, 64.0]),
        stride=np.asarray([1.0, 1.0, 16.0]),
        scale_up_gpus=8.0,
    )
    assert found.tolist() == [4.0, 8.0, 1.0]


def test_an_exchange_across_domains_takes_the_network_card():
    seconds = all_to_all_seconds(
        fabric=A100, members=16.0, stride=1.0, sent_bytes=16e9, domain_copies=1.0
    )
    assert float(seconds) == pytest.approx(8e9 / 20e9, rel=0.01)


def test_sending_a_token_once_per_domain_saves_network_bytes():
    whole, once = (
        all_to_all_seconds(
            fabric=A100, members=64.0, stride=1.0, sent_bytes=1e9, domain_copies=copies
        )
        for copies in (1.0, 0.5)
    )
    assert float(once) == pytest.approx(0.5 * float(whole), rel=0.02)


def test_a_hop_between_nodes_is_slower():
    near, far = (
        float(send_seconds(fabric=A100, span=span, sent_bytes=1e8)) for span in (8.0, 16.0)
    )
    assert far > near


def test_a_server_the_fabric_does_not_span_goes_over_its_own_links():
    # Pairs of cards in a server of 8: NVLink inside a pair, PCIe in the server, a card outside.
    pairs = replace(
        A100,
        scale_up_gpus=2.0,
        scale_up_bytes_per_second=200e9,
        node_gpus=8.0,
        node_bytes_per_second=10e9,
        nic_bytes_per_second=1e9,
    )
    pair, server, beyond = (
        gather_seconds(fabric=pairs, members=members, stride=1.0, full_bytes=1e10)
        for members in (2.0, 8.0, 16.0)
    )
    assert float(pair) == pytest.approx(0.5 * 1e10 / 200e9, rel=0.01)
    assert float(server) == pytest.approx(7.0 / 8.0 * 1e10 / 10e9, rel=0.01)
    # Eight members drive eight cards where the ring leaves.
    assert float(beyond) == pytest.approx(15.0 / 16.0 * 1e10 / 8e9, rel=0.01)
    near, far = (
        float(send_seconds(fabric=pairs, span=span, sent_bytes=1e8)) for span in (8.0, 16.0)
    )
    assert far > 5.0 * near


def test_a_fabric_that_spans_the_server_is_not_touched():
    same = replace(A100, node_gpus=8.0, node_bytes_per_second=1.0)
    one, other = (
        gather_seconds(fabric=fabric, members=64.0, stride=2.0, full_bytes=1e9)
        for fabric in (A100, same)
    )
    assert float(one) == float(other)
