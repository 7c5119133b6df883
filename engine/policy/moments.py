"""Decision points: the events at which a policy may act. Rules: docs/algorithms/decide.md."""

from engine import trail
from engine.contracts import KINDS, Terms, VisitState

_ACTING = frozenset(KINDS.index(kind) for kind in ("add_to_cart", "cart_view", "exit_intent"))
_IDLE = KINDS.index("idle")


def is_decision_point(state: VisitState, terms: Terms) -> bool:
    """Whether a policy may act on the newest event of `state`.

    It is at least the event number `terms.first_event` (1 is the first), and it adds to the cart, looks at it,
    shows exit intent, is an idle after at least `terms.idle_ms` without an event, or has a number that
    `terms.every` divides (0: no such rule). A late event never is one: the moment it tells of is over.
    """
    version = state.version
    if version < terms.first_event or state.is_late or not version:
        return False
    newest = state.trail[-trail.STEP_BYTES] & trail.KIND
    if newest in _ACTING or (newest == _IDLE and state.last_gap_ms >= terms.idle_ms):
        return True
    return terms.every > 0 and version % terms.every == 0
