"""The filter against the enumeration of every path of phases and every continuation, in worlds of a few clicks.

The enumerator knows the laws and the raw clicks, and nothing of the filter's code.
"""

from dataclasses import dataclass
from itertools import product
from math import exp

import numpy as np
import pytest

from engine.simulate import bayes
from engine.simulate.bayes import population
from engine.simulate.chance.tables import Choices
from engine.simulate.mall import days, laws, shoppers
from engine.simulate.mall.days import WorldSettings
from engine.simulate.mall.walk import walk

SETTINGS = WorldSettings(shoppers=150, days=4, seed=3)
RUNNING, SEEN, ENDED = "running", "seen", "ended"


@pytest.fixture
def busy(monkeypatch):
    """Laws under which baskets fill, empty and are bought within a few clicks."""
    empty, filled = laws.EMPTY_BASKET.copy(), laws.FILLED_BASKET.copy()
    empty[:, 4] = 0.9
    filled[:, 4], filled[:, 5] = 0.9, 0.3
    monkeypatch.setattr(laws, "EMPTY_BASKET", empty)
    monkeypatch.setattr(laws, "FILLED_BASKET", filled)
    monkeypatch.setattr(laws, "BUY_HAZARD", laws.BUY_HAZARD * 12)
    monkeypatch.setattr(laws, "VISIT_RATE", 0.5)
    return monkeypatch


@dataclass
class Visit:
    """The raw clicks of one visit: (kind, product, category, moment)."""

    clicks: list
    carried: float
    bought: bool
    shopper: int


def walked():
    """Every visit of a few days, raw and observed, by its number."""
    mall = days.open_mall(SETTINGS)
    raw, seen = {}, []
    for day in range(SETTINGS.days):
        batch, trails = days.coming(mall, day), []
        carried = days.carried(mall, batch.shopper, day)
        ends = walk(mall.world, batch, margins=mall.margins, trails=trails)
        days.close(mall, day, ends)
        seen.append(bayes.observed(trails, ends, carried=carried, goods=mall.world.catalogue))
        for row, visit in enumerate(ends.visit.tolist()):
            raw[visit] = Visit([], float(carried[row]), bool(ends.bought[row]), int(ends.shopper[row]))
        for trail in trails:
            columns = (
                trail.visit,
                trail.clicks.kind,
                trail.clicks.product,
                trail.clicks.category,
                trail.at_ms,
            )
            for visit, *click in zip(*(column.tolist() for column in columns), strict=True):
                raw[visit].clicks.append(tuple(click))
    return raw, bayes.join(seen), mall.world.catalogue


@dataclass
class Draw:
    """One shopper of the population, with her share of it."""

    type_: int
    level: int
    intent: float
    sensitivity: list
    share: float


def drawn(number, seed):
    who = population.draw(number, seed=seed)
    pairs = list(zip(who.type_.tolist(), who.level.tolist(), strict=True))
    types, levels = Choices(np.array(laws.TYPE_SHARES)).chances, Choices(laws.LEVEL_SHARES).chances
    return [
        Draw(t, z, intent, tastes, types[t] * levels[t, z] / pairs.count((t, z)))
        for (t, z), intent, tastes in zip(pairs, who.intent.tolist(), who.sensitivity.tolist(), strict=True)
    ]


