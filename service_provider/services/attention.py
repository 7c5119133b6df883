"""How much each click of a visit weighs in a net: for people who look at a visit; nothing is decided by it."""

from dataclasses import dataclass

from engine.churn import serve
from engine.contracts import ShopperStanding, VisitState
from service_provider.queries import serving
from service_provider.queries.learning import CHURN
from service_provider.services.serving import NoModel, hold_version

ATTENTIVE = ("b4", "b4_segments", "b6", "b7")
"""Rungs in which a net that pays attention may stand."""
_PLACE = f"{CHURN} attention"


@dataclass(frozen=True, slots=True)
class Weighed:
    """`weights` of the newest clicks, the newest last, their sum 1; by which version, and whether it is in use."""

    weights: tuple[float, ...]
    version: int
    is_live: bool


def weigh(state: VisitState, standing: ShopperStanding) -> Weighed | None:
    """By the version in use, or else by the newest one whose net pays attention; None where there is none."""
    for live in serving.list_of_rungs(CHURN, ATTENTIVE):
        try:
            place = CHURN if live.is_live else _PLACE
            found = hold_version(place, live.model, lambda _, artefact: serve.load(artefact))
        except NoModel:
            continue
        if weights := found.attention(state, standing):
            return Weighed(tuple(weights), live.model.number, live.is_live)
    return None


__all__ = ["Weighed", "weigh"]
