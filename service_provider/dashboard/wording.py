"""How figures, days and moments are written on every page."""

from datetime import date, datetime

from engine.contracts import LABEL_NAMES, Measure

NOT_ENOUGH = "not enough data yet"
MODEL_TITLES = {
    "mlp": "Neural net (MLP)",
    "linear_svm": "Linear SVM",
    "logistic_regression": "Logistic regression",
    "decision_tree": "Decision tree",
    "vote": "Vote of the four",
    "random_forest": "Random forest",
    "knn": "Nearest neighbours",
    "majority": "Always the majority",
    "published_id_only": "Published (id only)",
}


def rate(value: float | None) -> str:
    """0.549 is "54.9 %"."""
    return NOT_ENOUGH if value is None else f"{100 * value:.1f} %"


def interval(bounds: tuple[float, float] | None) -> str:
    return "" if bounds is None else f"{100 * bounds[0]:.1f} to {100 * bounds[1]:.1f} %"


def measure(figure: Measure) -> str:
    """A rate with its interval in brackets, where it has one."""
    if figure.low is None or figure.high is None:
        return rate(figure.value)
    return f"{rate(figure.value)} ({interval((figure.low, figure.high))})"


def points(difference: float | None) -> str:
    """A difference of two rates, in percentage points."""
    if difference is None:
        return "nothing before"
    rounded = round(100 * difference, 1)
    return f"{rounded:+.1f}".replace("-", "−") if rounded else "0.0"


def count(number: int) -> str:
    return f"{number:,}"


def day(value: date) -> str:
    return f"{value.day} {value:%b %Y}"


def month(value: date) -> str:
    return f"{value:%b %Y}"


def moment(local: datetime) -> str:
    """A moment that stands in the mall's zone already."""
    return f"{local.day} {local:%b %Y, %H:%M %Z}"


def label(value: int) -> str:
    return LABEL_NAMES[value]


def model(name: str) -> str:
    return MODEL_TITLES.get(name, name.replace("_", " "))
