"""One test made at several looks while draws are added: p-values and intervals that hold at whichever look one stops.

An estimate that is looked at again after more draws is strongly correlated with itself, since the test items stay the same:
only what draws contribute to its variance shrinks. So the price of several looks is computed from the variances at them, and
is far below that of as many separate tests where items are what limits the study.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri

from bigenough.stats.paired import Components
from bigenough.types import Floats

NODES, WEIGHTS = np.polynomial.legendre.leggauss(128)
LEAST_STEP = 0.1  # standard deviation of a step between looks that the nodes resolve; a larger one makes a larger p
LOWEST = -6.0  # of a standard normal, for one-sided tests


def variances_at(parts: Components, looks: Sequence[int]) -> Floats:
    """Variance of the estimate at numbers of repeats, (k,).

    Of what more repeats do not shrink only the part of the items counts, which is estimated; those of the training sets and
    of the link are bounds, and taking them along would make looks seem more alike than they are.
    """
    of_draws = parts.repeats * parts.n_repeats if parts.items + parts.repeats > 0 else 1.0
    return np.asarray(parts.items + of_draws / np.asarray(looks, float))


def p_over_looks(p: float, variances: Floats, *, sides: int) -> float:
    r"""p-value of a test that is made at several looks, whichever of them it is taken from.

    The chance, where there is no difference, that any look gives a p-value as small as this one. Its standard normal
    deviates :math:`z_1, .., z_k` are a Markov chain with correlations :math:`\sqrt{v_{j+1} / v_j}` of neighbours, as the
    means of growing parts of one sequence are. A boundary that is the same at all looks is Pocock's.

    Parameters
    ----------
    p : float
        Of one look; NaN stays NaN.
    variances : ndarray, shape (k,)
        Of the estimate at all looks that are planned, falling; with fewer than two there is nothing to pay for.
    sides : {1, 2}
        Of the test.

    Returns
    -------
    float
        Between `p` and k times `p`.

    References
    ----------
    S. J. Pocock, "Group sequential methods in the design and analysis of clinical trials", Biometrika 64 (1977) 191-199.
    P. Armitage, C. K. McPherson and B. C. Rowe, "Repeated significance tests on accumulating data", Journal of the Royal
    Statistical Society A 132 (1969) 235-244, for the recursion.

    Examples
    --------
    >>> [round(p_over_looks(0.0182, np.array([1, 1 / 2, 1 / 3, 1 / 4]), sides=2), 3), p_over_looks(0.02, np.ones(1), sides=2)]
    [0.05, 0.02]
    """
    k = len(variances)
    if k < 2 or np.isnan(p):
        return p
    high = -float(ndtri(min(max(p, 1e-300), 1.0) / sides))
    low = -high if sides == 2 else LOWEST
    if high <= low:
        return 1.0
    half = (high - low) / 2
    z, weight = low + half * (NODES + 1), half * WEIGHTS
    density = _normal(z)
    for ratio in np.asarray(variances[1:]) / np.asarray(variances[:-1]):
        step = max(LEAST_STEP, float(np.sqrt(max(0.0, 1 - ratio))))
        kernel = _normal((z[:, None] - np.sqrt(1 - step**2) * z) / step) / step
        density = kernel @ (weight * density)
    return float(np.clip(1 - weight @ density, p, min(k * p, 1.0)))


def level_over_looks(variances: Floats, *, level: float) -> float:
    """Level that an interval needs at each look, so that at all looks together it holds with `level`.

    References
    ----------
    C. Jennison and B. W. Turnbull, "Interim analyses: the repeated confidence interval approach", Journal of the Royal
    Statistical Society B 51 (1989) 305-334.

    Examples
    --------
    How much of 5 % is left at each of four looks, the draws doubled each time, where all of the variance is of the draws,
    a quarter of it at the first look, and hardly any:

    >>> looks = np.array([1, 2, 4, 8])
    >>> [round(1 - level_over_looks(items + 1 / looks, level=0.95), 3) for items in (0, 3, 1000)]
    [0.016, 0.029, 0.041]
    """
    k, alpha = len(variances), 1 - level
    if k < 2 or np.isnan(variances).any():
        return level

    def excess(nominal: float) -> float:
        return p_over_looks(nominal, variances, sides=2) - alpha

    return 1 - float(brentq(excess, alpha / k, alpha, xtol=1e-4 * alpha))


def _normal(z: Floats) -> Floats:
    return np.asarray(np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi))
