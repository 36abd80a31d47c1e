"""Types of the arrays that functions on numbers take and give; the lowest layer of the house."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: Positions of rows, groups and lines; counts of days.
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
