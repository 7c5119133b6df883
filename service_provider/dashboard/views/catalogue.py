"""What the mall sells: found, edited, and given a margin by category."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from service_provider.dashboard import tables, wording
from service_provider.dashboard.access import actor, needs
from service_provider.dashboard.forms.catalogue import MarginForm, ProductForm, initial_of
from service_provider.dashboard.paging import page_number
from service_provider.queries import access
from service_provider.queries import catalogue as goods
from service_provider.queries import mall as mall_settings
from service_provider.queries.catalogue import ProductRow
from service_provider.services import catalogue as shelves

FORM_METHODS = ["GET", "HEAD", "POST"]
COLUMNS: tuple[tables.Heading, ...] = (
    "Title", "Product id", "Category", "Mall", tables.number("Price"), tables.number("Margin"),
    tables.number("Stock"), "On sale",
)  # fmt: skip


@require_safe
@needs("see_dashboard")
def catalogue(request: HttpRequest) -> HttpResponse:
    listing = goods.search(request.GET.dict(), page_number(request), now=timezone.now())
    may_change = access.may(actor(request), "change_catalogue").allowed
    as_of = wording.moment(listing.as_of)
    rows = [_cells(row, may_change=may_change) for row in listing.page.rows]
    context = {
        "listing": listing,
        "as_of": as_of,
        "may_change": may_change,
        "table": tables.table(f"Products, as of {as_of}", COLUMNS, rows),
    }
    return render(request, "service_provider/catalogue.html", context)


def _cells(row: ProductRow, *, may_change: bool) -> list[tables.Content]:
    href = reverse("provider:product-edit", args=[row.id]) if may_change else ""
    return [
        tables.Cell(row.title, href=href),
        row.product_id,
        row.category,
        row.mall,
        row.price,
        row.margin,
        wording.count(row.stock),
        tables.Cell("yes", badge="good") if row.is_active else tables.Cell("no", badge="warn"),
    ]


# ---- one product ------------------------------------------------------------------------------------


@require_http_methods(FORM_METHODS)
@needs("change_catalogue")
def product_edit(request: HttpRequest, product_pk: int) -> HttpResponse:
    row = _get(product_pk)
    if request.method != "POST":
        return _product_page(request, row, _form(row))
    form = _form(row, request.POST)
    if not form.is_valid():
        return _product_page(request, row, form, status=400)
    try:
        changed = shelves.edit(
            product_pk,
            form.values(),
            version=form.cleaned_data["version"],
            by=actor(request),
            now=timezone.now(),
        )
    except shelves.ProductNotFound:
        raise Http404("There is no such product.") from None
    except shelves.ChangedMeanwhile:
        return _collision_page(request, _get(product_pk), form)
    messages.success(request, f"{row.title} is saved." if changed else "Nothing differed.")
    return redirect("provider:catalogue")


def _get(product_pk: int) -> ProductRow:
    row = goods.find(product_pk)
    if row is None:
        raise Http404("There is no such product.")
    return row


def _form(row: ProductRow, given: object = None) -> ProductForm:
    settings = mall_settings.get_settings()
    digits = settings.minor_digits
    return ProductForm(
        given,
        initial=initial_of(row, digits=digits),
        digits=digits,
        currency=settings.currency,
    )


def _collision_page(request: HttpRequest, row: ProductRow, form: ProductForm) -> HttpResponse:
    """What was typed stays in the form; saved once more, it takes the place of what stands there now."""
    again = _form(row, {**request.POST.dict(), "version": row.version})
    again.is_valid()
    stands = again.initial
    differing: list[list[tables.Content]] = [
        [str(again.fields[name].label or name.capitalize()), _told(stands[name]), _told(given)]
        for name, given in form.cleaned_data.items()
        if name != "version" and given != stands[name]
    ]
    collision = tables.table("What differs", ("Field", "Stands there now", "You typed"), differing)
    return _product_page(request, row, again, status=409, collision=collision)


def _told(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value == "" else str(value)


def _product_page(
    request: HttpRequest,
    row: ProductRow,
    form: ProductForm,
    *,
    status: int = 200,
    collision: tables.Table | None = None,
) -> HttpResponse:
    context = {
        "product": row,
        "form": form,
        "collision": collision,
        "editor": goods.find_editor(row),
    }
    return render(request, "service_provider/product_edit.html", context, status=status)


# ---- a category's margin ----------------------------------------------------------------------------


@require_http_methods(FORM_METHODS)
@needs("change_catalogue")
def category_margin(request: HttpRequest) -> HttpResponse:
    """First says how many products would change; what was agreed to is done when it is sent once more."""
    if request.method != "POST":
        form = MarginForm(initial={"category": request.GET.get("category", "")})
        return _margin_page(request, form)
    form = MarginForm(request.POST)
    if not form.is_valid():
        return _margin_page(request, form, status=400)
    agreed = request.POST.get("agreed", "")
    if not (agreed.isascii() and agreed.isdigit() and len(agreed) < 10):
        return _margin_page(request, form, asks=True)
    return _set_margin(request, form, int(agreed))


def _set_margin(request: HttpRequest, form: MarginForm, agreed: int) -> HttpResponse:
    category, margin_bp = form.cleaned_data["category"], form.margin_bp
    try:
        changed = shelves.set_margin(
            category, margin_bp, expected=agreed, by=actor(request), now=timezone.now()
        )
    except shelves.AnotherCount:
        messages.warning(request, "The catalogue was changed meanwhile. Look at the new number, then agree.")
        return _margin_page(request, form, asks=True, status=409)
    products = "1 product has" if changed == 1 else f"{changed:,} products have"
    messages.success(request, f"{products} a margin of {goods.percent(margin_bp)} now.")
    return redirect("provider:catalogue")


def _margin_page(
    request: HttpRequest, form: MarginForm, *, asks: bool = False, status: int = 200
) -> HttpResponse:
    context: dict[str, object] = {"form": form, "has_products": bool(form.fields["category"].choices[1:])}  # type: ignore[attr-defined]
    if asks:
        category, margin_bp = form.cleaned_data["category"], form.margin_bp
        context |= {
            "asks": True,
            "category": category,
            "margin": goods.percent(margin_bp),
            "margins": goods.get_margins(category, margin_bp),
        }
    return render(request, "service_provider/category_margin.html", context, status=status)
