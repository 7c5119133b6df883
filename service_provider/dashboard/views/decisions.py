"""Every decision, those that withheld a coupon too: listed, filtered, and one by one in words."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from service_provider.dashboard import tables, wording
from service_provider.dashboard.access import needs
from service_provider.dashboard.paging import page_number
from service_provider.dashboard.tables import Cell, Table
from service_provider.queries import decision_page
from service_provider.queries import decisions as list_of
from service_provider.queries.decision_page import Asked, DecisionPage
from service_provider.queries.decisions import DecisionRow

COLUMNS: tuple[tables.Heading, ...] = (
    "When", "Coupon", "Why", "Campaign", "Group", "Category", tables.number("Risk"), "Shopper", "Its state",
    tables.number("Microseconds"),
)  # fmt: skip


@require_safe
@needs("see_dashboard")
def decisions(request: HttpRequest) -> HttpResponse:
    listing = list_of.search(request.GET.dict(), page_number(request), now=timezone.now())
    as_of = wording.moment(listing.as_of)
    rows = [_cells(row) for row in listing.page.rows]
    context = {
        "listing": listing,
        "as_of": as_of,
        "table": tables.table(f"Decisions, the newest first, as of {as_of}", COLUMNS, rows),
    }
    return render(request, "service_provider/decisions.html", context)


def _cells(row: DecisionRow) -> list[tables.Content]:
    return [
        Cell(wording.moment(row.at), href=reverse("provider:decision", args=[row.id])),
        Cell(row.coupon or "offered", badge="accent") if row.arm else "none",
        ", ".join(row.reasons),
        Cell(row.campaign, href=reverse("provider:campaign", args=[row.campaign_id]))
        if row.campaign_id
        else "none",
        row.group.replace("_", " "),
        row.category,
        "unknown" if row.risk is None else wording.rate(row.risk),
        row.shopper_key,
        row.coupon_state,
        wording.count(row.micros),
    ]


@require_safe
@needs("see_dashboard")
def decision(request: HttpRequest, decision_id: int) -> HttpResponse:
    found = decision_page.find(decision_id)
    if found is None:
        raise Http404("There is no such decision.")
    context = {
        "decision": found,
        "at": wording.moment(found.at),
        "risk": "unknown: no model served" if found.risk is None else wording.rate(found.risk),
        "threshold": None if found.threshold is None else wording.rate(found.threshold),
        "until": wording.moment(found.coupon.until) if found.coupon else "",
        "arms": _arms(found),
        "asked": _asked(found),
        "categories": _categories(found),
        "basket": _basket(found),
        "differences": _differences(found),
    }
    return render(request, "service_provider/decision.html", context)


def _arms(found: DecisionPage) -> Table | None:
    rows: list[list[tables.Content]] = [
        [
            str(arm.number),
            arm.what,
            wording.rate(arm.chance),
            Cell("chosen", badge="good") if arm.is_chosen else "",
        ]
        for arm in found.arms
    ]
    columns = ("Arm", "What", tables.number("Chance"), "Outcome")
    return tables.table("What could have been chosen, and with which chance", columns, rows) if rows else None


def _asked(found: DecisionPage) -> Table | None:
    asked = [*([found.campaign] if found.campaign else []), *found.others]
    columns = (
        "Campaign",
        "Outcome",
        tables.words("Why"),
        tables.number("Priority"),
        tables.number("Budget left then"),
    )
    rows = [_asked_cells(one) for one in asked]
    return tables.table("Campaigns that ran then", columns, rows) if rows else None


def _asked_cells(one: Asked) -> list[tables.Content]:
    return [
        Cell(one.name, href=reverse("provider:campaign", args=[one.campaign_id])),
        Cell("decided", badge="good") if one.decided else "did not decide",
        one.why or "The first that was meant for her.",
        str(one.priority),
        one.left,
    ]


def _categories(found: DecisionPage) -> Table | None:
    if found.did is None or not found.did.categories:
        return None
    rows: list[list[tables.Content]] = [
        [name, wording.count(views), wording.count(adds)] for name, views, adds in found.did.categories
    ]
    columns = ("Category", tables.number("Looks"), tables.number("Put into the basket"))
    return tables.table("What she looked at", columns, rows)


def _basket(found: DecisionPage) -> Table | None:
    if found.did is None or not found.did.basket:
        return None
    rows: list[list[tables.Content]] = [
        [product, category, wording.count(quantity), price]
        for product, category, quantity, price in found.did.basket
    ]
    columns = ("Product", "Category", tables.number("Pieces"), tables.number("Price"))
    return tables.table("What lay in her basket", columns, rows)


def _differences(found: DecisionPage) -> Table | None:
    rows: list[list[tables.Content]] = [[*told] for told in found.again.differences]
    return tables.table("What differs", ("Part", "Kept", "Computed again"), rows) if rows else None
