"""Scenarios nobody wrote, and what has to hold of whatever comes out.

``python -m tests.benchmarks.fuzz --minutes 60 --seed 1`` runs every command on generated and
mutated files in process; ``tests/fuzz`` runs a slice of it. A seed gives the same cases anywhere.
"""
