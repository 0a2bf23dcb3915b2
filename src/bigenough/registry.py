"""Names to objects, loaded on first use: the one place that knows what exists.

To add a model, a source, a figure, a claim or a rule, write its file and add its line here.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from bigenough.errors import UnknownNameError


class Registry:
    """Ordered names, each standing for ``"module:attribute"``, imported when first asked for.

    Parameters
    ----------
    what : str
        What the entries are, in the singular; used in error texts.
    targets : dict of str to str
        Name to ``"module:attribute"``.
    hidden : dict of str to str, optional
        Likewise, for names that can be looked up but are not listed, since people do not type them.

    Raises
    ------
    UnknownNameError
        On looking up a name that is not registered.
    """

    def __init__(self, what: str, targets: dict[str, str], hidden: dict[str, str] | None = None) -> None:
        self.what = what
        self._targets = targets
        self._hidden = hidden or {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._targets)

    def __contains__(self, name: object) -> bool:
        return name in self._targets

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - each registry holds its own type
        if name not in self._targets and name not in self._hidden:
            raise UnknownNameError(self.what, name, self._targets)
        module, attribute = (self._targets | self._hidden)[name].split(":")
        return getattr(importlib.import_module(module), attribute)


MODELS = Registry(
    "model",
    {
        "leekasso": "bigenough.models.leekasso:LEEKASSO",
        "leekasso-1": "bigenough.models.leekasso:LEEKASSO_1",
        "leekasso-glm": "bigenough.models.leekasso:LEEKASSO_GLM",
        "leekasso-lm": "bigenough.models.leekasso:LEEKASSO_LM",
        "leek-mlp": "bigenough.models.mlp:LEEK_MLP",
        "mlp": "bigenough.models.mlp:MLP",
        "r-mlp": "bigenough.models.mlp:R_MLP",
        "cnn": "bigenough.models.cnn:CNN",
        "h2o-deeplearning": "bigenough.models.h2o:H2O_DEEPLEARNING",
        "h2o-settings": "bigenough.models.mlp:H2O_SETTINGS",
        "logistic": "bigenough.models.logistic:LOGISTIC",
        "center-pixel": "bigenough.models.pixel:CENTER_PIXEL",
        "single-pixel": "bigenough.models.pixel:SINGLE_PIXEL",
        "majority": "bigenough.models.majority:MAJORITY",
        "lda": "bigenough.models.lda:LDA",
        "knn": "bigenough.models.knn:KNN",
        "svm": "bigenough.models.svm:SVM",
        "forest": "bigenough.models.forest:FOREST",
        "boosting": "bigenough.models.boosting:BOOSTING",
        "relu-mlp": "bigenough.models.mlp:RELU_MLP",
        "convnet": "bigenough.models.cnn:CONVNET",
    },
    hidden={
        "external": "bigenough.models.external:EXTERNAL",
        "own-network": "bigenough.models.adapters.base:OWN_NETWORK",
    },
)

SOURCES = Registry(
    "data set",
    {
        "mnist": "bigenough.sources.mnist_digits:load",
        "breast_cancer": "bigenough.sources.sklearn_sets:breast_cancer",
        "digits": "bigenough.sources.sklearn_sets:digits",
        "iris": "bigenough.sources.sklearn_sets:iris",
        "wine": "bigenough.sources.sklearn_sets:wine",
    },
    hidden={"sklearn": "bigenough.sources.sklearn_sets:named", "openml": "bigenough.sources.openml:load"},
)

FORMATS = Registry(
    "file format",
    {
        ".csv": "bigenough.sources.table:csv",
        ".tsv": "bigenough.sources.table:csv",
        ".txt": "bigenough.sources.table:csv",
        ".csv.gz": "bigenough.sources.table:csv",
        ".tsv.gz": "bigenough.sources.table:csv",
        ".txt.gz": "bigenough.sources.table:csv",
        ".parquet": "bigenough.sources.table:parquet",
        ".feather": "bigenough.sources.table:feather",
        ".xlsx": "bigenough.sources.table:excel",
        ".npz": "bigenough.sources.arrays:npz",
        ".npy": "bigenough.sources.arrays:npy",
        "folder": "bigenough.sources.images:folder",
    },
)

FIGURES = Registry(
    "figure",
    {
        name: f"bigenough.figures.{name}:draw"
        for name in (
            "accuracy_by_size",
            "arm_gains",
            "bias_variance",
            "camp_difference",
            "center_pixel",
            "confusion",
            "contrasts",
            "digit_pairs",
            "fluctuation",
            "learning_curves",
            "paired_difference",
            "pairs_map",
            "single_steps",
            "three_fits",
            "training_curves",
            "waterfall",
        )
    },
)

CLAIMS = Registry(
    "claim",
    {
        "1": "bigenough.claims.small_n:CLAIM",
        "2": "bigenough.claims.convergence:CLAIM",
        "3": "bigenough.claims.activation:CLAIM",
        "4": "bigenough.claims.updates_and_rate:CLAIM",
        "5": "bigenough.claims.fluctuation:CLAIM",
        "6": "bigenough.claims.h2o_training:CLAIM",
        "7": "bigenough.claims.three_fits:CLAIM",
        "8": "bigenough.claims.one_pixel:CLAIM",
        "9": "bigenough.claims.center_pixel:CLAIM",
        "10": "bigenough.claims.digit_pairs:CLAIM",
        "11": "bigenough.claims.many_parameters:CLAIM",
        "12": "bigenough.claims.invariance:CLAIM",
    },
)

RULES = Registry(  # the order in which findings are told
    "rule",
    {
        "non-finite": "bigenough.rules.non_finite:RULE",
        "rate-too-high": "bigenough.rules.rate_too_high:RULE",
        "exploding-gradient": "bigenough.rules.exploding_gradient:RULE",
        "output-loss-mismatch": "bigenough.rules.output_loss_mismatch:RULE",
        "inputs-badly-scaled": "bigenough.rules.inputs_badly_scaled:RULE",
        "dead-units": "bigenough.rules.dead_units:RULE",
        "saturated-units": "bigenough.rules.saturated_units:RULE",
        "vanishing-gradient": "bigenough.rules.vanishing_gradient:RULE",
        "stuck-at-chance": "bigenough.rules.stuck_at_chance:RULE",
        "rate-too-low": "bigenough.rules.rate_too_low:RULE",
        "rate-decayed": "bigenough.rules.rate_decayed:RULE",
        "too-few-updates": "bigenough.rules.too_few_updates:RULE",
        "underfitting": "bigenough.rules.underfitting:RULE",
        "overfitting": "bigenough.rules.overfitting:RULE",
        "overconfident": "bigenough.rules.overconfident:RULE",
        "label-noise": "bigenough.rules.label_noise:RULE",
        "decision-threshold": "bigenough.rules.decision_threshold:RULE",
        "validation-leak": "bigenough.rules.validation_leak:RULE",
        "test-too-small": "bigenough.rules.held_out_too_small:RULE",
    },
)

CAUSES = {  # that only an experiment finds, with what people call them; those of rules have their rule's title
    "initial-weights": "initial weights unsuited",
    "over-regularised": "regularised too strongly",
}
