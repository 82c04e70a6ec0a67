"""What the library returns: values, tables, and views for notebooks."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from costcheck.codec import encode
from costcheck.estimate.result import Estimate, Figure
from costcheck.quantities import NAMES, ROW_WORDS, spoken

if TYPE_CHECKING:
    import pandas as pd

    from costcheck.audit.scenario import Audited, Card
    from costcheck.report.views.blocks import Document


@dataclass(frozen=True, kw_only=True, eq=False)
class Result(Estimate):
    """An estimate as people hold it: its values with tables and views for notebooks."""

    @classmethod
    def of(cls, estimate: Estimate) -> Result:
        """Give an estimate its views."""
        return cls(**{item.name: getattr(estimate, item.name) for item in fields(Estimate)})

    def __getitem__(self, name: str) -> Figure:
        """Return a figure by a name of the result or its row: ``cost_usd``, ``cost``, ``time``."""
        return self.figures[NAMES.get(name) or ROW_WORDS.get(spoken(name), name)]

    @property
    def estimate(self) -> Result:
        """Return the result itself, which programs written for version 0.1 ask for its values."""
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document as plain data."""
        from costcheck.report.formats import json

        return json.to_dict(self)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per stage and quantity, as the CSV has it."""
        from io import StringIO

        import pandas as pd

        from costcheck.report.formats import csv
        from costcheck.report.views.estimate import CSV_COLUMNS, estimate_rows

        return pd.read_csv(StringIO(csv.render(CSV_COLUMNS, estimate_rows([self]))))

    def _repr_markdown_(self) -> str:
        from costcheck.report.formats import markdown
        from costcheck.report.views.estimate import estimate_document

        return markdown.render(estimate_document(self))

    def _repr_html_(self) -> str:
        from costcheck.report.formats import html
        from costcheck.report.views.estimate import estimate_document

        return html.fragment(estimate_document(self))

    def __str__(self) -> str:
        """Return the report for a terminal of 80 columns."""
        from costcheck.report.formats import terminal
        from costcheck.report.views.estimate import estimate_document

        return terminal.render(estimate_document(self), terminal.Screen())


@dataclass(frozen=True)
class AuditResult:
    """The report cards of claims as people hold them.

    Parameters
    ----------
    audited : Audited
        The cards, in the order of the files.
    """

    audited: Audited

    def __len__(self) -> int:
        """Return how many claims there are."""
        return len(self.audited.cards)

    def __getitem__(self, claim: str) -> Card:
        """Return the card of a claim by its identifier."""
        for card in self.audited.cards:
            if card.audit.id == claim:
                return card
        raise KeyError(claim)

    @property
    def verdicts(self) -> dict[str, str]:
        """Return the verdict on each claim by its identifier."""
        return {card.audit.id: card.audit.verdict for card in self.audited.cards}

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document as plain data."""
        data: dict[str, Any] = encode(self.audited.to_dict())
        return data

    def _repr_markdown_(self) -> str:
        from costcheck.report.formats import markdown

        return "\n".join(markdown.render(document) for document in self._documents())

    def _repr_html_(self) -> str:
        from costcheck.report.formats import html

        return "".join(html.fragment(document) for document in self._documents())

    def __str__(self) -> str:
        """Return the report cards for a terminal of 80 columns."""
        from costcheck.report.formats import terminal

        shown = terminal.Screen()
        return "\n".join(terminal.render(document, shown) for document in self._documents())

    def _documents(self) -> list[Document]:
        from costcheck.report.views.audit import documents

        return documents(self.audited)
