"""Every prediction: listed, filtered, searched, one by one."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from service_provider.dashboard import tables, wording
from service_provider.dashboard.access import needs
from service_provider.dashboard.paging import page_number
from service_provider.queries import predictions as list_of
from service_provider.queries.predictions import PredictionRow

COLUMNS: tuple[tables.Heading, ...] = (
    "Made", "Result", "Came true", "Tid", "Customer", "Shopper", "Gender", tables.number("Age"),
    "Category", tables.number("Quantity"), tables.number("Price"), "Payment", "Invoice", "Mall",
    "Coupon", "Source", "Model",
)  # fmt: skip


@require_safe
@needs("see_dashboard")
def predictions(request: HttpRequest) -> HttpResponse:
    listing = list_of.search(request.GET, page_number(request), now=timezone.now())
    as_of = wording.moment(listing.as_of)
    rows = [_cells(row) for row in listing.page.rows]
    context = {
        "listing": listing,
        "as_of": as_of,
        "table": tables.table(f"Predictions, newest first, as of {as_of}", COLUMNS, rows),
    }
    return render(request, "service_provider/predictions.html", context)


@require_safe
@needs("see_dashboard")
def prediction(request: HttpRequest, prediction_id: int) -> HttpResponse:
    row = list_of.find(prediction_id)
    if row is None:
        raise Http404("There is no such prediction.")
    votes: list[list[tables.Content]] = [
        [wording.model(name), _result(vote)] for name, vote in row.votes.items()
    ]
    context = {
        "prediction": row,
        "result": wording.label(row.result),
        "made": wording.moment(row.created_at),
        "invoice": wording.day(row.invoice_date),
        "actual": wording.label(row.actual) if row.actual is not None else "",
        "actual_at": wording.moment(row.actual_at) if row.actual_at else "",
        "votes": tables.table("How the members voted", ("Member", "Vote"), votes),
    }
    return render(request, "service_provider/prediction.html", context)


def _result(label: int) -> tables.Cell:
    return tables.Cell(wording.label(label), badge="accent" if label else "")


def _came_true(row: PredictionRow) -> tables.Cell:
    if row.came_true is None:
        return tables.Cell("not known yet")
    return tables.Cell("yes", badge="good") if row.came_true else tables.Cell("no", badge="bad")


def _cells(row: PredictionRow) -> list[tables.Content]:
    return [
        tables.Cell(wording.moment(row.created_at), href=reverse("provider:prediction", args=[row.id])),
        _result(row.result),
        _came_true(row),
        row.tid,
        row.customer_id,
        row.shopper_key,
        row.gender,
        str(row.age),
        row.category,
        wording.count(row.quantity),
        row.price,
        row.payment_method,
        wording.day(row.invoice_date),
        row.shopping_mall,
        row.coupon_no,
        row.source,
        f"v{row.version_number}",
    ]
