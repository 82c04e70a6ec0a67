"""What a scenario may not do although every value in it reads well."""

import re
from collections.abc import Iterable
from dataclasses import replace

from costcheck.catalog.knowledge import knowledge
from costcheck.diagnostics import Diagnostic, Place
from costcheck.estimate.claim_units import dated_rate
from costcheck.estimate.currency import BASE_CURRENCY
from costcheck.scenario.inherit import stages_of, states_amount
from costcheck.scenario.load import Loaded
from costcheck.scenario.run import Sizes
from costcheck.text.quantity import Quantity, quantities_in

RESERVED = frozenset((
    "total", "cost", "currency", "gpu", "mfu", "flops", "price", "energy", "reliability",
    "parameters", "days",
))  # fmt: skip
"""First steps of the paths that belong to the whole scenario."""


def invalid_values(loaded: Loaded) -> list[Diagnostic]:
    """Every value that reads well and cannot be meant, or probably is not."""
    return [problem for check in CHECKS for problem in check(loaded)]


def missing_currency_rates(loaded: Loaded) -> list[Diagnostic]:
    """A diagnostic for every amount in a currency the file gives no rate for."""
    rates = loaded.scenario.currency_rates or {}
    return [
        _at(
            loaded,
            quantity,
            "CC304",
            f"{quantity.text} needs a rate: currencies are not converted silently",
            _rate_to_add(str(currency), loaded),
        )
        for quantity in quantities_in(loaded.scenario, leave="claims")
        if (currency := quantity.currency) not in (None, BASE_CURRENCY, *rates) and quantity.place
    ]


def _rate_to_add(currency: str, loaded: Loaded) -> str:
    """What to write, with a rate of the year of the run where one is known."""
    as_of = loaded.scenario.as_of
    rate = dated_rate(currency, as_of.year if as_of else None, loaded.catalog)
    if rate is None:
        return f"add currency_rates: {{{currency}: <{currency} per US dollar>}}"
    per_dollar, year = rate
    shown = f"{{{currency}: {per_dollar:.4g}}}, per US dollar, the mean of {year}"
    return f"add currency_rates: {shown}"


def bad_stage_names(loaded: Loaded) -> list[Diagnostic]:
    """A diagnostic for every stage whose name cannot be part of a path."""
    problems, seen = [], set()
    for index, stage in enumerate(loaded.scenario.stages):
        problem = ""
        if not stage.name.strip() or "/" in stage.name or stage.name in RESERVED:
            problem = f"a stage cannot be named {stage.name!r}"
        elif stage.name in seen:
            problem = f"two stages are named {stage.name!r}"
        seen.add(stage.name)
        if problem:
            key, advice = f"stages.{index}.name", "give each stage a name of its own, without /"
            problems.append(loaded.problem("CC307", problem, key=key, help=advice))
    return problems


def shared_amounts(loaded: Loaded) -> list[Diagnostic]:
    """A warning where several silent stages each take an amount of the top level."""
    scenario = loaded.scenario
    training = scenario.training
    amounts = {
        "gpu_hours": scenario.gpu_hours,
        "duration": scenario.duration,
        "training.tokens": training.tokens if training else None,
        "training.compute": training.compute if training else None,
    }
    silent = [stage.name for stage in scenario.stages if not states_amount(stage)]
    if len(silent) < 2:
        return []
    return [
        loaded.problem(
            "CC308",
            f"{', '.join(silent)} each take {key} of the top level: it counts {len(silent)} times",
            key=key,
            severity="warning",
            help="state the amount in the stage it belongs to",
        )
        for key, value in amounts.items()
        if value is not None
    ]


def swapped_sizes(loaded: Loaded) -> list[Diagnostic]:
    """A diagnostic for every model with more active parameters than it has."""
    models = [stage.model for stage in stages_of(loaded.scenario)]
    return _unique(
        _at(
            loaded,
            active,
            "CC310",
            f"active parameters ({active.text}) cannot exceed the total ({model.parameters.text})",
            f"swap the two: parameters: {active.text}, active: {model.parameters.text}",
        )
        for model in models
        if isinstance(model, Sizes)
        and (active := model.active) is not None
        and active.value > model.parameters.value
    )


def too_few_tokens(loaded: Loaded) -> list[Diagnostic]:
    """A warning for every pre-training on so few tokens that a suffix must be missing."""
    stages = [stage for stage in stages_of(loaded.scenario) if stage.kind == "pre-training"]
    amounts = [stage.training.tokens for stage in stages if stage.training is not None]
    fewest = knowledge(loaded.catalog).feasibility["fewest_tokens"].value
    return _unique(
        replace(
            _at(loaded, tokens, "CC311", _pretraining_on(tokens), _suffixed(tokens)),
            severity="warning",
        )
        for tokens in amounts
        if tokens is not None and tokens.value < fewest
    )


def _pretraining_on(tokens: Quantity) -> str:
    return f"pre-training on {tokens.text}{'' if 'token' in tokens.text else ' tokens'}"


def _suffixed(tokens: Quantity) -> str:
    if not re.fullmatch(r"[\d.,_]+", tokens.text):
        return "pre-training takes billions (B) or trillions (T) of tokens"
    return f"did you mean {tokens.text}{'T' if tokens.value < 1000 else 'B'}?"


def _at(loaded: Loaded, quantity: Quantity, code: str, message: str, advice: str) -> Diagnostic:
    place = quantity.place
    excerpt = loaded.document.excerpt(place) if place else ""
    return Diagnostic(code, "error", message, place or Place(loaded.path), advice, excerpt)


def _unique(problems: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Each once: stages share what the top level says."""
    return list(dict.fromkeys(problems))


CHECKS = (missing_currency_rates, bad_stage_names, shared_amounts, swapped_sizes, too_few_tokens)
"""Every check of values, in the order of the report."""
