"""What is searched for, as counts by day: by nobody in particular (docs/decisions/0123). Part of other transactions."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime

from service_provider.adapters.ledger import bulk
from service_provider.models import SearchDay
from service_provider.queries.searches import FEWEST

LONGEST = 80
DAY_MS = 24 * 3_600_000
_DIGITS = 7  # phone, card and account numbers have at least so many, whatever stands between them
_NUMBER = re.compile(rf"\d(?:[\W_]*\d){{{_DIGITS - 1}}}")


def plain(words: str) -> str:
    """As they are counted: NFKC, lower case, single spaces. Empty where they are not kept: nothing that is a letter
    or a digit, over LONGEST characters, or what looks like an e-mail address or a number that belongs to somebody."""
    seen = "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in words)
    text = " ".join(unicodedata.normalize("NFKC", seen).lower().split())
    if len(text) > LONGEST or not any(sign.isalnum() for sign in text):
        return ""
    return "" if "@" in text or _NUMBER.search(text) else text


def count(searches: Iterable[str], *, now_ms: int) -> None:
    """Counts words, as `plain` gave them, on the day of their receipt. One statement, none where there are no words."""
    counted = sorted(Counter(words for words in searches if words).items())
    if not counted:
        return
    day = datetime.fromtimestamp(now_ms / 1000, UTC).date()
    # In the order of the alphabet, so that two batches never wait for each other.
    rows = [(day, words, number) for words, number in counted]
    bulk.add_up(SearchDay, ("day", "words"), ("day", "words", "count"), rows, sums=("count",))


def forget_rare(*, before: date) -> int:
    """Removes what fewer than FEWEST searched for on a day before that: nobody is ever shown it."""
    return SearchDay.objects.filter(day__lt=before, count__lt=FEWEST).delete()[0]
