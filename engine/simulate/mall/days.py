"""The mall day by day: who comes, with which intent, and what a day leaves over for the next ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np

from engine.simulate.chance import draws
from engine.simulate.chance.draws import Floats, Ints
from engine.simulate.mall import laws, sales, shoppers, visits
from engine.simulate.mall.catalogue import catalogue
from engine.simulate.mall.visits import Batch, World
from engine.simulate.mall.walk import Ends, Trail, Watch, walk

DAY_MS, HOUR_MS = 86_400_000, 3_600_000
ZONE_HOURS = 3  # the mall's clock is UTC+3 all year
OPENS, OPEN_HOURS = 8, 14
NEVER = -10_000
DAY_SLOTS = 1_024  # visit number = shopper * DAY_SLOTS + day


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """A world. `effect` 0: coupons do nothing; `crosstalk`: shoppers tell each other of coupons.

    `known_lift` (0 to 1) makes a world whose effect is known: whoever is about to leave with something in the
    basket and a coupon of any arm in hand buys after all with this chance, and coupons do nothing else.
    """

    shoppers: int
    days: int
    seed: int
    start: date = date(2025, 1, 6)
    margin_scale: float = 1.0
    effect: float = 1.0
    crosstalk: bool = False
    known_lift: float | None = None


@dataclass(slots=True)
class Mall:
    """A world on its way: what is fixed, and what each day changes in its shoppers."""

    settings: WorldSettings
    world: World
    margins: Ints
    level: Ints  # deal-proneness
    bought_day: Ints  # of the last purchase, NEVER before
    spill_day: Ints  # of the last coupon seen and not used
    exposed_share: float = 0.0  # of yesterday's visits


def open_mall(settings: WorldSettings) -> Mall:
    """The mall on its first morning."""
    who = shoppers.make(settings.shoppers, days=settings.days, seed=settings.seed)
    effect = settings.effect if settings.known_lift is None else 0.0
    world = World(who, catalogue(), laws.tables(), effect, settings.known_lift or 0.0)
    never = np.full(settings.shoppers, NEVER, dtype=np.int64)
    margins = sales.margins_bp(world, settings.margin_scale)
    return Mall(settings, world, margins, who.level.copy(), never, never.copy())


def first_ms(settings: WorldSettings) -> int:
    """Midnight at the mall at the beginning of the first day."""
    start = datetime(settings.start.year, settings.start.month, settings.start.day, tzinfo=UTC)
    return int(start.timestamp()) * 1_000 - ZONE_HOURS * HOUR_MS


def coming(mall: Mall, day: int) -> Batch:
    """The visits of a day, before their first click; at most one of each shopper."""
    settings, who = mall.settings, mall.world.shoppers
    start = draws.seed_word(settings.seed, "visits")
    everyone = np.arange(settings.shoppers)
    base = draws.bases(start, everyone, day)
    chance = who.rate * traffic(settings, day) * (who.first_day <= day)
    here = np.flatnonzero(draws.uniform(draws.words(base, 0, draws.VISITS_TODAY)) < chance)
    base = base[here]
    word = draws.words(base, 0, draws.START)
    minute = (draws.bits(word, 0, 24) + draws.bits(word, 24, 24)) * (OPEN_HOURS * HOUR_MS) >> 25
    start_ms = first_ms(settings) + day * DAY_MS + OPENS * HOUR_MS + minute
    return visits.begin(
        mall.world, shopper=here, visit=here * DAY_SLOTS + day, base=base, start_ms=start_ms,
        level=mall.level[here], intent=carried(mall, here, day),
    )  # fmt: skip


def traffic(settings: WorldSettings, day: int) -> float:
    """The day's factor on everybody's visits: weekday and a yearly wave (a triangle, highest on day 330)."""
    ordinal = settings.start.toordinal() + day
    wave = abs(((ordinal - 330) % 365) / 182.5 - 1.0) * 2.0 - 1.0
    return laws.WEEKDAYS[(ordinal - 1) % 7] * (1.0 + laws.SEASON * wave)


def forecast(settings: WorldSettings, day: int) -> float:
    """What the mall's planner expects of `traffic`: wrong by one factor of up to 40 % for the whole run."""
    word = draws.mix(draws.seed_word(settings.seed, "forecast"))
    error = ((word >> 11) * 2.0**-53 * 2.0 - 1.0) * laws.TRAFFIC_ERROR
    return traffic(settings, day) * (1.0 + error)


def day_intent(settings: WorldSettings, day: int) -> float:
    """What the day adds to everybody's intent: weekend, pay-day (1st to 3rd) and a slow drift."""
    moment = date.fromordinal(settings.start.toordinal() + day)
    return (
        laws.DRIFT * day
        + (laws.WEEKEND_INTENT if moment.weekday() >= 5 else 0.0)
        + (laws.PAYDAY_INTENT if moment.day <= 3 else 0.0)
    )


def carried(mall: Mall, shopper: Ints, day: int) -> Floats:
    """What the day and earlier visits add to the intent of these shoppers."""
    since = day - mall.bought_day[shopper]
    left = np.zeros(len(shopper))
    for days, loss in reversed(list(zip(laws.SATIATION_DAYS, laws.SATIATION, strict=True))):
        left = np.where(since < days, loss, left)
    spilt = day - mall.spill_day[shopper] <= laws.SPILL_DAYS
    spill = np.where(spilt, laws.SPILL[mall.world.shoppers.type_[shopper]], 0.0) * mall.world.effect
    talk = laws.CROSSTALK * mall.exposed_share * mall.world.effect if mall.settings.crosstalk else 0.0
    return day_intent(mall.settings, day) + left + spill + talk


def close(mall: Mall, day: int, ends: Ends) -> None:
    """What the day leaves over: purchases satiate, coupons that were seen teach and linger."""
    mall.bought_day[ends.shopper[ends.bought]] = day
    seen = ends.arm > 0
    mall.exposed_share = float(np.count_nonzero(seen)) / max(1, len(seen))
    if not seen.any() or mall.world.effect == 0.0:
        return
    shopper = ends.shopper[seen]
    mall.spill_day[ends.shopper[seen & ~ends.redeemed]] = day
    start = draws.bases(draws.seed_word(mall.settings.seed, "exposure"), shopper, day)
    learns = draws.uniform(draws.words(start, 0, draws.EXPOSURE)) < laws.EXPOSED
    mall.level[shopper[learns]] = np.minimum(mall.level[shopper[learns]] + 1, laws.LEVELS - 1)


def run(
    mall: Mall, *, watch: Watch | None = None, keep: bool = False
) -> Iterator[tuple[int, Ends, list[Trail]]]:
    """Day after day: its number, how its visits ended, and (with `keep`) their clicks."""
    for day in range(mall.settings.days):
        trails: list[Trail] | None = [] if keep else None
        ends = walk(mall.world, coming(mall, day), margins=mall.margins, watch=watch, trails=trails)
        close(mall, day, ends)
        yield day, ends, trails or []