class Enumerator:
    """Chances by walking every path."""

    def __init__(self, goods):
        self.tables, self.goods = laws.tables(), goods

    def hazards(self, draw, carried, phase, lines, step):
        buy = laws.BUY_HAZARD[phase] * laws.BUY_OF_LINES[lines] * exp(draw.intent + carried)
        leave = laws.EXIT_HAZARD[phase] * laws.EXIT_OF_TYPE[draw.type_] * (1 + step * laws.EXIT_FATIGUE)
        if lines:
            leave *= laws.EXIT_WITH_BASKET
            buy *= exp(-laws.WAITING * draw.level)
            leave *= 1 + laws.WAITING_EXIT * draw.level
        return buy, leave

    def ends(self, draw, carried, phase, lines, step):
        """To buy, to leave, to go on."""
        buy, leave = self.hazards(draw, carried, phase, lines, step)
        on = exp(-buy - leave)
        buys = (1 - on) * buy / (buy + leave)
        return (buys, 1 - buys, 0.0) if step + 1 == laws.MAX_STEPS else (buys, 1 - on - buys, on)

    def later(self, draw, carried, phase, lines, step):
        """The chance to buy at click `step` or later, when the visit stood so after the one before."""
        if step == laws.MAX_STEPS:
            return 0.0
        chance = 0.0
        for to in range(laws.PHASES):
            moves = self.tables.moves.chances[draw.type_, phase, to]
            row = self.tables.clicks.chances[draw.type_, draw.level, to, int(lines > 0)]
            for kind, likes in zip(laws.CLICKS, row.tolist(), strict=True):
                if not likes:
                    continue
                after = lines + (kind == laws.ADD and lines < laws.LINES) - (kind == laws.REMOVE)
                buys, _, on = self.ends(draw, carried, to, after, step)
                chance += moves * likes * (buys + on * self.later(draw, carried, to, after, step + 1))
        return chance

    def seen(self, visit, at):
        """For each click: lines before and after, bin of the gap, stayed or not, tier and its category."""
        lines, where, has_product, before_ms, found = 0, None, False, None, []
        for kind, item, category, at_ms in visit.clicks[:at]:
            after = lines + (kind == laws.ADD) - (kind == laws.REMOVE)
            chooses = kind == laws.VIEW or (kind == laws.ADD and not has_product)
            stayed = None
            if chooses or kind in (laws.CATEGORY_VIEW, laws.SEARCH):
                stayed = None if where is None else where == category
                where = category
            tier = (int(self.goods.category[item]), int(self.goods.tier[item])) if chooses else None
            has_product |= chooses
            bin_ = None
            if before_ms is not None and kind != laws.IDLE:
                bin_ = max(b for b, border in enumerate(laws.GAP_BORDERS) if border <= at_ms - before_ms)
            found.append((kind, lines, after, bin_, stayed, tier))
            lines, before_ms = after, at_ms
        return found

    def click(self, draw, phase, click):
        """The chance of what is seen of a click but the first, in this phase."""
        kind, before, _, bin_, stayed, _ = click
        row = self.tables.clicks.chances[draw.type_, draw.level, phase, int(before > 0)]
        chance = row[laws.CLICKS.index(kind)]
        if kind == laws.CART and before == laws.LINES:
            chance += row[laws.CLICKS.index(laws.ADD)]
        if bin_ is not None:
            chance *= self.tables.gaps.chances[phase, bin_]
        if stayed is not None:
            chance *= laws.STICKINESS[phase] if stayed else 1 - laws.STICKINESS[phase]
        return chance

    def joint(self, draw, visit, at, known):
        """The chance of what was seen, and of that and a purchase later."""
        clicks, both, alone = self.seen(visit, at), 0.0, 0.0
        tiers = 1.0
        for _, _, _, _, _, tier in clicks:
            if tier:
                tiers *= shoppers.tier_chances(np.array(draw.sensitivity[tier[0]]))[tier[1]]
        for path in product(range(laws.PHASES), repeat=at):
            chance = self.tables.starts.chances[draw.type_, path[0]]
            for step, click in enumerate(clicks):
                if step:
                    chance *= self.tables.moves.chances[draw.type_, path[step - 1], path[step]]
                    chance *= self.click(draw, path[step], click)
                if step + 1 < at:
                    chance *= self.ends(draw, visit.carried, path[step], click[2], step)[2]
            buys, leaves, on = self.ends(draw, visit.carried, path[-1], clicks[-1][2], at - 1)
            if known == ENDED:
                alone += chance * (buys if visit.bought else leaves)
                continue
            later = self.later(draw, visit.carried, path[-1], clicks[-1][2], at)
            alone += chance * (on if known == RUNNING else 1.0)
            both += chance * (on * later if known == RUNNING else buys + on * later)
        return tiers * both, tiers * alone

    def answer(self, draws, visit, at, *, known, past=()):
        """The chance of a purchase later, over these draws."""
        both = alone = 0.0
        for draw in draws:
            weight = draw.share
            for before in past:
                weight *= self.joint(draw, before, len(before.clicks), ENDED)[1]
            with_it, without = self.joint(draw, visit, at, known)
            both, alone = both + weight * with_it, alone + weight * without
        return both / alone


