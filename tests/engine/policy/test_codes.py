"""Codes: hard to guess, hard to misread; a slip is noticed."""

import math
import random

import pytest

from engine.policy.codes import ALPHABET, DRAWN, LENGTH, finish, read, shown

CHANCE = random.Random(4)  # noqa: S311 - tests want the same codes every time
CODES = [finish("".join(CHANCE.choices(ALPHABET, k=DRAWN))) for _ in range(40)]


def test_a_code_is_hard_to_guess_and_to_misread():
    assert DRAWN * math.log2(len(ALPHABET)) >= 60
    assert len(set(ALPHABET)) == len(ALPHABET) == 31
    assert not set(ALPHABET) & set("0O1IL")


@pytest.mark.parametrize("code", CODES[:5])
def test_a_code_is_read_as_people_type_it(code):
    assert len(code) == LENGTH
    for typed in (code, shown(code), code.lower(), f" {shown(code).lower()} ", " ".join(code)):
        assert read(typed) == code


def test_every_wrong_character_is_noticed():
    slips = [
        code[:place] + other + code[place + 1 :]
        for code in CODES
        for place in range(LENGTH)
        for other in ALPHABET
        if other != code[place]
    ]

    assert len(slips) == len(CODES) * LENGTH * 30
    assert [slip for slip in slips if read(slip)] == []


def test_every_two_that_changed_places_are_noticed():
    swaps = []
    for code in CODES:
        for one in range(LENGTH):
            for other in range(one + 1, LENGTH):
                letters = list(code)
                letters[one], letters[other] = letters[other], letters[one]
                swaps.append((code, "".join(letters)))

    assert [swap for code, swap in swaps if swap != code and read(swap)] == []


@pytest.mark.parametrize(
    "text",
    ["", "-", CODES[0][:-1], CODES[0] + "2", "0" * LENGTH, "é" * LENGTH, "\x00" * LENGTH, "A" * 10_000],
)
def test_what_is_no_code_is_none(text):
    assert read(text) == ""
