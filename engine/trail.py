"""The last events of a visit, three bytes each, the newest last: what nets see of a visit beside its aggregates.

A step is: its kind (index in KINDS) and, times 16, the place of its category in the state's `categories`, NO_PLACE
where it has none; the gap before it as `coarse(milliseconds, 2)`; the price as `coarse(minor, 1)`, 0 where none is
known, and FULL more where the basket holds something after it.
"""

from engine.contracts import CategoryCount

STEPS, STEP_BYTES = 50, 3
"""A trail keeps so many steps of so many bytes."""

NO_PLACE, KIND, FULL = 15, 15, 128
_OLDEST = STEP_BYTES - STEPS * STEP_BYTES  # from here on a trail has room for one more


def longer(trail: bytes, kind: int, place: int, *, gap_ms: int, price: int, is_full: bool) -> bytes:
    """The trail with one more step; the oldest goes where there were STEPS."""
    step = bytes((kind | place << 4, coarse(gap_ms, 2), coarse(price, 1) | (FULL if is_full else 0)))
    return trail[_OLDEST:] + step


def place_of(category: str, categories: tuple[CategoryCount, ...]) -> int:
    """Where a category is counted: with the rest where it has no name there, NO_PLACE without one."""
    if category:
        for place, known in enumerate(categories):
            if known[0] in (category, ""):
                return place
    return NO_PLACE


def coarse(number: int, finer: int) -> int:
    """The size of a whole number from 0, in `2 ** finer` steps an octave: 0 for 0, and it never falls.

    At most 216 for 2^53 (the last moment) with 2, and 81 for 10^12 (the highest price) with 1.
    """
    if number <= 0:
        return 0
    bits = number.bit_length()
    shift = bits - 1 - finer
    top = number >> shift if shift >= 0 else number << -shift
    return (bits << finer) | (top & ((1 << finer) - 1))


def kinds(trail: bytes, count: int) -> list[int]:
    """The kinds of the last `count` steps, the newest last."""
    return [step & KIND for step in trail[-count * STEP_BYTES :: STEP_BYTES]]
