"""Generating tokens: by bytes and latency, engine by engine, until the longest answer is done."""
