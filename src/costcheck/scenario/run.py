"""What a scenario may say about a run: the keys that a stage and the whole file share."""

from dataclasses import dataclass
from typing import Annotated, Literal

from costcheck.catalog.hardware import Accelerator, Network
from costcheck.scenario.pricing import Pricing
from costcheck.text.forms import (
    Aliases,
    AtLeast,
    AtMost,
    Dimension,
    Forms,
    Joined,
    OneOrMany,
    Positive,
)
from costcheck.text.quantity import Quantity

Precision = Literal["bf16", "fp8", "mxfp8", "fp16", "fp32", "tf32", "nvfp4"]
Method = Literal["full", "lora", "qlora", "dora", "frozen-backbone"]
Objective = Literal["pretrain", "sft", "dpo", "kto", "orpo", "reward", "distillation"]
Optimizer = Annotated[
    Literal[
        "adamw", "paged-adamw", "adamw-8bit", "paged-adamw-8bit", "muon", "lion", "adafactor", "sgd"
    ],
    Aliases(
        (
            ("adam", "adamw"),
            ("adamw-torch", "adamw"),
            ("adamw-torch-fused", "adamw"),
            ("adamw-hf", "adamw"),
            ("fused-adam", "adamw"),
            ("adamw-apex-fused", "adamw"),
            ("paged-adamw-32bit", "paged-adamw"),
            ("adam8bit", "adamw-8bit"),
            ("adam-8bit", "adamw-8bit"),
            ("adamw8bit", "adamw-8bit"),
            ("adamw-bnb-8bit", "adamw-8bit"),
            ("adamw-torch-8bit", "adamw-8bit"),
            ("pagedadamw8bit", "paged-adamw-8bit"),
            ("lion-32bit", "lion"),
        )
    ),
]
NumberFormat = Literal["fp32", "bf16", "fp16", "fp8", "int8"]
BaseFormat = Literal["bf16", "fp16", "fp32", "fp8", "int8", "nf4"]
RecomputeModule = Literal[
    "core_attn", "layernorm", "moe_act", "mla_up_proj", "mlp", "moe", "shared_experts"
]
RecomputeWord = Literal[
    "none",
    "selective",
    "full",
    "core_attn",
    "layernorm",
    "moe_act",
    "mla_up_proj",
    "mlp",
    "moe",
    "shared_experts",
]
OffloadPart = Literal["optimizer", "activations", "parameters"]
OffloadWord = Literal["none", "optimizer", "activations", "parameters", "all"]
Link = Literal["nvlink", "nvlink-pairs", "pcie"]
AttentionKernel = Literal["flash-2", "flash-3", "sdpa", "te", "xformers", "eager"]
ExpertKernel = Literal["loop", "grouped", "deepep", "overlapped"]
Schedule = Literal["1f1b", "interleaved", "zero-bubble", "dualpipe"]

Count = Annotated[Quantity, Dimension("count"), Positive, AtMost(1e9)]
Whole = Annotated[Quantity, Dimension("integer"), Positive]
Ratio = Annotated[Quantity, Dimension("ratio"), Positive, AtMost(1)]


