"""The number types of formulas."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Amount = float | FloatArray
"""A scalar, or an array that broadcasts."""
