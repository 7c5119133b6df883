"""The shoppers of a world and what nobody may see of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.simulate.chance import draws
from engine.simulate.chance.arithmetic import exp, normal
from engine.simulate.chance.draws import Floats, Ints
from engine.simulate.chance.tables import Choices
from engine.simulate.mall import laws
from engine.simulate.mall.catalogue import CATEGORIES, TIERS

STREAM = "shoppers"
_TYPE, _LEVEL, _INTENT, _SENSITIVITY, _FRICTION, _RATE, _NEW, _FIRST, _GENDER, _AGE, _PAYMENT = range(11)
_UTILITIES, _SENSITIVITIES = 100, 200  # event numbers, one per category


@dataclass(frozen=True, slots=True)
class Shoppers:
    """Traits of n shoppers; C = 8 categories. All but the last three are latent and never exported."""

    type_: Ints  # (n,) index in SHOPPER_TYPES
    level: Ints  # (n,) deal-proneness at the start, 0 to 2
    intent: Floats  # (n,) on the logarithm of the purchase hazard
    sensitivity: Floats  # (n, C) to prices, around 1
    utilities: Floats  # (n, C) chances of the mission's category, each row sums to 1
    reach: Floats  # (n, C) cumulative utilities
    tiers: Floats  # (n, C, TIERS) cumulative chances of a price tier
    friction: Floats  # (n,) chance to let a coupon lapse
    rate: Floats  # (n,) visits a day
    first_day: Ints  # (n,)
    is_woman: NDArray[np.bool_]  # (n,)
    age: Ints  # (n,) years
    payment: NDArray[np.int8]  # (n,) index in PAYMENTS


def make(number: int, *, days: int, seed: int) -> Shoppers:
    """`number` shoppers of the world `seed`; the first of them are the same in a larger world."""
    base = draws.bases(draws.seed_word(seed, STREAM), np.arange(number))
    slot = draws.bits(draws.words(base, _TYPE, 0), 0, 12)
    type_ = _pick(Choices(np.array(laws.TYPE_SHARES)), np.zeros(number, dtype=np.int64), slot)
    level = _pick(Choices(laws.LEVEL_SHARES), type_, draws.bits(draws.words(base, _LEVEL, 0), 0, 12))
    sensitivity = _sensitivity(base, type_)
    mean_sensitivity = sensitivity.sum(axis=1) / len(CATEGORIES)
    intent = (
        laws.TYPE_INTENT[type_]
        + laws.INTENT_SPREAD * _normal(base, _INTENT)
        - laws.PRICE_WEIGHT * (mean_sensitivity - 1.0)
    )
    utilities = _utilities(base)
    newcomer = draws.uniform(draws.words(base, _NEW, 0)) < laws.NEWCOMERS
    first = (draws.uniform(draws.words(base, _FIRST, 0)) * days).astype(np.int64)
    friction = laws.FRICTION_MEAN + laws.FRICTION_SPREAD * _normal(base, _FRICTION)
    payment = Choices(np.array([0.45, 0.35, 0.20]))
    return Shoppers(
        type_=type_,
        level=level,
        intent=intent,
        sensitivity=sensitivity,
        utilities=utilities,
        reach=np.cumsum(utilities, axis=1),
        tiers=tier_reach(sensitivity),
        friction=np.minimum(np.maximum(friction, 0.05), 0.9),
        rate=np.minimum(laws.VISIT_RATE * exp(laws.VISIT_SPREAD * _normal(base, _RATE)), laws.MOST_VISITS),
        first_day=np.where(newcomer, first, 0),
        is_woman=draws.uniform(draws.words(base, _GENDER, 0)) < 0.6,
        age=18 + (draws.uniform(draws.words(base, _AGE, 0)) * 52).astype(np.int64),
        payment=payment.pick(
            np.zeros(number, dtype=np.int64), draws.bits(draws.words(base, _PAYMENT, 0), 0, 12)
        ),
    )


def tier_chances(sensitivity: Floats) -> Floats:
    """Chances of a cheap, middle and dear item: (..., TIERS) from sensitivities (...)."""
    weights = [
        laws.TIER_WEIGHTS[tier] * exp(-laws.TIER_OF_SENSITIVITY * tier * (sensitivity - 1.0))
        for tier in range(TIERS)
    ]
    total = weights[0] + weights[1] + weights[2]
    return np.stack([weight / total for weight in weights], axis=-1)


def tier_reach(sensitivity: Floats) -> Floats:
    return np.cumsum(tier_chances(sensitivity), axis=-1)


def _sensitivity(base: draws.Words, type_: Ints) -> Floats:
    own = laws.SENSITIVITY_SPREAD * _normal(base, _SENSITIVITY)
    columns = [
        laws.TYPE_SENSITIVITY[type_]
        * exp(own + laws.SENSITIVITY_BY_CATEGORY * _normal(base, _SENSITIVITIES + c))
        for c in range(len(CATEGORIES))
    ]
    return np.stack(columns, axis=1)


def _utilities(base: draws.Words) -> Floats:
    """Softmax of the category's share in the mall and a taste of one's own."""
    shares = [share for share, _ in CATEGORIES.values()]
    columns = [
        share * exp(laws.UTILITY_SPREAD * _normal(base, _UTILITIES + c)) for c, share in enumerate(shares)
    ]
    weights = np.stack(columns, axis=1)
    return weights / weights.sum(axis=1, keepdims=True)


def _normal(base: draws.Words, trait: int) -> Floats:
    return normal(draws.uniform(draws.words(base, trait, 0)))


def _pick(choices: Choices, row: Ints, slot: Ints) -> Ints:
    return choices.pick(row, slot).astype(np.int64)
