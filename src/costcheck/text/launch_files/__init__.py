"""Launch files people already have, read into a scenario."""

from costcheck.text.launch_files.found import LaunchImport
from costcheck.text.launch_files.read import read_launch_file

__all__ = ["LaunchImport", "read_launch_file"]
