"""A dense network as a scikit-learn classifier."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import validate_data

from bigenough.estimators.checks import as_float32, check_choice, check_number, check_sizes, encode_labels
from bigenough.estimators.network import NetworkClassifier
from bigenough.models.mlp import MLP, dense_layers
from bigenough.models.scaling import clipped, standardisation
from bigenough.types import Floats


class MLPClassifier(NetworkClassifier):
    """A dense network, trained until its loss no longer falls.

    Parameters
    ----------
    hidden_layer_sizes : sequence of int, default=(128, 128)
    activation : {"relu", "tanh"}, default="relu"
    dropout : float in [0, 1), default=0.0
        Share of hidden units that each update leaves out.
    weight_decay : float, default=0.01
        Times each weight and bias, added to its gradient (an L2 penalty). Without one, probabilities go to 0 and 1 where there
        are few rows.
    solver : {"adam", "sgd"}, default="adam"
    learning_rate_init : float, default=0.001
        Kept constant.
    batch_size : int, default=32
    max_iter : int, default=1000
        Epochs at most.
    tol : float, default=1e-4
        In nats an item.
    n_iter_no_change : int, default=10
        Training has converged when for so many epochs in a row the mean loss did not fall by more than `tol` below its
        best.
    input_scaling : {"standard", None}, default="standard"
        Columns to mean 0 and standard deviation 1, by the training rows, cut off at 10 standard deviations: one that hardly
        varies in a few rows may be anywhere in others. A column that is constant there counts as 0.
    random_state : int, RandomState or None, default=None
        Seeds weights, order of rows and dropout.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
    loss_curve_ : list of float
        Mean cross-entropy of each epoch in nats an item, as it was trained.
    loss_ : float
        The last of it.
    n_iter_, n_updates_ : int
        Epochs and gradient updates.
    converged_ : bool
    n_features_in_ : int

    Examples
    --------
    >>> import bigenough
    >>> data = bigenough.load("iris")
    >>> model = bigenough.MLPClassifier(random_state=0).fit(data.X, data.y)
    >>> model.score(data.X, data.y) > 0.95
    True
    """

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (128, 128),
        *,
        activation: Literal["relu", "tanh"] = "relu",
        dropout: float = 0.0,
        weight_decay: float = 0.01,
        solver: Literal["adam", "sgd"] = "adam",
        learning_rate_init: float = 0.001,
        batch_size: int = 32,
        max_iter: int = 1000,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        input_scaling: Literal["standard"] | None = "standard",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.solver = solver
        self.learning_rate_init = learning_rate_init
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.input_scaling = input_scaling
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train the network.

        Parameters
        ----------
        X : array-like, shape (n, n_features)
        y : array-like, shape (n,)

        Returns
        -------
        MLPClassifier

        Raises
        ------
        ValueError
            A parameter or the data cannot be used.
        FitError
            Training diverged.

        Warns
        -----
        ConvergenceWarning
            `max_iter` epochs were not enough.
        """
        self._check_training()
        check_choice("activation", self.activation, ("relu", "tanh"))
        check_number("dropout", self.dropout, numbers.Real, at_least=0, below=1)
        check_number("weight_decay", self.weight_decay, numbers.Real, at_least=0)
        hidden = check_sizes("hidden_layer_sizes", self.hidden_layer_sizes)
        rows, labels = validate_data(self, X, y, dtype=np.float64)
        self.classes_, codes = encode_labels(labels)
        self._scale = standardisation(rows) if self.input_scaling else None
        recipe = MLP.recipe.replace(hidden=hidden, activation=self.activation, dropout=float(self.dropout))
        layers = dense_layers(recipe, rows.shape[1:], len(self.classes_))
        self._train(self._scaled(rows), codes, layers, float(self.weight_decay))
        return self

    def _scaled(self, X: Floats) -> NDArray[np.float32]:
        return as_float32(X if self._scale is None else clipped(X, *self._scale))

    def _inputs(self, X: ArrayLike) -> NDArray[np.float32]:
        return self._scaled(validate_data(self, X, dtype=np.float64, reset=False))
