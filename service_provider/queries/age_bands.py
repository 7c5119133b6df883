"""The age bands of every figure and filter."""

from django.db.models import Case, CharField, Q, Value, When

BANDS: dict[str, tuple[int, int]] = {
    "under 18": (0, 17),
    "18 to 24": (18, 24),
    "25 to 34": (25, 34),
    "35 to 44": (35, 44),
    "45 to 54": (45, 54),
    "55 to 64": (55, 64),
    "65 and over": (65, 32767),
}


def of(band: str) -> Q:
    """The rows of one band."""
    return Q(age__range=BANDS[band])


def column() -> Case:
    """The name of each row's band, for grouping in SQL."""
    return Case(*(When(of(band), then=Value(band)) for band in BANDS), output_field=CharField())
