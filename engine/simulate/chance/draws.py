"""Chance by counting: a draw is a hash of (seed, shopper, visit, event, purpose) and of nothing else.

Two policies that meet the same visit meet the same shocks, whatever happened elsewhere, and no generator
object is made. The mixer is the finaliser of SplitMix64 (Steele, Lea and Flood 2014), applied to a Weyl
sequence; all arithmetic is modulo 2**64 and therefore the same on every processor.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
_A, _B = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_UNIT = 2.0**-53
PURPOSES = 64  # purposes per event; an event's draws are the numbers event * PURPOSES + purpose

# Purposes of a shopper's traits (visit 0 of the seed's own stream), of a day, and of an event.
PHASE_KIND_DWELL, CATEGORY, ITEM, ENDING = 0, 1, 2, 3
SUBSTITUTE, REDEEM, EXPOSURE, TROUBLE, LEGACY = 4, 5, 6, 7, 8
VISITS_TODAY, START, MISSION, FIRST_PHASE, WHICH_POINT, RANDOM_ARM, SLICE = 10, 11, 12, 13, 14, 15, 16


def mix(word: int) -> int:
    """One 64-bit word scrambled; a bijection."""
    word = (word + GOLDEN) & _MASK
    word = ((word ^ (word >> 30)) * _A) & _MASK
    word = ((word ^ (word >> 27)) * _B) & _MASK
    return word ^ (word >> 31)


def mix_all(words: Words) -> Words:
    """`mix` of every word."""
    out = words + np.uint64(GOLDEN)
    out = (out ^ (out >> np.uint64(30))) * np.uint64(_A)
    out = (out ^ (out >> np.uint64(27))) * np.uint64(_B)
    return out ^ (out >> np.uint64(31))


def seed_word(seed: int, stream: str) -> int:
    """The word a stream of this seed starts from; streams of different names do not meet."""
    word = mix(seed & _MASK)
    for letter in stream.encode():
        word = mix(word ^ letter)
    return word


def bases(start: int, first: Any, second: Any = 0) -> Words:
    """The words of (first, second) pairs, for instance shopper and visit; arrays are broadcast."""
    one = mix_all(np.asarray(first).astype(np.uint64) ^ np.uint64(start))
    return mix_all(one ^ np.asarray(second).astype(np.uint64) * np.uint64(_B))


def words(base: Words, event: int | Ints, purpose: int) -> Words:
    """The draw for `purpose` at number `event` of each base."""
    if isinstance(event, int):
        return mix_all(base + np.uint64((event * PURPOSES + purpose) * GOLDEN & _MASK))
    number = event.astype(np.uint64) * np.uint64(PURPOSES) + np.uint64(purpose)
    return mix_all(base + number * np.uint64(GOLDEN))


def uniform(drawn: Words) -> Floats:
    """The words as numbers from [0, 1), 53 bits each."""
    return (drawn >> np.uint64(11)).astype(np.float64) * _UNIT


def bits(drawn: Words, low: int, width: int) -> Ints:
    """`width` bits of each word from bit `low` on: several small draws from one word."""
    return ((drawn >> np.uint64(low)) & np.uint64((1 << width) - 1)).astype(np.int64)


class Counted:
    """Chance for one event, as a policy asks for it (engine.contracts.Chance)."""

    __slots__ = ("_base", "_event")

    def __init__(self, base: int, event: int) -> None:
        self._base, self._event = base, event

    def uniform(self, purpose: int) -> float:
        """A number from [0, 1); policies' purposes (engine.policy.purposes) are none of the world's."""
        number = self._event * PURPOSES + purpose
        return (mix((self._base + number * GOLDEN) & _MASK) >> 11) * _UNIT
