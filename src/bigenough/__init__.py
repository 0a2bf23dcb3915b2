"""Is my data big enough for deep learning, and if my network does badly, why?

The public names below, and the modules `histories` and `recorders`, are imported on first use, so that ``import bigenough``
loads neither torch nor matplotlib.
"""

from __future__ import annotations

import importlib
from importlib.metadata import version as _version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bigenough import histories as histories
    from bigenough import recorders as recorders
    from bigenough.diagnosis import Diagnosis
    from bigenough.errors import BigenoughError
    from bigenough.estimators.convnet import ConvNetClassifier
    from bigenough.estimators.leekasso import LeekassoClassifier
    from bigenough.estimators.mlp import MLPClassifier
    from bigenough.figures.displays import CampDifferenceDisplay, LearningCurveDisplay
    from bigenough.reproduction import reproduce
    from bigenough.sources import load
    from bigenough.types import Dataset, Recipe, Run, Study
    from bigenough.user_diagnosis import diagnose, diagnose_study
    from bigenough.user_explanation import Explained, explain
    from bigenough.user_study import StudyResult, study

__version__ = _version("bigenough")

_HOMES = {
    "BigenoughError": "errors",
    "CampDifferenceDisplay": "figures.displays",
    "ConvNetClassifier": "estimators.convnet",
    "Dataset": "types",
    "Explained": "user_explanation",
    "LearningCurveDisplay": "figures.displays",
    "Diagnosis": "diagnosis",
    "LeekassoClassifier": "estimators.leekasso",
    "MLPClassifier": "estimators.mlp",
    "Recipe": "types",
    "Run": "types",
    "Study": "types",
    "StudyResult": "user_study",
    "digit_pairs": "user_pairs",
    "explain": "user_explanation",
    "diagnose": "user_diagnosis",
    "diagnose_study": "user_diagnosis",
    "load": "sources",
    "reproduce": "reproduction",
    "study": "user_study",
}
_MODULES = ("histories", "recorders")
__all__ = [
    "BigenoughError",
    "CampDifferenceDisplay",
    "ConvNetClassifier",
    "Dataset",
    "Diagnosis",
    "Explained",
    "LearningCurveDisplay",
    "LeekassoClassifier",
    "MLPClassifier",
    "Recipe",
    "Run",
    "Study",
    "StudyResult",
    "diagnose",
    "diagnose_study",
    "digit_pairs",
    "explain",
    "load",
    "reproduce",
    "study",
]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return importlib.import_module(f"bigenough.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'bigenough' has no attribute {name!r}")
    return getattr(importlib.import_module(f"bigenough.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, *_MODULES})
