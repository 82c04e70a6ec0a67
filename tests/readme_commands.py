"""The commands of README's two blocks, so that CI and the tests run exactly what it says.

``python tests/readme_commands.py run|test`` prints one of them.
"""

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"


def blocks() -> list[str]:
    """Return the shell blocks of the README, in order, without prompts."""
    return re.findall(r"```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def command(which: str) -> str:
    """Return the set-up-and-run or the set-up-and-test command."""
    wanted = {"run": "costcheck estimate examples/deepseek-v3.yaml", "test": "pytest"}[which]
    return next(b.strip() for b in blocks() if "venv" in b and wanted in b)


if __name__ == "__main__":
    sys.stdout.write(command(sys.argv[1]) + "\n")
