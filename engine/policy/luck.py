"""Chance that can be had again: a draw is a hash of a seed and a purpose, whoever asks and how often."""

from dataclasses import dataclass
from hashlib import blake2b

_UNIT = 2.0**-53


@dataclass(frozen=True, slots=True)
class Luck:
    """`engine.contracts.Chance` of one decision; `seed` is a text of at most 64 characters."""

    seed: str

    def uniform(self, purpose: int) -> float:
        """A number from [0, 1), even over seeds and purposes."""
        digest = blake2b(purpose.to_bytes(8, "little"), key=self.seed.encode()[:64], digest_size=8).digest()
        return (int.from_bytes(digest, "little") >> 11) * _UNIT
