"""Step time of a parallel layout: layers, communication, pipeline, optimizer."""

from costcheck.physics.step_time.constants import Constants
from costcheck.physics.step_time.generation import (
    Precision,
    adjusted,
    default_generation,
    generation_values,
    kernel_family,
    resolve_constants,
)
from costcheck.physics.step_time.step import StepSeconds, step_seconds

__all__ = [
    "Constants",
    "Precision",
    "StepSeconds",
    "adjusted",
    "default_generation",
    "generation_values",
    "kernel_family",
    "resolve_constants",
    "step_seconds",
]
