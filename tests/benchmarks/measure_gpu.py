"""Measure one GPU: matrix products, attention, memory traffic, whole training steps.

Run `python -m tests.benchmarks.measure_gpu --gpu "H200" --out measured.csv` on the machine with the
accelerator (extra `measure`). It writes training steps in the format of
`configs/performance/throughput.csv`, which `costcheck backtest` scores, prints what share of the
stated peaks each kind of kernel reached, and ends with a `calibration:` block for a scenario.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

WARM_UP = 3
ROUNDS = 10
BYTES_PER_GIB = 2.0**30
FLOP_PER_MULTIPLY_ADD = 2.0
VOCABULARY = 32000
FFN_RATIO = 4


@dataclass(frozen=True, slots=True)
class Rung:
    """One transformer of the ladder."""

    layers: int
    hidden: int
    heads: int
    sequence_length: int
    micro_batch: int

    @property
    def name(self) -> str:
        """What the row calls the model."""
        return f"gpt-{self.layers}x{self.hidden}"


LADDER = (
    Rung(12, 1024, 16, 1024, 8),
    Rung(16, 2048, 16, 2048, 4),
    Rung(16, 4096, 32, 2048, 2),
    Rung(16, 4096, 32, 8192, 1),
    Rung(8, 8192, 64, 2048, 2),
)
TINY = (Rung(2, 64, 2, 32, 2),)
SHAPES = ((512, 4096), (2048, 4096), (8192, 4096), (8192, 8192), (16384, 8192))
TINY_SHAPES = ((32, 64),)


@dataclass(frozen=True, slots=True)
class Kernel:
    """Time of one kernel and what it moved or computed."""

    kind: str
    shape: str
    seconds: float
    flops_per_second: float
    bytes_per_second: float


def synchronise(device: torch.device) -> None:
    """Wait until the device has done everything asked of it."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def seconds_of(work: Callable[[], object], device: torch.device) -> float:
    """Median time of a piece of work after warming up [s]."""
    for _ in range(WARM_UP):
        work()
    times = []
    for _ in range(ROUNDS):
        synchronise(device)
        start = time.perf_counter()
        work()
        synchronise(device)
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


def matmul_kernels(
    device: torch.device, kind: torch.dtype, shapes: tuple[tuple[int, int], ...]
) -> Iterator[Kernel]:
    """Square-weight products of many rows."""
    for rows, width in shapes:
        left = torch.randn(rows, width, device=device, dtype=kind)
        right = torch.randn(width, width, device=device, dtype=kind)
        seconds = seconds_of(lambda a=left, b=right: a @ b, device)
        flops = FLOP_PER_MULTIPLY_ADD * rows * width * width
        moved = left.element_size() * (2 * rows * width + width * width)
        yield Kernel("matmul", f"{rows}x{width}", seconds, flops / seconds, moved / seconds)


def attention_kernels(
    device: torch.device, kind: torch.dtype, ladder: tuple[Rung, ...]
) -> Iterator[Kernel]:
    """Causal attention cores, forward."""
    for rung in ladder:
        shape = (rung.micro_batch, rung.heads, rung.sequence_length, rung.hidden // rung.heads)
        query, key, value = (torch.randn(shape, device=device, dtype=kind) for _ in range(3))

        def core(q: Tensor = query, k: Tensor = key, v: Tensor = value) -> Tensor:
            return functional.scaled_dot_product_attention(q, k, v, is_causal=True)

        seconds = seconds_of(core, device)
        pairs = rung.micro_batch * rung.sequence_length**2 / 2.0
        flops = 2.0 * FLOP_PER_MULTIPLY_ADD * pairs * rung.hidden
        moved = 4.0 * query.numel() * query.element_size()
        label = f"s{rung.sequence_length} h{rung.hidden}"
        yield Kernel("attention", label, seconds, flops / seconds, moved / seconds)


def elementwise_kernels(device: torch.device, kind: torch.dtype, elements: int) -> Iterator[Kernel]:
    """A sum of two tensors: three transfers per element."""
    left, right = (torch.randn(elements, device=device, dtype=kind) for _ in range(2))
    out = torch.empty_like(left)
    seconds = seconds_of(lambda: torch.add(left, right, out=out), device)
    moved = 3.0 * elements * left.element_size()
    yield Kernel("element-wise", f"{elements}", seconds, elements / seconds, moved / seconds)


class Layer(nn.Module):
    """A pre-norm transformer layer with causal attention and a GELU feed-forward part."""

    def __init__(self, rung: Rung) -> None:
        super().__init__()
        self.heads = rung.heads
        self.norm_attention = nn.LayerNorm(rung.hidden)
        self.norm_mlp = nn.LayerNorm(rung.hidden)
        self.query_key_value = nn.Linear(rung.hidden, 3 * rung.hidden, bias=False)
        self.output = nn.Linear(rung.hidden, rung.hidden, bias=False)
        self.up = nn.Linear(rung.hidden, FFN_RATIO * rung.hidden, bias=False)
        self.down = nn.Linear(FFN_RATIO * rung.hidden, rung.hidden, bias=False)

    def forward(self, stream: Tensor) -> Tensor:
        """Add attention and the feed-forward part to the stream."""
        batch, length, hidden = stream.shape
        projected = self.query_key_value(self.norm_attention(stream))
        shaped = projected.view(batch, length, 3, self.heads, hidden // self.heads)
        query, key, value = shaped.permute(2, 0, 3, 1, 4)
        core = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        stream = stream + self.output(core.transpose(1, 2).reshape(batch, length, hidden))
        return stream + self.down(functional.gelu(self.up(self.norm_mlp(stream))))


class Gpt(nn.Module):
    """Embedding, layers, norm, untied head."""

    def __init__(self, rung: Rung) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, rung.hidden)
        self.layers = nn.ModuleList(Layer(rung) for _ in range(rung.layers))
        self.norm = nn.LayerNorm(rung.hidden)
        self.head = nn.Linear(rung.hidden, VOCABULARY, bias=False)

    def forward(self, tokens: Tensor, targets: Tensor) -> Tensor:
        """Mean loss of predicting the targets."""
        stream = self.embedding(tokens)
        for layer in self.layers:
            stream = layer(stream)
        logits = self.head(self.norm(stream))
        return functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten())


