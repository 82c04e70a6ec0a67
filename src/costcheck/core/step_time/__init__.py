"""Step time of a parallel layout: layers, communication, pipeline, optimizer."""

from costcheck.core.step_time.constants import Constants
from costcheck.core.step_time.generation import Precision, adjusted, resolve_constants
from costcheck.core.step_time.step import StepSeconds, step_seconds

__all__ = [
    "Constants",
    "Precision",
    "StepSeconds",
    "adjusted",
    "resolve_constants",
    "step_seconds",
]
