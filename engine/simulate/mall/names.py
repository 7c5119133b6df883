"""Names of shoppers, visits and purchases: they look random, never repeat and say nothing about their bearer.

A name is a number put through two rounds of splitmix64's finaliser (Steele, Lea and Flood 2014) under keys made
from (seed, purpose). Each round is a bijection of the 64-bit integers, so two numbers never share a name; the
world draws from other hashes, so a name tells nothing about what its bearer does.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

SHOPPER, VISIT, PURCHASE, COUPON, LABEL = range(1, 6)
"""Purposes: each has names, or draws, of its own."""

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_DIGITS = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


def _mixed(number: int) -> int:
    """splitmix64's finaliser: a bijection of 0 to 2**64 - 1."""
    number = ((number ^ (number >> 30)) * _FIRST) & _MASK
    number = ((number ^ (number >> 27)) * _SECOND) & _MASK
    return number ^ (number >> 31)


def _mixed_all(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(_FIRST)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(_SECOND)
    return numbers ^ (numbers >> np.uint64(31))


def _keys(seed: int, purpose: int) -> tuple[int, int]:
    first = _mixed((_mixed((seed + _GOLDEN) & _MASK) + purpose * _GOLDEN) & _MASK)
    return first, _mixed((first + _GOLDEN) & _MASK)


def hashed(seed: int, purpose: int, number: int) -> int:
    """A number of 64 bits; different numbers (0 to 2**64 - 1) never give the same one."""
    first, second = _keys(seed, purpose)
    return _mixed((_mixed((number + first) & _MASK) + second) & _MASK)


def hashed_all(seed: int, purpose: int, numbers: NDArray[Any]) -> NDArray[np.uint64]:
    """`hashed` of an array of integers of at least 0."""
    first, second = _keys(seed, purpose)
    return _mixed_all(_mixed_all(numbers.astype(np.uint64) + np.uint64(first)) + np.uint64(second))


def shopper_id(seed: int, number: int) -> str:
    """'s' and 16 hex digits."""
    return f"s{hashed(seed, SHOPPER, number):016x}"


def visit_id(seed: int, visit: int) -> str:
    """'v' and 16 hex digits."""
    return f"v{hashed(seed, VISIT, visit):016x}"


def shopper_ids(seed: int, numbers: NDArray[Any]) -> list[str]:
    """`shopper_id` of each number."""
    return _written("s", hashed_all(seed, SHOPPER, numbers))


def visit_ids(seed: int, visits: NDArray[Any]) -> list[str]:
    """`visit_id` of each number."""
    return _written("v", hashed_all(seed, VISIT, visits))


def purchase_ids(seed: int, numbers: NDArray[Any]) -> list[str]:
    """'t' and 16 hex digits for each line that was bought."""
    return _written("t", hashed_all(seed, PURCHASE, numbers))


def coupon_ids(seed: int, numbers: NDArray[Any]) -> list[str]:
    """'c' and 16 hex digits for each line, whether its coupon was used or not."""
    return _written("c", hashed_all(seed, COUPON, numbers))


def uniforms(seed: int, purpose: int, numbers: NDArray[Any]) -> NDArray[np.float64]:
    """A draw from [0, 1) for each number: the upper 53 bits of its hash, so exact on every machine."""
    return (hashed_all(seed, purpose, numbers) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _written(letter: str, hashes: NDArray[np.uint64]) -> list[str]:
    """The letter and 16 hex digits of each hash, all of them cut from one long text."""
    octets = hashes.astype(">u8").view(np.uint8).reshape(-1, 8)
    letters = np.empty((len(octets), 17), dtype=np.uint8)
    letters[:, 0] = ord(letter)
    letters[:, 1::2] = _DIGITS[octets >> 4]
    letters[:, 2::2] = _DIGITS[octets & 15]
    return [name.decode("ascii") for name in letters.view("S17")[:, 0].tolist()]
