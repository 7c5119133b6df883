"""A campaign is published, paused, gone on with, ended or copied, and all coupons are stopped: each asks first."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from service_provider.dashboard.access import actor, needs
from service_provider.dashboard.views.campaigns import FORM_METHODS, get
from service_provider.queries import campaigns as rows
from service_provider.services import campaigns as service


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before anything happens; `{name}` is the campaign's."""

    title: str
    told: str
    button: str
    done: str
    is_final: bool = False


PUBLISH = Question(
    "Publish {name}?",
    "From its first day on it gives out coupons and spends its budget. It can be paused at any time. Once a coupon was "
    "given out, its holdout is fixed.",
    "Publish it",
    "{name} is published.",
)
PAUSE = Question(
    "Pause {name}?",
    "It gives out no coupon until it goes on. Coupons that are out can still be used.",
    "Pause it",
    "{name} is paused.",
)
RESUME = Question(
    "Let {name} go on?",
    "It gives out coupons again, as its terms and budget allow.",
    "Go on",
    "{name} goes on.",
)
END = Question(
    "End {name}?",
    "It never gives out a coupon again. Coupons that are out can still be used until they are over. This cannot be "
    "undone; a copy can be made.",
    "End it for good",
    "{name} has ended.",
    is_final=True,
)
DUPLICATE = Question(
    "Copy {name}?",
    "A draft with the same terms comes to be, with nothing spent and its own draw of a holdout.",
    "Make the copy",
    "The copy is a draft.",
)


def _ask(request: HttpRequest, campaign_id: int, question: Question, act: Callable[[], int]) -> HttpResponse:
    """Shows the question, and acts when it is agreed to; `act` gives the number of the campaign to go to."""
    row = get(campaign_id)
    if request.method == "POST":
        try:
            target = act()
        except service.CampaignNotFound:
            raise Http404("There is no such campaign.") from None
        except (service.WrongState, service.CampaignRefused) as refusal:
            messages.error(request, str(refusal))
            return redirect("provider:campaign", campaign_id)
        except service.ChangedMeanwhile:
            messages.warning(request, "It was changed meanwhile. Look at it once more, then agree.")
            return redirect("provider:campaign", campaign_id)
        messages.success(request, question.done.format(name=row.name))
        return redirect("provider:campaign", target)
    context = {
        "campaign": row,
        "title": question.title.format(name=row.name),
        "question": question,
    }
    return render(request, "service_provider/campaign_state.html", context)


@require_http_methods(FORM_METHODS)
@needs("manage_campaigns")
def campaign_publish(request: HttpRequest, campaign_id: int) -> HttpResponse:
    def act() -> int:
        version = request.POST.get("version", "")
        service.publish(campaign_id, version=version, by=actor(request), now=timezone.now())
        return campaign_id

    return _ask(request, campaign_id, PUBLISH, act)


@require_http_methods(FORM_METHODS)
@needs("manage_campaigns")
def campaign_pause(request: HttpRequest, campaign_id: int) -> HttpResponse:
    def act() -> int:
        service.pause(campaign_id, by=actor(request), now=timezone.now())
        return campaign_id

    return _ask(request, campaign_id, PAUSE, act)


@require_http_methods(FORM_METHODS)
@needs("manage_campaigns")
def campaign_resume(request: HttpRequest, campaign_id: int) -> HttpResponse:
    def act() -> int:
        service.resume(campaign_id, by=actor(request), now=timezone.now())
        return campaign_id

    return _ask(request, campaign_id, RESUME, act)


@require_http_methods(FORM_METHODS)
@needs("manage_campaigns")
def campaign_end(request: HttpRequest, campaign_id: int) -> HttpResponse:
    def act() -> int:
        service.end(campaign_id, by=actor(request), now=timezone.now())
        return campaign_id

    return _ask(request, campaign_id, END, act)


@require_http_methods(FORM_METHODS)
@needs("manage_campaigns")
def campaign_duplicate(request: HttpRequest, campaign_id: int) -> HttpResponse:
    def act() -> int:
        return service.duplicate(campaign_id, by=actor(request), now=timezone.now())

    return _ask(request, campaign_id, DUPLICATE, act)


# ---- all coupons --------------------------------------------------------------------------------------


@require_http_methods(FORM_METHODS)
@needs("manage_campaigns")
def coupons_stop(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "service_provider/coupons_stop.html", {"here": rows.find_stop()})
    done = service.stop_all(by=actor(request), now=timezone.now())
    messages.warning(request, "No coupon is issued any more." if done else "They were stopped already.")
    return redirect("provider:campaigns")


@require_http_methods(FORM_METHODS)
@needs("manage_campaigns")
def coupons_allow(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "service_provider/coupons_allow.html", {"here": rows.find_stop()})
    done = service.allow_all(by=actor(request), now=timezone.now())
    messages.success(request, "Coupons are issued again." if done else "Nobody had stopped them.")
    return redirect("provider:campaigns")
