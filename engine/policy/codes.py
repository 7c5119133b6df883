"""The codes of coupons: hard to guess, hard to misread, and a slip of one character is noticed."""

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # 31 characters, a prime: no 0 O 1 I L
DRAWN = 13  # characters by chance: 64 bits
LENGTH = DRAWN + 1
_PLACES = {character: place for place, character in enumerate(ALPHABET)}
_MISREAD = str.maketrans({"-": "", " ": ""})


def finish(body: str) -> str:
    """A code from its DRAWN characters: with the check character behind them."""
    return body + _check_of(body)


def read(text: str) -> str:
    """A code as it is kept, from what somebody typed or scanned; empty where it cannot be one."""
    code = text.translate(_MISREAD).upper()
    if len(code) != LENGTH or not _PLACES.keys() >= set(code):
        return ""
    return code if _check_of(code[:DRAWN]) == code[DRAWN] else ""


def shown(code: str) -> str:
    """In groups, as people read it aloud."""
    return f"{code[:5]}-{code[5:10]}-{code[10:]}"


def _check_of(body: str) -> str:
    """Weights 1 to 13 modulo 31: one wrong character or two that changed places give another one."""
    total = sum(weight * _PLACES[character] for weight, character in enumerate(body, start=1))
    return ALPHABET[total % len(ALPHABET)]
