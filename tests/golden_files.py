"""Screens kept as files: a change of a number or of a layout shows in the review.

``python -m tests.golden_files`` writes them anew.
"""

from contextlib import chdir
from pathlib import Path

from costcheck.api import Result, estimate
from costcheck.report.formats import markdown, terminal
from costcheck.report.views.estimate import estimate_document
from tests.commands import EXAMPLES, ROOT

GOLDEN = ROOT / "tests" / "golden"
WIDTHS = (40, 60, 80, 120)
AT_ALL_WIDTHS = "deepseek-v3"


def reported(example: Path) -> Result:
    """Return an example's estimate with the path that is typed in a checkout, wherever that is."""
    with chdir(ROOT):
        return estimate(example.relative_to(ROOT))


def screens() -> dict[Path, str]:
    """Return every golden file with what it should hold."""
    found = {}
    for example in EXAMPLES:
        document = estimate_document(reported(example))
        widths = WIDTHS if example.stem == AT_ALL_WIDTHS else (80,)
        for width in widths:
            screen = terminal.Screen(width=width)
            found[GOLDEN / f"{example.stem}.{width}.txt"] = terminal.render(document, screen)
        found[GOLDEN / f"{example.stem}.md"] = markdown.render(document)
    return found


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for path, text in screens().items():
        path.write_text(text, encoding="utf-8")
