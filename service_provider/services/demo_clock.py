"""The clock of a simulated shopper: a moment of hers, signed for one batch with a key that only a demo has.

Outside a demo there is no key, and the header is not looked at (docs/decisions/0122).
"""

import hmac
import re
from hashlib import sha256

HEADER = "X-Mall-Clock"
VALID_MS = 60_000  # between the signature and its receipt, either way
MOST_BEHIND_MS = 24 * 3_600_000
_SEALED = re.compile(r"(\d{1,15})\.(\d{1,15})\.([0-9a-f]{64})")


class WrongClock(Exception):
    """Why a simulated clock is not believed; nothing of its batch is stored."""


def sign(clock_ms: int, body: bytes, *, key: str, now_ms: int) -> str:
    """The header of this batch; `now_ms` is the real moment."""
    return f"{clock_ms}.{now_ms}.{_seal(clock_ms, now_ms, body, key)}"


def read(header: str | None, body: bytes, *, key: str, now_ms: int) -> int | None:
    """The simulated moment, None where none was sent or this is no demo. WrongClock."""
    if header is None or not key:
        return None
    parts = _SEALED.fullmatch(header)
    if parts is None:
        raise WrongClock(f"{HEADER} must be a moment, the moment of its signature, and the signature.")
    clock_ms, signed_ms = int(parts[1]), int(parts[2])
    if not hmac.compare_digest(parts[3], _seal(clock_ms, signed_ms, body, key)):
        raise WrongClock("This simulated clock is not signed by this mall for this batch.")
    if abs(now_ms - signed_ms) > VALID_MS:
        raise WrongClock(f"The signature of a simulated clock is good for {VALID_MS // 1000} seconds.")
    if not 0 <= signed_ms - clock_ms <= MOST_BEHIND_MS:
        raise WrongClock("A simulated clock may be a day behind the real one, and never ahead of it.")
    return clock_ms


def _seal(clock_ms: int, signed_ms: int, body: bytes, key: str) -> str:
    text = f"{clock_ms}.{signed_ms}.{sha256(body).hexdigest()}"
    return hmac.new(key.encode(), text.encode(), sha256).hexdigest()
