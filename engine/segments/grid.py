"""The two axes crossed: small cells join their neighbours, and every segment gets a code and a name."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from engine.contracts import NEWCOMERS
from engine.segments.columns import Flags, Floats, Ints
from engine.segments.levels import nearest
from engine.segments.serve import Cell, Segment

LEAST_SHARE = 0.03
FARTHEST = 1.0  # between the mean scores of a segment and its former self
LOOKERS = 0.2  # a level of spending in which fewer bought is called lookers
_SPENDERS = {
    1: ("shoppers",),
    2: ("small spenders", "big spenders"),
    3: ("small spenders", "steady spenders", "big spenders"),
    4: ("small spenders", "modest spenders", "steady spenders", "big spenders"),
}
_COMERS = {
    1: ("",),
    2: ("rare", "frequent"),
    3: ("rare", "regular", "frequent"),
    4: ("rare", "occasional", "regular", "frequent"),
}


@dataclass(frozen=True, slots=True)
class Points:
    """Shoppers who are no newcomers: their scores (n,), and who bought within 180 days."""

    spending: Floats
    behaviour: Floats
    bought: Flags


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells with their segments, and those in the order in which they are shown."""

    cells: tuple[Cell, ...]
    segments: tuple[Segment, ...]
    kept: frozenset[str]  # codes that an earlier fit gave


def cross(
    points: Points,
    spending_levels: tuple[float, ...],
    behaviour_levels: tuple[float, ...],
    former: Sequence[Segment] = (),
    taken: Collection[str] = (),
) -> Grid:
    """The grid of the levels over the points, n >= 1; segments that were there `former`ly keep code and name, and no
    other gets a code that is `taken`."""
    wide = len(behaviour_levels)
    cell_of = nearest(points.spending, spending_levels) * wide + nearest(points.behaviour, behaviour_levels)
    centres = np.array([(x, y) for x in spending_levels for y in behaviour_levels])
    host = _merged(np.bincount(cell_of, minlength=len(centres)), centres)
    hosts = np.unique(host)
    members = host[cell_of]
    means = np.array(
        [(points.spending[members == one].mean(), points.behaviour[members == one].mean()) for one in hosts]
    )
    names = _names(points, spending_levels, wide, hosts)
    codes, names, kept = _labelled(means, names, former, taken)
    by_host = dict(zip(hosts.tolist(), codes, strict=True))
    cells = tuple(
        Cell(number // wide, number % wide, by_host[int(one)]) for number, one in enumerate(host.tolist())
    )
    segments = tuple(
        Segment(code, name, float(x), float(y))
        for code, name, (x, y) in zip(codes, names, means, strict=True)
    )
    return Grid(cells, segments, kept)


def _merged(sizes: Ints, centres: Floats) -> Ints:
    """By cell: the cell whose segment it is. The smallest that is too small joins its nearest, until none is."""
    host = np.arange(len(sizes))
    size = sizes.astype(np.float64)
    least = LEAST_SHARE * sizes.sum()
    while True:
        alive = np.unique(host)
        small = alive[size[alive] < least]
        if not small.size or len(alive) == 1:
            return host
        one = int(small[size[small].argmin()])
        others = alive[alive != one]
        held = others[size[others] > 0] if (size[others] > 0).any() else others
        away = np.hypot(*(centres[held] - centres[one]).T)
        into = int(held[away.argmin()])
        host[host == one] = into
        size[into] += size[one]
        size[one] = 0.0


def _names(points: Points, spending_levels: tuple[float, ...], wide: int, hosts: Ints) -> list[str]:
    nouns = list(_SPENDERS[len(spending_levels)])
    level = nearest(points.spending, spending_levels)
    bought = [
        points.bought[level == place].mean() if (level == place).any() else 1.0 for place in range(len(nouns))
    ]
    if bought[0] < LOOKERS:
        nouns[0] = "lookers"
    top = (len(spending_levels) - 1, wide - 1)
    found = []
    for host in hosts.tolist():
        spends, comes = divmod(host, wide)
        adjective = _COMERS[wide][comes]
        if (spends, comes) == top and len(nouns) > 1 and wide > 1:
            adjective = "loyal"
        found.append(f"{adjective} {nouns[spends]}".strip().capitalize())
    return found


def _labelled(
    means: Floats, names: list[str], former: Sequence[Segment], taken: Collection[str]
) -> tuple[list[str], list[str], frozenset[str]]:
    """Codes and names: matched segments keep theirs, new ones get the next number and a name not in use."""
    matched = match(means, former)
    codes, told = [""] * len(means), list(names)
    for place, old in matched.items():
        codes[place], told[place] = old.code, old.name
    used = {*taken, *(old.code for old in former)} - {NEWCOMERS}
    number = max((int(code.rpartition("-")[2]) for code in used), default=0)
    for place in range(len(means)):
        if place in matched:
            continue
        number += 1
        codes[place] = f"segment-{number:02d}"
        others = {name for where, name in enumerate(told) if where != place}
        if told[place] in others:
            told[place] = f"{names[place]} {number}"
    return codes, told, frozenset(old.code for old in matched.values())


def match(means: Floats, former: Sequence[Segment]) -> dict[int, Segment]:
    """Which segment of an earlier fit each of the mean scores (n, 2) is. Source: Kuhn 1955 (Hungarian method)."""
    if not former:
        return {}
    before = np.array([(old.spending, old.behaviour) for old in former])
    away = np.hypot(means[:, None, 0] - before[None, :, 0], means[:, None, 1] - before[None, :, 1])
    # What is too far costs the same however far, so that it does not push near ones apart.
    rows, columns = linear_sum_assignment(np.minimum(away, 2 * FARTHEST))
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {row: former[column] for row, column in pairs if away[row, column] <= FARTHEST}
