"""One number of a claim against the known runs of its subject and of others."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from costcheck.audit.garbles import Garble
from costcheck.audit.hypotheses import Edit
from costcheck.audit.matching import (
    FigureMatch,
    RunMatch,
    agree,
    compare,
    figure_of,
    leading,
    significant_digits,
)
from costcheck.audit.priors import rules
from costcheck.audit.speakers import is_head_of
from costcheck.audit.statements import Statement
from costcheck.audit.subject import GIVEN, MAKERS
from costcheck.audit.tense import speaks
from costcheck.audit.typography import slips
from costcheck.catalog.known_runs import KnownRun, words
from costcheck.quantities import CLAIMED, RATES, SIZES, STATED, having
from costcheck.text.quantity import parse
from costcheck.text.quantity_grammar import QuantityProblem

Status = Literal[
    "own", "named", "hypothetical", "elsewhere", "crossed", "slip", "contradicted", "unpublished",
    "unknown",
]  # fmt: skip
"""What the known runs make of a number; `named` is a size that the text has in the model's name
alone."""


NEAR = "near, not the figure"
"""Why a number is denied whose digits are not those of the figure beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """One statement in the light of the known runs."""

    status: Status
    match: FigureMatch | None = None
    note: str = ""

    @property
    def is_confirmed(self) -> bool:
        """Whether the subject's maker stands behind the figure."""
        return self.match is not None and self.match.run.worth.confirms

    @property
    def is_on_record(self) -> bool:
        """Whether it repeats somebody's account of the subject."""
        return self.status in {"own", "named"}

    @property
    def is_own(self) -> bool:
        """Whether it repeats the maker's own figure of the subject."""
        return self.is_on_record and self.is_confirmed

    @property
    def is_as_recorded(self) -> bool:
        """Whether its digits are those of somebody's account of the subject."""
        match = self.match
        is_given = match is not None and match.is_close and match.field in match.run.figures
        return self.is_on_record and is_given


