"""Who is no person: robots are marked on their visit, so that no figure counts them."""

import re

from engine.contracts import VisitState
from service_provider.models import Visit
from service_provider.queries import visitors

_AGENTS = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|scrap|headless|phantomjs|python-|urllib|aiohttp|httpx|curl/|wget/|libwww|"
    r"go-http|okhttp|java/|apache-http|axios/|node-fetch|facebookexternalhit|preview|monitor|lighthouse|archiver",
    re.IGNORECASE,
)
FEW, FASTEST_MS = 40, 500
"""So many events with less than this between them on average: nobody clicks twice a second for so long."""
MANY, LONGEST_MS = 60, 2_000
"""So many events without ever dwelling this long: nobody never looks at anything."""


def is_robot(agent: str) -> bool:
    """Whether a browser calls itself a robot, or nothing at all."""
    return not agent.strip() or _AGENTS.search(agent[:500]) is not None


def is_inhuman(state: VisitState) -> bool:
    """Whether a visit is quicker than a person can be, or never dwells."""
    if state.version < FEW:
        return False
    lasted = state.last_at - state.started_at
    return lasted < (state.version - 1) * FASTEST_MS or (
        state.version >= MANY and state.gap_max_ms < LONGEST_MS
    )


def mark(shopper_key: str) -> bool:
    """Marks the newest visit of who followed a link that no person sees. False where there is none."""
    shopper_id = visitors.resolve(shopper_key)
    if shopper_id is None:
        return False
    newest = Visit.objects.filter(shopper_id=shopper_id).order_by("-last_ms", "-pk")
    visit_id = newest.values_list("pk", flat=True).first()
    return bool(visit_id and Visit.objects.filter(pk=visit_id).update(is_bot=True))
