"""How a policy is set so that it spends its budget: on decision points of another world, outcomes known.

A policy issues at the first decision point of a visit that passes its threshold, and at most once.
"""

import numpy as np

from engine.simulate.chance.draws import Floats, Ints
from engine.simulate.rehearsal.branches import Points

LEVELS = 400  # thresholds that are tried
FLOORS = (0.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0)  # in the smallest unit
PRICES = tuple(i / 8 for i in range(0, 41))  # of a unit of budget


class Visits:
    """Decision points as visits: which are the first to pass."""

    def __init__(self, points: Points) -> None:
        self.points = points
        number = points.day * (int(points.row.max()) + 1) + points.row
        _, self._visit = np.unique(number, return_inverse=True)
        self.count = int(self._visit.max()) + 1

    def first(self, passes: Ints) -> Ints:
        """Of the points with these numbers (ascending, so in the order of clicks) the first of each visit."""
        _, place = np.unique(self._visit[passes], return_index=True)
        return passes[place]

    def places(self) -> Ints:
        """(n,) how many decision points of the same visit came before."""
        first = np.flatnonzero(np.diff(self._visit, prepend=-1))
        return np.arange(len(self._visit)) - first[self._visit]


def by_spend(visits: Visits, scores: Floats, *, arm: int, spend: float) -> float:
    """The lowest threshold on `scores` (n,) whose mean cost per visit is at most `spend`; infinity issues none."""
    best = float("inf")
    for level in np.unique(np.quantile(scores, np.linspace(0.0, 1.0, LEVELS), method="lower"))[::-1]:
        issued = visits.first(np.flatnonzero(scores >= level))
        if visits.points.cost_minor[issued, arm].sum() > spend * visits.count:
            break
        best = float(level)
    return best


def random_rate(visits: Visits, *, arm: int, spend: float) -> float:
    """The chance per decision point at which uniformly random coupons cost `spend` per visit in expectation."""
    cost, places = visits.points.cost_minor[:, arm], visits.places()
    low, high = 0.0, 1.0
    for _ in range(40):
        rate = (low + high) / 2
        expected = (cost * rate * (1.0 - rate) ** places).sum() / visits.count
        low, high = (rate, high) if expected <= spend else (low, rate)
    return low


def price_and_floor(visits: Visits, gains: Floats, costs: Floats, *, spend: float) -> tuple[float, float]:
    """The price of budget and the floor of `policy.baselines.ByGain` that earn most within `spend` per visit.

    `gains` and `costs` (n, A) are predictions; what is earned and spent is taken from the outcomes.
    """
    net, found, most = visits.points.net_minor, (PRICES[-1], FLOORS[-1]), 0.0
    for price in PRICES:
        worth = gains - price * costs
        worth[:, 0] = -np.inf
        arm, value = worth.argmax(axis=1), worth.max(axis=1)
        for floor in FLOORS:
            issued = visits.first(np.flatnonzero(value > floor))
            if visits.points.cost_minor[issued, arm[issued]].sum() > spend * visits.count:
                continue
            earned = float((net[issued, arm[issued]] - net[issued, 0]).sum())
            if earned > most:
                found, most = (price, floor), earned
    return found