def training_step(rung: Rung, device: torch.device) -> tuple[float, float]:
    """Step time [s] and peak reserved memory [GiB] of AdamW on 32-bit weights, BF16 products."""
    model = Gpt(rung).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), fused=device.type == "cuda")
    shape = (rung.micro_batch, rung.sequence_length)
    tokens, targets = (torch.randint(VOCABULARY, shape, device=device) for _ in range(2))

    def step() -> None:
        with torch.autocast(device.type, dtype=torch.bfloat16):
            loss = model(tokens, targets)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
    seconds = seconds_of(step, device)
    peak = torch.cuda.max_memory_reserved(device) if device.type == "cuda" else 0
    return seconds, peak / BYTES_PER_GIB


def row_of(rung: Rung, gpu: str, quantity: str, value: float) -> dict[str, Any]:
    """One measured row in the format of configs/performance/throughput.csv."""
    return {
        "id": f"measured-{rung.name}-s{rung.sequence_length}-{quantity}",
        "set": "measured",
        "source": "measure_gpu",
        "model": rung.name,
        "gpu": gpu,
        "gpus": 1,
        "software": "fsdp",
        "attention": "flash",
        "layers": rung.layers,
        "hidden": rung.hidden,
        "heads": rung.heads,
        "kv_heads": rung.heads,
        "ffn": FFN_RATIO * rung.hidden,
        "gated_mlp": 0,
        "vocabulary": VOCABULARY,
        "sequence_length": rung.sequence_length,
        "tensor": 1,
        "pipeline": 1,
        "context": 1,
        "data": 1,
        "zero": 0,
        "micro_batch": rung.micro_batch,
        "global_batch": rung.micro_batch,
        "recompute": "none",
        "precision": "bf16",
        "quantity": quantity,
        "value": f"{value:.6g}",
    }


def measured_rows(ladder: tuple[Rung, ...], gpu: str, device: torch.device) -> list[dict[str, Any]]:
    """Step time and memory of every rung that fits on the device."""
    rows = []
    for rung in ladder:
        try:
            seconds, peak = training_step(rung, device)
        except torch.OutOfMemoryError:
            sys.stderr.write(f"{rung.name}: does not fit\n")
            continue
        rows.append(row_of(rung, gpu, "step_seconds", seconds))
        if peak:
            rows.append(row_of(rung, gpu, "memory_gib", peak))
    return rows


def calibration_block(rows: list[dict[str, Any]], path: Path) -> str:
    """The block a scenario needs to use the rows."""
    steps = [row for row in rows if row["quantity"] == "step_seconds"]
    if not steps:
        return "# nothing fitted on this device\n"
    return f"calibration: {{file: {path.name}}}   # {len(steps)} measured steps\n"


def write_rows(rows: list[dict[str, Any]], path: Path) -> None:
    """Write the rows as CSV."""
    if not rows:
        return
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def main(arguments: list[str] | None = None) -> int:
    """Measure the device there is and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gpu", required=True, help="catalog name of the GPU")
    parser.add_argument("--out", type=Path, default=Path("measured.csv"))
    parser.add_argument("--tiny", action="store_true", help="sizes that run on a CPU in seconds")
    options = parser.parse_args(arguments)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    ladder, shapes = (TINY, TINY_SHAPES) if options.tiny else (LADDER, SHAPES)
    kernels = [
        *matmul_kernels(device, torch.bfloat16, shapes),
        *attention_kernels(device, torch.bfloat16, ladder),
        *elementwise_kernels(device, torch.bfloat16, 2**10 if options.tiny else 2**28),
    ]
    for kernel in kernels:
        sys.stdout.write(
            f"{kernel.kind:12s} {kernel.shape:14s} {1e6 * kernel.seconds:10.1f} us"
            f" {kernel.flops_per_second / 1e12:8.2f} TFLOP/s"
            f" {kernel.bytes_per_second / 1e9:9.1f} GB/s\n"
        )
    rows = measured_rows(ladder, options.gpu, device)
    write_rows(rows, options.out)
    sys.stdout.write(calibration_block(rows, options.out))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
