"""What measured steps of other layouts say of this one: the error that a cluster shares."""

from collections.abc import Sequence

import numpy as np


def shared_bias(
    *, log_ratios: Sequence[float], spread: float, own_share: float, usual_rows: float
) -> tuple[float, float]:
    """Best guess of the log error of another layout on the same cluster, and what remains.

    `spread` is the standard deviation of measured over predicted step times over all sources, of
    which each layout has `own_share` to itself; the layouts of a cluster share the rest. A few
    rows say little about their scatter: the usual one counts as much as `usual_rows`.

    Notes
    -----
    One-way random effects [1]_: with shared variance b², own variance w² and n rows of middle m,
    the guess is m b²/(b² + w²/n) and the variance that remains w² + b² (w²/n)/(b² + w²/n). The
    scatter of the rows themselves, as they grow in number, replaces the usual w.

    References
    ----------
    .. [1] Searle, Casella, McCulloch, "Variance Components", Wiley 1992, section 3.4.
    """
    ratios = np.asarray(log_ratios, dtype=float)
    rows, middle = ratios.size, float(np.median(ratios))
    weight = rows / (rows + usual_rows)
    scatter = float(np.mean(np.square(ratios - middle)))
    own = weight * scatter + (1.0 - weight) * (own_share * spread) ** 2
    shared = spread**2 * (1.0 - own_share**2)
    trust = shared / (shared + own / rows) if shared + own > 0.0 else 1.0
    return middle * trust, float(np.sqrt(own + shared * (1.0 - trust)))
