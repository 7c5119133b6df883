"""New codes, drawn from the system's own source of chance."""

import secrets

from engine.policy.codes import ALPHABET, DRAWN, finish


def draw() -> str:
    """A code that nobody can guess: 64 bits, and its check character."""
    return finish("".join(secrets.choice(ALPHABET) for _ in range(DRAWN)))
