"""Whether what a visitor does may be remembered; shoppers with an account answer in their profile."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from remote_user.access import actor
from remote_user.capture import gate
from remote_user.capture.page import AGE_S, ANSWER, NO, YES, answer_of
from service_provider.queries.access import SHOPPER


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def cookie_consent(request: HttpRequest) -> HttpResponse:
    who = actor(request)
    if request.method != "POST":
        return _show(request)
    if who.role == SHOPPER:
        return redirect("shop:consent")
    answer = request.POST.get("answer")
    if answer not in (YES, NO):
        return _show(request, fault="Choose yes or no.")
    if who.is_staff or gate.says_no(request):
        return _show(request)
    messages.success(
        request, "Thank you, your answer is kept." if answer == YES else "Nothing is remembered."
    )
    response = redirect(_way_back(request))
    response.set_cookie(
        ANSWER, answer, max_age=AGE_S, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )  # not HttpOnly: the script in the page looks at it before it keeps anything
    return response


def _show(request: HttpRequest, *, fault: str = "") -> HttpResponse:
    context = {"answer": answer_of(request), "says_no": gate.says_no(request), "fault": fault}
    return render(request, "remote_user/cookie_consent.html", context)


def _way_back(request: HttpRequest) -> str:
    there = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(there, allowed_hosts={request.get_host()})
    return there if is_ours else "shop:cookie-consent"
