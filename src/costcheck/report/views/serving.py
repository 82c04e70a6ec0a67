"""What serving the trained model takes, in a sentence."""

from collections.abc import Iterator, Mapping

from costcheck.estimate.result import Figure
from costcheck.report.views.blocks import Paragraph
from costcheck.report.views.figures import figure, lasting
from costcheck.units import DAYS_PER_YEAR

_PRICES = {
    "usd_per_million_input_tokens": "per million input tokens",
    "usd_per_million_output_tokens": "per million output tokens",
}


def serving_paragraph(served: Mapping[str, Figure]) -> Iterator[Paragraph]:
    """Yield the sentence of a file that asks for it."""
    if not served:
        return
    gpus = served["gpus"]
    if gpus.central is None:
        yield Paragraph(f"Serving it: unknown, {gpus.reason}.")
        return
    text = f"Serving it, no part of the cost: {_range(gpus)} x {gpus.basis}"
    speed = _range(served["output_tokens_per_second"])
    text += f", each {speed} tokens of answers a second at full load"
    if served["usd_per_year"].central is not None:
        text += f"; {_range(served['usd_per_year'])} a year, "
        text += ", ".join(f"{_range(served[name])} {words}" for name, words in _PRICES.items())
    else:
        text += f"; dollars unknown, {served['usd_per_year'].reason}"
    yield Paragraph(f"{text}.{_against(served)}")


def _against(served: Mapping[str, Figure]) -> str:
    bought, years = served.get("bought_usd_per_year"), served.get("payback_years")
    if bought is None or bought.central is None:
        return ""
    text = f" Bought, the same tokens are {figure(bought.central, 'USD')} a year"
    if years is None or years.central is None:
        return f"{text}: {years.reason}." if years and years.reason else f"{text}."
    return f"{text}; the training is paid back in {lasting(years.central * DAYS_PER_YEAR)}."


def _range(shown: Figure) -> str:
    if shown.central is None:
        return "unknown"
    central = figure(shown.central, shown.unit)
    if shown.low is None or shown.high is None or shown.low == shown.high:
        return central
    return f"{central} ({figure(shown.low, shown.unit)} to {figure(shown.high, shown.unit)})"
