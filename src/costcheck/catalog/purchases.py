"""What hardware cost when it was bought: the dated table, and Epoch AI's method that reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costcheck.physics.amortization import PurchasePrice
from costcheck.physics.epoch_method import EpochMethod, read_method
from costcheck.text.dates import day_number

if TYPE_CHECKING:
    from costcheck.catalog.files import Catalog


def purchase_prices(catalog: Catalog) -> list[PurchasePrice]:
    """Rows of the table of purchase prices."""
    return [
        PurchasePrice(
            day=day_number(row["date"]),
            hardware=row["hardware"],
            usd_per_chip=float(row["price_per_chip_usd"]),
            chips=float(row["number_of_gpus_in_quote"] or 0.0),
            note=row["notes"],
            source=row["source"],
        )
        for _, _, rows in catalog.layers(["prices/hardware_purchase.csv"])
        for row in rows
    ]


def epoch_method(catalog: Catalog) -> EpochMethod:
    """Epoch AI's cost method with its constants and the purchase prices."""
    constants = catalog.document("costs/epoch.yaml")
    return read_method(constants, prices=purchase_prices(catalog), day_of=day_number)
