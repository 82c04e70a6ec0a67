"""The machine as the step-time and memory formulas see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One kind of GPU and the two levels of network around it; scalars or arrays.

    Parameters
    ----------
    matmul_flops_per_second : array_like
        Dense peak at the precision the linear layers run in [FLOP/s].
    attention_flops_per_second : array_like
        Dense 16-bit peak, at which the attention core runs [FLOP/s].
    memory_bytes : array_like
        Device memory a program can address [byte].
    memory_bytes_per_second : array_like
        Device memory bandwidth [byte/s].
    scale_up_bytes_per_second : array_like
        Bandwidth of one GPU into the scale-up fabric, one direction [byte/s].
    scale_up_gpus : array_like
        GPUs that share the fabric (NVLink domain).
    nic_bytes_per_second : array_like
        Network bandwidth per GPU, one direction [byte/s].
    """

    matmul_flops_per_second: FloatArray | float
    attention_flops_per_second: FloatArray | float
    memory_bytes: FloatArray | float
    memory_bytes_per_second: FloatArray | float
    scale_up_bytes_per_second: FloatArray | float
    scale_up_gpus: FloatArray | float
    nic_bytes_per_second: FloatArray | float
