"""Words of titles and categories, and which products have them: pure, built once per catalogue, then only read."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

MOST_WORDS = 6
LONGEST_WORD = 32
MOST_ENDINGS = 200  # of words that begin like the one typed
TITLE, CATEGORY = 4, 2  # what a word is worth there
WHOLE, BEGUN, MISTYPED = 4, 3, 2  # and how it was met
_PLAIN_I = str.maketrans({"ı": "i", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"})


@dataclass(frozen=True, slots=True)
class Hits:
    """Positions of products, best first. `understood` is the query as it was read where that differs.

    Where nothing has all words, `hints` are queries that do find something.
    """

    positions: tuple[int, ...]
    understood: str = ""
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Meant:
    """What one typed word may mean: words of the catalogue, and how they were met."""

    typed: str
    words: tuple[str, ...]
    worth: int

    @property
    def is_corrected(self) -> bool:
        return self.worth == MISTYPED


def words_of(text: str) -> list[str]:
    """Small letters without accents; what is neither letter nor digit separates words."""
    small = unicodedata.normalize("NFKD", text).casefold().translate(_PLAIN_I)
    plain = "".join(sign for sign in small if not unicodedata.combining(sign))
    return [word[:LONGEST_WORD] for word in re.findall(r"[^\W_]+", plain)]


def slips(word: str) -> int:
    """How many letters may be wrong, missing, too many or swapped."""
    if len(word) < 3 or word.isdigit():
        return 0
    return 1 if len(word) < 6 else 2


class ProductIndex:
    def __init__(self, products: Iterable[tuple[str, str]]) -> None:
        """`products` are (title, category), in the order in which equally good ones are shown."""
        found: dict[str, dict[int, int]] = {}
        for position, (title, category) in enumerate(products):
            for word in words_of(category):
                found.setdefault(word, {})[position] = CATEGORY
            for word in words_of(title):
                found.setdefault(word, {})[position] = TITLE
        self._places = found
        self._words = sorted(found)

    def find(self, query: str) -> Hits:
        """The products that have all words of the query, as they stand, begun or mistyped."""
        meant = [self._mean(word) for word in dict.fromkeys(words_of(query)[:MOST_WORDS])]
        if not meant:
            return Hits(())
        scores = self._score(meant)
        if not scores:
            return Hits((), hints=self._hints(meant))
        positions = tuple(sorted(scores, key=lambda position: (-scores[position], position)))
        corrected = any(one.is_corrected for one in meant)
        return Hits(positions, " ".join(one.words[0] for one in meant) if corrected else "")

    def _mean(self, typed: str) -> _Meant:
        if typed in self._places:
            return _Meant(typed, (typed, *self._endings(typed)), WHOLE)
        if begun := self._endings(typed):
            return _Meant(typed, begun, BEGUN)
        return _Meant(typed, self._near(typed, slips(typed)), MISTYPED)

    def _endings(self, start: str) -> tuple[str, ...]:
        """Longer words that begin like this."""
        first = bisect_left(self._words, start + "\0")
        last = bisect_left(self._words, start + "\U0010ffff")
        return tuple(self._words[first : min(last, first + MOST_ENDINGS)])

    def _near(self, typed: str, most: int) -> tuple[str, ...]:
        """The words with the fewest slips, those that most products have first."""
        if not most:
            return ()
        near = process.extract(typed, self._words, scorer=OSA.distance, score_cutoff=most, limit=10)
        fewest = min((slip for _, slip, _ in near), default=0)
        words = [word for word, slip, _ in near if slip == fewest]
        return tuple(sorted(words, key=lambda word: (-len(self._places[word]), word)))

    def _score(self, meant: list[_Meant]) -> dict[int, int]:
        """Products that have all that is meant, with their points. The rarest word is asked first."""
        each = sorted((self._worths(one) for one in meant), key=len)
        scores = each[0]
        for other in each[1:]:
            scores = {at: worth + other[at] for at, worth in scores.items() if at in other}
        return scores

    def _worths(self, one: _Meant) -> dict[int, int]:
        best: dict[int, int] = {}
        for word in reversed(one.words):  # the word itself comes last, and wins
            how = WHOLE if word == one.typed else min(one.worth, BEGUN)
            for position, worth in self._places[word].items():
                if worth * how > best.get(position, 0):
                    best[position] = worth * how
        return best

    def _hints(self, meant: list[_Meant]) -> tuple[str, ...]:
        """What is known of each word by itself; of an unknown one what comes nearest to it."""
        hints: list[str] = []
        for one in meant:
            near = one.words or self._near(one.typed, max(1, len(one.typed) // 2))
            hints += near[:1] if one.words else near[:3]
        return tuple(dict.fromkeys(hints))[:5]
