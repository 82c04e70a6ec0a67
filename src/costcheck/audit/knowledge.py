"""The shell of the audit: catalog files turned into the plain facts an audit takes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costcheck.audit.comparisons import Equivalence, read_equivalences
from costcheck.audit.facts import Facts, HardwareFacts, year_of
from costcheck.audit.garbles import Garbles, read_garbles
from costcheck.audit.priors import LogSpread, Priors, read_priors
from costcheck.catalog.files import Catalog
from costcheck.catalog.known_runs import KnownRun, load_registry
from costcheck.catalog.price_book import PriceFound, price
from costcheck.scenario.claim import Claim
from costcheck.text.dates import first_day
from costcheck.text.quantity import parse

_NINETY_PERCENT = 2.0 * 1.6448536269514722
_SERVER_GPUS = 4
"""Quotes for so many GPUs or more are for a server."""


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """Everything an audit knows before it reads a claim."""

    facts: Facts
    registry: Sequence[KnownRun]
    priors: Priors
    garbles: Garbles
    equivalences: Sequence[Equivalence] = ()
    notes: tuple[str, ...] = ()
    """Names that were not known, and what a family name was taken to mean."""


def load_knowledge(
    catalog: Catalog, claims: Sequence[Claim], *, use_registry: bool = True
) -> Knowledge:
    """Read facts, known runs, priors and equivalences for these claims."""
    priors = read_priors(catalog.document("audit/priors.yaml"))
    hardware: dict[tuple[str, int], HardwareFacts] = {}
    notes: list[str] = []
    latest = int(catalog.date[:4])
    sheets = _Sheets(catalog, priors)
    for name in dict.fromkeys(claim.gpu for claim in claims if claim.gpu):
        part = catalog.find("gpus", name)
        if part is None:
            near = ", ".join(catalog.near("gpus", name)[:3])
            notes.append(f"no accelerator called {name}" + (f"; near: {near}" if near else ""))
            continue
        if part.assumption:
            notes.append(part.assumption)
        users = {claim.about for claim in claims if claim.gpu == name}
        for year in sorted({year_of(c) or latest for c in claims if c.about in users}):
            hardware[name, year] = sheets.facts(part.id, part.document(), year)
    return Knowledge(
        facts=Facts(hardware=hardware, latest_year=latest),
        registry=load_registry(catalog) if use_registry else (),
        priors=priors,
        garbles=read_garbles(catalog.document("audit/garbles.yaml")),
        equivalences=read_equivalences(catalog.document("audit/equivalences.yaml")),
        notes=tuple(notes),
    )


class _Sheets:
    """Reads data sheets, rents, purchase prices and power of accelerators."""

    def __init__(self, catalog: Catalog, priors: Priors) -> None:
        self.catalog, self.priors = catalog, priors
        self.power = catalog.document("energy/power.yaml")
        ownership = catalog.document("costs/ownership.yaml")
        self.server_over_chip = float(ownership["server_over_chip"]["value"])
        self.cluster_over_server = float(ownership["cluster_over_server"]["value"])
        self.purchases = catalog.rows("prices/hardware_purchase.csv")

    def facts(self, part: str, sheet: Mapping[str, Any], year: int) -> HardwareFacts:
        peaks = {
            key: parse(str(value), "flop_rate").value
            for key, value in sheet.get("peak", {}).items()
            if key in {"bf16", "fp16", "tf32", "fp32", "fp8"}
        }
        dense = next((peaks[key] for key in ("bf16", "fp16", "tf32", "fp32") if key in peaks), 1e14)
        memory = sheet.get("memory")
        fast = peaks.get("fp8")
        return HardwareFacts(
            name=sheet["name"],
            peak_flops_per_second=dense,
            low_precision_flops_per_second=fast if fast and fast > 1.2 * dense else None,
            has_bf16="bf16" in peaks,
            is_tpu=part.startswith("tpu"),
            power=self._power(part, sheet),
            memory_bytes=parse(str(memory), "bytes").value if memory else None,
            released=first_day(sheet["released"]) if "released" in sheet else None,
            price=self._rent(part, year),
            capex=self._capex(part, year),
        )

    def _rent(self, part: str, year: int) -> LogSpread:
        """The price book's rent; list prices and small buyers lie above it."""
        found = price(self.catalog, part, f"{year}-07-01")
        if not isinstance(found, PriceFound):
            return self.priors.unknown_hardware["price"]
        sd = math.log(found.high / found.low) / _NINETY_PERCENT
        return LogSpread(found.usd_per_gpu_hour, sd, math.hypot(sd, self.priors.rent_above))

    def _capex(self, part: str, year: int) -> LogSpread:
        """The purchase price per accelerator with its share of the server."""
        family = part.split("-", maxsplit=1)[0]
        if family == "tpu":
            family = "".join(part.split("-")[:2])
        logs = []
        for row in self.purchases:
            named = re.sub(r"[^a-z0-9]", "", row["hardware"].lower())
            if family not in named or int(row["date"][:4]) > year + 1:
                continue
            server = float(row["number_of_gpus_in_quote"] or 1) >= _SERVER_GPUS
            usd = float(row["price_per_chip_usd"]) * (1.0 if server else self.server_over_chip)
            logs.append(math.log(usd))
        if not logs:
            return self.priors.unknown_hardware["capex"]
        middle = sorted(logs)[len(logs) // 2]
        spread = math.sqrt(sum((x - middle) ** 2 for x in logs) / len(logs))
        own = self.priors.unknown_hardware["capex"].below
        # A handful of quotes: shrink their spread toward what unknown hardware has.
        sd = math.sqrt((len(logs) * spread**2 + own**2) / (len(logs) + 1))
        # Texts also value bare chips, and whole clusters with their network.
        bare = math.hypot(sd, math.log(self.server_over_chip))
        return LogSpread(math.exp(middle), bare, math.hypot(sd, math.log(self.cluster_over_server)))

    def _power(self, part: str, sheet: Mapping[str, Any]) -> LogSpread | None:
        """Power at the meter over the three bases texts report it on."""
        if "tdp" not in sheet:
            return None
        tdp = parse(str(sheet["tdp"]), "power").value
        kind = "tpu" if part.startswith("tpu") else "gpu"
        table = self.power
        over = next(
            (
                v
                for k, v in table["server_over_chip"].items()
                if k.lower() == part.split("-", maxsplit=1)[0]
            ),
            table["server_over_chip"][kind],
        )
        chip = tdp * table["chip_draw"][kind]["value"]
        server = tdp * over["value"] * table["draw"][kind]["value"]
        bases = [chip, server, server * table["pue"]["unknown"]["value"]]
        squeezed = part.replace("-", "")
        for name, row in table["measured_watts"].items():
            if squeezed.startswith(name.lower().replace(" ", "")):
                bases.append(float(row["value"]) * table["pue"]["unknown"]["value"])
        low, high = math.log(min(bases)), math.log(max(bases))
        draw = table["draw"][kind]
        own = math.log(draw["high"] / draw["low"]) / _NINETY_PERCENT
        sd = math.hypot((high - low) / 2.0 / 1.3, own)
        return LogSpread(math.exp((low + high) / 2.0), sd, sd)
