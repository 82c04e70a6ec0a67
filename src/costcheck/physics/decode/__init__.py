"""Generating tokens: by bytes and latency, engine by engine, until the longest answer is done."""

from costcheck.physics.decode.answers import Answers, Generated, generate_seconds
from costcheck.physics.decode.cycle import refit_seconds, waiting_gpu_seconds
from costcheck.physics.decode.engine import (
    Engine,
    EngineConstants,
    Generator,
    TokenSeconds,
    free_bytes,
    most_sequences,
    prefill_seconds,
    token_seconds,
)
from costcheck.physics.decode.network import Cache, DecodeNetwork, decode_network

__all__ = [
    "Answers",
    "Cache",
    "DecodeNetwork",
    "Engine",
    "EngineConstants",
    "Generated",
    "Generator",
    "TokenSeconds",
    "decode_network",
    "free_bytes",
    "generate_seconds",
    "most_sequences",
    "prefill_seconds",
    "refit_seconds",
    "token_seconds",
    "waiting_gpu_seconds",
]
