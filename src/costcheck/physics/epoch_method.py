"""The rules of Epoch AI's training-cost method that pick numbers: prices, dates, power, PUE.

The constants are data (``configs/costs/epoch.yaml``); this module says how the method uses them.
Arithmetic is in `costcheck.physics.amortization`. Hardware the method stops at is priced by our own
rows, and every result says whether it rests on one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from costcheck.physics import amortization
from costcheck.physics.amortization import PurchasePrice


@dataclass(frozen=True)
class Factors:
    """Factors by a part of the hardware's name, with what holds for all others."""

    by_name: Mapping[str, float]
    default: float | None = None

    def of(self, hardware: str) -> float | None:
        """The factor of the first name the hardware contains."""
        hit = amortization.matching_alias(hardware=hardware, aliases=tuple(self.by_name))
        return self.default if hit is None else self.by_name[hit]


@dataclass(frozen=True)
class KnownTraining:
    """A training whose dates are known better than from its publication."""

    name: str
    exact: bool
    started_day: float | None
    ended_day: float | None


@dataclass(frozen=True)
class ServerPrice:
    """What a chip with its share of the server cost new."""

    usd_per_chip: float
    acquired_day: float
    may_precede_purchase: bool
    """Google trained on TPUs before anybody could buy or rent them."""
    is_extension: bool
    """The price is ours; Epoch's method has none for this hardware."""
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochMethod:
    """The constants of the method, as read from its data file."""

    progress_ooms_per_year: float
    cluster_share: float
    lag_days: float
    delay_days: float
    default_hours: float
    default_mfu: float
    aliases: tuple[str, ...]
    overhead: Factors
    tpu_prices: Factors
    server_to_chip: Mapping[str, Factors]
    draw_fraction: Mapping[str, float]
    pue: Mapping[str, float]
    hyperscalers: tuple[str, ...]
    usd_per_kwh: Mapping[int, float]
    known_trainings: tuple[KnownTraining, ...]
    own_aliases: tuple[str, ...]
    own_tpu_prices: Factors
    own_rack_prices: Factors
    own_server_to_chip: Factors
    prices: tuple[PurchasePrice, ...]


def read_method(
    data: Mapping[str, Any], *, prices: Iterable[PurchasePrice], day_of: Callable[[str], float]
) -> EpochMethod:
    """The method from its parsed data file; `day_of` turns an ISO date into a day number."""
    energy, own = data["energy"], data["extensions"]
    return EpochMethod(
        progress_ooms_per_year=float(data["progress_ooms_per_year"]["value"]),
        cluster_share=float(data["interconnect_cluster_share"]["value"]),
        lag_days=float(data["training_lag_days"]["value"]),
        delay_days=float(data["acquisition_delay_days"]["value"]),
        default_hours=float(data["default_training_hours"]["value"]),
        default_mfu=float(data["default_mfu"]["value"]),
        aliases=tuple(data["aliases"]),
        overhead=_factors(
            data["server_overhead"]["by_name"], data["server_overhead"]["default"]["value"]
        ),
        tpu_prices=_factors(data["tpu_prices_usd"]["by_name"]),
        server_to_chip={
            kind: _factors(
                {name: value for name, value in row.items() if name != "default"}, row["default"]
            )
            for kind, row in energy["server_to_chip"].items()
            if kind != "sources"
        },
        draw_fraction={k: float(row["value"]) for k, row in energy["draw_fraction"].items()},
        pue={k: float(row["value"]) for k, row in energy["pue"].items()},
        hyperscalers=tuple(energy["hyperscalers"]),
        usd_per_kwh={int(y): float(v) for y, v in energy["usd_per_kwh"]["by_year"].items()},
        known_trainings=tuple(
            _known_training(row, day_of) for row in data["known_trainings"]["rows"]
        ),
        own_aliases=tuple(own["aliases"]),
        own_tpu_prices=_factors(own["tpu_prices_usd"]["by_name"]),
        own_rack_prices=_factors(own["rack_prices_usd"]["by_name"]),
        own_server_to_chip=_factors(own["server_to_chip"]),
        prices=(*prices, *(_own_price(row, day_of) for row in own["prices"])),
    )


def is_tpu(hardware: str) -> bool:
    """Whether a part is one of Google's, which have no list price."""
    return "TPU" in hardware


