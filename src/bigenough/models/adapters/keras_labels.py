"""What a Keras model's loss takes as labels: codes, or a row of zeros and a one for every label."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from bigenough.errors import FitError
from bigenough.types import Rows

SURE = 0.9  # probability of the class that the trial's outputs name


def label_form(model: Any, row: Any, n_classes: int) -> Callable[[Rows], Any]:  # noqa: ANN401 - a model; an array
    """Give what turns class codes, (n,), into the labels that a compiled model learns from.

    The loss's name decides where it is one of Keras's own. Another loss is tried with both: the form by which right labels
    cost less than wrong ones, and by more than with the other form, is the one it takes.

    Parameters
    ----------
    model : keras.Model
        Is built by a call if it has not been.
    row : ndarray, shape (1, ...)
        A row of its inputs.
    n_classes : int

    Raises
    ------
    FitError
        Its outputs are not a column a class, or one for the second of two.
    """

    def one_hot(codes: Rows) -> Any:  # noqa: ANN401 - shape (n, classes)
        return np.eye(n_classes, dtype=np.float32)[codes]

    outputs = model(row)
    shape = tuple(getattr(outputs, "shape", ()))
    if shape != (1, n_classes) and (n_classes != 2 or shape not in ((1,), (1, 1))):
        given = f"shape {shape} for a row" if shape else f"a {type(outputs).__name__}"
        raise FitError(f"the model gave {given}; {(1, n_classes)} is needed, a column a class")
    if shape != (1, n_classes):
        return _codes
    loss = _loss_of(model)
    name = _name_in_keras(loss)
    if name is not None:
        return _codes if "sparse" in name.lower() else one_hot
    return max((_codes, one_hot), key=lambda form: _margin(model, loss, form, n_classes))


def _codes(codes: Rows) -> Rows:
    return codes


def _loss_of(model: Any) -> Any:  # noqa: ANN401 - a function, an object, or None
    import keras

    loss = keras.tree.flatten(model.loss)[0]  # of a list or dict with one
    if isinstance(loss, str) and loss.lower() not in ("crossentropy", "ce"):  # which take either
        return keras.losses.get(loss)
    return loss


def _name_in_keras(loss: Any) -> str | None:  # noqa: ANN401 - a function or an object
    """Give the name of one of Keras's own losses; of a user's own, or of what wraps one, None."""
    if isinstance(loss, str):
        return loss
    named = loss if inspect.isfunction(loss) else type(loss)
    own = named.__module__.startswith("keras.") and named.__name__ != "LossFunctionWrapper"
    return str(named.__name__) if own else None


def _margin(model: Any, loss: Any, form: Callable[[Rows], Any], n_classes: int) -> float:  # noqa: ANN401
    """Give by how much wrong labels cost more than right ones, in a form; nothing where the loss does not take it."""
    right = np.arange(n_classes + 1) % n_classes  # one more, so that rows and classes cannot be mistaken for each other
    outputs = np.full((len(right), n_classes), (1 - SURE) / (n_classes - 1), np.float32)
    outputs[np.arange(len(right)), right] = SURE
    try:
        costs = [_cost(model, loss, form(codes), outputs) for codes in (right, (right + 1) % n_classes)]
    except Exception:  # the user's own code may raise anything
        return -np.inf
    return costs[1] - costs[0] if np.isfinite(costs).all() else -np.inf


def _cost(model: Any, loss: Any, labels: Any, outputs: Any) -> float:  # noqa: ANN401
    """Take a loss as Keras does in training: labels as float32, the mean over rows."""
    import keras

    class Wrapped(keras.losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:  # noqa: ANN401 - tensors
            return loss(y_true, y_pred)

    if loss is None:  # the model computes it by itself
        costs = model.compute_loss(None, labels, keras.ops.convert_to_tensor(outputs))
    else:
        costs = (loss if isinstance(loss, keras.losses.Loss) else Wrapped())(labels, outputs)
    return float(keras.ops.convert_to_numpy(costs).mean())
