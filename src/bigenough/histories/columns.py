"""What a log's columns mean, by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

CURVES = ("train_loss", "train_score", "held_out_loss", "held_out_score")  # parts that rules look at
HELD_OUT = (
    "val",
    "valid",
    "validation",
    "dev",
    "eval",
    "heldout",
    "holdout",
    "test",
    "tst",
)  # the first is taken where there are several
TRAIN = ("train", "training", "tr", "")
SIDE_WORDS = {*HELD_OUT, *TRAIN} - {""}
LOSSES = ("loss", "log_loss", "logloss", "nll", "cross_entropy", "ce", "mse")
SCORES = {  # as it stands in a name, to what people read; the first is taken where there are several
    "accuracy": "accuracy",
    "acc": "accuracy",
    "binary_accuracy": "accuracy",
    "categorical_accuracy": "accuracy",
    "sparse_categorical_accuracy": "accuracy",
    "score": "score",
    "scores": "score",
    "accuracy_top1": "accuracy",
    "top1": "accuracy",
    "top_1": "accuracy",
    "acc_1": "accuracy",
    "acc1": "accuracy",
    "acc_top1": "accuracy",
    "prec1": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "bacc": "balanced accuracy",
    "auc": "ROC area",
    "roc_auc": "ROC area",
    "auroc": "ROC area",
    "f1": "F1",
    "f1_score": "F1",
}
OF_AN_OUTPUT = ("_acc", "_accuracy")  # behind the name that a Keras model has for it
YOLO = ("metrics_accuracy_top1",)  # of its classifiers, on held-out images
FASTAI = {"train_loss", "valid_loss", "time"}  # whose metrics are all of held-out rows
OF_REGRESSION = (
    "mae", "mse", "rmse", "r2", "r2_score", "mape", "mean_absolute_error", "mean_squared_error", "root_mean_squared_error",
    "mean_absolute_percentage_error",
)  # fmt: skip
ERRORS = ("error", "err", "error_rate")
EPOCHS = ("epoch", "epochs")
UPDATES = ("updates", "update", "step", "steps", "global_step", "iteration", "iterations", "iter")
RATES = ("rate", "lr", "learning_rate", "train_learning_rate")
SIDES = ("phase", "split", "mode", "stage", "subset", "partition")  # a column that says which rows a line is of
OTHERS = {
    "gradient_norm": ("gradient_norm", "grad_norm", "grad_2.0_norm_total", "grad_norm_total"),
    "gradient_ratio": ("gradient_ratio",),
    "step_ratio": ("step_ratio",),
    "idle_share": ("idle_share",),
}


def plain(name: str) -> str:
    """Lower case, with one underscore for whatever parts words: ``"Val/Acc (top 1)"`` to ``"val_acc_top_1"``.

    Examples
    --------
    >>> plain("Train-Loss"), plain("validation loss"), plain("valLoss"), plain("Validation Acc. (%)")
    ('train_loss', 'validation_loss', 'val_loss', 'validation_acc')
    """
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip())
    name = re.sub(r"[^a-z0-9.]+|\.(?!\d)", "_", name.lower())  # a dot stands in a number only
    name = re.sub(r"_+", "_", name).strip("_").replace("held_out", "heldout").replace("hold_out", "holdout")
    return name


def find(names: Iterable[str], counts: Mapping[str, int] | None = None) -> dict[str, str]:
    """Say which column plays which part.

    Parameters
    ----------
    names : iterable of str
    counts : mapping of str to int, optional
        How many values each has: one with a single value, such as a training's mean loss in its last row, gives way to others.

    Returns
    -------
    dict of str to str
        Part (a column of `TrainingCurve`, ``"epoch"``, ``"updates"``, ``"rate"``) to the column's name.
    """
    counts = counts or {}
    by_plain = {plain(name): name for name in sorted(names, key=lambda name: counts.get(name, 2) > 1)}
    found: dict[str, str] = {}
    filled = {name: column for name, column in by_plain.items() if counts.get(column, 1) > 0}
    for part, wanted in (("epoch", EPOCHS), ("updates", UPDATES), ("rate", RATES), *OTHERS.items()):
        _take(found, part, filled, wanted)
    if "rate" not in found:
        _take(found, "rate", filled, [name for name in filled if name.startswith(("lr_", "learning_rate_"))])
    several = {name: column for name, column in by_plain.items() if counts.get(column, 2) > 1}
    for known in (several, by_plain):
        for side, words in (("train", TRAIN), ("held_out", HELD_OUT)):
            _take(found, f"{side}_loss", known, _with(words, LOSSES))
            for what in (*SCORES, *ERRORS):
                _take(found, f"{side}_score", known, _with(words, [what]))
        _take(found, "held_out_score", known, YOLO)
    _take_of_an_output(found, by_plain)
    return _of_a_side(_same_score(found, by_plain), by_plain)


def has_curves(names: Iterable[str]) -> bool:
    """Whether any column is known as a loss or a score."""
    return not set(CURVES).isdisjoint(find(names))


def names_held_out(column: str) -> bool:
    """Whether a name speaks of held-out rows."""
    return not set(HELD_OUT).isdisjoint(plain(column).split("_"))


def names_a_side(column: str) -> bool:
    """Whether a name says which rows it is of."""
    return not SIDE_WORDS.isdisjoint(plain(column).split("_"))


def is_of_regression(column: str) -> bool:
    """Whether a column is a measure of numbers that were predicted, not of classes."""
    return _bare(plain(column)) in OF_REGRESSION


def of_classes(column: str) -> bool:
    """Whether a score's column is of classes by its name; one called no more than score may be of anything."""
    return score_name(column) != "score"


