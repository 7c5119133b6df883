"""What shoppers say: read by all staff; answered, closed and opened again by the provider."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from service_provider.dashboard import tables, wording
from service_provider.dashboard.access import actor, needs
from service_provider.dashboard.forms.feedback import AnswerForm
from service_provider.dashboard.paging import page_number
from service_provider.queries import access, mall
from service_provider.queries import feedback as said
from service_provider.queries.feedback import FeedbackRow
from service_provider.queries.feedback_filters import STATES
from service_provider.queries.people import naming
from service_provider.services import feedback as services

COLUMNS: tuple[tables.Heading, ...] = (
    "Written", "State", "Topic", tables.number("Rating"), tables.words("Words"), "Shopper", "Answered",
)  # fmt: skip
BADGES = {"new": "accent", "answered": "good", "closed": ""}


def _get(request: HttpRequest, feedback_id: int) -> FeedbackRow:
    row = said.find(feedback_id, by=actor(request))
    if row is None:
        raise Http404("There is no such feedback.")
    return row


@require_safe
@needs("see_feedback")
def feedback_list(request: HttpRequest) -> HttpResponse:
    listing = said.search(request.GET, page_number(request), by=actor(request), now=timezone.now())
    as_of = wording.moment(listing.as_of)
    settings = mall.get_settings()
    rows = [_cells(row, settings) for row in listing.page.rows]
    context = {
        "listing": listing,
        "as_of": as_of,
        "table": tables.table(f"Feedback as of {as_of}", COLUMNS, rows),
        "states": [(name, title, wording.count(listing.counts[name])) for name, title in STATES.items()],
        "mean": _mean(listing.mean),
    }
    return render(request, "service_provider/feedback.html", context)


def _mean(mean: said.MeanRating) -> str:
    """The mean with its interval, or why there is none."""
    if mean.value is None or mean.low is None or mean.high is None:
        return wording.NOT_ENOUGH
    return f"{mean.value:.2f} ({mean.low:.2f} to {mean.high:.2f})"


def _cells(row: FeedbackRow, settings: mall.MallSettings) -> list[tables.Content]:
    written = wording.moment(settings.local(row.created_at))
    return [
        tables.Cell(written, href=reverse("provider:feedback-entry", args=[row.id])),
        tables.Cell(row.state_name, badge=BADGES[row.state]),
        row.topic,
        str(row.rating or ""),
        Truncator(row.text).chars(80),
        Truncator(row.shopper_key).chars(12),  # whole on the page of the entry
        wording.day(settings.local(row.answered_at)) if row.answered_at else "",
    ]


def _show(request: HttpRequest, row: FeedbackRow, form: AnswerForm | None, status: int = 200) -> HttpResponse:
    context = {
        "row": row,
        "form": form,
        "badge": BADGES[row.state],
        "may_answer": access.may(actor(request), "answer_feedback").allowed,
        "has_account": naming.has_account(row.shopper_id),
    }
    return render(request, "service_provider/feedback_entry.html", context, status=status)


@require_safe
@needs("see_feedback")
def feedback_entry(request: HttpRequest, feedback_id: int) -> HttpResponse:
    row = _get(request, feedback_id)
    return _show(request, row, AnswerForm(None, row=row))


@require_POST
@needs("answer_feedback")
def feedback_answer(request: HttpRequest, feedback_id: int) -> HttpResponse:
    row = _get(request, feedback_id)
    form = AnswerForm(request.POST, row=row)
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.answer(
                feedback_id, given["answer"], seen=given["seen"], by=actor(request), now=timezone.now()
            )
        except services.FeedbackRefused as refused:
            form.add_error(None, str(refused))
            row = _get(request, feedback_id)
            form.look_again(row)
        else:
            messages.success(request, "Answered: she reads it on her page of feedback.")
            return redirect("provider:feedback-entry", feedback_id)
    return _show(request, row, form)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("answer_feedback")
def feedback_close(request: HttpRequest, feedback_id: int) -> HttpResponse:
    row = _get(request, feedback_id)
    if request.method != "POST":
        return render(request, "service_provider/feedback_close.html", {"row": row})
    try:
        services.close(feedback_id, by=actor(request), now=timezone.now())
        messages.success(request, "Closed. It can be opened again.")
    except services.FeedbackRefused as refused:
        messages.warning(request, str(refused))
    return redirect("provider:feedback-entry", feedback_id)


@require_POST
@needs("answer_feedback")
def feedback_reopen(request: HttpRequest, feedback_id: int) -> HttpResponse:
    _get(request, feedback_id)
    try:
        services.reopen(feedback_id, by=actor(request), now=timezone.now())
        messages.success(request, "Open again.")
    except services.FeedbackRefused as refused:
        messages.warning(request, str(refused))
    return redirect("provider:feedback-entry", feedback_id)
