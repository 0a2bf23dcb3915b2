"""scikit-learn classifiers: the networks and the Leekasso for anyone's rows."""

from bigenough.estimators.convnet import ConvNetClassifier
from bigenough.estimators.leekasso import LeekassoClassifier
from bigenough.estimators.mlp import MLPClassifier

__all__ = ["ConvNetClassifier", "LeekassoClassifier", "MLPClassifier"]
