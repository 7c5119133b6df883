"""Why a person did what cannot be seen from the change itself; asked wherever somebody else is touched."""

SHORTEST, LONGEST = 5, 300


class BadReason(Exception):
    """The reason is missing, too short or too long; the text says so to people."""


def check(reason: str) -> str:
    """The reason without blanks around it, or BadReason."""
    reason = reason.strip()
    if not SHORTEST <= len(reason) <= LONGEST:
        raise BadReason(f"Give a reason of {SHORTEST} to {LONGEST} characters.")
    return reason