def is_cited(run: KnownRun, text: str) -> bool:
    """Whether a text names the author of an account."""
    author = run.tags.get("by", "")
    is_named = bool(author) and re.search(re.escape(author), text, re.IGNORECASE) is not None
    return is_named or (run.standing == "executive" and is_head_of(run.subject, text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What every number of a claim is held against."""

    own: Sequence[KnownRun]
    others: Sequence[KnownRun]
    rival: RunMatch | None
    text: str
    later: bool
    """Whether the text speaks of a run after the one on record."""
    is_thought: bool
    """Whether it speaks of what might be, or passes on what others hold."""
    repairs: Sequence[Garble]
    limits: Mapping[str, Any]
    """``record`` of ``configs/audit/priors.yaml``."""
    by_name: KnownRun | None
    """The sizes that the model's name states."""


def recognise_one(index: int, item: Statement, scene: Scene) -> Recognised:
    """What the named subject's runs, then others', say about one statement."""
    fits = [fit for run in scene.own if (fit := compare(item, run)) is not None]
    return (
        _of_power(item, fits)
        or _on_another_basis(item, fits, scene)
        or _rivals(item, fits, scene.rival)
        or _of_a_relative(item, fits, scene)
        or _mended(index, item, fits, scene)
        or _owned(fits, scene)
        or _crossed(item, scene)
        or _elsewhere(item, fits, scene)
        or _denied(item, fits, scene)
        or _beyond_its_hours(item, fits, scene)
        or _beside_its_name(index, item, fits, scene)
        or Recognised(status="unknown")
    )


def _of_power(item: Statement, fits: Sequence[FigureMatch]) -> Recognised | None:
    """Power that is told as energy, and the energy on record with its number."""
    if item.field != "energy" or item.quantity.dimension != "power":
        return None
    same = next((fit for fit in fits if fit.is_close), None)
    note = "power printed for energy (watts say how fast it is used, watt-hours how much)"
    return Recognised(status="slip", match=same, note=note)


def _on_another_basis(
    item: Statement, fits: Sequence[FigureMatch], scene: Scene
) -> Recognised | None:
    """A figure that is on record beside another one of the subject, on another basis."""
    if any(fit.is_close for fit in fits):
        return None
    for run in scene.own:
        basis, _, text = run.also.get(item.field, "").rpartition(": ")
        try:
            figure = parse(text, CLAIMED[item.field].dimension)
        except QuantityProblem:
            continue
        beside = {item.field: f"{run.scope}: {run.figures[item.field].text}"}
        other = replace(run, scope=basis, figures={item.field: figure}, also=beside)
        fit = compare(item, other)
        if fit is not None and fit.is_close:
            return Recognised(status="own", match=fit)
    return None


def _mended(
    index: int, item: Statement, fits: Sequence[FigureMatch], scene: Scene
) -> Recognised | None:
    """What a number would be without a garble or a slip; none of it where it is right already."""
    near = scene.limits["near"]
    if any(abs(math.log(fit.figure.value / item.value)) < near for fit in fits):
        return None
    return (
        _as_printed(item, fits) or _garbled(index, item, scene) or _slip(item, fits, scene.limits)
    )


def _as_printed(item: Statement, fits: Sequence[FigureMatch]) -> Recognised | None:
    """Tokens on record whose number the text prints as words."""
    number, _, unit = item.quantity.written.rpartition(" ")
    if item.field != "tokens" or not number:
        return None
    try:
        value = parse(number, "count").value
    except QuantityProblem:
        return None
    for fit in fits:
        if fit.figure.kind == "stated" and agree(value, fit.figure.value):
            return Recognised(status="slip", match=fit, note=f"tokens printed as {unit}")
    return None


def _beyond_its_hours(
    item: Statement, fits: Sequence[FigureMatch], scene: Scene
) -> Recognised | None:
    """A cost that the developer's GPU-hours would make dearer than any hour of a GPU is sold."""
    if item.field != "cost" or scene.later or any(fit.run.worth.confirms for fit in fits):
        return None
    known = [fit for run in scene.own if (fit := developer_hours(item, run)) is not None]
    least = item.interval[0] / max((fit.figure.high for fit in known), default=math.inf)
    if not known or least < scene.limits["dearest_gpu_hour"]:
        return None
    why = f"${least:.2f} for each of the GPU-hours on record, and none sells for more than"
    return Recognised(
        status="contradicted", match=known[0], note=f"{why} ${scene.limits['dearest_gpu_hour']}"
    )


def developer_hours(item: Statement, run: KnownRun) -> FigureMatch | None:
    """The developer's GPU-hours of a whole training, beside a statement of something else."""
    is_whole = run.standing in GIVEN and run.stage not in rules("scopes")["on_base"]
    return compare(item, run, "gpu_hours") if is_whole else None


def _beside_its_name(
    index: int, item: Statement, fits: Sequence[FigureMatch], scene: Scene
) -> Recognised | None:
    """A size beside the one in the model's name, where no record gives it."""
    fit = compare(item, scene.by_name) if scene.by_name and item.field in SIZES else None
    if fit is None or fits:
        return None
    if abs(math.log(item.value / fit.figure.value)) < math.log(scene.limits["nominal_size"]):
        return Recognised(status="own", match=fit) if scene.own else None
    slip = _garbled(index, item, replace(scene, own=(fit.run,))) or _slip(item, [fit], scene.limits)
    return slip or Recognised(status="contradicted", match=fit)


def _rivals(
    item: Statement, fits: Sequence[FigureMatch], rival: RunMatch | None
) -> Recognised | None:
    """The clear rival's figure where it is nearer than the named subject's own."""
    theirs = compare(item, rival.run) if rival is not None else None
    if theirs is None or not theirs.holds or item.field in SIZES:
        return None
    real = [fit for fit in fits if fit.run.is_account and fit.holds]
    if all(theirs.score > fit.score for fit in real):
        return Recognised(status="elsewhere", match=theirs)
    return None


def _owned(fits: Sequence[FigureMatch], scene: Scene) -> Recognised | None:
    """The subject's own figure, or one that somebody only projected for it."""
    held = [fit for fit in fits if fit.holds]
    real = [fit for fit in held if fit.run.is_account]
    if real:
        best = max(real, key=lambda fit: _nearest(fit, scene.text))
        if not _is_near(best) or scene.is_thought or not _in_sentence(best, scene.text):
            return Recognised(status="own", match=best)
        if best.field not in RATES and best.run.worth.confirms:
            return Recognised(status="contradicted", match=best, note=NEAR)
        return None
    held = [fit for fit in held if fit.is_close and fit.printed.digits > 1]
    if not held:
        return None
    best = max(held, key=lambda fit: fit.score)
    told = is_cited(best.run, scene.text) or scene.is_thought
    return Recognised(status="own" if told else "hypothetical", match=best)


def _is_near(fit: FigureMatch) -> bool:
    """Whether a published figure is near to a number, and not what its digits say."""
    as_published = fit.figure.kind == "stated" and fit.run.standing in GIVEN | {"estimate", "leak"}
    plain = fit.printed.kind in {"exact", "stated", "approx"}
    told = fit.field in having("told rounded") | RATES
    return as_published and plain and told and not fit.is_printed


def _in_sentence(fit: FigureMatch, text: str) -> bool:
    """Whether a sentence itself prints the digits of a number: a file may add what it does not."""
    digits = re.search(r"\d[\d.,]*", fit.printed.text)
    return not text or digits is None or digits[0] in text


def _nearest(fit: FigureMatch, text: str) -> tuple[bool, bool, bool, bool, float]:
    """What of several accounts is meant: the one it cites, then its maker's, then the nearest."""
    cited, given = is_cited(fit.run, text), fit.run.worth.confirms
    return not _is_near(fit), fit.is_close, cited, given, fit.score


def _denied(item: Statement, fits: Sequence[FigureMatch], scene: Scene) -> Recognised | None:
    """The developer's figure that the statement contradicts, or that there is none."""
    limits = scene.limits
    known = [fit for fit in fits if fit.run.standing in MAKERS]
    if known and (not scene.later or item.field in SIZES):
        best = max(known, key=lambda fit: fit.score)
        off = abs(math.log(item.value / best.figure.value))
        published = item.field in best.run.figures and best.run.standing in GIVEN
        loose = limits["assumed"].get(item.field, limits["worked_out"])
        off -= 0.0 if published else math.log(loose)
        defined = math.log(_defined_within(item.field, scene))
        wider = item.value > best.figure.value and re.search(limits["wider"], scene.text, re.I)
        if off > max(defined, limits["accounts"]) and not wider:
            return Recognised(status="contradicted", match=best)
    remarks = [fit for fit in fits if fit.run.standing == "executive" and not scene.later]
    if far := next((fit for fit in remarks if _far_off(item, fit, limits)), None):
        return Recognised(status="contradicted", match=far)
    if not scene.is_thought and any(item.field in run.unpublished for run in scene.own):
        return Recognised(status="unpublished")
    return None


def _defined_within(field: str, scene: Scene) -> float:
    """The factor by which a text's definition of a quantity may differ from the record's."""
    settled = scene.limits["defined"].get(field)
    if settled and re.search(settled["says"], scene.text, re.IGNORECASE):
        return float(settled["factor"])
    return float(scene.limits["definitions"].get(field, 1.0))


def _far_off(item: Statement, fit: FigureMatch, limits: Mapping[str, Any]) -> bool:
    """Whether a number is far outside what a remark leaves open."""
    figure = fit.figure
    open_by = float(limits["vague" if speaks("few", figure.text) else "remark"])
    low = figure.low if figure.kind in {"range", "at_least"} else figure.value
    high = math.inf if figure.kind == "at_least" else max(figure.high, figure.value)
    return item.interval[1] <= low / open_by or item.interval[0] > high * open_by


def _garbled(index: int, item: Statement, scene: Scene) -> Recognised | None:
    """The named garble that turns the printed number into a figure of the same subject."""
    if item.factor is not None or item.quantity.kind == "range":
        return None
    for repair in sorted(scene.repairs, key=lambda repair: -repair.weight):
        edit = repair.edits[0]
        told = edit.widen is None and len(repair.edits) == 1 and repair.family != "bridge"
        if edit.field is None:
            plain = abs(edit.shift) > math.log(scene.limits["distinct"])
        else:
            plain = significant_digits(item.value) > 1
        if edit.statement == index and told and plain:
            for run in scene.own:
                if _repairs(edit, item, run, scene.limits) and (
                    fit := compare(item, run, edit.field)
                ):
                    return Recognised(status="slip", match=fit, note=repair.name)
    return None


def _repairs(edit: Edit, item: Statement, run: KnownRun, limits: Mapping[str, Any]) -> bool:
    """Whether an edit makes a statement what a run published, but for rounding."""
    figure = figure_of(run, edit.field or item.field)
    if figure is None or not run.is_account or figure.kind == "range":
        return False
    slack = math.hypot(item.quantity.half_unit, figure.half_unit) + limits["repaired"]
    off = abs(item.log_value + edit.shift - math.log(figure.value))
    return bool(off < min(slack, math.log(limits["distinct"]) / 4.0))


def _of_a_relative(item: Statement, fits: Sequence[FigureMatch], scene: Scene) -> Recognised | None:
    """A base's or sibling's figure, where the printed digits are its own, not the subject's."""
    bases = {run.tags.get("base") for run in scene.own} - {None}
    families = {words(run.subject)[:2] for run in scene.own}
    plain = item.quantity.kind == "stated" and significant_digits(item.value) > 1
    if not plain or item.field in SIZES or not fits or any(fit.is_printed for fit in fits):
        return None
    kin = (r for r in scene.others if r.subject in bases or words(r.subject)[:2] in families)
    theirs = [fit for run in kin if (fit := compare(item, run))]
    best = max((fit for fit in theirs if fit.is_printed), key=lambda fit: fit.score, default=None)
    told = best is not None and _in_sentence(best, scene.text)
    return Recognised(status="elsewhere", match=best) if told else None


def _slip(
    item: Statement, fits: Sequence[FigureMatch], limits: Mapping[str, Any]
) -> Recognised | None:
    """The slip of the pen that turns a known figure into the printed one."""
    if item.quantity.kind == "range":
        return None
    for fit in fits:
        if fit.figure.kind == "range":
            continue
        figure = fit.figure.value
        lead = leading(item.value, 1) in {leading(figure, 1), f"{figure:.9e}"[0]}
        if lead and figure / item.value > limits["lost_exponent"]:
            return Recognised(status="slip", match=fit, note="lost exponent")
        if item.quantity.digits < 2:
            continue
        for slip in slips(item.quantity.text):
            off = abs(math.log(item.value * slip.ratio / figure))
            open_by = max(item.quantity.half_unit / slip.ratio, limits["same"])
            is_figure = off < min(limits["slip"], open_by)
            if is_figure and slip.weight >= limits["slip_weight"] and fit.run.is_account:
                return Recognised(status="slip", match=fit, note=slip.name)
    return None


def _crossed(item: Statement, scene: Scene) -> Recognised | None:
    """A figure of another quantity that the statement repeats."""
    for field in STATED[item.field].mistaken:
        for run in scene.own:
            fit = compare(item, run, field)
            if fit is not None and fit.is_close and item.factor is None:
                return Recognised(status="crossed", match=fit, note=field)
    return None


def _elsewhere(item: Statement, fits: Sequence[FigureMatch], scene: Scene) -> Recognised | None:
    """Another subject's figure: the clear rival's, or one of the same family digit by digit."""
    if item.field in SIZES or item.factor is not None:
        return None
    if scene.rival is not None:
        theirs = compare(item, scene.rival.run)
        return Recognised(status="elsewhere", match=theirs) if theirs and theirs.holds else None
    if not any(f.run.standing in GIVEN for f in fits):
        return None
    bases = {run.tags.get("base") for run in scene.own}
    # Siblings of one recipe have their tokens in common: that number alone tells none of them.
    telling = min(item.quantity.digits, significant_digits(item.value)) > 1
    telling = telling and item.field != "tokens"
    families = {words(run.subject)[0] for run in scene.own} if telling else set()
    kin = [fit for run in scene.others if (fit := compare(item, run)) is not None and fit.is_close]
    near = [fit for fit in kin if fit.run.subject in bases or words(fit.run.subject)[0] in families]
    best = max(near, key=lambda fit: fit.score, default=None)
    return Recognised(status="elsewhere", match=best) if best else None
