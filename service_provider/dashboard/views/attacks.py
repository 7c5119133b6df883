"""Coupons attacked on purpose: what it does, the button, how far it is and what it came to."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from service_provider.dashboard import job_progress, tables, wording
from service_provider.dashboard.access import actor, needs
from service_provider.dashboard.tables import Cell, Table
from service_provider.queries import attacks as queries
from service_provider.queries import campaigns, mall
from service_provider.queries import jobs as job_rows
from service_provider.queries.attacks import JOB_KIND, Attack, AttackRound
from service_provider.services import attacks, jobs

COLUMNS: tuple[tables.Heading, ...] = (
    tables.words("What was tried at once"), "Held", tables.number("Attempts"), tables.number("Done, of what may be"),
    tables.words("Refused"), tables.words("Money"),
)  # fmt: skip
REASONS = {
    "budget": "beyond the budget",
    "limit_total": "beyond the campaign's limit",
    "limit_per_shopper": "beyond the shopper's limit",
    "redeemed": "used before",
    "not_redeemed": "taken back before",
}


@require_http_methods(["GET", "HEAD", "POST"])
@needs("manage_campaigns")
def campaign_attack(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request)
    if campaigns.find_stop() is not None:
        return _page(request, is_stopped=True, status=409)
    try:
        attacks.start(by=actor(request), now=timezone.now())
    except jobs.AlreadyRunning:
        return _page(request, status=409)
    return redirect("provider:campaign-attack")


def _page(request: HttpRequest, *, is_stopped: bool = False, status: int = 200) -> HttpResponse:
    now, found = timezone.now(), queries.find_last()
    newest = next(iter(job_rows.list_newest(kind=JOB_KIND, limit=1)), None)
    job = newest if newest and newest.is_live else None
    context = {
        "job": job,
        "shown": job_progress.shown(job, now=now) if job else None,
        "no_worker": job is not None and not job_rows.is_worker_alive(now=now),
        "failed": newest if newest and newest.state == "failed" else None,
        "is_stopped": is_stopped,
        "found": found,
        "at": wording.moment(mall.get_settings().local(found.at)) if found else "",
        "table": _table(found) if found else None,
    }
    return render(request, "service_provider/campaign_attack.html", context, status=status)


def _table(found: Attack) -> Table:
    money = mall.get_settings().money
    rows = [_cells(one, money) for one in found.rounds]
    return tables.table(f"Each round of the attack, from {found.connections} connections", COLUMNS, rows)


def _cells(one: AttackRound, money: Callable[[int], str]) -> list[tables.Content]:
    return [
        one.name.capitalize(),
        Cell("no: " + " ".join(one.broken), badge="bad") if one.broken else Cell("yes", badge="good"),
        wording.count(one.attempts),
        f"{wording.count(one.succeeded)} of {wording.count(one.limit)}",
        ", ".join(f"{wording.count(times)} {_reason(why)}" for why, times in one.refusals.items()) or "none",
        f"{money(one.spent_minor)} spent, {money(one.reserved_minor)} promised, of {money(one.budget_minor)}",
    ]


def _reason(name: str) -> str:
    return REASONS.get(name, name.replace("_", " "))
