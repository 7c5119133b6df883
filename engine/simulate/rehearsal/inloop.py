"""A policy at work in the simulated mall, through the very `fold` and `decide` of the live site."""

from dataclasses import dataclass, replace

import numpy as np

from engine.contracts import NO_COUPON, Policy, Standing, Terms, VisitState
from engine.decide import decide
from engine.features import most_viewed
from engine.policy.moments import is_decision_point
from engine.simulate.chance.draws import Counted, Floats, Ints
from engine.simulate.folding import Folder, category_numbers
from engine.simulate.mall import days, laws
from engine.simulate.mall.days import Mall, WorldSettings, open_mall
from engine.simulate.mall.visits import Batch, Clicks
from engine.simulate.mall.walk import Ends, Offers, walk
from engine.simulate.rehearsal.branches import LATENTS, latents, of_day
from engine.simulate.rehearsal.models import Ahead

NO_LATENTS = np.zeros((0, len(LATENTS)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one policy made of one world; money in the smallest unit."""

    value_minor: int  # contribution after coupon cost, of all shoppers
    spend_minor: int
    coupons: int
    redemptions: int
    visits: int
    bought: int
    by_type: tuple[int, ...]  # coupons by SHOPPER_TYPES
    spend_by_day: tuple[int, ...]


def terms_of(mall: Mall) -> Terms:
    """What this mall allows: its own margins, nothing below cost."""
    goods = mall.world.catalogue
    rates = {name: 0.0 for name in goods.categories}
    for number, product in enumerate(goods.products):
        rates[product.category] = int(mall.margins[number]) / 10_000
    return Terms(margins=rates)


class Deciding:
    """Looks on, folds every click and asks `decide` at every decision point (a Watch)."""

    def __init__(self, mall: Mall, policy: Policy, models: Ahead | None, *, budget_minor: int | None) -> None:
        self._mall, self._policy, self._models = mall, policy, models
        self._folder = Folder(mall.world.catalogue, seed=mall.settings.seed)
        self._terms = terms_of(mall)
        self._budget, self._spent = budget_minor, 0
        self._last: dict[int, int] = {}  # shopper -> moment of her last coupon

    def ended(self, ends: Ends) -> None:
        self._spent += int(ends.cost_minor.sum())

    def saw(self, batch: Batch, clicks: Clicks) -> Offers | None:
        untreated = batch.arm == NO_COUPON  # one coupon a visit: nothing is decided after it
        self._folder.see(batch, clicks, only=untreated)
        if self._budget is not None and self._spent >= self._budget:
            return None
        open_ = np.flatnonzero(untreated)
        states = self._folder.states(batch.row[open_])
        here = [i for i, state in enumerate(states) if is_decision_point(state, self._terms)]
        if not here:
            return None
        return self._decide(batch, open_[here], [states[i] for i in here])

    def _decide(self, batch: Batch, rows: Ints, states: list[VisitState]) -> Offers | None:
        if self._models is not None:
            self._models.prepare(states, self._latents(batch, rows, states))
        shown: list[tuple[int, int, str]] = []
        columns = (rows, batch.shopper[rows], batch.at_ms[rows], batch.base[rows])
        for state, row, shopper, now, base in zip(states, *(c.tolist() for c in columns), strict=True):
            decision = decide(
                state, policy=self._policy, models=self._models, terms=self._terms_for(shopper), now=now,
                rng=Counted(base, state.version),
            )  # fmt: skip
            if decision.offer is not None:
                shown.append((row, decision.arm, decision.offer.category))
                self._last[shopper] = now
        if not shown:
            return None
        category = category_numbers(self._mall.world.catalogue, [name for _, _, name in shown])
        return Offers(
            np.array([row for row, _, _ in shown]), np.array([arm for _, arm, _ in shown]), category
        )

    def _latents(self, batch: Batch, rows: Ints, states: list[VisitState]) -> Floats:
        named = [most_viewed(state) for state in states]
        goods = self._mall.world.catalogue
        return latents(
            self._mall, batch, rows, category_numbers(goods, [n or goods.categories[0] for n in named])
        )

    def _terms_for(self, shopper: int) -> Terms:
        last = self._last.get(shopper)
        return self._terms if last is None else replace(self._terms, standing=Standing(last_coupon_at=last))


def rehearse_one(
    settings: WorldSettings, policy: Policy | None, models: Ahead | None, *, budget_minor: int | None
) -> Outcome:
    """One policy in one world; None is no coupon at all."""
    mall = open_mall(settings)
    watch = Deciding(mall, policy, models, budget_minor=budget_minor) if policy is not None else None
    return _summed(mall, [ends for _, ends, _ in days.run(mall, watch=watch)])


class _Planned:
    """Shows the coupons that were chosen when the shocks were known."""

    def __init__(self, plan: dict[int, tuple[Ints, Ints, Ints]]) -> None:
        self._plan = plan

    def ended(self, ends: Ends) -> None:
        """Nothing to do when visits end."""

    def saw(self, batch: Batch, clicks: Clicks) -> Offers | None:
        if clicks.step not in self._plan:
            return None
        visit, arm, category = self._plan[clicks.step]
        found = np.searchsorted(batch.row, visit)
        here = (found < len(batch)) & (batch.row[np.minimum(found, len(batch) - 1)] == visit)
        return Offers(found[here], arm[here], category[here])


def rehearse_clairvoyant(settings: WorldSettings, *, budget_minor: int | None) -> Outcome:
    """The bound: every arm's outcome under the real shocks is known; each visit gets its best coupon, or none.

    It looks at one visit at a time, so what a coupon leaves over for later visits is not weighed. With a budget
    it buys the most gain for its cost first, each day from an even share and what is left of those before.
    """
    mall, ended, spent = open_mall(settings), list[Ends](), 0
    terms = terms_of(mall)
    for day in range(settings.days):
        allowed = None if budget_minor is None else budget_minor * (day + 1) // settings.days - spent
        watch = _Planned(_plan(mall, day, terms, allowed))
        ends = walk(mall.world, days.coming(mall, day), margins=mall.margins, watch=watch)
        days.close(mall, day, ends)
        spent += int(ends.cost_minor.sum())
        ended.append(ends)
    return _summed(mall, ended)


def _plan(mall: Mall, day: int, terms: Terms, allowed: int | None) -> dict[int, tuple[Ints, Ints, Ints]]:
    """For each click number the visits that get a coupon there, with arm and category."""
    points, _ = of_day(mall, day, terms=terms, drawn=True)
    if points is None:
        return {}
    gain = points.net_minor - points.net_minor[:, :1]
    arm, most = gain.argmax(axis=1), gain.max(axis=1)
    order = np.lexsort((points.step, -most, points.row))  # of each visit the best point first
    best = order[np.unique(points.row[order], return_index=True)[1]]
    best = best[most[best] > 0.0]
    if allowed is not None:
        cost = points.cost_minor[best, arm[best]]
        order = np.argsort(cost / most[best], kind="stable")
        best = np.sort(best[order[np.cumsum(cost[order]) <= allowed]])
    return {
        int(step): (points.row[rows], arm[rows], points.category[rows])
        for step in np.unique(points.step[best])
        for rows in [best[points.step[best] == step]]
    }


def _summed(mall: Mall, ended: list[Ends]) -> Outcome:
    types = np.zeros(laws.TYPES, dtype=np.int64)
    for ends in ended:
        types += np.bincount(mall.world.shoppers.type_[ends.shopper[ends.arm > 0]], minlength=laws.TYPES)
    spend = [int(ends.cost_minor.sum()) for ends in ended]
    return Outcome(
        value_minor=sum(int(ends.contribution_minor.sum()) for ends in ended) - sum(spend),
        spend_minor=sum(spend),
        coupons=sum(int(np.count_nonzero(ends.arm)) for ends in ended),
        redemptions=sum(int(np.count_nonzero(ends.redeemed)) for ends in ended),
        visits=sum(len(ends.row) for ends in ended),
        bought=sum(int(np.count_nonzero(ends.bought)) for ends in ended),
        by_type=tuple(types.tolist()),
        spend_by_day=tuple(spend),
    )
