"""What the library returns of questions that ask estimates: the same tables and views for each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from costcheck.actual import Logged
from costcheck.api.results import Records, Shown
from costcheck.compare import Comparison
from costcheck.diff import Diff
from costcheck.plan import Plan
from costcheck.quantities import NAMES_OF_HEADS
from costcheck.sensitivity import Sensitivity
from costcheck.sweep.run import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from costcheck.report.views.blocks import Document


class SensitivityResult(Shown, Sensitivity):
    """The drivers of a result, a row each."""

    def _records(self) -> Records:
        from costcheck.report.views.sensitivity import CSV_COLUMNS, sensitivity_rows

        return CSV_COLUMNS, sensitivity_rows([self])

    def _documents(self) -> Sequence[Document]:
        from costcheck.report.views.sensitivity import sensitivity_document

        return [sensitivity_document(self)]


class ComparisonResult(Shown, Comparison):
    """Scenarios side by side, a row for each quantity of each."""

    def _records(self) -> Records:
        from costcheck.report.views.compare import CSV_COLUMNS, compare_rows

        return CSV_COLUMNS, compare_rows(self)

    def _documents(self) -> Sequence[Document]:
        from costcheck.report.views.compare import compare_document

        return [compare_document(self)]


class PlanResult(Shown, Plan):
    """Layouts of the fleet, a row each."""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document as plain data."""
        from costcheck.report.views.plan import plan_to_dict

        return plan_to_dict(self)

    def _records(self) -> Records:
        from costcheck.report.views.plan import priced_rows

        rows = priced_rows(self)["Layouts"]
        return tuple(rows[0]) if rows else (), (tuple(row.values()) for row in rows)

    def _documents(self) -> Sequence[Document]:
        from costcheck.report.views.plan import plan_document

        return [plan_document(self)]


class DiffResult(Shown, Diff):
    """What differs between two estimates, a row for each quantity."""

    def _records(self) -> Records:
        rows = [
            (name, change.before.central, change.after.central, change.change, change.before.unit)
            for name, change in self.quantities.items()
        ]
        return ("quantity", "before", "after", "change", "unit"), rows

    def _documents(self) -> Sequence[Document]:
        from costcheck.report.views.diff import diff_document

        return [diff_document(self)]


class LoggedResult(Shown, Logged):
    """What a run logged, as the row of a file of measured steps."""

    def _records(self) -> Records:
        from costcheck.actual import csv_rows
        from costcheck.estimate.calibration import COLUMNS

        return COLUMNS, csv_rows(self)

    def _documents(self) -> Sequence[Document]:
        from costcheck.report.views.actual import logged_document

        return [logged_document(self)]


class SweepResult(Outcome):
    """The table that a sweep has written."""

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        import pandas as pd

        if Path(self.path).suffix != ".csv":
            return pd.read_parquet(self.path)
        return pd.read_csv(self.path).rename(columns=NAMES_OF_HEADS)