def score_name(column: str) -> str:
    """What a score's column is called for people."""
    bare = _bare(plain(column)).removeprefix("metrics_")
    return "accuracy" if bare in ERRORS or bare.endswith(OF_AN_OUTPUT) else SCORES.get(bare, "score")


def is_error(column: str) -> bool:
    """Whether a column is the share of wrong answers."""
    return _bare(plain(column)) in ERRORS


def _take_of_an_output(found: dict[str, str], by_plain: Mapping[str, str]) -> None:
    """Take the accuracy of a Keras model's named output, ``val_out_acc``, where there is one only and no other score."""
    if not found.keys().isdisjoint(("train_score", "held_out_score")):
        return
    accuracies = [name for name in by_plain if name.startswith("val_") and name.endswith(OF_AN_OUTPUT)]
    if len(accuracies) == 1:
        _take(found, "held_out_score", by_plain, accuracies)
        _take(found, "train_score", by_plain, [accuracies[0].removeprefix("val_")])


def _take(found: dict[str, str], part: str, by_plain: Mapping[str, str], wanted: Iterable[str]) -> None:
    if part in found:
        return
    for name in wanted:
        if name in by_plain:
            found[part] = by_plain[name]
            return


def _with(words: Iterable[str], whats: Iterable[str]) -> list[str]:
    """All names of some quantities on one side, the surer first: of an epoch before bare before of a step."""
    bare = [name for word in words for what in whats for name in ((f"{word}_{what}", f"{what}_{word}") if word else (what,))]
    return [*(f"{name}_epoch" for name in bare), *bare, *(f"{name}_step" for name in bare)]


def _bare(name: str) -> str:
    words = name.removesuffix("_epoch").removesuffix("_step").split("_")
    if len(words) > 1 and words[0] in SIDE_WORDS:
        words = words[1:]
    elif len(words) > 1 and words[-1] in SIDE_WORDS:
        words = words[:-1]
    return "_".join(words)


def _of_a_side(found: dict[str, str], by_plain: Mapping[str, str]) -> dict[str, str]:
    """Of a score of no side by its name, beside losses that have one: fastai's is of held-out rows, another cannot be told."""
    score = found.get("train_score")
    of_sides = all(names_a_side(found.get(part, "")) for part in ("train_loss", "held_out_loss"))
    if score is None or "held_out_score" in found or names_a_side(score) or not of_sides:
        return found
    del found["train_score"]
    if set(by_plain) >= FASTAI:
        found["held_out_score"] = score
    return found


def _same_score(found: dict[str, str], by_plain: Mapping[str, str]) -> dict[str, str]:
    """Training and held-out score are of one kind: where they differ, the held-out one stands."""
    train, held_out = found.get("train_score"), found.get("held_out_score")
    if train is None or held_out is None or score_name(train) == score_name(held_out):
        return found
    del found["train_score"]
    kind = score_name(held_out)
    for what in (name for name, title in SCORES.items() if title == kind):
        _take(found, "train_score", by_plain, _with(TRAIN, [what]))
    return found
