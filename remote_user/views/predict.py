"""The shopper asks what a purchase would be worth, and reads what she was told before."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from remote_user.access import actor, needs
from remote_user.predict_form import PredictForm
from service_provider.queries import own_predictions
from service_provider.queries.page import number_of
from service_provider.services import predictions


@require_http_methods(["GET", "HEAD", "POST"])
@needs("predict")
def predict(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    opening = predictions.open_form(by=actor(request), now=now)
    form = PredictForm(opening, request.POST if request.method == "POST" else None)
    why_not = opening.why_not
    if request.method == "POST" and form.is_valid():
        try:
            made = predictions.predict(form.transaction(), by=actor(request), source="form", now=now)
            return redirect("shop:prediction", prediction_id=made.id)
        except predictions.NoModel as reason:
            why_not = str(reason)
    return render(request, "remote_user/predict.html", {"form": form, "why_not": why_not})


@require_safe
@needs("predict")
def prediction(request: HttpRequest, prediction_id: int) -> HttpResponse:
    found = own_predictions.find_own(actor(request), prediction_id)
    if found is None:
        raise Http404("No such prediction.")
    return render(request, "remote_user/prediction.html", {"prediction": found})


@require_safe
@needs("predict")
def prediction_list(request: HttpRequest) -> HttpResponse:
    page = own_predictions.list_own(actor(request), number_of(request.GET.get("page", "1")))
    return render(request, "remote_user/predictions.html", {"page": page})
