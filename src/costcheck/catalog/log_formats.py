"""What logs look like, from ``configs/logs.yaml``."""

from __future__ import annotations

import re

from costcheck.catalog.files import Catalog
from costcheck.text.logs import ColumnFormat, LineFormat, LinePattern, LogFormats


def log_formats(catalog: Catalog) -> LogFormats:
    """Every known format of lines and tables, and how many first steps are left out."""
    data = catalog.document("logs.yaml")
    return LogFormats(
        lines=[
            LineFormat(
                name=entry["name"],
                find=[
                    LinePattern(
                        pattern=re.compile(kind["pattern"]),
                        scale={key: float(value) for key, value in kind.get("scale", {}).items()},
                    )
                    for kind in entry["find"]
                ],
            )
            for entry in data["lines"]
        ],
        columns=[
            ColumnFormat(
                name=re.compile(row["name"]), gives=row["gives"], scale=float(row.get("scale", 1))
            )
            for row in data["tables"]
        ],
        warmup_steps=int(data["warmup_steps"]["value"]),
    )
