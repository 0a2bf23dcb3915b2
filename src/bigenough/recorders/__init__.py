"""Recorders: what the rules need of a training, written down while it runs, for ``bigenough diagnose`` to read.

`Recorder` is for a hand-written loop in PyTorch, `KerasRecorder` a callback of Keras, `LightningRecorder` one of Lightning.
Each library is loaded when its recorder is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bigenough.recorders.keras_callback import KerasRecorder
    from bigenough.recorders.lightning_callback import LightningRecorder
    from bigenough.recorders.recorder import Recorder

_HOMES = {"KerasRecorder": "keras_callback", "LightningRecorder": "lightning_callback", "Recorder": "recorder"}
__all__ = ["KerasRecorder", "LightningRecorder", "Recorder"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'bigenough.recorders' has no attribute {name!r}")
    return getattr(importlib.import_module(f"bigenough.recorders.{_HOMES[name]}"), name)
