"""A claim in the units it is weighed in: dollars, tokens, figures per accelerator.

Every change keeps the words of the text and shows what they were taken to be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from costcheck.catalog.files import Catalog
from costcheck.estimate.currency import BASE_CURRENCY, Rates
from costcheck.estimate.resolve import accelerator
from costcheck.scenario.claim import COUNTED, NUMBER_FIELDS, Claim, year_of
from costcheck.text.quantity import Quantity
from costcheck.units import WATTS_PER_KILOWATT

_SIZES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1.0, ""))


def short(value: float, digits: int = 3) -> str:
    """A number to so many digits, grouped, with the letter of its millions once it is rounded."""
    value = float(f"{value:.{digits}g}")
    size, letter = next(pair for pair in _SIZES if value >= pair[0] or pair[0] == 1.0)
    return f"{value / size:,.12g}{letter}"


def restated(claim: Claim, rates: Rates | None, catalog: Catalog) -> Claim:
    """A claim in dollars, tokens and figures per accelerator, as far as that can be said."""
    keys = (*NUMBER_FIELDS, "price_per_node")
    stated = {key: value for key in keys if (value := getattr(claim, key)) is not None}
    changed = {
        key: _in_dollars(value, claim, rates or {}, catalog) for key, value in stated.items()
    }
    claim = replace(claim, **{key: new for key, new in changed.items() if new is not stated[key]})
    is_of_cores = _CORES.search(claim.text or "")
    if not is_of_cores and all(getattr(claim, key) is None for key in COUNTED):
        return claim
    units = catalog.document("audit/units.yaml")
    for read in _READ:
        claim = replace(claim, **dict(read(claim, units, catalog)))
    return claim


def without_effect(claim: Claim) -> list[str]:
    """What a claim states that nothing can be made of, and what it would take."""
    return [
        f"{stated.text}: {needed}"
        for key, others, needed in _NEEDS
        if (stated := getattr(claim, key)) is not None
        and all(getattr(claim, other) is None for other in others)
    ]


_NEEDS = (
    (
        "site_power",
        ("gpus", "energy"),
        "power says how fast energy is used, not how much or by what",
    ),
    ("throughput", ("gpus",), "speed of a cluster whose chips are not counted"),
)


def _in_dollars(stated: Any, claim: Claim, rates: Rates, catalog: Catalog) -> Any:
    if isinstance(stated, tuple):
        return tuple(_in_dollars(item, claim, rates, catalog) for item in stated)
    if stated.currency in (None, BASE_CURRENCY):
        return stated
    if stated.currency in rates:
        per_dollar, when = rates[stated.currency].value, "as stated"
    else:
        found = dated_rate(stated.currency, year_of(claim), catalog)
        if found is None:
            return stated
        per_dollar, when = found
    return _scaled(stated, 1.0 / per_dollar, f"at {per_dollar:.4g} per dollar, {when}", sign="$")


def dated_rate(currency: str, year: int | None, catalog: Catalog) -> tuple[float, str] | None:
    """Units per dollar, and the year it is of: the nearest to a year, the newest without one."""
    rows = {
        int(row["year"]): float(row["units_per_dollar"])
        for row in catalog.rows("audit/currencies.csv")
        if row["currency"] == currency
    }
    if not rows:
        return None
    nearest = min(rows, key=lambda known: (abs(known - (year or max(rows))), -known))
    return rows[nearest], str(nearest)


def _scaled(
    stated: Quantity,
    factor: float,
    how: str,
    *,
    sign: str = "",
    unit: str = "",
    dimension: str = "",
) -> Quantity:
    """A quantity times a factor; its text says what became of it."""
    value, low, high = (end * factor for end in (stated.value, stated.low, stated.high))
    is_large = unit.startswith(" W") and value >= WATTS_PER_KILOWATT
    size, unit = (WATTS_PER_KILOWATT, f" k{unit[1:]}") if is_large else (1.0, unit)
    shown = f"{sign}{short(value / size)}{unit}"
    return replace(
        stated,
        value=value,
        low=low,
        high=high,
        text=f"{stated.text} = {shown} ({how})",
        written=stated.written or stated.text,
        how=how,
        currency=BASE_CURRENCY if sign else None,
        dimension=dimension or stated.dimension,
    )


def _widened(stated: Quantity, low: float, high: float) -> Quantity:
    """A quantity whose factor is only known to lie in a range."""
    return replace(
        stated,
        low=stated.low * low,
        high=stated.high * high,
        kind="approx" if stated.is_point else stated.kind,
        digits=min(stated.digits, 2),
    )


_Changes = Iterator[tuple[str, Any]]


def _tokens(claim: Claim, units: Mapping[str, Any], catalog: Catalog) -> _Changes:
    """Tokens from words or bytes of text, seen once for each epoch."""
    del catalog
    stated = claim.words or claim.bytes
    if claim.tokens is not None or stated is None:
        return
    passes = claim.epochs.value if claim.epochs is not None else 1.0
    each = f", {passes:g} times" if claim.epochs is not None else ""
    if claim.words is not None:
        rate = units["tokens_per_word"]
        middle, low, high = rate["value"], rate["low"], rate["high"]
        how = f"about {middle:.2g} tokens a word{each}"
    else:
        rate = units["bytes_per_token"]
        middle, low, high = 1.0 / rate["value"], 1.0 / rate["high"], 1.0 / rate["low"]
        how = f"about {rate['value']:g} bytes a token{each}"
    tokens = _scaled(stated, middle * passes, how, unit=" tokens", dimension="tokens")
    yield "tokens", _widened(tokens, low / middle, high / middle)


def _price(claim: Claim, units: Mapping[str, Any], catalog: Catalog) -> _Changes:
    """The rent of an accelerator from that of a node."""
    if claim.price_per_node is None or claim.price is not None:
        return
    part = accelerator(catalog, claim.gpu) if claim.gpu else None
    size = (
        part.entry.gpus_per_node.value
        if part and part.entry.gpus_per_node
        else units["gpus_per_node"]
    )
    how = f"a node of {size:g}"
    yield (
        "price",
        _scaled(
            claim.price_per_node, 1.0 / size, how, sign="$", unit="/GPU-hour", dimension="price"
        ),
    )


_CORES = re.compile(r"(\d[\d,]*)[\s-](?:[\w.]+[\s-]){0,3}?cores\b", re.IGNORECASE)
"""So many cores, with the name of the chip between."""


def _chips(claim: Claim, units: Mapping[str, Any], catalog: Catalog) -> _Changes:
    """Chips from the cores that a text counts."""
    told, gpus = _CORES.search(claim.text or ""), claim.gpus
    part = accelerator(catalog, claim.gpu) if claim.gpu else None
    each = units["cores_per_chip"].get(part.id) if part else None
    if each and told and isinstance(gpus, Quantity) and told[1] in gpus.text:
        yield "gpus", _scaled(gpus, 1.0 / each, f"{each} cores a chip", unit=" chips")


def _per_gpu(claim: Claim, units: Mapping[str, Any], catalog: Catalog) -> _Changes:
    """Power and throughput of an accelerator from those of the whole fleet."""
    del units, catalog
    gpus = claim.gpus
    if not isinstance(gpus, Quantity):
        return
    for key, target, unit in (
        ("site_power", "power_per_gpu", " W each"),
        ("throughput", "tokens_per_second_per_gpu", " tokens/s each"),
    ):
        whole = getattr(claim, key)
        if whole is not None and getattr(claim, target) is None:
            yield target, _scaled(whole, 1.0 / gpus.value, f"over {gpus.text} GPUs", unit=unit)


def _mfu(claim: Claim, units: Mapping[str, Any], catalog: Catalog) -> _Changes:
    """Model utilisation from that of the hardware, which counts recomputation."""
    del catalog
    if claim.hfu is None or claim.mfu is not None:
        return
    high = units["hfu_over_mfu"]["high"]
    text = f"{claim.hfu.text} of the hardware, recomputation counted"
    yield "mfu", replace(_widened(claim.hfu, 1.0 / high, 1.0), text=text)


_READ: tuple[Callable[[Claim, Mapping[str, Any], Catalog], _Changes], ...] = (
    _chips,
    _tokens,
    _price,
    _per_gpu,
    _mfu,
)
