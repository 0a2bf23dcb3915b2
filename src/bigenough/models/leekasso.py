"""The Leekasso: ten best features by a two-sample test, then a linear model on them.

J. Leek, "Prediction: the Lasso vs. just using the top 10 predictors", 2014; in the 2017 argument over MNIST 0 against 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit, softmax
from sklearn.linear_model import LogisticRegression
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from bigenough.errors import UnknownNameError
from bigenough.models.fitting import OneByOne, both_present, two_columns
from bigenough.models.inputs import Inputs, prepare
from bigenough.models.scaling import scaled
from bigenough.models.tuning import all_classes, most_likely
from bigenough.types import Dataset, Draw, Floats, Recipe, Rows

T_OFFSET = 1e-6  # added to the standard error, so that a constant pixel scores 0 and not 0/0
GLM_MAX_ITERATIONS = 25  # R's glm.control default


def welch_t(X: Floats, y: Rows) -> Floats:
    """Two-sample t statistic of every column, the standard error from the classes' own variances, plus 1e-6.

    Parameters
    ----------
    X : ndarray, shape (n, p)
    y : ndarray of 0 and 1, shape (n,)
        At least one row of each; a class with one row counts with variance 0.

    Returns
    -------
    ndarray, shape (p,)
        Absolute values.
    """
    groups = [X[y == code] for code in (0, 1)]
    variances = [g.var(axis=0, ddof=1) / len(g) if len(g) > 1 else np.zeros(X.shape[1]) for g in groups]
    error = np.sqrt(variances[0] + variances[1]) + T_OFFSET
    return np.asarray(np.abs(groups[0].mean(axis=0) - groups[1].mean(axis=0)) / error)


def equal_variance_f(X: Floats, y: Rows) -> Floats:
    """F statistic of a one-way analysis of variance with two groups, column by column (the square of Student's t).

    Parameters
    ----------
    X : ndarray, shape (n, p)
    y : ndarray of 0 and 1, shape (n,)

    Returns
    -------
    ndarray, shape (p,)
        0 for a column that is constant; infinite for one that is constant within each class and differs between them.
        Its order is that of the p-values of R's ``genefilter::colFtests``, reversed.
    """
    groups = [X[y == code] for code in (0, 1)]
    within = sum(((g - g.mean(axis=0)) ** 2).sum(axis=0) for g in groups)
    between = sum(len(g) * (g.mean(axis=0) - X.mean(axis=0)) ** 2 for g in groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        f = np.asarray(between / within * (len(y) - 2))
    return np.where(np.isclose(between, 0, atol=1e-12), 0.0, f)


STATISTICS: dict[str, Callable[[Floats, Rows], Floats]] = {"welch-t": welch_t, "equal-variance-f": equal_variance_f}


def select(X: Floats, y: Rows, statistic: str, n_features: int, max_correlation: float = 1.0) -> Rows:
    """Choose columns by a statistic, the best first; ties go to the lower column number.

    Parameters
    ----------
    X : ndarray, shape (n, p)
    y : ndarray of 0 and 1, shape (n,)
    statistic : {"welch-t", "equal-variance-f"}
    n_features : int
    max_correlation : float
        A column that correlates more than this, in size, with a better one already chosen is passed over; fewer than
        `n_features` may then come back.

    Returns
    -------
    ndarray of int64, shape (<= n_features,)
    """
    order = np.argsort(-STATISTICS[statistic](X, y), kind="stable")
    if max_correlation >= 1:
        return order[:n_features]
    centred = X - X.mean(axis=0)
    norms = np.linalg.norm(centred, axis=0)
    chosen: list[int] = []
    for column in order:
        if norms[column] == 0:
            continue
        against = centred[:, column] @ centred[:, chosen] / (norms[column] * norms[chosen])
        if not chosen or np.abs(against).max() <= max_correlation:
            chosen.append(int(column))
        if len(chosen) == n_features:
            break
    return np.array(chosen, np.int64)


@dataclass(frozen=True)
class LinearRule:
    """Chosen columns, a linear score of them, and how the score becomes a label."""

    columns: Rows
    intercept: float
    coefficients: Floats
    logistic: bool
    notes: tuple[str, ...] = ()

    def score(self, X: Floats) -> Floats:
        """Give the score, shape (n,)."""
        return np.asarray(self.intercept + X[:, self.columns] @ self.coefficients)

    def predict(self, X: Floats) -> tuple[Rows, Floats | None]:
        """Give labels (n,) and probabilities (n, 2), or None for least squares."""
        score = self.score(X)
        if not self.logistic:
            return (score > 0.5).astype(np.int64), None
        return (score > 0).astype(np.int64), two_columns(expit(score))


def fit_liblinear(Z: Floats, y: Rows) -> tuple[float, Floats, tuple[str, ...]]:
    """Logistic regression by liblinear with C = 1e6: all but unpenalised; the intercept is penalised too."""
    fitted = LogisticRegression(solver="liblinear", C=1e6, random_state=0).fit(Z, y)
    return float(fitted.intercept_[0]), fitted.coef_[0], ()


def fit_glm(Z: Floats, y: Rows) -> tuple[float, Floats, tuple[str, ...]]:
    """Logistic regression by iteratively reweighted least squares, as R's ``glm(family = binomial)``: 25 iterations.

    Aliased columns are dropped as R does; a minimum-norm solution would fit the training rows alike, but not other rows.
    """
    design = np.column_stack([np.ones(len(Z)), Z])
    kept = independent_columns(design, 1e-11)  # R's tolerance in glm.fit
    model = GLM(y, design[:, kept], family=Binomial())
    # R stops when the deviance changes by less than 1e-8 of itself plus 0.1
    fitted = model.fit(maxiter=GLM_MAX_ITERATIONS, tol_criterion="deviance", atol=1e-9, rtol=1e-8)
    coefficients = np.zeros(design.shape[1])
    coefficients[kept] = fitted.params
    notes = () if fitted.converged else (f"IRLS did not converge in {GLM_MAX_ITERATIONS} iterations",)
    return float(coefficients[0]), coefficients[1:], (*notes, *_dropped(design, kept))


def fit_lm(Z: Floats, y: Rows) -> tuple[float, Floats, tuple[str, ...]]:
    """Least squares on the 0/1 label as R's ``lm()``: a column that is aliased with earlier ones is dropped."""
    design = np.column_stack([np.ones(len(Z)), Z])
    kept = independent_columns(design, 1e-7)  # R's tolerance in lm.fit
    coefficients = np.zeros(design.shape[1])
    coefficients[kept] = np.linalg.lstsq(design[:, kept], y.astype(float), rcond=None)[0]
    return float(coefficients[0]), coefficients[1:], _dropped(design, kept)


def independent_columns(design: Floats, tolerance: float) -> list[int]:
    """Pass over every column that the ones kept before it explain, up to `tolerance` of its norm, as R's ``dqrdc2``."""
    kept: list[int] = []
    basis = np.empty((len(design), 0))
    for column in range(design.shape[1]):
        vector = design[:, column]
        rest = vector - basis @ (basis.T @ vector)
        rest -= basis @ (basis.T @ rest)  # once more, for orthogonality to rounding
        if np.linalg.norm(rest) > tolerance * np.linalg.norm(vector):
            kept.append(column)
            basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
    return kept


def _dropped(design: Floats, kept: list[int]) -> tuple[str, ...]:
    dropped = design.shape[1] - len(kept)
    return (f"{dropped} aliased columns dropped",) if dropped else ()


SOLVERS: dict[str, Callable[[Floats, Rows], tuple[float, Floats, tuple[str, ...]]]] = {
    "liblinear": fit_liblinear,
    "glm": fit_glm,
    "lm": fit_lm,
}


@dataclass(frozen=True)
class OneAgainstRest:
    """A linear rule for each class, which separates it from all others; the highest score wins.

    Attributes
    ----------
    codes : ndarray of int64, shape (c,)
        Classes that were seen.
    rules : list of LinearRule
        One for each of them.
    """

    codes: Rows
    rules: list[LinearRule]
    n_classes: int
    notes: tuple[str, ...] = ()

    def predict(self, X: Floats) -> tuple[Rows, Floats | None]:
        """Give labels (n,) and probabilities (n, classes): each rule's own, made to sum to 1; None for least squares."""
        scores = np.column_stack([rule.score(X) for rule in self.rules])
        if not self.rules[0].logistic:
            return self.codes[scores.argmax(axis=1)], None
        return most_likely(all_classes(softmax(log_expit(scores), axis=1), self.codes, self.n_classes))


class Leekasso(OneByOne):
    """Fits a Leekasso recipe; every choice is made on the training rows only. More than two classes go one against the rest."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    def choices(self) -> dict[str, tuple[str, ...]]:
        """Give the values of the settings that are one of a few words."""
        return {"statistic": tuple(STATISTICS), "solver": tuple(SOLVERS)}

    def inputs(self, recipe: Recipe, data: Dataset, draw: Draw) -> Inputs:
        """Give pixels as they are, columns of a table scaled."""
        return prepare(data, draw) if data.kind == "image" else scaled(data, draw)

    def fit(self, recipe: Recipe, data: Dataset, draw: Draw) -> LinearRule | OneAgainstRest:
        """Choose columns and fit the linear model on one draw."""
        for name, known in (("statistic", STATISTICS), ("solver", SOLVERS)):
            if recipe.settings[name] not in known:
                raise UnknownNameError(name, recipe.settings[name], known)
        X, y = self.inputs(recipe, data, draw).train, data.y[draw.train]
        both_present(y)
        if len(data.classes) == 2:
            return self._one_rule(recipe, X, y)
        codes = np.unique(y)
        rules = [self._one_rule(recipe, X, (y == code).astype(np.int64)) for code in codes]
        notes = tuple(dict.fromkeys(note for rule in rules for note in rule.notes))
        return OneAgainstRest(codes, rules, len(data.classes), notes)

    def _one_rule(self, recipe: Recipe, X: Floats, y: Rows) -> LinearRule:
        settings = recipe.settings
        columns = select(X, y, settings["statistic"], settings["n_features"], settings["max_correlation"])
        intercept, coefficients, notes = SOLVERS[settings["solver"]](X[:, columns], y)
        return LinearRule(columns, intercept, coefficients, settings["solver"] != "lm", notes)

    def parameters(self, recipe: Recipe, data: Dataset) -> int:
        """Count coefficients and intercept, of every rule."""
        rules = 1 if len(data.classes) == 2 else len(data.classes)
        return rules * (int(recipe.settings["n_features"]) + 1)


def _recipe(name: str, statistic: str, n_features: int, solver: str) -> Recipe:
    settings = {"statistic": statistic, "n_features": n_features, "max_correlation": 1.0, "solver": solver}
    return Recipe(name, "leekasso", "simple", settings)


LEEKASSO = Leekasso(_recipe("leekasso", "welch-t", 10, "liblinear"))
LEEKASSO_1 = Leekasso(_recipe("leekasso-1", "welch-t", 1, "liblinear"))
LEEKASSO_GLM = Leekasso(_recipe("leekasso-glm", "equal-variance-f", 10, "glm"))
LEEKASSO_LM = Leekasso(_recipe("leekasso-lm", "equal-variance-f", 10, "lm"))
