"""What the network classifiers share."""

from __future__ import annotations

import numbers
import warnings
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from bigenough.engine.device import one_torch_thread
from bigenough.engine.evaluate import predict_probabilities
from bigenough.engine.layers import Layer
from bigenough.engine.stack import Stack
from bigenough.engine.train import train_stack
from bigenough.engine.training import Training
from bigenough.errors import FitError, InputError
from bigenough.estimators.checks import check_choice, check_number
from bigenough.types import Floats

CPU = torch.device("cpu")


class NetworkClassifier(ClassifierMixin, BaseEstimator):
    """What the two networks share: training until converged, predictions, state without torch objects."""

    classes_: NDArray[Any]
    solver: Literal["adam", "sgd"]
    learning_rate_init: float
    batch_size: int
    max_iter: int
    tol: float
    n_iter_no_change: int
    input_scaling: Literal["standard"] | None
    random_state: int | np.random.RandomState | None

    def _check_training(self) -> None:
        check_choice("solver", self.solver, ("adam", "sgd"))
        check_number("learning_rate_init", self.learning_rate_init, numbers.Real, above=0)
        check_number("batch_size", self.batch_size, numbers.Integral, at_least=1)
        check_number("max_iter", self.max_iter, numbers.Integral, at_least=1)
        check_number("tol", self.tol, numbers.Real, at_least=0)
        check_number("n_iter_no_change", self.n_iter_no_change, numbers.Integral, at_least=1)
        check_choice("input_scaling", self.input_scaling, ("standard",), or_none=True)

    def _train(
        self, inputs: NDArray[np.float32], codes: NDArray[np.int64], layers: list[Layer], weight_decay: float = 0.0
    ) -> None:
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        training = Training(
            optimizer=self.solver, learning_rate=float(self.learning_rate_init), batch_size=int(self.batch_size),
            epochs=int(self.max_iter), tol=float(self.tol), patience=int(self.n_iter_no_change), weight_decay=weight_decay,
        )  # fmt: skip
        with one_torch_thread():
            stack = Stack(layers, [seed], CPU)
            rows = torch.arange(len(inputs))[None]
            trained = train_stack(stack, torch.from_numpy(inputs), torch.from_numpy(codes), rows, training)
            chances = predict_probabilities(stack, torch.from_numpy(inputs))  # finite weights may still overflow
        weights = [p[0].detach().numpy().copy() for p in stack.parameters]
        if not (np.isfinite(chances).all() and all(np.isfinite(w).all() for w in weights)):
            raise FitError(
                "training diverged: weights or outputs are not finite; "
                f"lower learning_rate_init (it is {self.learning_rate_init}) or scale the inputs"
            )
        self._layers, self._weights = layers, weights
        self.loss_curve_ = list(trained.epoch_losses[0])
        self.loss_ = self.loss_curve_[-1]
        self.n_iter_ = len(self.loss_curve_)
        self.n_updates_ = trained.updates[0]
        self.converged_ = trained.converged[0]
        if not self.converged_:
            warnings.warn(
                f"training stopped at max_iter={self.max_iter} epochs, before it converged: within the last "
                f"{self.n_iter_no_change} epochs the loss still fell by more than tol={self.tol}",
                ConvergenceWarning,
                stacklevel=3,
            )

    def _predict_inputs(self, inputs: NDArray[np.float32]) -> Floats:
        with one_torch_thread():
            stack = Stack(self._layers, [0], CPU)
            with torch.no_grad():
                for parameter, weight in zip(stack.parameters, self._weights, strict=True):
                    parameter[0] = torch.from_numpy(weight)
            chances: Floats = predict_probabilities(stack, torch.from_numpy(inputs))[0]
        if not np.isfinite(chances).all():
            raise InputError("X has values so far from those of training that the network's outputs are not finite")
        return chances

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Labels, shape (n,)."""
        chances = self.predict_proba(X)
        labels: NDArray[Any] = self.classes_[chances.argmax(axis=1)]
        return labels

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Class probabilities, shape (n, n_classes)."""
        check_is_fitted(self)
        return self._predict_inputs(self._inputs(X))

    def _inputs(self, X: ArrayLike) -> NDArray[np.float32]:
        raise TypeError(f"{type(self).__name__} does not say what it makes of rows")
