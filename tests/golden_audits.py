"""Report cards kept as files, as `golden_files` keeps the screens of estimates.

``python -m tests.golden_audits`` writes them anew.
"""

from contextlib import chdir
from pathlib import Path

from costcheck.api import load
from costcheck.audit.scenario import audit_scenarios
from costcheck.report.formats import markdown, terminal
from costcheck.report.views.audit import documents
from tests.commands import ROOT

GOLDEN = ROOT / "tests" / "golden" / "audit"
ARTICLES = sorted((ROOT / "examples").glob("article-*.yaml"))


def screens() -> dict[Path, str]:
    """Return every golden file with what it should hold."""
    found = {}
    # Paths inside the reports are relative to the repository.
    with chdir(ROOT):
        loaded = [load(path.relative_to(ROOT)) for path in ARTICLES]
        for path, item in zip(ARTICLES, loaded, strict=True):
            cards = documents(audit_scenarios([item]))
            screen = terminal.Screen(width=80)
            found[GOLDEN / f"{path.stem}.80.txt"] = "\n".join(
                terminal.render(document, screen) for document in cards
            )
        joint = documents(audit_scenarios(loaded, joint=True, use_registry=False))
        found[GOLDEN / "joint-without-registry.md"] = "\n".join(
            markdown.render(document) for document in joint
        )
    return found


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for path, text in screens().items():
        path.write_text(text, encoding="utf-8")
