"""`costcheck sensitivity`: which inputs drive the range of a result."""

from __future__ import annotations

from collections.abc import Sequence

from costcheck.cli import DONE
from costcheck.cli.inputs import read_scenarios
from costcheck.cli.streams import emit, screen
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.sensitivity import DEFAULT_RESULT, Sensitivity, sensitivity


def run(
    *,
    files: Sequence[str],
    of: str = DEFAULT_RESULT,
    format: str = "table",
    output: str | None = None,
    set_: Sequence[str] = (),
    seed: int = DEFAULT_SEED,
    samples: int = DEFAULT_SAMPLES,
    catalog: Sequence[str] = (),
    color: str = "auto",
    debug: bool = False,
) -> int:
    """Show the drivers of a result of each scenario."""
    loaded = read_scenarios(files, assignments=set_, catalogs=catalog)
    found = [sensitivity(item, of=of, samples=samples, seed=seed) for item in loaded]
    emit(_rendered(found, format, color=color), output)
    return DONE


def _rendered(found: Sequence[Sensitivity], kind: str, *, color: str) -> str:
    from costcheck.report.views import sensitivity as document

    if kind == "json":
        from costcheck.report.formats import json

        documents = [{"schema_version": json.SCHEMA_VERSION, **item.to_dict()} for item in found]
        return json.dumps(documents[0] if len(documents) == 1 else documents)
    if kind == "csv":
        head, *_ = tables = [document.as_csv(item).split("\n", 1) for item in found]
        return head[0] + "\n" + "".join(rows for _, rows in tables)
    if kind == "md":
        from costcheck.report.formats import markdown

        return "\n".join(markdown.render(document.sensitivity_document(item)) for item in found)
    from costcheck.report.formats import terminal

    shown = screen(color)
    return "\n".join(
        terminal.render(document.sensitivity_document(item, ascii=shown.ascii), shown)
        for item in found
    )
