"""The shopper's own account: profile, preferences, consent, her data, and the way out."""

from django.contrib import messages
from django.contrib.auth import authenticate, logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from remote_user.access import actor, needs
from remote_user.forms import ConsentForm, DeleteForm, PreferencesForm, ProfileForm
from service_provider.queries import wallet
from service_provider.queries.orders import milliseconds
from service_provider.queries.people import profile as profiles
from service_provider.services.people import farewell
from service_provider.services.people import profile as changes

read_or_change = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@needs("own_profile")
def profile(request: HttpRequest) -> HttpResponse:
    return render(request, "remote_user/profile.html", {"profile": profiles.get(actor(request))})


@read_or_change
@needs("own_profile")
def profile_edit(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    kept = profiles.get(actor(request))
    form = ProfileForm(request.POST or None, profile=kept, this_year=now.year)
    if not form.is_valid():
        return render(request, "remote_user/profile_edit.html", {"form": form, "profile": kept})
    changes.edit(actor(request), form.contact(), now=now)
    messages.success(request, "Your profile is saved.")
    return redirect("shop:profile")


@read_or_change
@needs("own_profile")
def preferences(request: HttpRequest) -> HttpResponse:
    opening = changes.open_preferences(actor(request))
    form = PreferencesForm(request.POST if request.method == "POST" else None, opening=opening)
    if not form.is_valid():
        return render(request, "remote_user/preferences.html", {"form": form, "opening": opening})
    changes.prefer(actor(request), form.preferences(), now=timezone.now())
    messages.success(request, "Your preferences are saved.")
    return redirect("shop:profile")


@read_or_change
@needs("own_profile")
def consent(request: HttpRequest) -> HttpResponse:
    who = actor(request)
    form = ConsentForm(
        request.POST if request.method == "POST" else None, initial=profiles.consents_in_force(who)
    )
    if not form.is_valid():
        history = profiles.list_consents(who)
        return render(request, "remote_user/consent.html", {"form": form, "history": history})
    changed = changes.answer_consent(who, form.answers(), now=timezone.now())
    messages.success(request, "Your answers are saved." if changed else "Nothing was changed.")
    return redirect("shop:consent")


@require_safe
@needs("own_profile")
def my_data(request: HttpRequest) -> HttpResponse:
    answer = JsonResponse(profiles.my_data(actor(request)), json_dumps_params={"indent": 2})
    answer["Content-Disposition"] = 'attachment; filename="my-data.json"'
    answer["Cache-Control"] = "no-store"
    return answer


@read_or_change
@needs("own_profile")
def account_delete(request: HttpRequest) -> HttpResponse:
    form = DeleteForm(request.POST or None)
    if form.is_valid() and not _is_password(request, form.cleaned_data["password"]):
        form.add_error("password", "This is not your password.")
    if not form.is_valid():
        live = wallet.count_live(actor(request).shopper_id, now_ms=milliseconds(timezone.now()))
        return render(request, "remote_user/account_delete.html", {"form": form, "live_coupons": live})
    farewell.delete(actor(request), now=timezone.now())
    logout(request)
    messages.success(request, "Your account and everything personal in it are deleted. Goodbye!")
    return redirect("shop:home")


def _is_password(request: HttpRequest, password: str) -> bool:
    """Asked of the door itself, so that wrong tries are counted as there."""
    username = request.user.get_username()
    return authenticate(request, username=username, password=password) == request.user
