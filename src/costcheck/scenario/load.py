"""Read a scenario file: text, `extends`, `--set`, types; every problem in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from costcheck.catalog.files import Catalog, catalog_of
from costcheck.diagnostics import CostcheckError, Diagnostic, Place, Severity
from costcheck.scenario import merge
from costcheck.scenario.schema import Scenario
from costcheck.text import reader, yaml_text

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True, eq=False)
class Loaded:
    """A scenario as read, with all that is needed to point back into the text."""

    scenario: Scenario
    document: yaml_text.Document
    """The text they come from, after `extends` and `--set`."""
    inputs: Mapping[str, reader.Input]
    """Every scalar by its key path."""
    path: str
    """The file as it was named; empty for a scenario made in Python."""
    catalog: Catalog
    """Catalogs that names are looked up in."""

    @property
    def sha256(self) -> str:
        """Hash of the resolved content: equal for equal scenarios however they are formatted."""
        import hashlib

        return hashlib.sha256(repr(self.document.data).encode()).hexdigest()

    def problem(
        self,
        code: str,
        message: str,
        *,
        key: str,
        text: str = "",
        severity: Severity = "error",
        help: str = "",
    ) -> Diagnostic:
        """Return a diagnostic at the scalar of a key, or at the section nearest to it."""
        place = self._place(key, text)
        excerpt = self.document.excerpt(place) if place else ""
        return Diagnostic(code, severity, message, place or Place(self.path), help, excerpt)

    def _place(self, key: str, text: str) -> Place | None:
        for path, item in self.inputs.items():
            if (path == key or path.endswith(f".{key}")) and text in ("", item.text):
                return item.place
        steps: list[str | int] = [int(s) if s.isdigit() else s for s in key.split(".")]
        while steps:
            place = self.document.place(tuple(steps), key=True)
            if place:
                return place
            steps.pop()
        return None


def load(
    source: str | Path | Mapping[str, Any],
    *,
    assignments: Sequence[str] = (),
    catalog: Catalog | None = None,
    text: str | bytes | None = None,
) -> Loaded:
    """Read a scenario."""
    if isinstance(source, Mapping):
        document, path = yaml_text.from_data(source), ""
        for assignment in assignments:
            document = merge.assign(document, assignment)
    else:
        path = str(source)
        document = merge.load(path, text=text, assignments=assignments)
    return typed(document, path=path, catalog=catalog)


def typed(
    document: yaml_text.Document, *, path: str = "", catalog: Catalog | None = None
) -> Loaded:
    """Return a document as a scenario."""
    read = reader.read(document, (), Scenario)
    problems = [*document.diagnostics, *read.diagnostics]
    if read.value is None or any(item.severity == "error" for item in problems):
        raise CostcheckError(problems)
    return Loaded(
        scenario=read.value,
        document=document,
        inputs=read.inputs,
        path=path,
        catalog=catalog or catalog_of(),
    )
