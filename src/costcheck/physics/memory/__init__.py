"""Memory of one GPU: weights, gradients, optimizer, activations, logits, buffers."""

from costcheck.physics.memory.peak import memory_bytes, separated_bytes
from costcheck.physics.memory.training import MemoryBytes, Reserve, Training

__all__ = [
    "MemoryBytes",
    "Reserve",
    "Training",
    "memory_bytes",
    "separated_bytes",
]
