"""h2o.deeplearning itself, with its settings under the names that our networks' recipes use."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from bigenough.engine.layers import count_parameters
from bigenough.errors import FitError
from bigenough.models.fitting import OneByOne
from bigenough.models.inputs import prepare
from bigenough.models.mlp import dense_layers
from bigenough.models.scaling import Scaling, scaled
from bigenough.models.threshold import WordThreshold, labels_of
from bigenough.types import PARTS, Dataset, Draw, Fit, Floats, Part, Recipe, Rows

SECONDS = 2.0  # a fit, about
ONLY_H2O = {  # settings that none but H2O has, with its defaults
    "overwrite_with_best_model": True, "shuffle_training_data": False, "train_samples_per_iteration": -2,
    "stopping_rounds": 5, "classification_stop": 0.0, "input_dropout_ratio": 0.0, "elastic_averaging": False,
    "reproducible": False,
}  # fmt: skip
MORE = {  # such settings that a recipe leaves out, with what they then are; H2O's own defaults, but for Nesterov's momentum
    "balance_classes": False, "elastic_averaging_moving_rate": 0.9, "elastic_averaging_regularization": 0.001,
    "fast_mode": True, "initial_weight_scale": 1.0, "l1": 0.0, "max_w2": 3.4028235e38, "momentum_ramp": 1e6,
    "nesterov_accelerated_gradient": False, "rate_decay": 1.0, "score_duty_cycle": 0.1, "score_training_samples": 10000,
    "sparse": False, "stopping_metric": "auto", "stopping_tolerance": 0.0, "target_ratio_comm_to_comp": 0.05,
}  # fmt: skip
STOPPING_METRICS = ("auto", "logloss", "auc", "mse", "rmse", "misclassification", "mean_per_class_error")
ONLY_OURS = {"checkpoints", "tol", "patience", "patience_updates"}  # of the way a training is watched, not of the network


class H2O(OneByOne):
    """One network a draw on this machine's H2O server, in one thread.

    A seed gives the same network again, but for its end: H2O looks at it by the clock, and may stop it then. The labels are
    H2O's own: by default those of the threshold with the best F1 score on the training rows.
    """

    recipe = Recipe(
        "h2o-deeplearning", "h2o-deeplearning", "deep",
        {
            "hidden": [160] * 5, "activation": "tanh", "dropout": 0.0, "output": "softmax", "init": "glorot_uniform",
            "input_scaling": "columns-unclipped", "optimizer": "adadelta", "rho": 0.99, "epsilon": 1e-8, "learning_rate": 1.0,
            "decay": 0.0, "momentum": 0.0, "weight_decay": 0.0, "batch_size": 1, "epochs": 20, "threshold": "max_f1",
            **ONLY_H2O,
        },
    )  # fmt: skip

    def ready(self) -> None:
        """Refuse where H2O or Java is missing."""
        from bigenough.models.h2o_server import check_installed

        check_installed()

    def defaults(self) -> dict[str, Any]:
        """Give the settings that a recipe may leave out, with the value that it then has."""
        return MORE

    def choices(self) -> dict[str, tuple[str, ...]]:
        """Give the values of the settings that are one of a few words."""
        words = {name: tuple(w for w in t.allowed or () if isinstance(w, str)) for name, t in TRANSLATIONS.items()}
        more = {"threshold": get_args(WordThreshold), "stopping_metric": STOPPING_METRICS, "input_scaling": get_args(Scaling)}
        return {**{name: these for name, these in words.items() if these}, **more}

    def _fit_one(self, recipe: Recipe, data: Dataset, draw: Draw) -> Fit:
        arguments = h2o_arguments(recipe.settings, draw.seed, data.kind)
        from bigenough.models.h2o_server import serving

        with warnings.catch_warnings(), serving():
            warnings.simplefilter("ignore")  # it names every constant pixel
            return _train(arguments, recipe, data, draw)

    def parameters(self, recipe: Recipe, data: Dataset) -> int:
        """Count weights and biases of the network before H2O drops the columns that are constant in a draw.

        Raises
        ------
        FitError
            H2O has no such setting, or not with this value.
        """
        h2o_arguments(recipe.settings, 0, data.kind)
        return count_parameters(dense_layers(recipe, (data.n_features,), len(data.classes)))

    def seconds(self, recipe: Recipe, data: Dataset, draw: Draw) -> float:
        """Guess: the server's overhead, and its updates."""
        return SECONDS + 1e-4 * len(draw.train) * float(recipe.settings["epochs"])

    def stack_limit(self, recipe: Recipe, data: Dataset, device: str) -> int:
        """One: a fit takes seconds, and what is done is kept."""
        return 1


@dataclass(frozen=True)
class Translation:
    """What a setting is in H2O: a function of its value and of all settings to arguments."""

    allowed: tuple[object, ...] | None
    to_h2o: Callable[[Any, Mapping[str, Any]], dict[str, Any]]


