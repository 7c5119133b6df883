"""Who is held out: a hash of the person, the same for ever, so that nobody wanders between the arms."""

from hashlib import blake2b

BUCKETS = 10_000
MALL_SALT = "the mall's own holdout"

HOLDOUT, OWN_HOLDOUT, TREATED = "holdout", "own_holdout", "treated"
GROUPS = (HOLDOUT, OWN_HOLDOUT, TREATED)


def bucket(person: str, *, salt: str) -> int:
    """A number from 0 to 9,999 for a person (the merged one's key), even over people, another for another salt."""
    digest = blake2b(person.encode(), key=salt.encode()[:64], digest_size=8).digest()
    return int.from_bytes(digest, "little") % BUCKETS


def group_of(person: str, *, holdout_bp: int, own_holdout_bp: int = 0, salt: str = "") -> str:
    """Where a person belongs: the mall's holdout, a campaign's own (hashed with its own salt), or among the treated.

    Shares are in 1/10,000, from 0 to 10,000. The report compares the treated with both holdouts together.
    """
    if bucket(person, salt=MALL_SALT) < holdout_bp:
        return HOLDOUT
    if own_holdout_bp and bucket(person, salt=salt) < own_holdout_bp:
        return OWN_HOLDOUT
    return TREATED
