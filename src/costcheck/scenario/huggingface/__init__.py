"""Model configs in, architectures out."""

from costcheck.scenario.huggingface.config import Imported, read_config
from costcheck.scenario.huggingface.fields import Problem

__all__ = ["Imported", "Problem", "read_config"]
