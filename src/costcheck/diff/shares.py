"""What each changed key of a file does to a result: exact Shapley values over all mixtures.

A key that only moves leaves of the graph is varied on one graph, all its mixtures at once; a key
that changes the graph itself (another model, another way of paying) is built in. Nothing is
sampled: the same two files always give the same shares.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from costcheck.diagnostics import CostcheckError
from costcheck.diff.keys import WITHOUT_EFFECT, Key, Side, changed_keys, mixed
from costcheck.diff.result import InputShare
from costcheck.estimate import build
from costcheck.estimate.result import Estimate
from costcheck.graph.evaluation import evaluate
from costcheck.graph.nodes import Along, Array, Call, Input, Node, Select, leaves, walk
from costcheck.graph.slopes import shapley_values
from costcheck.scenario.load import load

LIMIT = 10
"""Groups of keys that are shared out; more are merged by section first."""

MOST_BUILT = 7
"""The same where each key changes the graph: every mixture of those is a graph of its own."""

Group = tuple[Key, ...]
Mixtures = Callable[[frozenset[Key]], Node | None]
"""The result of the old side with some keys of the new one, None where that is no scenario."""

Effect = Mapping[str, tuple[float, float]]
"""Leaves that a key moves, with their values on both sides."""


def input_shares(
    quantity: str, old: Estimate, new: Estimate, *, shared_out: bool
) -> tuple[tuple[InputShare, ...], tuple[str, ...]]:
    """The changed keys with their shares in the change of a result, and remarks."""
    sides = Side(old.source), Side(new.source)
    keys = changed_keys(*sides)
    idle = tuple((key,) for key in keys if key[0] in WITHOUT_EFFECT)
    groups: tuple[Group, ...] = tuple((key,) for key in keys if key[0] not in WITHOUT_EFFECT)
    if not shared_out:
        return tuple(_share(group, None, *sides) for group in (*groups, *idle)), ()
    limited, remarks = _limited(groups)
    ends = {
        frozenset[Key](): old.root[quantity],
        _keys(groups, range(len(groups))): new.root[quantity],
    }
    known = ends if old.source.catalog is new.source.catalog else {}
    together, changes = _divided(_mixtures(quantity, *sides, known), limited)
    if len(together) < len(limited):
        remarks = (*remarks, "keys that only make sense together share one line")
    shares = [
        _share(group, change, *sides) for group, change in zip(together, changes, strict=True)
    ]
    shares.sort(key=lambda share: (-abs(share.change or 0.0), share.keys))
    return (*shares, *(_share(group, 0.0, *sides) for group in idle)), remarks


def _share(group: Group, change: float | None, old: Side, new: Side) -> InputShare:
    names = tuple(".".join(key) for key in group)
    texts = tuple(map(old.text, group)), tuple(map(new.text, group))
    return InputShare(names, *texts, change, _ratio(group, old, new))


def _ratio(group: Group, old: Side, new: Side) -> float | None:
    """After over before of a key with a number on both sides."""
    if len(group) > 1:
        return None
    before, after = (side.meaning(group[0]) for side in (old, new))
    if not (isinstance(before, tuple) and isinstance(after, tuple)) or before[1] != after[1]:
        return None
    return float(after[0] / before[0]) if before[0] else None


def _limited(
    groups: tuple[Group, ...], most: int = LIMIT
) -> tuple[tuple[Group, ...], tuple[str, ...]]:
    """Merge keys until there are few enough: by section, then the later sections together."""
    if len(groups) <= most:
        return groups, ()
    merged = _merged(groups, lambda key: key[:2] if key[0] == "stages" else key[:1])
    if len(merged) > most:
        merged = _merged(groups, lambda key: key[:1])
    if len(merged) > most:
        merged = (
            *merged[: most - 1],
            tuple(key for group in merged[most - 1 :] for key in group),
        )
    return merged, (f"{len(groups)} changed keys are grouped by section",)


def _merged(groups: Iterable[Group], section: Callable[[Key], Key]) -> tuple[Group, ...]:
    sections: dict[Key, list[Key]] = {}
    for group in groups:
        sections.setdefault(section(group[0]), []).extend(group)
    return tuple(map(tuple, sections.values()))


def _divided(
    mixtures: Mixtures, groups: tuple[Group, ...]
) -> tuple[tuple[Group, ...], list[float | None]]:
    """Groups all of whose mixtures can be computed, and their Shapley values.

    The last remaining group has none where not even the sides can be built from their texts.
    """
    while True:
        try:
            values = _Coalitions(mixtures, groups).values
        except _TooManyError:
            groups, _ = _limited(groups, MOST_BUILT)
            continue
        except _ImpossibleError as problem:
            if len(groups) == 1:
                return groups, [None]
            groups = _folded(mixtures, groups, problem.culprits)
            continue
        return groups, [float(value) for value in shapley_values(list(values))]


class _TooManyError(Exception):
    """The mixtures are more graphs than anybody waits for."""


class _ImpossibleError(Exception):
    """A mixture is no valid scenario; names the groups that are to blame."""

    def __init__(self, culprits: tuple[int, ...]) -> None:
        self.culprits = culprits


def _folded(
    mixtures: Mixtures, groups: tuple[Group, ...], culprits: tuple[int, ...]
) -> tuple[Group, ...]:
    """Merge groups that make no sense one without the other."""

    def works(together: set[int]) -> bool:
        inside = _keys(groups, together)
        outside = _keys(groups, set(range(len(groups))) - together)
        return mixtures(inside) is not None and mixtures(outside) is not None

    blamed = set(culprits)
    sections = {key[0] for index in blamed for key in groups[index]}
    same = {i for i, group in enumerate(groups) if any(key[0] in sections for key in group)}
    together = blamed | same
    if len(together) < 2:
        others = (i for i in range(len(groups)) if i not in blamed)
        partner = next((i for i in others if works(blamed | {i})), None)
        together = set(range(len(groups))) if partner is None else blamed | {partner}
    kept = tuple(group for i, group in enumerate(groups) if i not in together)
    return (tuple(key for i in sorted(together) for key in groups[i]), *kept)


def _keys(groups: Sequence[Group], indices: Iterable[int]) -> frozenset[Key]:
    return frozenset(key for index in indices for key in groups[index])


def _mixtures(
    quantity: str, old: Side, new: Side, known: Mapping[frozenset[Key], Node]
) -> Mixtures:
    """Scenarios between two sides, built when they are asked for and kept."""

    @cache
    def result(chosen: frozenset[Key]) -> Node | None:
        loaded = new.loaded
        if chosen in known:
            return known[chosen]
        try:
            data = load(mixed(old, new, chosen), catalog=loaded.catalog)
            node = build(replace(data, path=loaded.path)).totals[quantity]
            return node if evaluate([node], record=False)[node] is not None else None
        except CostcheckError:
            return None

    return result


class _Coalitions:
    """The result of every mixture of some groups of keys."""

    def __init__(self, mixtures: Mixtures, groups: tuple[Group, ...]) -> None:
        self.mixtures = mixtures
        self.groups = groups
        self.full = (1 << len(groups)) - 1

    @property
    def values(self) -> Array:
        """Worth of every coalition, by bit mask."""
        count = len(self.groups)
        effects = {} if count < 4 else self._separable()
        built = [k for k in range(count) if k not in effects]
        if len(built) > MOST_BUILT:
            raise _TooManyError
        free = list(effects)
        everything = _spread((1 << len(free)) - 1, free)
        values = np.empty(1 << count)
        for chosen in range(1 << len(built)):
            base = _spread(chosen, built)
            masks = np.array([base | _spread(part, free) for part in range(1 << len(free))])
            node, last = self._node(base), self._node(base | everything)
            if _moved(node, last) == _present(effects.values(), node):
                values[masks] = self._vary(node, free, effects)
            else:
                values[masks] = [_value(self._node(int(mask)), {}) for mask in masks]
        return values

    def _node(self, mask: int, blame: tuple[int, ...] = ()) -> Node:
        inside = tuple(i for i in range(len(self.groups)) if mask >> i & 1)
        node = self.mixtures(_keys(self.groups, inside))
        if node is None:
            raise _ImpossibleError(blame or inside)
        return node

    def _vary(self, node: Node, free: list[int], effects: Mapping[int, Effect]) -> Array:
        present = {leaf.name for leaf in leaves([node])}
        parts = np.arange(1 << len(free))
        bindings = {
            name: Along("mixture", np.where(parts >> bit & 1, new, old))
            for bit, player in enumerate(free)
            for name, (old, new) in effects[player].items()
            if name in present
        }
        return np.broadcast_to(_value(node, bindings), parts.shape)

    def _separable(self) -> dict[int, Effect]:
        """The groups that only move leaves of their own, the same on both sides."""
        first, last = self._node(0), self._node(self.full)
        ups: dict[int, Effect | None] = {}
        for k in range(len(self.groups)):
            up = _moved(first, self._node(1 << k, (k,)))
            down = _moved(self._node(self.full ^ 1 << k, (k,)), last)
            ups[k] = up if up == down else None
        return {
            k: effect
            for k, effect in ups.items()
            if effect is not None
            and not any(set(effect) & set(other or ()) for j, other in ups.items() if j != k)
        }


def _value(node: Node, bindings: Mapping[str, Along]) -> Array:
    value = evaluate([node], bindings=bindings, record=False)[node]
    assert value is not None  # noqa: S101 - mixtures without a value were refused
    return value


def _spread(part: int, players: list[int]) -> int:
    return sum(1 << player for bit, player in enumerate(players) if part >> bit & 1)


def _moved(old: Node, new: Node) -> Effect | None:
    """The leaves that differ, None where the graphs do."""
    olds, news = list(walk([old])), list(walk([new]))
    if list(map(_formula, olds)) != list(map(_formula, news)):
        return None
    return {
        a.name: (float(a.value), float(b.value))  # type: ignore[arg-type]
        for a, b in zip(olds, news, strict=True)
        if isinstance(a, Input) and isinstance(b, Input) and a.value != b.value
    }


def _present(effects: Iterable[Effect], node: Node) -> Effect:
    names = {leaf.name for leaf in leaves([node])}
    return {name: ends for effect in effects for name, ends in effect.items() if name in names}


def _formula(node: Node) -> object:
    detail: object = None
    if isinstance(node, Select):
        detail = node.chosen
    elif isinstance(node, Call):
        detail = (node.function, repr(node.options))
    return (type(node), node.name, tuple(child.name for child in node.children), detail)
