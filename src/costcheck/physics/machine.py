"""The machine as the step-time and memory formulas see it."""

from dataclasses import dataclass

import numpy as np

from costcheck.arrays import Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One kind of GPU, the links of its server and its network; scalars or arrays."""

    matmul_flops_per_second: Amount
    """Dense peak at the precision the linear layers run in [FLOP/s]."""
    attention_flops_per_second: Amount
    """Dense 16-bit peak, at which the attention core runs [FLOP/s]."""
    memory_bytes: Amount
    """Device memory a program can address [byte]."""
    memory_bytes_per_second: Amount
    """Device memory bandwidth [byte/s]."""
    scale_up_bytes_per_second: Amount
    """Bandwidth of one GPU into the scale-up fabric, one direction [byte/s]."""
    scale_up_gpus: Amount
    """GPUs that share the fabric (NVLink domain)."""
    nic_bytes_per_second: Amount
    """Network bandwidth per GPU, one direction [byte/s]."""
    torus_dimensions: Amount = 0.0
    """Dimensions of the torus that the fabric is; 0 where it is a switch, or pairs."""
    watts: Amount = 0.0
    """Power the part may draw under load; 0 where nobody says [W]."""
    clock_share: Amount = 1.0
    """Clock under load over that at the design power, where the power is limited."""
    host_memory_bytes_per_second: Amount = 0.0
    """Bandwidth of a host's memory as programs reach it, where it is stated; else 0 [byte/s]."""
    host_link_bytes_per_second: Amount = 0.0
    """Link of one GPU to its host, one direction, where it is stated; else 0 [byte/s]."""
    node_gpus: Amount = 1.0
    """GPUs of one server, which share its host's memory."""
    node_bytes_per_second: Amount = np.inf
    """Bandwidth of one GPU to others of its server that its fabric does not reach, one direction: a
    PCIe tree [byte/s]. Infinite where the fabric spans the server."""
