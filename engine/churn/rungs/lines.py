"""b2 and b2s: logistic regression, and the published linear SVM."""

import json
from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from engine.churn.answers import inputs
from engine.churn.answers.scorers import Line
from engine.churn.regressions import ridge_logit
from engine.churn.rungs.fitted import Plain
from engine.churn.windows import Windows
from engine.contracts import Progress

Floats = NDArray[np.float64]
STRENGTHS = (3e-4, 3e-3, 3e-2, 0.3)  # C of the regression; the best on validation is kept
SVM_C = 1e-3
_LEAST_SPREAD = 1e-3


def regression(train: Windows, valid: Windows, *, seed: int) -> Generator[Progress, None, Plain]:
    """b2: ridge, as strong as is best on validation."""
    given, asked, back = _standardised(train, valid)
    best: tuple[float, Floats, float] | None = None
    for number, strength in enumerate(STRENGTHS):
        model = LogisticRegression(C=strength, max_iter=200, tol=1e-3, random_state=seed)
        model.fit(given, train.bought, sample_weight=train.weight)
        odds = model.decision_function(asked)
        loss = float(np.average(np.logaddexp(0.0, odds) - valid.bought * odds, weights=valid.weight))
        if best is None or loss < best[0]:
            best = (loss, model.coef_[0].astype(np.float64), float(model.intercept_[0]))
        yield Progress("Logistic regression", number + 1, len(STRENGTHS))
    if best is None:
        raise RuntimeError("No strength was tried.")
    return _line("b2", best[1], best[2], back, train)


def support_vectors(train: Windows, valid: Windows, *, seed: int) -> Generator[Progress, None, Plain]:
    """b2s: the margin of a linear SVM, made a chance on validation (Platt 1999)."""
    yield Progress("Linear SVM", 0, 1)
    given, asked, back = _standardised(train, valid)
    model = LinearSVC(C=SVM_C, dual=False, tol=1e-3, max_iter=200, random_state=seed)
    model.fit(given, train.bought, sample_weight=train.weight)
    margin = model.decision_function(asked)
    design = np.stack([np.ones(len(margin)), margin], axis=1)
    label, weight = valid.bought.astype(np.float64), valid.weight.astype(np.float64)
    constant, factor = ridge_logit(design, label, weight, towards=np.zeros(2), strength=1e-3)
    coefficients = factor * model.coef_[0].astype(np.float64)
    return _line("b2s", coefficients, constant + factor * float(model.intercept_[0]), back, train)


def _standardised(train: Windows, valid: Windows) -> tuple[Floats, Floats, tuple[Floats, Floats]]:
    segments = len(train.words.segments)
    given = inputs.plain(train.aggregates, train.steps, segments)
    asked = inputs.plain(valid.aggregates, valid.steps, segments)
    centre, spread = given.mean(axis=0), given.std(axis=0)
    factor = np.where(spread > _LEAST_SPREAD, 1.0 / np.maximum(spread, _LEAST_SPREAD), 0.0)
    return (given - centre) * factor, (asked - centre) * factor, (centre, factor)


def _line(
    name: str, coefficients: Floats, constant: float, back: tuple[Floats, Floats], train: Windows
) -> Plain:
    """The line for columns as they come, not standardised."""
    centre, factor = back
    weights = coefficients * factor
    line = Line(weights, constant - float(weights @ centre), len(train.words.segments))
    data = {"weights": weights.tolist(), "constant": line.constant, "segments": line.segments}
    return Plain(name, line, {f"{name}.json": json.dumps(data).encode()})