@dataclass(frozen=True, kw_only=True, eq=False)
class ConfigFile:
    """A model given by its Hugging Face configuration."""

    config: str
    """Path of a config.json, relative to the scenario file."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Sizes:
    """A model of which only the size is known."""

    parameters: Annotated[Quantity, Dimension("params"), Positive, AtMost(1e17)]
    """All parameters."""
    active: Annotated[Quantity, Dimension("params"), Positive, AtMost(1e17)] | None = None
    """Parameters that one token meets; absent: all of them (a dense model)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Data:
    """A data set and how often it is seen."""

    samples: Count
    """Sequences of one epoch; pairs where the objective compares two."""
    tokens_per_sample: Annotated[Quantity, Dimension("tokens"), Positive]
    """Mean tokens of one sequence."""
    epochs: Annotated[Quantity, Dimension("ratio"), Positive] | None = None
    """How often each is seen; absent: once."""
    packing: bool | None = None
    """Whether short sequences are joined to full ones; absent: no, and batches are padded."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Adapter:
    """Low-rank adapters on frozen weights."""

    rank: Whole | None = None
    """Inner width of an adapter."""
    targets: (
        Annotated[
            str | Annotated[tuple[str, ...], OneOrMany], Forms("attention, all-linear, or modules")
        ]
        | None
    ) = None
    """Matrices that get one: attention, mlp, all-linear, or modules such as [q_proj, v_proj]."""
    base: BaseFormat | None = None
    """Format in which the frozen weights of the layers are stored."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Storage:
    """Formats of the numbers that training keeps of each trained parameter."""

    weights: NumberFormat | None = None
    """The copy that is computed with, as it is stored."""
    gradients: NumberFormat | None = None
    """Gradients between backward pass and update."""
    master: Literal["none", "fp32", "bf16", "fp16"] | None = None
    """A second copy of the weights that the optimizer updates; none where the first is updated."""
    moments: NumberFormat | None = None
    """Moments of the optimizer."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Training:
    """What is trained, on how much, and how."""

    tokens: Annotated[Quantity, Dimension("tokens"), Positive, AtMost(1e18)] | None = None
    """Tokens seen in training, repetitions counted."""
    samples: Annotated[Quantity, Dimension("count"), Positive, AtMost(1e15)] | None = None
    """Samples seen in training, repetitions counted: sequences, or what a network of images or
    sound sees at once."""
    compute: Annotated[Quantity, Dimension("flop"), Positive, AtMost(1e35)] | None = None
    """Training compute, when only that is known; model FLOP, forward and backward."""
    sequence_length: Whole | None = None
    """Tokens per sequence; absent: the model's training length, else 4096, marked assumed."""
    global_batch: Whole | None = None
    """Sequences per optimizer step."""
    precision: Precision | None = None
    """Precision of the matrix multiplications."""
    mtp: bool | None = None
    """Whether the multi-token-prediction modules are trained."""
    steps: Whole | None = None
    """Optimizer steps, where the tokens follow from them: steps x batch x sequence."""
    data: Data | None = None
    """How much data, where the tokens follow from it."""
    method: Method | None = None
    """What is trained: all weights (full, the default), low-rank adapters on frozen weights, or the
    head alone (frozen-backbone)."""
    adapter: Adapter | None = None
    """The adapters of lora, qlora and dora."""
    objective: Objective | None = None
    """What the loss asks; dpo, orpo and reward count both sequences of a pair, dpo and kto also run
    a frozen reference, distillation a teacher."""
    teacher: (
        Annotated[str | ConfigFile | Sizes, Forms("a catalog name, or {parameters: 70B}")] | None
    ) = None
    """The model that distillation learns from."""
    storage: Storage | None = None
    """Formats in which each number of training is stored; absent: as the software does."""
    optimizer: Optimizer | None = None
    """Optimizer; absent: adamw."""
    optimizer_in_backward: bool | None = None
    """Whether each weight is updated as soon as its gradient is there."""
    cross_entropy: Literal["standard", "chunked", "compiled", "fused"] | None = None
    """How the loss is computed: over all logits, in pieces, compiled (no copy in 32 bits), or by a
    kernel that holds hardly any; absent: as the software does."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Software:
    """Training software by what it does; what is not stated is as usual with its name."""

    name: str | None = None
    """Name people know it by, such as torchtitan."""
    compile: bool | None = None
    """Whether a compiler fuses the element-wise work."""
    attention: AttentionKernel | None = None
    """Kernel of the attention core."""
    experts: ExpertKernel | None = None
    """How the experts of a layer run: one by one, in one grouped kernel, with fused dispatch, or
    with that behind the computation of another micro-batch."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Host:
    """The server around the accelerators."""

    memory: Annotated[Quantity, Dimension("bytes"), Positive] | None = None
    """Memory of one server."""
    memory_bandwidth: Annotated[Quantity, Dimension("byte_rate"), Positive] | None = None
    """Bandwidth of that memory, which its accelerators share, as programs reach it."""
    link: Annotated[Quantity, Dimension("byte_rate"), Positive] | None = None
    """Link of one accelerator to its server, both directions."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Fleet:
    """The accelerators."""

    gpu: (
        Annotated[str | Accelerator, Forms("a catalog name such as h100, or an accelerator")] | None
    ) = None
    """Catalog name or alias, or the accelerator itself."""
    count: Count | None = None
    """Accelerators in the job."""
    gpus_per_node: Whole | None = None
    """Accelerators per node; absent: the catalog's."""
    network: Network | None = None
    """Network between nodes; absent: that of the usual server."""
    link: Link | None = None
    """Links inside a server; absent: those of the usual server of the part."""
    host: Host | None = None
    """Memory of a server and the link to it; offloaded states live there."""
    power_limit: Annotated[Quantity, Dimension("power"), Positive] | None = None
    """Power one accelerator is limited to; absent: what its data sheet says."""
    software: (
        Annotated[str | Software, Forms("a name such as torchtitan, or name, compile, attention")]
        | None
    ) = None
    """Training software: a name people know, or what it does."""

    @property
    def software_parts(self) -> Software:
        """What is said of the software, a name alone too."""
        if isinstance(self.software, Software):
            return self.software
        return Software(name=self.software)


