"""Output and loss do not fit each other, or the labels fit neither."""

from __future__ import annotations

import numpy as np

from bigenough.rules.base import Rule, Seen
from bigenough.rules.evidence import Evidence, NotApplicableError
from bigenough.rules.reading import known

ROUNDING = 1e-3  # in probabilities, which may be float16


def look(evidence: Evidence) -> Seen:
    """Look at the settings, the labels that the loss gets, the probabilities, and the sign of the loss."""
    looked = []
    for name, find in (("settings", _settings), ("labels", _targets), ("probabilities", _probabilities), ("loss", _loss)):
        try:
            wrong = find(evidence)
        except NotApplicableError:
            continue
        if wrong is not None:
            return Seen(True, wrong, {"seen in": name})
        looked.append(name)
    if not looked:
        raise NotApplicableError("neither output and loss nor the labels that the loss gets are known")
    return Seen(
        False, f"Nothing is amiss with output and loss, as far as {_join(looked)} show.", {"seen in": ", ".join(looked)}
    )


def _settings(evidence: Evidence) -> str | None:
    output, settings = evidence.setting("output"), evidence.settings or {}
    outputs, loss, classes = settings.get("n_outputs"), settings.get("loss"), evidence.n_classes
    if output == "softmax" and outputs == 1:
        return "A softmax over one unit is always 1, whatever the network learns; one unit wants a sigmoid."
    if output == "sigmoid" and classes is not None and classes > 2 and outputs != 1:
        return f"{classes} classes that exclude each other have sigmoid outputs, which do not; they want a softmax."
    if output == "sigmoid" and classes is not None and classes > 2:
        return f"One sigmoid unit cannot tell {classes} classes apart; they want a softmax over {classes} units."
    if classes is not None and outputs is not None and 1 < outputs < classes:
        return f"{outputs} outputs cannot tell {classes} classes apart."
    if loss == "squared error":
        return "Classes are trained with a squared error, whose gradient vanishes where the network is sure and wrong."
    if output == "softmax" and loss == "binary cross-entropy" and classes is not None and classes > 2:
        return f"A softmax over {classes} classes is trained with the binary cross-entropy, which takes them one by one."
    if output == "linear" and loss in ("cross-entropy", "binary cross-entropy") and settings.get("from_logits") is False:
        return "The loss expects probabilities and the output is linear; set from_logits, or end in softmax or sigmoid."
    return None


def _targets(evidence: Evidence) -> str | None:
    targets = np.asarray(evidence.need("targets"), np.float64)
    if not np.isfinite(targets).all():
        return "Some of the labels that the loss gets are no finite numbers."
    low, high = float(targets.min()), float(targets.max())
    if targets.ndim == 2 and targets.shape[1] > 1:
        if low < 0 or np.abs(targets.sum(axis=1) - 1).max() > ROUNDING:
            return f"The rows of labels that the loss gets are no shares of classes: they go from {low:.3g} to {high:.3g}."
        return None
    if low < 0 or (targets != np.round(targets)).any():
        return f"The labels that the loss gets are no class codes from 0: they go from {low:.3g} to {high:.3g}."
    if evidence.n_classes is not None and high >= evidence.n_classes:
        return f"The labels that the loss gets go up to {high:.0f}; codes of {evidence.n_classes} classes go from 0 to less."
    return None


def _probabilities(evidence: Evidence) -> str | None:
    given = np.asarray(evidence.need("train_probabilities"), np.float64)
    if given.ndim == 1 or given.shape[1] == 1:
        if len(given) > 1 and (given == 1).all():
            return "The only output is 1 for every training row, as a softmax over one unit is."
        return None
    if np.isfinite(given).all() and np.abs(given.sum(axis=1) - 1).max() > ROUNDING:
        return "The outputs of a row do not add up to 1, as those of classes that exclude each other must."
    return None


def _loss(evidence: Evidence) -> str | None:
    losses = evidence.series("train_loss")
    if known(evidence, "train_score") and np.nanmin(losses) < 0:
        return f"The loss went below 0, to {np.nanmin(losses):.3g}; with labels from 0 to 1 a cross-entropy cannot."
    raise NotApplicableError("a loss above 0 tells nothing")


def _join(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


RULE = Rule("output-loss-mismatch", "output and loss do not fit", look)
