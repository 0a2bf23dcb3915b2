"""A paired difference over repeated splits of one data set: its two intervals and its tests.

Every repeat splits the same rows anew into training and test rows. So repeats share test rows and training rows, and a row
that one repeat tests another one learns from. docs/statistics.md derives what follows and shows how it was calibrated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats as st

from bigenough.stats.basic import Interval
from bigenough.types import Floats, Rows

PSEUDO = 2  # one pseudo-item either way, as Bonett and Price add one to each discordant cell


class Components(NamedTuple):
    """A mean paired difference and the parts of its variance.

    Attributes
    ----------
    estimate : float
        Mean over repeats of the mean over that repeat's test items.
    n_repeats, n_items : int
        Items are the distinct rows tested, or their groups where rows come in groups.
    items : float
        Variance from the items themselves; more repeats do not shrink it.
    repeats : float
        Variance from the training draws and from testing each item a few times only; shrinks as 1 / repeats.
    cells : float
        The share of `repeats` that is neither item nor training draw.
    training : float
        Variance from drawing training sets out of these rows only; more repeats do not shrink it.
    crossed : bool
        Whether rows that one repeat tests train another.
    unit : float
        The difference that the most extreme item could make.
    """

    estimate: float
    n_repeats: int
    n_items: int
    items: float
    repeats: float
    cells: float
    training: float
    crossed: bool
    unit: float

    def variance(self, repeats: float | None = None, more: float = 1.0) -> float:
        """Variance of the estimate with this number of repeats and `more` times the rows, without pseudo-items.

        More rows leave what one training set of the same size does as it is, and make the items' part smaller, and the
        share of their rows that training sets have in common.
        """
        scale = self.n_repeats / (repeats or self.n_repeats)
        link = 2 * np.sqrt((self.items + self.cells * scale) * self.training) if self.crossed else 0.0
        of_rows = self.items + self.cells * scale + self.training + link
        return float(of_rows / more + (self.repeats - self.cells) * scale)

    def degrees(self, repeats: float | None = None, more: float = 1.0) -> float:
        """Satterthwaite's degrees of freedom: one part with items - 1, one with repeats - 1."""
        count, items = repeats or self.n_repeats, self.n_items * more
        total = self.variance(repeats, more)
        of_repeats = (self.repeats - self.cells) * self.n_repeats / count + self.training / more
        if total <= 0:
            return float(items - 1)
        return float(total**2 / ((total - of_repeats) ** 2 / (items - 1) + of_repeats**2 / (count - 1)))

    def centre_error(self, repeats: float | None = None, more: float = 1.0) -> tuple[float, float]:
        """Centre of the interval and its standard error, with the two pseudo-items."""
        n = self.n_items * more
        error = np.sqrt(self.variance(repeats, more) * n**2 + PSEUDO * self.unit**2) / (n + PSEUDO)
        return self.estimate * n / (n + PSEUDO), float(error)