def server_price(method: EpochMethod, hardware: str, release_day: float) -> ServerPrice | None:
    """What a chip with its server cost new, or ``None`` where no price is known.

    Notes
    -----
    The method's own rule comes first, so that its results stay its results; our prices fill in
    only where it has none.
    """
    if is_tpu(hardware):
        return _tpu_price(method, hardware, release_day)
    published = amortization.matching_alias(hardware=hardware, aliases=method.aliases)
    is_extension = published is None
    alias = published or amortization.matching_alias(hardware=hardware, aliases=method.own_aliases)
    row = amortization.choose_purchase_price(prices=method.prices, alias=alias) if alias else None
    if row is None:
        return None
    is_bare = amortization.lacks_server if is_extension else amortization.is_bare_chip
    bare = is_bare(row)
    overhead = method.overhead.of(hardware) or 1.0
    acquired = amortization.acquisition_day(
        price_day=row.day, release_day=release_day, delay_days=method.delay_days
    )
    return ServerPrice(
        usd_per_chip=row.usd_per_chip * (overhead if bare else 1.0),
        acquired_day=float(acquired),
        may_precede_purchase=False,
        is_extension=is_extension,
        source=row.source,
    )


def power_over_rated(method: EpochMethod, hardware: str) -> tuple[float, float]:
    """Server over chip power and average over rated draw of a chip's server."""
    kind = "tpu" if is_tpu(hardware) else "gpu"
    ratio = method.own_server_to_chip.of(hardware)
    if ratio is None:
        ratio = method.server_to_chip[kind].of(hardware) or 1.0
    return ratio, method.draw_fraction[kind]


def pue_of(method: EpochMethod, organization: str) -> float:
    """The PUE of an organisation's data centres: hyperscalers build their own."""
    name = organization.lower()
    runs_its_own = any(word in name for word in method.hyperscalers)
    return method.pue["hyperscaler" if runs_its_own else "other"]


def usd_per_kwh_in(method: EpochMethod, year: int) -> float:
    """The electricity price of a year, or of the nearest year that is known."""
    nearest = min(method.usd_per_kwh, key=lambda known: abs(known - year))
    return method.usd_per_kwh[nearest]


def start_day(
    method: EpochMethod, *, model: str, publication_day: float, training_hours: float | None
) -> float:
    """The day a training began, from what is known of it, else from its publication."""
    hours = method.default_hours if training_hours is None else training_hours
    for known in method.known_trainings:
        if model == known.name or (not known.exact and known.name in model):
            if known.started_day is not None:
                return known.started_day
            if known.ended_day is not None:
                return float(
                    amortization.training_start_day(
                        publication_day=known.ended_day, training_hours=hours, lag_days=0.0
                    )
                )
    return float(
        amortization.training_start_day(
            publication_day=publication_day, training_hours=hours, lag_days=method.lag_days
        )
    )


def value_at_start(method: EpochMethod, price: ServerPrice, *, start_day: float) -> float:
    """The value of a chip with its server when training starts [USD]."""
    begun = start_day if price.may_precede_purchase else max(start_day, price.acquired_day)
    return float(
        amortization.value_at_start(
            price_usd=price.usd_per_chip,
            acquired_day=price.acquired_day,
            start_day=begun,
            progress_ooms_per_year=method.progress_ooms_per_year,
        )
    )


def _tpu_price(method: EpochMethod, hardware: str, release_day: float) -> ServerPrice | None:
    published = method.tpu_prices.of(hardware)
    bare = published or method.own_tpu_prices.of(hardware)
    overhead = method.overhead.of(hardware) or 1.0
    usd = method.own_rack_prices.of(hardware) if bare is None else bare * overhead
    if usd is None:
        return None
    return ServerPrice(
        usd_per_chip=usd,
        acquired_day=release_day,
        may_precede_purchase=True,
        is_extension=published is None,
        source="configs/costs/epoch.yaml",
    )


def _factors(by_name: Mapping[str, Any], default: float | None = None) -> Factors:
    return Factors(
        by_name={name: float(value) for name, value in by_name.items()},
        default=None if default is None else float(default),
    )


def _known_training(row: Mapping[str, Any], day_of: Callable[[str], float]) -> KnownTraining:
    return KnownTraining(
        name=str(row["name"]),
        exact=str(row.get("exact", False)).lower() == "true",
        started_day=day_of(str(row["started"])) if "started" in row else None,
        ended_day=day_of(str(row["ended"])) if "ended" in row else None,
    )


def _own_price(row: Mapping[str, Any], day_of: Callable[[str], float]) -> PurchasePrice:
    return PurchasePrice(
        day=day_of(str(row["date"])),
        hardware=str(row["hardware"]),
        usd_per_chip=float(row["usd_per_chip"]),
        chips=float(row["chips"]),
        note=str(row["note"]),
        source=str(row["source"]),
    )
