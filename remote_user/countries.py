"""The countries a shopper may choose from."""

from functools import cache

from babel import Locale

_NOT_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


@cache
def names() -> tuple[str, ...]:
    """English names of the two-letter territories, in order."""
    two_letters = {
        code: name for code, name in Locale("en").territories.items() if len(code) == 2 and code.isalpha()
    }
    return tuple(sorted(name for code, name in two_letters.items() if code not in _NOT_COUNTRIES))


def choices(kept: str = "") -> list[tuple[str, str]]:
    """What a select offers; `kept` is a name that stands in an account already, even one not in the list."""
    listed = names() if not kept or kept in names() else (kept, *names())
    return [("", "Choose a country"), *((name, name) for name in listed)]
