"""Words that name their writer: her user name, her name, her e-mail addresses, her phone."""

import re
from collections.abc import Iterable

from allauth.account.models import EmailAddress

from service_provider.models.people import User

BLANK = "[...]"
_ADDRESS = r"(?<![\w.+-])[\w.+-]{1,64}@[\w.-]*\w"  # anybody's
_FEWEST_DIGITS, _LAST_DIGITS = 5, 6
_BETWEEN = r"[\s()./-]{0,3}"


class Names:
    """What names each of some shoppers. Two queries."""

    def __init__(self, shopper_ids: Iterable[int]) -> None:
        users = User.objects.filter(shopper_id__in=set(shopper_ids)).select_related("account")
        others: dict[int, list[str]] = {}
        for user_id, address in EmailAddress.objects.filter(user__in=users).values_list("user_id", "email"):
            others.setdefault(user_id, []).append(address)
        self._signs = {user.shopper_id: _sign(user, others.get(user.pk, [])) for user in users}

    def blank(self, shopper_id: int, text: str) -> str:
        """The text without the words that name this shopper, and without e-mail addresses."""
        return self._signs.get(shopper_id, _ANYBODY).sub(BLANK, text)


def has_account(shopper_id: int) -> bool:
    """Whether she still has an account, so that there is a page of hers."""
    return User.objects.filter(shopper_id=shopper_id).exists()


def _sign(user: User, addresses: list[str]) -> re.Pattern[str]:
    account = getattr(user, "account", None)
    words = {user.username, *user.first_name.split(), *user.last_name.split(), user.email, *addresses}
    parts = [rf"(?<!\w){re.escape(word)}(?!\w)" for word in sorted(words, key=len, reverse=True) if word[1:]]
    return re.compile("|".join([_ADDRESS, *parts, *_phone(account.phone if account else "")]), re.IGNORECASE)


def _phone(phone: str) -> list[str]:
    """Her number however it is spaced, with what stands before its last digits: +49 30 1234 is 030/1234 too."""
    digits = [sign for sign in phone if sign.isdigit()]
    if len(digits) < _FEWEST_DIGITS:
        return []
    return [r"(?:[+(\d][+\d\s()./-]{0,12})?" + _BETWEEN.join(digits[-_LAST_DIGITS:])]


_ANYBODY = re.compile(_ADDRESS)
