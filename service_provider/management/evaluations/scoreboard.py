"""An evaluation as a person reads it on a terminal: a row a model, then what is gained on the same rows."""

from collections.abc import Iterator

from engine.contracts import Evaluation, Gain, Measure, Scored

_FIGURES = {
    "roc_auc": ("ROC-AUC [95 %]", 24),
    "average_precision": ("AP [95 %]", 24),
    "brier": ("Brier", 8),
    "log_loss": ("log-loss", 10),
    "ece": ("ECE", 8),
    "calibration_slope": ("slope", 8),
    "f1": ("F1", 8),
    "accuracy": ("accuracy", 10),
}
_WITH_INTERVAL = ("roc_auc", "average_precision")
_NAME = 26


def lines(found: Evaluation, title: str) -> Iterator[str]:
    """The table under its title, the gains, the verdict and the notes."""
    splits = found.protocol["splits"]
    count = f"{splits} splits, seeds {found.seeds[0]} to {found.seeds[-1]}" if splits > 1 else "one split"
    yield f"{title}: {found.rows:,} rows, {found.split}, {count}."
    yield ""
    yield "".join([f"{'model':<{_NAME}}", *(f"{name:<{width}}" for name, width in _FIGURES.values()), "fit"])
    yield from (_row(row) for row in found.models)
    yield ""
    yield "Gains on the same rows; above 0 is better:"
    yield from (_gain(name, gain, splits) for name, gain in found.paired_gain.items())
    yield ""
    yield found.verdict
    yield from found.notes
    yield ""


def _row(row: Scored) -> str:
    cells = [
        f"{_cell(row.metrics.get(figure), figure in _WITH_INTERVAL):<{width}}"
        for figure, (_, width) in _FIGURES.items()
    ]
    note = f"  {row.note}" if row.note else ""
    return f"{row.name:<{_NAME}}{''.join(cells)}{row.fit_seconds:.1f} s{note}"


def _cell(measure: Measure | None, with_interval: bool) -> str:
    if measure is None:
        return "-"
    return _interval(measure) if with_interval else f"{measure.value:.4f}"


def _interval(measure: Measure, form: str = ".4f") -> str:
    if measure.low is None or measure.high is None:
        return f"{measure.value:{form}}"
    return f"{measure.value:{form}} [{measure.low:{form}}, {measure.high:{form}}]"


def _gain(name: str, gain: Gain, splits: int) -> str:
    parts = []
    for figure, title in (
        ("roc_auc", "ROC-AUC"),
        ("average_precision", "AP"),
        ("brier", "Brier"),
        ("log_loss", "log-loss"),
    ):
        wins = gain.metrics.get(f"{figure}_wins")
        counted = f" ({wins.value:.0f} of {splits})" if wins else ""
        parts.append(f"{title} {_interval(gain.metrics[figure], '+.4f')}{counted}")
    who = name.partition("_over_")[0]
    return f"  {who} over {gain.against}: {', '.join(parts)}"
