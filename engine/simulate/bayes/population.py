"""Where the draws come from: shoppers of the population, and their lives in a mall of their own."""

from dataclasses import dataclass, replace

import numpy as np

from engine.simulate.chance import draws as chance
from engine.simulate.chance.draws import Floats
from engine.simulate.mall import days, shoppers
from engine.simulate.mall.days import WorldSettings
from engine.simulate.mall.shoppers import Shoppers
from engine.simulate.mall.walk import walk

STREAM = "bayes filter"


@dataclass(frozen=True, slots=True)
class Lives:
    """D draws and what each day of a run found them like, had nobody got a coupon."""

    who: Shoppers
    carried: Floats  # (days, D) what the day and her earlier purchases add to her intent
    log_rate: Floats  # (days, D) logarithm of her visits a day, -inf before her first day


def draw(number: int, *, seed: int) -> Shoppers:
    """`number` shoppers of the population, of a stream of their own: no shopper of a mall is among them."""
    return shoppers.make(number, days=1, seed=chance.seed_word(seed, STREAM))


def live(settings: WorldSettings, *, draws: int = 2_000, seed: int = 0) -> Lives:
    """The same draws, living through the days of a run like `settings` in a mall of their own."""
    own = replace(settings, shoppers=draws, seed=chance.seed_word(seed, STREAM))
    mall = days.open_mall(own)
    who, everyone = mall.world.shoppers, np.arange(draws)
    carried, log_rate = np.empty((own.days, draws)), np.empty((own.days, draws))
    for day in range(own.days):
        carried[day] = days.carried(mall, everyone, day)
        log_rate[day] = np.where(who.first_day <= day, np.log(who.rate), -np.inf)
        days.close(mall, day, walk(mall.world, days.coming(mall, day), margins=mall.margins))
    return Lives(who, carried, log_rate)
