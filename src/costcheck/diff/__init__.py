"""What changed between two scenarios and why.

Two views of the same change: by *driver* (which quantities of the estimate moved, along its
graph) and by *input* (which keys of the file moved it). Both add up to the change exactly and
turn their signs when the sides are swapped. Where a side is a saved result, what our data and
formulas changed since is kept apart from what the author changed.
"""

from dataclasses import dataclass, replace

from costcheck.diagnostics import CostcheckError, Diagnostic, refusal
from costcheck.diff.carried import carried_over
from costcheck.diff.drivers import (
    Graph,
    aligned,
    change_interval,
    explain_changes,
    graph_of,
    headline,
)
from costcheck.diff.keys import Side, changed_keys
from costcheck.diff.result import (
    Carried,
    Diff,
    Diffs,
    Driver,
    InputShare,
    Lone,
    Moved,
    QuantityChange,
    VerdictChange,
    beyond_rounding,
)
from costcheck.diff.shares import input_shares
from costcheck.diff.sides import Compared, Reader, is_folder, pairs
from costcheck.diff.verdicts import verdict_changes
from costcheck.estimate.result import Estimate
from costcheck.graph.draw_defaults import DEFAULT_SAMPLES, DEFAULT_SEED
from costcheck.judgement import exceeded, failing_claims

__all__ = [
    "Compared",
    "Diff",
    "Diffs",
    "Driver",
    "InputShare",
    "Options",
    "QuantityChange",
    "VerdictChange",
    "compare",
    "diff",
]

STDIN = "-"


@dataclass(frozen=True)
class Options:
    """What a diff goes into: `shared_out` computes the share of every changed key too."""

    shared_out: bool = False
    samples: int = DEFAULT_SAMPLES
    seed: int = DEFAULT_SEED


def diff(old: Compared, new: Compared, options: Options | None = None) -> Diff:
    """Compare two estimates."""
    options = options or Options()
    if old.reported is new.reported and not (old.is_saved or new.is_saved):
        return _unchanged(old, new)
    return _explained(old, new, options)


def _explained(old: Compared, new: Compared, options: Options) -> Diff:
    """The diff of two estimates, what moved explained by drivers and by keys."""
    quantity = headline(old.reported, new.reported)
    before, after, live = _graphs(old, new)
    changes = {
        name: QuantityChange(figure, new.reported.figures[name])
        for name, figure in old.reported.figures.items()
        if name in new.reported.figures
    }
    explained = explain_changes(changes, before, after)
    drivers, unexplained = explained[quantity]
    head = changes[quantity]
    yours = _difference(before.known(quantity), after.known(quantity))
    catalog = _rest(head, yours) if live and (old.is_saved or new.is_saved) else None
    if catalog:
        drivers = (*drivers, _catalog_driver(old, new, quantity, catalog))
    if live and head.change is not None:
        changes[quantity] = _with_range(head, quantity, before, after, options)
    shares, remarks = _inputs(old, new, quantity, options)
    return Diff(
        before=old.label,
        after=new.label,
        quantity=quantity,
        quantities=changes,
        drivers=drivers,
        explained={name: lines for name, (lines, _) in explained.items() if lines},
        inputs=shares,
        unexplained=unexplained,
        your_change=yours,
        catalog_change=catalog,
        verdicts=verdict_changes(old.reported, new.reported),
        title=new.reported.title,
        notes=(*_notes(old, new), *remarks),
        verdict=new.reported.verdict,
        failing_claims=failing_claims(new.reported),
        over_budget=exceeded(new.reported),
        budget=new.reported.budget,
        carried=_carried(old, new),
        catalog_moved=_moved(old) or _moved(new) if catalog else (),
    )


def _unchanged(old: Compared, new: Compared) -> Diff:
    """The diff of two sides that are one estimate: nothing to explain."""
    found = new.reported
    quantity = headline(found, found)
    head = found.figures[quantity].central
    zero = None if head is None else 0.0
    changes = {name: QuantityChange(figure, figure) for name, figure in found.figures.items()}
    if zero is not None:
        changes[quantity] = replace(changes[quantity], change_low=zero, change_high=zero)
    return Diff(
        before=old.label,
        after=new.label,
        quantity=quantity,
        quantities=changes,
        drivers=(),
        explained={},
        inputs=(),
        unexplained=0.0,
        your_change=zero,
        catalog_change=None,
        verdicts=(),
        title=found.title,
        verdict=found.verdict,
        failing_claims=failing_claims(found),
        over_budget=exceeded(found),
        budget=found.budget,
    )


def _carried(old: Compared, new: Compared) -> tuple[Carried, ...]:
    if old.now is None or new.now is None:
        return ()
    sides = Side(old.now.source), Side(new.now.source)
    return carried_over(*sides, changed_keys(*sides))


