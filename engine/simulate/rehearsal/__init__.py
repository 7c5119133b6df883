"""A rehearsal of policies in the simulated mall (docs/algorithms/rehearsal.md)."""

from engine.simulate.rehearsal.course import RehearsalRefused, check, rehearse

__all__ = ["RehearsalRefused", "check", "rehearse"]