def components(
    contributions: Floats,
    *,
    overlap: float,
    crossed: bool = True,
    clusters: Rows | None = None,
    unit: float | None = 1.0,
) -> Components:
    r"""Split the variance of a mean paired difference into its parts.

    With cell weights :math:`w_{ri} = 1/(R m_r)` and residuals :math:`c_{ri} = e_{ri} - \bar e`:

    - :math:`V_I = \frac{G}{G-1} \sum_g (\sum_{r, i \in g} w_{ri} c_{ri})^2`, clustered by item (or group of items),
    - :math:`V_R = s^2 / R` with :math:`s^2` the sample variance of the R repeats' means,
    - :math:`V_C = \sum_{r, g} (\sum_{i \in g} w_{ri} c_{ri})^2`, which both contain; two-way clustering takes it off once
      (Cameron et al.),
    - :math:`\Delta = \max(0, R (V_R - V_C) + (V_I - V_C))`, the variance between training sets, and
      :math:`V_T = f (1 - f) \Delta`: training sets out of the same rows share the share f of their rows, so that the mean
      over ever more of them still varies. Where test rows of one repeat train another, item and training effects are
      correlated; the bound :math:`2 \sqrt{V_I V_T}` on twice their covariance (Cauchy-Schwarz) is added.

    Parameters
    ----------
    contributions : ndarray, shape (repeats, items)
        Challenger's less baseline's contribution of an item in a repeat; NaN where the repeat does not test the item. A row
        of NaN only is a repeat that is missing.
    overlap : float
        Share of a training set's rows that another repeat's has too, on average; see `training_overlap`.
    crossed : bool
        Whether rows that one repeat tests train another; False for a test set of its own.
    clusters : ndarray of int64, shape (items,), optional
        Items of one code are not independent of each other, such as several pictures of one patient.
    unit : float, optional
        The difference that one item could make, for the pseudo-items; None takes the largest mean seen, or 1 if all are 0.

    Returns
    -------
    Components
        Variances are NaN with fewer than two repeats or items.

    References
    ----------
    A. C. Cameron, J. B. Gelbach and D. L. Miller, "Robust inference with multiway clustering", Journal of Business and
    Economic Statistics 29 (2011) 238-249. W. Hoeffding, "A class of statistics with asymptotically normal distribution",
    Annals of Mathematical Statistics 19 (1948) 293-325, for the variance of means over overlapping subsets. D. G. Bonett and
    R. M. Price, "Adjusted Wald confidence interval for a difference of binomial proportions based on paired data", Journal
    of Educational and Behavioral Statistics 37 (2012) 479-488, for the pseudo-items.
    """
    values = np.asarray(contributions, float)
    values = values[~np.isnan(values).all(axis=1)][:, ~np.isnan(values).all(axis=0)]
    if clusters is not None:
        clusters = np.asarray(clusters)[~np.isnan(np.asarray(contributions, float)).all(axis=0)]
    repeats = len(values)
    if repeats == 0:
        return Components(np.nan, 0, 0, np.nan, np.nan, np.nan, np.nan, crossed, 1.0)
    tested = ~np.isnan(values)
    weights = tested / (repeats * tested.sum(axis=1, keepdims=True))
    means = np.nanmean(values, axis=1)
    estimate = float(np.mean(means))
    residuals = weights * np.where(tested, values - estimate, 0.0)
    codes = np.arange(values.shape[1]) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    by_item = np.bincount(codes, residuals.sum(axis=0))
    if unit is None:
        weight = np.bincount(codes, weights.sum(axis=0))
        unit = float(np.max(np.abs(np.bincount(codes, (weights * np.where(tested, values, 0.0)).sum(axis=0)) / weight))) or 1.0
    n_items = len(by_item)
    if repeats < 2 or n_items < 2:
        return Components(estimate, repeats, n_items, np.nan, np.nan, np.nan, np.nan, crossed, unit)
    cells = float(sum((np.bincount(codes, of_repeat) ** 2).sum() for of_repeat in residuals))
    items = float((by_item**2).sum()) * n_items / (n_items - 1)
    of_repeats = float(np.var(means, ddof=1)) / repeats
    between = max(0.0, repeats * (of_repeats - cells) + items - cells)
    training = overlap * (1 - overlap) * between
    return Components(
        estimate, repeats, n_items, max(items - cells, 0.0), max(of_repeats, cells), cells, training, crossed, unit
    )  # fmt: skip


def training_overlap(training_sets: Sequence[Rows]) -> float:
    """Share of a training set's rows that another one has too, on average over pairs of neighbours in the list."""
    if len(training_sets) < 2:
        return 0.0
    pairs = zip(training_sets, [*training_sets[1:], training_sets[0]], strict=True)
    return float(np.mean([np.isin(one, other).mean() for one, other in pairs]))