def _activation(value: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    name, rate = {"tanh": "Tanh", "relu": "Rectifier"}[value], settings.get("dropout", 0.0)
    if not rate:
        return {"activation": name}
    return {"activation": f"{name}WithDropout", "hidden_dropout_ratios": [rate] * len(settings["hidden"])}


INITS = {"glorot_uniform": "UniformAdaptive", "uniform": "Uniform", "normal": "Normal"}
TRANSLATIONS: dict[str, Translation] = {
    "hidden": Translation(None, lambda v, _: {"hidden": list(v)}),
    "activation": Translation(("tanh", "relu"), _activation),
    "dropout": Translation(None, lambda *_: {}),
    "output": Translation(("softmax",), lambda *_: {"loss": "CrossEntropy"}),
    "init": Translation(tuple(INITS), lambda v, _: {"initial_weight_distribution": INITS[v]}),
    "init_scale": Translation((1, 1.0), lambda *_: {}),
    "input_scaling": Translation(  # H2O itself cuts nothing off: where that is asked for, it is done before
        ("columns-unclipped", "columns", "none"), lambda v, _: {"standardize": v == "columns-unclipped"}
    ),
    "optimizer": Translation(("adadelta", "sgd"), lambda v, _: {"adaptive_rate": v == "adadelta"}),
    "rho": Translation(None, lambda v, _: {"rho": v}),
    "epsilon": Translation(None, lambda v, _: {"epsilon": v}),
    "learning_rate": Translation(None, lambda v, _: {"rate": v}),
    "decay": Translation(None, lambda v, s: {"rate_annealing": v / s["batch_size"]}),
    "momentum": Translation(None, lambda v, _: {"momentum_start": v, "momentum_stable": v}),
    "weight_decay": Translation(None, lambda v, _: {"l2": v}),
    "batch_size": Translation(None, lambda v, _: {"mini_batch_size": v}),
    "epochs": Translation(None, lambda v, _: {"epochs": v}),
    "threshold": Translation(None, lambda *_: {}),  # of the labels, which are made of H2O's probabilities
    "keep": Translation(("last",), lambda *_: {}),
}


def h2o_arguments(settings: Mapping[str, Any], seed: int, kind: str) -> dict[str, Any]:
    """Say a recipe's settings in H2O's words.

    Parameters
    ----------
    settings : mapping
        Those of our dense networks, and H2O's own under its own names. `rate` and its decay count only with plain gradient
        descent, as in H2O.
    seed : int
    kind : {"table", "image"}

    Raises
    ------
    FitError
        H2O has no such setting, or not with this value.
    """
    arguments: dict[str, Any] = {"seed": seed}
    for name, value in {**MORE, **settings}.items():
        if name in ONLY_H2O or name in MORE:
            arguments[name] = value
        elif name in TRANSLATIONS:
            translation = TRANSLATIONS[name]
            same = _for_columns(value, kind) if name == "input_scaling" else value
            if translation.allowed is not None and same not in translation.allowed:
                allowed = ", ".join(map(str, translation.allowed))
                raise FitError(f"H2O cannot have {name} {value!r}; it can have {allowed}")
            arguments |= translation.to_h2o(same, settings)
        elif name not in ONLY_OURS:
            raise FitError(f"H2O has no setting {name!r}")
    return arguments


def _for_columns(scaling: Scaling, kind: str) -> Scaling:
    """Name what is done to the columns; a table's are standardised one by one anyway."""
    return "columns" if scaling == "standard" and kind == "table" else scaling


def _train(arguments: dict[str, Any], recipe: Recipe, data: Dataset, draw: Draw) -> Fit:
    import h2o
    import pandas as pd
    from h2o.estimators import H2ODeepLearningEstimator

    scaling = _for_columns(recipe.settings["input_scaling"], data.kind)
    inputs = scaled(data, draw, scaling) if scaling == "columns" else prepare(data, draw)
    columns = [f"x{i}" for i in range(inputs.train.shape[1])]
    classes = [f"c{code:04d}" for code in range(len(data.classes))]  # in H2O's order, which is the alphabet's
    training = pd.DataFrame(inputs.train, columns=columns)
    training["y"] = [classes[code] for code in data.y[draw.train]]
    if training["y"].nunique() < 2:
        raise FitError("the training set has rows of one class only")
    of_part = {part: getattr(inputs, part) for part in PARTS}
    try:
        frame = h2o.H2OFrame(training, column_types={"y": "enum"})
        network = H2ODeepLearningEstimator(**arguments)
        network.train(x=columns, y="y", training_frame=frame)
        judged = h2o.H2OFrame(pd.DataFrame(np.concatenate(list(of_part.values())), columns=columns))
        predicted = network.predict(judged).as_data_frame()
        updates = _updates(network, int(recipe.settings["batch_size"]))
    finally:
        h2o.remove_all()
    chances = np.zeros((len(predicted), len(classes)))
    for code, name in enumerate(classes):
        if name in predicted:
            chances[:, code] = predicted[name]
    own = predicted["predict"].map({name: code for code, name in enumerate(classes)}).to_numpy(np.int64)
    ends = np.cumsum([len(X) for X in of_part.values()])[:-1]
    probabilities: dict[Part, Floats] = dict(zip(PARTS, np.split(chances, ends), strict=True))
    labels: dict[Part, Rows] = dict(zip(PARTS, np.split(own, ends), strict=True))
    if not np.isfinite(chances).all():
        raise FitError("training diverged: outputs are not finite")
    threshold = recipe.settings["threshold"]
    if threshold != "max_f1":
        labels = labels_of(probabilities, data.y[draw.train], threshold)
    return Fit(0.0, labels, probabilities, updates, notes=inputs.notes)


def _updates(network: Any, batch_size: int) -> int:  # noqa: ANN401 - H2O has no types
    """Updates of the whole training, which H2O may run beyond the epochs asked for, in whole rounds of its own."""
    history = network.scoring_history()
    return round(float(history["samples"].iloc[-1]) / batch_size)


H2O_DEEPLEARNING = H2O()
