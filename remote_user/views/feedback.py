"""A shopper says what she thinks of the shop, and reads what was answered."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from remote_user.access import actor, needs
from remote_user.forms import FeedbackForm
from service_provider.queries import feedback as said
from service_provider.queries.page import number_of
from service_provider.services import feedback as services


@require_http_methods(["GET", "HEAD", "POST"])
@needs("give_feedback")
def feedback(request: HttpRequest) -> HttpResponse:
    by = actor(request)
    form = FeedbackForm(request.POST if request.method == "POST" else None, initial={"rating": ""})
    if request.method == "POST" and form.is_valid():
        try:
            services.write(form.words(), by=by, now=timezone.now())
        except services.FeedbackRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Thank you. The mall reads it; an answer will stand on this page.")
            return redirect("shop:feedback")
    page = said.list_own(by, number_of(request.GET.get("page", "1")))
    context = {"form": form, "page": page, "most": said.MOST_A_DAY}
    return render(request, "remote_user/feedback.html", context)
