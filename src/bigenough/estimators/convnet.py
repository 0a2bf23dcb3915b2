"""A convolutional network as a scikit-learn classifier."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import Tags
from sklearn.utils.validation import check_array, check_X_y, validate_data

from bigenough.engine.layers import Layer
from bigenough.errors import FitError, InputError
from bigenough.estimators.checks import as_float32, check_number, check_sizes, encode_labels
from bigenough.estimators.network import NetworkClassifier
from bigenough.models.cnn import CNN, conv_layers, fitting_layers
from bigenough.sources.arrays import refuse_channels_first
from bigenough.types import Floats


class ConvNetClassifier(NetworkClassifier):
    """A convolutional network, trained until its loss no longer falls.

    Blocks of two 3 x 3 convolutions and a 2 x 2 pooling, then one hidden dense layer.

    Parameters
    ----------
    channels : sequence of int, optional
        One number a block. A block takes a side from s to (s - 4) // 2, so two need at least 16 x 16 pixels. Default: 32 and 64
        where the images are large enough, else 32, and below 6 x 6 pixels one convolution of 32 channels without pooling.
    dense : int, default=128
        Units of the hidden dense layer.
    dropout : float in [0, 1), default=0.2
        Before and after the dense layer.
    image_shape : tuple of int, optional
        (height, width) or (height, width, channels) of images that come as flat rows. Without it X must be images.
    solver : {"adam", "sgd"}, default="adam"
    learning_rate_init : float, default=0.001
        Kept constant.
    batch_size : int, default=32
    max_iter : int, default=500
        Epochs at most.
    tol : float, default=1e-3
        In nats an item.
    n_iter_no_change : int, default=10
        Training has converged when for so many epochs in a row the mean loss did not fall by more than `tol` below its
        best.
    input_scaling : {"standard", None}, default="standard"
        All pixels together to mean 0 and standard deviation 1, by the training images.
    random_state : int, RandomState or None, default=None
        Seeds weights, order of images and dropout.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
    image_shape_ : tuple of int
        (height, width, channels).
    loss_curve_ : list of float
        Mean cross-entropy of each epoch in nats an item, as it was trained, dropout on.
    loss_ : float
        The last of it.
    n_iter_, n_updates_ : int
        Epochs and gradient updates.
    converged_ : bool
    n_features_in_ : int
        Numbers in a flat row; only where `image_shape` is given.

    Examples
    --------
    >>> import bigenough
    >>> data = bigenough.load("mnist:0,1")
    >>> model = bigenough.ConvNetClassifier(channels=(8, 8), random_state=0).fit(data.X[:60], data.y[:60])
    >>> model.score(data.X[1000:1200], data.y[1000:1200]) > 0.95
    True
    """

    def __init__(
        self,
        channels: Sequence[int] | None = None,
        *,
        dense: int = 128,
        dropout: float = 0.2,
        image_shape: Sequence[int] | None = None,
        solver: Literal["adam", "sgd"] = "adam",
        learning_rate_init: float = 0.001,
        batch_size: int = 32,
        max_iter: int = 500,
        tol: float = 1e-3,
        n_iter_no_change: int = 10,
        input_scaling: Literal["standard"] | None = "standard",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.channels = channels
        self.dense = dense
        self.dropout = dropout
        self.image_shape = image_shape
        self.solver = solver
        self.learning_rate_init = learning_rate_init
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.input_scaling = input_scaling
        self.random_state = random_state

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = self.image_shape is not None
        tags.input_tags.three_d_array = True
        return tags

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train the network.

        Parameters
        ----------
        X : array-like, shape (n, height, width), (n, height, width, channels), or flat (n, n_features)
        y : array-like, shape (n,)

        Returns
        -------
        ConvNetClassifier

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
        check_number("dense", self.dense, numbers.Integral, at_least=1)
        check_number("dropout", self.dropout, numbers.Real, at_least=0, below=1)
        channels = None if self.channels is None else check_sizes("channels", self.channels)
        if self.image_shape is not None:
            rows, labels = validate_data(self, X, y, dtype=np.float64)
        else:
            for of_flat_rows in ("n_features_in_", "feature_names_in_"):
                if hasattr(self, of_flat_rows):  # from an earlier fit
                    delattr(self, of_flat_rows)
            rows, labels = check_X_y(X, y, dtype=np.float64, allow_nd=True, estimator=self)
        images = self._images(rows)
        self.classes_, codes = encode_labels(labels)
        self.image_shape_ = images.shape[1:]
        self._centre = float(images.mean()) if self.input_scaling else 0.0
        varied = np.ptp(images) > 0  # the deviation of equal numbers may be a rounding error other than 0
        self._spread = float(images.std()) if self.input_scaling and varied else 1.0
        self._train(self._prepared(images), codes, self._of_blocks(channels))
        return self

    def _of_blocks(self, channels: list[int] | None) -> list[Layer]:
        height, width, colours = self.image_shape_
        shape, n_classes = (colours, height, width), len(self.classes_)
        recipe = CNN.recipe.replace(dense=int(self.dense), dropout=[float(self.dropout)] * 2)
        try:
            if channels is None:
                return fitting_layers(recipe, shape, n_classes)
            return conv_layers(recipe.replace(channels=channels), shape, n_classes)
        except FitError:
            most = "any convolution" if channels is None else f"{len(channels)} blocks; give fewer channels"
            raise InputError(f"images of {height} x {width} pixels are too small for {most}") from None

    def _images(self, X: Floats) -> Floats:
        """Rows of any of the shapes as (n, height, width, channels)."""
        if X.ndim == 2:
            if self.image_shape is None:
                raise InputError("X has flat rows; give image_shape=(height, width) or (height, width, channels)")
            shape = check_sizes("image_shape", self.image_shape, (28, 28))
            if len(shape) not in (2, 3) or np.prod(shape) != X.shape[1]:
                raise InputError(f"image_shape {tuple(shape)} does not fit rows of {X.shape[1]} numbers")
            X = X.reshape(len(X), *shape)
        refuse_channels_first(X)
        if X.ndim not in (3, 4):
            raise InputError(f"X must have shape (n, height, width) or (n, height, width, channels); got {X.shape}")
        return X[..., None] if X.ndim == 3 else X

    def _prepared(self, images: Floats) -> NDArray[np.float32]:
        scaled = as_float32((images - self._centre) / self._spread)
        return np.ascontiguousarray(np.moveaxis(scaled, -1, 1))

    def _inputs(self, X: ArrayLike) -> NDArray[np.float32]:
        if self.image_shape is not None:
            images = self._images(validate_data(self, X, dtype=np.float64, reset=False))
        else:
            images = self._images(check_array(X, dtype=np.float64, allow_nd=True, estimator=self))
        if images.shape[1:] != self.image_shape_:
            raise InputError(f"images of shape {self.image_shape_} were learned from; got {images.shape[1:]}")
        return self._prepared(images)
