"""What an architecture counts to, as a block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcheck.report.views.blocks import Cell, Column, Table, cells, numeric
from costcheck.report.views.figures import figure, percent


def counts_table(counts: Mapping[str, Any]) -> Table:
    """Return the counts of a network with their conventions."""
    length, unit = counts["sequence_length"], "position" if counts["sample"] else "token"
    rows = [
        ("parameters", f"{counts['parameters_total']:,}", "tied weights once, look-ups included"),
        ("active parameters", f"{counts['parameters_active']:,}", "what one token meets"),
        (
            "less the input table",
            f"{counts['parameters_active_without_input_embedding']:,}",
            "a look-up multiplies nothing",
        ),
        (
            f"forward, {length:,} {unit}s",
            figure(counts["forward_matmul_flops_per_sequence"], "FLOP"),
            "matmuls with full attention, as torch's counter",
        ),
        (
            f"training per {unit}",
            figure(counts["flops_per_token"], "FLOP/token"),
            f"forward and backward{', causal attention' * (counts['kind'] == 'decoder')}",
        ),
    ]
    if counts["sample"]:
        rows.append(("a sample", f"{length:,}", f"positions: {counts['sample']}"))
    else:
        six_n = figure(counts["flops_per_token_6n"], "FLOP/token")
        rows.append(("the same by 6N", six_n, f"{percent(counts['six_n_error'])} off"))
    if counts["parameters_mtp"]:
        rows[3:3] = [
            ("prediction modules", f"{counts['parameters_mtp']:,}", "not in the figures above")
        ]
        with_modules = figure(counts["flops_per_token_with_mtp"], "FLOP/token")
        rows += [("training with them", with_modules, "training.mtp: true")]
    columns = (Column("architecture"), *numeric("count"), Column("convention"))
    return Table(
        "",
        columns,
        tuple(
            cells(name, Cell(value, "strong"), Cell(note, "faint")) for name, value, note in rows
        ),
    )