def interval_over_draws(differences: Floats, *, resolution: float = 0.0, level: float = 0.95) -> Interval:
    """Interval for the mean difference over random splits of these very rows.

    Given the rows, repeats are independent, so that Student's t holds but for discreteness: at scores near 1 few or none of
    the repeats differ. The variance of two pseudo-repeats, one at plus and one at minus the smallest difference there can
    be, keeps the interval from closing.

    Parameters
    ----------
    differences : ndarray, shape (repeats,)
        One paired difference a repeat; NaN where it is missing.
    resolution : float
        The smallest difference other than 0 that a repeat can show, such as 1 / test items.
    level : float

    Returns
    -------
    Interval
        Estimate is the plain mean; with one repeat the ends are infinite.
    """
    values = np.asarray(differences, float)
    values = values[~np.isnan(values)]
    n = len(values)
    if n < 2:
        return Interval(float(values.mean()) if n else np.nan, -np.inf, np.inf)
    mean = float(values.mean())
    error = np.sqrt(values.var(ddof=1) / n + PSEUDO * resolution**2 / (n + PSEUDO) ** 2)
    half = float(st.t.ppf((1 + level) / 2, n - 1) * error)
    return Interval(mean, mean - half, mean + half)


def interval_over_draws_and_items(parts: Components, *, level: float = 0.95) -> Interval:
    """Interval for the mean difference over new training sets and new test items from where these rows came from.

    Parameters
    ----------
    parts : Components
    level : float

    Returns
    -------
    Interval
        Estimate is the plain mean; the interval is centred a little nearer to 0. Never of zero width: when no item was
        ever judged differently, about 3 / items either way, as in the rule of three. Infinite with one repeat or item.
    """
    if np.isnan(parts.items):
        return Interval(parts.estimate, -np.inf, np.inf)
    centre, error = parts.centre_error()
    half = float(st.t.ppf((1 + level) / 2, parts.degrees())) * error
    return Interval(parts.estimate, centre - half, centre + half)


def p_different(parts: Components) -> float:
    """Two-sided p-value of no difference; below 1 - level just when 0 lies outside `interval_over_draws_and_items`."""
    if np.isnan(parts.items):
        return np.nan
    centre, error = parts.centre_error()
    return float(2 * st.t.sf(abs(centre) / error, parts.degrees()))


def p_above(parts: Components) -> float:
    """One-sided p-value of "the difference is not above 0"; below (1 - level) / 2 just when the interval lies above 0."""
    if np.isnan(parts.items):
        return np.nan
    centre, error = parts.centre_error()
    return float(st.t.sf(centre / error, parts.degrees()))


def p_same(parts: Components, margin: float) -> float:
    """p-value of "the difference is at least `margin` in size": the larger of two one-sided tests.

    References
    ----------
    D. J. Schuirmann, "A comparison of the two one-sided tests procedure and the power approach for assessing the equivalence
    of average bioavailability", Journal of Pharmacokinetics and Biopharmaceutics 15 (1987) 657-680.
    """
    if np.isnan(parts.items):
        return np.nan
    centre, error = parts.centre_error()
    return float(st.t.sf((margin - abs(centre)) / error, parts.degrees()))


def p_over_draws(differences: Floats, *, resolution: float = 0.0) -> float:
    """One-sided p-value of "the mean difference is not above 0", over random splits of these very rows.

    Parameters are those of `interval_over_draws`, whose pseudo-repeats it has too.

    Returns
    -------
    float
        NaN with fewer than two repeats; 1 where all differences are 0 and there is no resolution.
    """
    values = np.asarray(differences, float)
    values = values[~np.isnan(values)]
    n = len(values)
    if n < 2:
        return np.nan
    error = np.sqrt(values.var(ddof=1) / n + PSEUDO * resolution**2 / (n + PSEUDO) ** 2)
    if error == 0:
        return 0.0 if values.mean() > 0 else 1.0
    return float(st.t.sf(values.mean() / error, n - 1))