@dataclass(frozen=True, kw_only=True, eq=False)
class EndLayers:
    """Layers of the ends of a pipeline; the other stages share the rest evenly."""

    first: Whole | None = None
    """Layers of the first stage."""
    last: Whole | None = None
    """Layers of the last stage."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FullLayers:
    """Recomputation of some whole layers."""

    full_layers: Whole
    """Layers of the model that are computed again."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """How the job is split over the accelerators."""

    tensor: Whole | None = None
    """Tensor-parallel size (TP)."""
    pipeline: Whole | None = None
    """Pipeline stages (PP)."""
    data: Whole | None = None
    """Data-parallel size (DP); absent: what the fleet leaves."""
    expert: Whole | None = None
    """Expert-parallel size (EP)."""
    expert_tensor: Whole | None = None
    """Tensor-parallel size inside experts (ETP)."""
    context: Whole | None = None
    """Context-parallel size (CP)."""
    virtual: Whole | None = None
    """Virtual pipeline stages per device (VPP)."""
    pipeline_layers: (
        Annotated[tuple[Whole, ...] | EndLayers, Forms("a list such as [7, 8, 7], or first, last")]
        | None
    ) = None
    """Layers of each pipeline stage (or of each virtual one, in the model's order), or of the first
    and the last; absent: spread evenly, the ends lighter."""
    micro_batch: Whole | None = None
    """Sequences per micro-batch."""
    accumulation: Whole | None = None
    """Micro-batches of a step on each data-parallel rank: with them the global batch follows from
    the accelerators; one micro-batch has micro_batch sequences, absent: 1."""
    zero: Literal["0", "1", "2", "3"] | None = None
    """ZeRO stage; 3 is fully sharded data parallelism (FSDP)."""
    shard_group: Annotated[Quantity, Dimension("integer")] | None = None
    """Devices over which ZeRO shards; 0: all data-parallel ones; less: hybrid sharding (HSDP)."""
    sequence_parallel: bool | None = None
    """Whether norms and residuals are split along the sequence inside the TP group."""
    recompute: (
        Annotated[
            RecomputeWord
            | Annotated[tuple[RecomputeModule, ...], OneOrMany, Joined("+")]
            | FullLayers,
            Forms("none, selective, full, a list such as [core_attn, mlp], or {full_layers: 20}"),
        ]
        | None
    ) = None
    """What the backward pass computes again: none, selective, full, modules of each layer, or some
    whole layers."""
    schedule: Schedule | None = None
    """Pipeline schedule."""
    offload: (
        Annotated[
            OffloadWord | Annotated[tuple[OffloadPart, ...], OneOrMany, Joined("+")],
            Forms("none, all, or any of [optimizer, activations, parameters]"),
        ]
        | None
    ) = None
    """What is kept in host memory; all: optimizer, gradients and parameters, as software that
    offloads a sharded model does. Activations are named apart."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Utilization:
    """How fast the job runs, where it is known."""

    mfu: Ratio | None = None
    """Model FLOPs utilisation of a step, of the dense BF16 peak whatever the precision."""
    tokens_per_second_per_gpu: (
        Annotated[Quantity, Dimension("tokens_per_second"), Positive] | None
    ) = None
    """Steady-state throughput per accelerator."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasuredStep:
    """One measured step of this layout on this fleet."""

    step_time: Annotated[Quantity, Dimension("duration"), Positive]
    """Time of one optimizer step."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasuredFile:
    """Measured steps in a file."""

    file: str
    """CSV in the throughput format, relative to the scenario file."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reliability:
    """How often the job is interrupted and what that costs."""

    failures_per_gpu_hour: Annotated[Quantity, Dimension("per_gpu_hour")] | None = None
    """Interruptions per accelerator-hour; 0 where nothing fails."""
    spot_interruptions_per_gpu_hour: Annotated[Quantity, Dimension("per_gpu_hour")] | None = None
    """Times spot capacity is taken back per accelerator-hour, on top of failures."""
    restart: Annotated[Quantity, Dimension("duration")] | None = None
    """Time from a failure to productive steps, detection included."""
    elastic: bool | None = None
    """Fault-tolerant data parallelism: a fault costs its replica, the others train on."""
    checkpoint_write: Annotated[Quantity, Dimension("duration")] | None = None
    """Time a checkpoint blocks training."""
    checkpoint_interval: (
        Literal["optimal"] | Annotated[Quantity, Dimension("duration"), Positive] | None
    ) = None
    """Productive time between checkpoints; optimal: where goodput is highest."""
    fleet_quality: Literal["best", "mature", "early"] | None = None
    """How well run the fleet is, where its failure rate is not known: best (MegaScale, RSC-2),
    mature (Llama 3), early or shared (OPT, RSC-1)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Energy:
    """Where the electricity goes and comes from."""

    pue: Annotated[Quantity, Dimension("ratio"), AtLeast(1)] | None = None
    """Power usage effectiveness: facility power over IT power."""
    grid: str | Annotated[Quantity, Dimension("grid_intensity"), Positive] | None = None
    """Country (ISO 3166 alpha-3), region, or an intensity such as 57 g/kWh."""
    power: Annotated[Quantity, Dimension("power"), Positive] | None = None
    """Average power per accelerator at the server, if measured."""
    water_on_site: Annotated[Quantity, Dimension("litres_per_kwh")] | None = None
    """Water evaporated for cooling per kWh of IT energy (WUE); absent: no water is computed."""
    water_of_grid: Annotated[Quantity, Dimension("litres_per_kwh")] | None = None
    """Water used at the power plants per kWh of electricity."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """Keys that describe one run; the top level gives defaults to the stages."""

    model: (
        Annotated[
            str | ConfigFile | Sizes | dict[str, object],
            Forms(
                "a catalog name, {config: path/to/config.json}, {parameters: 671B, active: 37B}, "
                "or an architecture"
            ),
        ]
        | None
    ) = None
    """The model that is trained."""
    training: Training | None = None
    """What is trained, on how much, and how."""
    fleet: Fleet | None = None
    """The accelerators."""
    layout: Annotated[Literal["auto"] | Layout, Forms("auto, or a layout")] | None = None
    """How the job is split; auto finds a layout."""
    utilization: Utilization | None = None
    """How fast the job runs, where it is known."""
    gpu_hours: Annotated[Quantity, Dimension("gpu_hours"), Positive] | None = None
    """Accelerator-hours, end to end."""
    duration: Annotated[Quantity, Dimension("duration"), Positive] | None = None
    """Wall-clock time, end to end."""
    hours_count: Literal["billed", "calendar", "steps"] | None = None
    """What the hours of the run count, where its speed is not stated: billed, with all waiting
    (calendar), or training steps alone."""
    calibration: MeasuredStep | MeasuredFile | None = None
    """Measured steps that correct the prediction."""
    reliability: Reliability | None = None
    """Interruptions and checkpoints."""
    pricing: Pricing | None = None
    """How the accelerators are paid for."""
    energy: Energy | None = None
    """Where the electricity goes and comes from."""
