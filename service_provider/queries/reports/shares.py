"""A share of a count, with its interval, and whether there is enough of it to be shown."""

from dataclasses import dataclass

from engine import metrics


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` out of `total`; below `enough` it is not shown as a figure."""

    hits: int
    total: int
    enough: int = 1

    @property
    def is_enough(self) -> bool:
        return self.total >= max(1, self.enough)

    @property
    def rate(self) -> float | None:
        """From 0 to 1; None where there is not enough data."""
        return self.hits / self.total if self.is_enough else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval; None where there is not enough data."""
        if not self.is_enough:
            return None
        measure = metrics.proportion(self.hits, self.total)
        return None if measure.low is None or measure.high is None else (measure.low, measure.high)
