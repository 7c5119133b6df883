"""The accounts of the demo's crowd, lent to simulated shoppers who want to buy.

Nobody was ever told the crowd's passwords. Each is made anew from the demo's own key, so that all processes of one
demo know the same one, and it is written only where another one is kept.
"""

import hmac
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from service_provider.management.demo import cast
from service_provider.queries.people import census
from service_provider.services.people import demo_logins


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    password: str


def open_some(most: int, *, key: str, now: datetime) -> "Accounts":
    """Some of the crowd who let the mall remember their visits; `anna` and `bea` are left to people.

    Looking at a password is slow on purpose, so no more of them than are wanted.
    """
    crowd = [name for name in cast.names() if name not in cast.NAMED]
    found = [account.username for account in census.list_watched(crowd)[:most]]
    passwords = {name: _password(name, key) for name in found}
    demo_logins.keep(passwords, now=now)
    return Accounts(Account(name, password) for name, password in passwords.items())


def _password(name: str, key: str) -> str:
    return hmac.new(key.encode(), f"play {name}".encode(), sha256).hexdigest()


class Accounts:
    """Whoever bought longest ago buys next, and nobody in two places at once."""

    def __init__(self, accounts: Iterable[Account] = ()) -> None:
        self._lock, self._free = threading.Lock(), deque(accounts)

    def __len__(self) -> int:
        return len(self._free)

    def take(self) -> Account | None:
        with self._lock:
            return self._free.popleft() if self._free else None

    def give_back(self, account: Account) -> None:
        with self._lock:
            self._free.append(account)
