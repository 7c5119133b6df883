"""A rehearsal as a picture: an SVG drawn by hand, so that no drawing package is needed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from engine.contracts import BudgetPoint, Measure, RehearsalReport
from service_provider.queries.reports.rehearsals import words

WIDTH, LEFT, RIGHT, ROW, PANEL = 900, 190, 30, 26, 300
_COLOURS = ("#0b6b5d", "#c8672b", "#4f5fb3", "#a04c86", "#7a7f2a", "#3b88a8")
_DASHES = ("none", "7 4", "2 3")
_INK, _SOFT, _LINE = "#1d2430", "#566072", "#dcd9d0"


@dataclass(frozen=True, slots=True)
class Scale:
    """Turns values from `low` to `high` into places from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)


def draw(report: RehearsalReport) -> str:
    """The SVG: what each policy earned more than no coupon, and below it value against budget."""
    rows = [(row.name, row.gain) for row in report.rows if row.name != "none"]
    first = 90 + ROW * len(rows)
    height = first + (70 + PANEL + 70 if report.curve else 20)
    asked = report.settings
    body = [
        _text(20, 30, "Gain over no coupon, per shopper", size=17, weight="600"),
        _text(
            20, 50, f"smallest unit of money; whiskers: 95 % intervals over {asked.seeds} seeds", colour=_SOFT
        ),
        *_forest(rows, top=70),
    ]
    if report.curve:
        body += [_text(20, first + 40, "Value against budget", size=17, weight="600")]
        body += [
            _text(20, first + 60, "budget as a share of what coupons for all would cost", colour=_SOFT),
            *_curves(report.curve, top=first + 80),
        ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'font-family="system-ui, sans-serif" font-size="13">'
    )
    title = f"<title>Rehearsal: {asked.seeds} seeds, {asked.shoppers} shoppers, {asked.days} days</title>"
    ground = f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
    return "\n".join([head, title, ground, *body, "</svg>", ""])


# ---- gains ------------------------------------------------------------------------------------------


def _forest(rows: Sequence[tuple[str, Measure]], *, top: int) -> Iterator[str]:
    """A line for each policy: a dot for its gain, a whisker for the interval."""
    bottom = top + ROW * len(rows)
    across = _scale([value for _, gain in rows for value in _values(gain)], LEFT, WIDTH - RIGHT)
    for tick in _ticks(across.low, across.high):
        yield _line(across.at(tick), top, across.at(tick), bottom, colour=_INK if tick == 0 else _LINE)
        yield _text(across.at(tick), bottom + 16, f"{tick:g}", anchor="middle", colour=_SOFT)
    for nth, (name, gain) in enumerate(rows):
        middle = top + ROW * nth + ROW / 2
        colour, _ = _dress(nth)
        yield _text(LEFT - 12, middle + 4, words(name).title, anchor="end")
        if gain.low is not None and gain.high is not None:
            yield _line(across.at(gain.low), middle, across.at(gain.high), middle, colour=colour, width=2)
        yield f'<circle cx="{across.at(gain.value)}" cy="{middle}" r="4.5" fill="{colour}"/>'


# ---- value against budget ---------------------------------------------------------------------------


def _curves(curve: Sequence[BudgetPoint], *, top: int) -> Iterator[str]:
    bottom = top + PANEL
    names = list(dict.fromkeys(point.policy for point in curve))
    across = Scale(0, max(point.budget_rate for point in curve), 90, WIDTH - 230)
    up = _scale([value for point in curve for value in _values(point.gain)], bottom, top)
    for tick in _ticks(up.low, up.high):
        yield _line(across.start, up.at(tick), across.end, up.at(tick), colour=_INK if tick == 0 else _LINE)
        yield _text(across.start - 8, up.at(tick) + 4, f"{tick:g}", anchor="end", colour=_SOFT)
    for rate, place in _apart(across, sorted({point.budget_rate for point in curve})):
        yield _text(place, bottom + 18, f"{100 * rate:g} %", anchor="middle", colour=_SOFT)
    for nth, name in enumerate(names):
        points = sorted((p for p in curve if p.policy == name), key=lambda p: p.budget_rate)
        yield from _curve(points, across, up, nth)
        yield from _legend(name, nth, top)


def _apart(across: Scale, rates: Sequence[float]) -> Iterator[tuple[float, float]]:
    """Each rate and its place, without those that would be written over the one after."""
    places = [across.at(rate) for rate in rates]
    for rate, place, after in zip(rates, places, [*places[1:], across.end + 99], strict=True):
        if after - place >= 40:
            yield rate, place


def _curve(points: Sequence[BudgetPoint], across: Scale, up: Scale, nth: int) -> Iterator[str]:
    colour, dash = _dress(nth)
    path = " ".join(f"{across.at(p.budget_rate)},{up.at(p.gain.value)}" for p in points)
    yield (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
    )
    for point in points:
        place = across.at(point.budget_rate)
        yield f'<circle cx="{place}" cy="{up.at(point.gain.value)}" r="3.5" fill="{colour}"/>'
        if point.gain.low is not None and point.gain.high is not None:
            yield _line(place, up.at(point.gain.low), place, up.at(point.gain.high), colour=colour)


def _legend(name: str, nth: int, top: int) -> Iterator[str]:
    colour, dash = _dress(nth)
    middle = top + 10 + 24 * nth
    yield _line(WIDTH - 205, middle, WIDTH - 175, middle, colour=colour, width=2, dash=dash)
    yield _text(WIDTH - 167, middle + 4, words(name).title)


# ---- parts ------------------------------------------------------------------------------------------


def _dress(nth: int) -> tuple[str, str]:
    """Colour and dash: where there are more lines than colours, the dash tells them apart."""
    return _COLOURS[nth % len(_COLOURS)], _DASHES[nth // len(_COLOURS) % len(_DASHES)]


def _values(figure: Measure) -> list[float]:
    return [value for value in (figure.low, figure.value, figure.high) if value is not None]


def _scale(values: Sequence[float], start: float, end: float) -> Scale:
    """A scale that holds zero and every value, and is never without a width."""
    low, high = min([0.0, *values]), max([0.0, *values])
    step = _step(low, high)
    return Scale(floor(low / step) * step, ceil(high / step) * step or step, start, end)


def _step(low: float, high: float) -> float:
    """1, 2 or 5 times a power of ten, about six of them in the width."""
    rough = (high - low) / 6 or 1.0
    power: float = 10.0 ** floor(log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough)


def _ticks(low: float, high: float) -> Iterator[float]:
    step = _step(low, high)
    yield from (round(number * step, 9) for number in range(ceil(low / step), floor(high / step) + 1))


def _line(
    x1: float, y1: float, x2: float, y2: float, *, colour: str, width: float = 1, dash: str = "none"
) -> str:
    return (
        f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" stroke-width="{width}" '
        f'stroke-dasharray="{dash}"/>'
    )


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", colour: str = _INK, size: int = 13,
    weight: str = "400",
) -> str:  # fmt: skip
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}" font-size="{size}" '
        f'font-weight="{weight}">{escape(text)}</text>'
    )
