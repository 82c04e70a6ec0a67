"""The numeric type of the cost formulas: a scalar, or an array that broadcasts."""

import numpy as np
from numpy.typing import NDArray

Amount = float | NDArray[np.float64]
