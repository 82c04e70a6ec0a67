"""What the library returns of estimates and audits: values, tables, and views for notebooks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

from costcheck.codec import encode
from costcheck.estimate.result import Estimate, Figure
from costcheck.quantities import NAMES, ROW_WORDS, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd

    from costcheck.audit.scenario import Audited, Card
    from costcheck.report.views.blocks import Document

Records = tuple["Sequence[str]", "Iterable[Sequence[object]]"]
"""Names of columns, and rows."""


class Shown(ABC):
    """How people look at a result: as a table, in a notebook, in a terminal."""

    @classmethod
    def of(cls, found: Any) -> Self:
        """Give a result its views."""
        return cls(**{item.name: getattr(found, item.name) for item in fields(found)})

    def to_frame(self) -> pd.DataFrame:
        """Return the result as a table: its columns are those of the command's CSV."""
        from io import StringIO

        import pandas as pd

        from costcheck.report.formats import csv

        return pd.read_csv(StringIO(csv.render(*self._records())))

    def _repr_markdown_(self) -> str:
        from costcheck.report.formats import markdown

        return "\n".join(map(markdown.render, self._documents()))

    def _repr_html_(self) -> str:
        from costcheck.report.formats import html

        return "".join(map(html.fragment, self._documents()))

    def __str__(self) -> str:
        """Return the report for a terminal of 80 columns."""
        from costcheck.report.formats import terminal

        shown = terminal.Screen()
        return "\n".join(terminal.render(document, shown) for document in self._documents())

    @abstractmethod
    def _records(self) -> Records:
        """The rows of the table."""

    @abstractmethod
    def _documents(self) -> Sequence[Document]:
        """What a report says."""


class Result(Shown, Estimate):
    """An estimate as people hold it: its values with tables and views for notebooks.

    Two results are equal where their JSON documents are.
    """

    def __getitem__(self, name: str) -> Figure:
        """Return a figure by a name of the result or its row: ``cost_usd``, ``cost``, ``time``."""
        return self.figures[NAMES.get(name) or ROW_WORDS.get(spoken(name), name)]

    def __eq__(self, other: object) -> bool:
        """Whether another result says the same."""
        return self is other or (isinstance(other, Result) and self.to_dict() == other.to_dict())

    def __hash__(self) -> int:
        """Return a hash that equal results share."""
        return hash((self.name, self.path, self.verdict))

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document as plain data."""
        from costcheck.report.formats import json

        return json.to_dict(self)

    def _records(self) -> Records:
        """One row per stage and quantity."""
        from costcheck.report.views.estimate import CSV_COLUMNS, estimate_rows

        return CSV_COLUMNS, estimate_rows([self])

    def _documents(self) -> Sequence[Document]:
        from costcheck.report.views.estimate import estimate_document

        return [estimate_document(self)]


@dataclass(frozen=True)
class AuditResult(Shown):
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
        """Return the card of a claim by its name in `verdicts`."""
        return dict(self._named())[claim]

    def _named(self) -> Iterator[tuple[str, Card]]:
        """The cards by what tells them apart."""
        ids = [card.audit.id for card in self.audited.cards]
        for card in self.audited.cards:
            is_unique = ids.count(card.audit.id) == 1
            yield card.audit.id if is_unique else f"{card.path}: {card.audit.id}", card

    @property
    def verdicts(self) -> dict[str, str]:
        """Return the verdict on each claim by its identifier, of several with its file."""
        return {name: card.audit.verdict for name, card in self._named()}

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document as plain data."""
        data: dict[str, Any] = encode(self.audited.to_dict())
        return data

    def _records(self) -> Records:
        """One row per claim and number."""
        from costcheck.report.views.audit import CSV_COLUMNS, audit_rows

        return CSV_COLUMNS, audit_rows(self.audited)

    def _documents(self) -> Sequence[Document]:
        from costcheck.report.views.audit import documents

        return documents(self.audited)
