"""How well the audit judges: claims with known outcomes, known runs, and injected errors.

Run with ``python -m tests.benchmarks.bench_audit [CLAIMS.yaml]`` from the repository root. Without
a file only the known runs of ``configs/claims`` are used: every one as a true claim, then with one
known error each.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from costcheck.audit.engine import audit
from costcheck.audit.knowledge import Knowledge, load_knowledge
from costcheck.audit.result import ClaimAudit
from costcheck.catalog.files import Catalog
from costcheck.catalog.known_runs import KnownRun, load_registry
from costcheck.estimate.result import FAILING
from costcheck.scenario.claim import Claim
from costcheck.text.quantity import Quantity, parse as parse_quantity, spell
from costcheck.units import HOURS_PER_DAY
from tests.audit.claims_format import Labelled, read_labelled

SAME = {"rounded": "consistent", "unverifiable": "under-specified"}


@dataclass(frozen=True)
class Mutation:
    """One known error and the explanations that name its repair."""

    name: str
    field: str
    factor: float
    repairs: tuple[str, ...]
    unit: str = "days"
    """Unit durations are printed in."""
    gpus_only: bool = False
    """TPUs come in other nodes."""


MUTATIONS = (
    Mutation("GPU-hours x1000", "gpu_hours", 1e3, ("million for thousand",)),
    Mutation("GPU-days for GPU-hours", "gpu_hours", 1.0 / 24.0, ("GPU-days",)),
    Mutation("hours / 24", "duration", 1.0 / 24.0, ("hours printed for days",), unit="h"),
    Mutation("FLOP x10", "compute", 10.0, ("decimal slipped (/10)",)),
    Mutation("FLOP / 10", "compute", 0.1, ("decimal slipped (x10)",)),
    Mutation("nodes for GPUs", "gpus", 1.0 / 8.0, ("nodes of 8",), gpus_only=True),
    Mutation("GPUs x8", "gpus", 8.0, ("GPUs counted 8 for 1",), gpus_only=True),
    Mutation("weeks for days", "duration", 1.0 / 7.0, ("days printed for weeks",)),
    Mutation("GPU-hours x2", "gpu_hours", 2.0, ()),
    Mutation("FLOP x2", "compute", 2.0, ()),
    Mutation("GPU-hours x1.3", "gpu_hours", 1.3, ()),
)


def full_rows(registry: Iterable[KnownRun]) -> list[Claim]:
    """Return runs as rows of a table: GPUs, hours, GPU-hours and FLOP, computed where left out."""
    rows = []
    for run in registry:
        figures = run.figures
        if run.standing != "developer" or run.gpu is None or run.released is None:
            continue
        hours, gpus, total = (
            figures[name].value if name in figures else None
            for name in ("duration", "gpus", "gpu_hours")
        )
        if gpus and total and not hours:
            hours = total / gpus
        if not gpus or not hours:
            continue
        compute = _compute(figures)
        if compute is None:
            continue
        total = gpus * hours
        rows.append(
            Claim(
                id=run.id,
                gpu=run.gpu,
                as_of=run.released.year,
                gpus=_printed(gpus, "count", 5),
                duration=_printed(hours, "duration", 4),
                gpu_hours=_printed(total, "gpu_hours", 4),
                compute=_printed(compute, "flop", 3),
                moe=None,
            )
        )
    return rows


def _compute(figures: dict[str, Quantity] | object) -> float | None:
    assert hasattr(figures, "get")
    if figures.get("compute"):
        return float(figures["compute"].value)  # type: ignore[index]
    size = figures.get("active_parameters") or figures.get("parameters")
    tokens = figures.get("tokens")
    return 6.0 * size.value * tokens.value if size and tokens else None


def _printed(value: float, dimension: str, digits: int, unit: str = "days") -> Quantity:
    """Return a value as it would be printed with so many digits."""
    if dimension == "count":
        return parse_quantity(f"{value:.0f}", dimension)
    if dimension == "duration":
        size = HOURS_PER_DAY if unit == "days" else 1.0
        shown = float(f"{value / size:.{digits - 1}e}")
        return parse_quantity(f"{shown:.10g} {unit}", dimension)
    shown = float(f"{value:.{digits - 1}e}")
    return parse_quantity(spell(shown, dimension), dimension)


def mutate(claim: Claim, mutation: Mutation) -> Claim:
    """Return a claim with one number changed."""
    old = getattr(claim, mutation.field)
    value = old.value * mutation.factor
    if mutation.field == "gpus":
        value = max(round(value), 1)
    new = _printed(value, old.dimension, 4, mutation.unit)
    return replace(claim, **{mutation.field: new})


@dataclass(frozen=True)
class MutationScore:
    """Detection and repair of one kind of error."""

    rows: int
    detected: float
    repaired: float


def mutation_table(
    catalog: Catalog, *, limit: int | None = None, mutations: Sequence[Mutation] = MUTATIONS
) -> dict[str, MutationScore]:
    """Return detection and right-repair rates over rows that the audit holds for true."""
    rows = full_rows(load_registry(catalog))
    knowledge = load_knowledge(catalog, rows, use_registry=False)
    judge = judge_with(knowledge)
    held = [row for row in rows if judge(row).probability_as_stated >= 0.5][:limit]
    table = {"(unchanged)": MutationScore(len(rows), 1.0 - len(held) / max(len(rows), 1), 0.0)}
    for mutation in mutations:
        fit = [row for row in held if not (mutation.gpus_only and "tpu" in (row.gpu or "").lower())]
        found = [judge(mutate(row, mutation)) for row in fit]
        flagged = [a for a in found if a.probability_as_stated < 0.5]
        right = [a for a in flagged if _first_repair(a, mutation)]
        table[mutation.name] = MutationScore(
            len(fit), len(flagged) / len(fit), len(right) / max(len(flagged), 1)
        )
    return table


def _first_repair(found: ClaimAudit, mutation: Mutation) -> bool:
    names = [e.name for e in found.explanations if e.family == "garble"]
    return bool(names) and any(part in names[0] for part in mutation.repairs)


@dataclass(frozen=True)
class Told:
    """One error of a journalist: what the sentence prints, and what happens to a number."""

    name: str
    shown: tuple[str, ...]
    field: str
    factor: float = 1.0
    instead: str = ""
    """The number that is printed in its place."""
    older_part: bool = False
    """The sentence names the accelerator before the one that was used."""
    mixtures: bool = False


_RUN = ("gpus", "duration", "parameters", "active_parameters", "tokens")
TOLD = (
    Told("million for billion", _RUN, "tokens", 1e-3),
    Told("kWh for MWh", ("gpu_hours", "energy"), "energy", 1e-3),
    Told("kg for t", ("gpu_hours", "energy", "carbon"), "carbon", 1e-3),
    Told("days for hours", _RUN, "duration", 24.0),
    Told("GPU-hours as GPUs", _RUN, "gpus", instead="gpu_hours"),
    Told(
        "all parameters as active", _RUN, "active_parameters", instead="parameters", mixtures=True
    ),
    Told("power of a node", ("gpu_hours", "energy", "power_per_gpu"), "power_per_gpu", 8.0),
    Told("sparse peak", ("gpus", "duration", "compute", "peak", "mfu"), "peak", 2.0),
    Told("months for weeks", _RUN, "duration", 30.4375 / 7.0),
    Told("a digit more", ("gpus", "duration", "gpu_hours"), "gpu_hours", 10.0),
    Told("GPU of the generation before", _RUN, "gpu", older_part=True),
    Told("nodes as GPUs", _RUN, "gpus", 1.0 / 8.0),
    Told("bytes as tokens", _RUN, "tokens", 4.0),
    Told("yuan as dollars", ("gpu_hours", "cost"), "cost", 7.2),
    Told("cluster price as run cost", ("gpus", "duration", "cost"), "cost", instead="capex"),
)
"""The kinds of error that public claims were seen to make."""
OLDER = {"v100": "p100", "a100": "v100", "h100": "a100", "h800": "a800", "b200": "h100"}
PRINTED = {"energy": "energy", "carbon": "carbon", "power_per_gpu": "power", "cost": "money",
           "capex": "money", "peak": "flop_rate", "mfu": "ratio", "compute": "flop",
           "tokens": "tokens", "parameters": "params", "active_parameters": "params"}  # fmt: skip
GRID = 0.4
"""kg of CO2 per kWh of the made-up figures."""


def told_rows(catalog: Catalog) -> list[tuple[KnownRun, dict[str, float]]]:
    """Runs of language models with every number of theirs, those nobody published made typical."""
    rows = []
    for run in load_registry(catalog):
        numbers = {key: figure.value for key, figure in run.figures.items()}
        gpus, size = numbers.get("gpus"), numbers.get("parameters")
        hours = numbers.get("gpu_hours", (gpus or 0.0) * numbers.get("duration", 0.0))
        known = run.gpu and run.released and run.standing == "developer" and "tokens" in numbers
        if not (known and gpus and size and hours) or "tpu" in str(run.gpu).lower():
            continue
        claim = Claim(id=run.id, gpu=run.gpu, as_of=run.released.year)
        part = load_knowledge(catalog, [claim]).part(str(run.gpu), run.released.year)
        if part is None or part.power is None:
            continue
        active = numbers.get("active_parameters", size)
        energy = hours * part.power.median / 1e3
        compute = 6.0 * active * numbers["tokens"]
        peak = part.peak_flops_per_second
        rows.append((run, {
            "gpus": gpus, "duration": hours / gpus, "gpu_hours": hours, "parameters": size,
            "active_parameters": active, "tokens": numbers["tokens"], "energy": energy,
            "carbon": energy * GRID, "power_per_gpu": part.power.median, "peak": peak,
            "cost": hours * part.price.median, "capex": gpus * part.capex.median,
            "compute": compute, "mfu": compute / (hours * 3600.0 * peak),
        }))  # fmt: skip
    return rows


def told(run: KnownRun, numbers: dict[str, float], shown: Sequence[str], gpu: str) -> Claim:
    """A sentence that prints some of the numbers of a run."""
    fields = {}
    for key in shown:
        if key in PRINTED:
            text = spell(float(f"{numbers[key]:.2e}"), PRINTED[key])
            fields[key] = parse_quantity(text, PRINTED[key])
        else:
            fields[key] = _printed(numbers[key], "count" if key == "gpus" else key, 4)
    return Claim(id=run.id, gpu=gpu, as_of=run.released.year, speaker="press", **fields)


def told_table(catalog: Catalog) -> dict[str, MutationScore]:
    """How often each error is seen in a sentence that passes without it."""
    table, known = {}, told_rows(catalog)
    for kind in TOLD:
        seen = rows = 0
        for run, numbers in known:
            gpu = str(run.gpu)
            older = next((old for new, old in OLDER.items() if new in gpu.lower()), "")
            mixture = numbers["active_parameters"] < numbers["parameters"]
            if (kind.older_part and not older) or (kind.mixtures and not mixture):
                continue
            changed = numbers.get(kind.instead, numbers.get(kind.field, 0.0) * kind.factor)
            wrong = told(
                run, numbers | {kind.field: changed}, kind.shown, older if kind.older_part else gpu
            )
            right = told(run, numbers, kind.shown, gpu)
            judge = judge_with(load_knowledge(catalog, [right, wrong], use_registry=False))
            if judge(right).probability_as_stated < 0.5:
                continue
            rows += 1
            seen += judge(wrong).verdict in FAILING
        table[kind.name] = MutationScore(rows, seen / max(rows, 1), 0.0)
    return table


def judge_with(
    knowledge: Knowledge, *, use_registry: bool = False
) -> Callable[[Claim], ClaimAudit]:
    """Return a function that audits one claim with this knowledge."""

    def judge(claim: Claim) -> ClaimAudit:
        return audit(
            [claim],
            knowledge,
            use_registry=use_registry,
        )[0]

    return judge


@dataclass(frozen=True)
class Outcome:
    """How well probabilities and flags match the labels."""

    auc: float
    recall: float
    false_alarms: float
    brier: float
    lowest_true: float
    label_accuracy: float
    milliseconds: float
    confusion: Counter[tuple[str, str]]
    wrong: tuple[str, ...]


def outcome(labelled: Sequence[Labelled], catalog: Catalog) -> Outcome:
    """Return the outcome on labelled claims: flags without the registry, labels with it."""
    claims = [item.claim for item in labelled]
    knowledge = load_knowledge(catalog, claims)
    blind, seeing = judge_with(knowledge), judge_with(knowledge, use_registry=True)
    start = time.perf_counter()
    alone = [blind(claim) for claim in claims]
    spent = (time.perf_counter() - start) / len(claims)
    known = [seeing(claim) for claim in claims]
    bad = [item.numbers_only in FAILING for item in labelled]
    doubt = [1.0 - a.probability_as_stated for a in alone]
    flags = [a.verdict in FAILING for a in alone]
    positive = [d for d, b in zip(doubt, bad, strict=True) if b]
    negative = [d for d, b in zip(doubt, bad, strict=True) if not b]
    wins = sum((p > n) + 0.5 * (p == n) for p in positive for n in negative)
    hits = sum(f and b for f, b in zip(flags, bad, strict=True))
    alarms = sum(f and not b for f, b in zip(flags, bad, strict=True))
    true = [1.0 - d for d, item in zip(doubt, labelled, strict=True) if item.is_true]
    pairs = Counter((item.verdict, a.verdict) for item, a in zip(labelled, known, strict=True))
    right = sum(n for (t, f), n in pairs.items() if SAME.get(t, t) == SAME.get(f, f))
    misses = tuple(
        item.claim.id for item, flag, b in zip(labelled, flags, bad, strict=True) if flag != b
    )
    return Outcome(
        auc=wins / (len(positive) * len(negative)),
        recall=hits / len(positive),
        false_alarms=alarms / len(negative),
        brier=statistics.fmean((d - b) ** 2 for d, b in zip(doubt, bad, strict=True)),
        lowest_true=min(true),
        label_accuracy=right / len(labelled),
        milliseconds=1e3 * spent,
        confusion=pairs,
        wrong=misses,
    )


def calibration(labelled: Sequence[Labelled], catalog: Catalog) -> list[tuple[str, int, float]]:
    """Return, per band of probability, how many claims hold by their numbers."""
    claims = [item.claim for item in labelled]
    judge = judge_with(load_knowledge(catalog, claims))
    bands: dict[int, list[bool]] = {}
    for item in labelled:
        chance = judge(item.claim).probability_as_stated
        bands.setdefault(min(math.floor(chance * 5.0), 4), []).append(
            item.numbers_only not in FAILING
        )
    return [
        (f"{band / 5:.1f}-{(band + 1) / 5:.1f}", len(held), statistics.fmean(held))
        for band, held in sorted(bands.items())
    ]


def main(arguments: Sequence[str]) -> None:
    catalog = Catalog()
    write = sys.stdout.write
    for path in arguments:
        labelled = read_labelled(Path(path))
        result = outcome(labelled, catalog)
        write(
            f"{path}: {len(labelled)} claims, {result.milliseconds:.0f} ms each\n"
            f"  AUC {result.auc:.4f}  recall {result.recall:.3f}"
            f"  false alarms {result.false_alarms:.3f}  Brier {result.brier:.4f}"
            f"  lowest true {result.lowest_true:.3f}\n"
            f"  label right with registry {result.label_accuracy:.3f}\n"
            f"  flags that differ: {', '.join(result.wrong)}\n"
        )
        for (truth, found), count in sorted(result.confusion.items()):
            write(f"    {truth:16s} -> {found:16s} {count}\n")
        for band, count, share in calibration(labelled, catalog):
            write(f"  P {band}: {count} claims, {share:.0%} hold\n")
    for name, score in mutation_table(catalog).items():
        write(
            f"{name:24s} rows {score.rows:3d}  detected {score.detected:5.1%}"
            f"  right repair first {score.repaired:5.1%}\n"
        )
    for name, score in told_table(catalog).items():
        write(f"{name:28s} rows {score.rows:3d}  detected {score.detected:5.1%}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
