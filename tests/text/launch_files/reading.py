"""Reads a launch file with the launchers we ship."""

from costcheck.catalog.launchers import launchers, vocabulary
from costcheck.text.launch_files import LaunchImport, read_launch_file


def read(text: str, name: str) -> LaunchImport | None:
    """Return what a launch file gives, None where it is no format we know."""
    return read_launch_file(text, name, launchers(), vocabulary())