def most_telling(seen, fits, at):
    """Six of these visits that meet the rules: a cart seen with a full basket first, then removals and kinds."""
    kinds, lines = seen.kind[:, :at], seen.lines[:, :at]
    is_full = (kinds[:, 1:] == laws.CART) & (lines[:, :-1] == laws.LINES)
    worth = 10 * is_full.any(axis=1) + 5 * (kinds == laws.REMOVE).any(axis=1) + lines.max(axis=1)
    return fits[np.argsort(-worth[fits], kind="stable")[:6]]


@pytest.mark.parametrize(
    ("most", "at", "known"),
    [(3, 1, RUNNING), (4, 2, RUNNING), (4, 2, SEEN), (5, 3, SEEN), (6, 5, RUNNING), (5, 5, SEEN)],
)
@pytest.mark.parametrize("draws", [2, 5])
def test_every_path_says_the_same(busy, most, at, known, draws):
    busy.setattr(laws, "MAX_STEPS", most)
    raw, seen, goods = walked()
    fits = np.flatnonzero(seen.clicks > at if known == RUNNING else seen.clicks >= at)
    rows = most_telling(seen, fits, at)
    enumerator, population_ = Enumerator(goods), drawn(draws, seed=5)

    answer = bayes.filter_at(seen.take(rows), at=at, draws=draws, seed=5, is_running=known == RUNNING)

    expected = [
        enumerator.answer(population_, raw[number], at, known=known) for number in seen.visit[rows].tolist()
    ]
    assert np.abs(answer.chance - expected).max() < 1e-12
    assert len(set(answer.chance.tolist())) > 1


def test_every_path_of_earlier_visits_says_the_same(busy):
    busy.setattr(laws, "MAX_STEPS", 4)
    raw, seen, goods = walked()
    last_day = seen.visit % days.DAY_SLOTS == SETTINGS.days - 1
    rows = np.flatnonzero(last_day & (seen.clicks > 2))[:12]
    enumerator, population_ = Enumerator(goods), drawn(4, seed=9)

    answer = bayes.filter_at(seen.take(rows), at=2, past=seen, draws=4, seed=9)

    lengths, bought = set(), set()
    for number, chance in zip(seen.visit[rows].tolist(), answer.chance.tolist(), strict=True):
        past = [v for k, v in raw.items() if v.shopper == raw[number].shopper and k < number]
        lengths.add(len(past))
        bought |= {v.bought for v in past}
        expected = enumerator.answer(population_, raw[number], 2, known=RUNNING, past=past)
        assert abs(chance - expected) < 1e-12
    assert max(lengths) >= 2
    assert bought == {True, False}


def test_clicks_that_meet_every_rule_are_among_them(busy):
    busy.setattr(laws, "MAX_STEPS", 6)
    _, seen, _ = walked()
    rows = most_telling(seen, np.flatnonzero(seen.clicks > 5), 5)
    kinds, lines = seen.kind[rows, :5], seen.lines[rows, :5]

    assert (lines == laws.LINES).any()
    assert ((kinds[:, 1:] == laws.CART) & (lines[:, :-1] == laws.LINES)).any()
    assert (kinds == laws.REMOVE).any()