def _moved(side: Compared) -> tuple[Moved, ...]:
    """What nobody stated and is another value today than in the saved result."""
    if side.now is None or not side.is_saved:
        return ()
    today = {line.path: line for line in side.now.inputs if line.source in ("catalog", "default")}
    return tuple(
        Moved(line.path, line.unit, line.value, today[line.path].value)
        for line in side.reported.inputs
        if line.path in today and line.value != today[line.path].value
    )


def _with_range(
    head: QuantityChange, quantity: str, before: Graph, after: Graph, options: Options
) -> QuantityChange:
    low, high = change_interval(quantity, before, after, samples=options.samples, seed=options.seed)
    return replace(head, change_low=low, change_high=high)


def _graphs(old: Compared, new: Compared) -> tuple[Graph, Graph, bool]:
    """Both sides with today's data, else both as they were recorded; and whether it is today's."""
    one, other = (side.reported.source.catalog for side in (old, new))
    same_data = old.is_saved and new.is_saved and one.sha256 == other.sha256
    if old.now is None or new.now is None or same_data:
        return graph_of(old.reported), graph_of(new.reported), False
    return (*aligned(old.now, new.now), True)


def _difference(before: float | None, after: float | None) -> float | None:
    if before is None or after is None:
        return None
    return beyond_rounding(after - before, before, after)


def _rest(head: QuantityChange, yours: float | None) -> float | None:
    """What is left of a change when yours is taken out; nothing but rounding is nothing."""
    if head.change is None or yours is None:
        return None
    before, after = head.before.central or 0.0, head.after.central or 0.0
    return beyond_rounding(head.change - yours, before, after)


def _catalog_driver(old: Compared, new: Compared, name: str, change: float) -> Driver:
    dates = [side.reported.catalog for side in (old, new)]
    return Driver(
        name="catalog",
        kind="catalog",
        before=None,
        after=None,
        unit=new.reported.figures[name].unit,
        before_text=dates[0],
        after_text=dates[1],
        change=change,
        why="our prices, data and formulas since the result was saved",
    )


def _inputs(
    old: Compared, new: Compared, quantity: str, options: Options
) -> tuple[tuple[InputShare, ...], tuple[str, ...]]:
    if old.now is None or new.now is None:
        return (), ()
    known = all(side.now and side.now.figures[quantity].central is not None for side in (old, new))
    return input_shares(quantity, old.now, new.now, shared_out=options.shared_out and known)


def _notes(old: Compared, new: Compared) -> tuple[str, ...]:
    return tuple(
        f"{side.label}: today's schema does not accept it, compared as recorded"
        for side in (old, new)
        if side.now is None
    )


def compare(old: str, new: str, reader: Reader, options: Options, text: str | None = None) -> Diffs:
    """Compare two files, saved results, revisions or folders."""
    if old == new == STDIN:
        message = "both sides are standard input"
        raise refusal("CC034", message, None, "name one file")
    folders = [name != STDIN and is_folder(name) for name in (old, new)]
    if any(folders):
        if not all(folders):
            file = new if folders[0] else old
            message = f"{file} is a file, the other side a folder"
            advice = "compare two files, or two folders"
            raise refusal("CC034", message, None, advice)
        return _folders(old, new, reader, options)
    return Diffs((diff(*_both(reader, old, new, text), options),))


def _both(reader: Reader, old: str, new: str, text: str | None = None) -> tuple[Compared, Compared]:
    """Read both sides; problems of both come together."""
    sides: list[Compared] = []
    problems: list[Diagnostic] = []
    for name in (old, new):
        try:
            is_input = name == STDIN
            sides.append(reader.side("<stdin>" if is_input else name, text if is_input else None))
        except CostcheckError as error:
            problems += error.diagnostics
    if problems:
        raise CostcheckError(list(dict.fromkeys(problems)))
    return sides[0], sides[1]


def _folders(old: str, new: str, reader: Reader, options: Options) -> Diffs:
    diffs: list[Diff] = []
    lone: dict[bool, list[tuple[str, Lone]]] = {True: [], False: []}
    unread: list[tuple[str, tuple[Diagnostic, ...]]] = []
    members, others = pairs(old, new, reader.exclude)
    for path, before, after in members:
        try:
            if before and after:
                found = diff(*_both(reader, before, after), options)
                diffs.append(replace(found, path=path))
            else:
                side = reader.side(before or after or path)
                lone[before is None].append((path, _lone(side.reported)))
        except CostcheckError as error:
            unread.append((path, tuple(error.diagnostics)))
    if unread and not (diffs or lone[True] or lone[False]):
        raise CostcheckError([problem for _, problems in unread for problem in problems])
    sides = tuple(lone[True]), tuple(lone[False])
    return Diffs(tuple(diffs), *sides, others, tuple(unread), single=False)


def _lone(estimate: Estimate) -> Lone:
    return Lone(estimate.figures, estimate.verdict, failing_claims(estimate), exceeded(estimate))
