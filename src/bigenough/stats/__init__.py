"""Arrays to estimates, intervals and tests; knows no model and no study."""

from __future__ import annotations

from bigenough.stats.basic import Interval, mean_interval, mean_quantiles, mean_sd, wilson
from bigenough.stats.bias_variance import Squared, Term, ZeroOne, mean_term, squared_error, term_interval, zero_one
from bigenough.stats.crossing import crossing, crossing_interval
from bigenough.stats.looks import level_over_looks, p_over_looks, variances_at
from bigenough.stats.multiple import holm
from bigenough.stats.paired import (
    Components,
    components,
    interval_over_draws,
    interval_over_draws_and_items,
    p_above,
    p_different,
    p_over_draws,
    p_same,
    training_overlap,
)
from bigenough.stats.planning import repeats_to_settle, rows_to_settle
from bigenough.stats.shapley import (
    interactions,
    interval_over_draws_and_orders,
    masks_of,
    ratio_interval,
    sample_orders,
    sampled_shares,
    shapley_shares,
    single_steps,
)

__all__ = [
    "Components",
    "Interval",
    "Squared",
    "Term",
    "ZeroOne",
    "components",
    "crossing",
    "crossing_interval",
    "holm",
    "interactions",
    "interval_over_draws",
    "interval_over_draws_and_items",
    "interval_over_draws_and_orders",
    "level_over_looks",
    "masks_of",
    "mean_interval",
    "mean_quantiles",
    "mean_sd",
    "mean_term",
    "p_above",
    "p_different",
    "p_over_draws",
    "p_over_looks",
    "p_same",
    "ratio_interval",
    "repeats_to_settle",
    "rows_to_settle",
    "sample_orders",
    "sampled_shares",
    "shapley_shares",
    "single_steps",
    "squared_error",
    "term_interval",
    "training_overlap",
    "variances_at",
    "wilson",
    "zero_one",
]
