"""Staff: who works here, inviting, taking up an invitation, changing an account."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from service_provider.dashboard.access import actor, needs
from service_provider.dashboard.office_forms import InvitationForm, JoinForm, ReasonForm, StaffChangeForm
from service_provider.queries.people import staff as known
from service_provider.services.people import staff

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_safe
@needs("manage_staff")
def staff_list(request: HttpRequest) -> HttpResponse:
    return render(request, "service_provider/staff.html", {"office": known.get_office(now=timezone.now())})


@require_http_methods(FORM_METHODS)
@needs("manage_staff")
def staff_invite(request: HttpRequest) -> HttpResponse:
    form = InvitationForm(request.POST or None)
    if form.is_valid():
        email, role = form.cleaned_data["email"], form.cleaned_data["role"]

        def link(token: str) -> str:
            return request.build_absolute_uri(reverse("provider:staff-join", args=[token]))

        try:
            staff.invite(email, role, link=link, by=actor(request), now=timezone.now())
        except staff.StaffRefused as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, f"The invitation is on its way to {email}.")
            return redirect("provider:staff")
    return render(request, "service_provider/staff_invite.html", {"form": form})


@require_http_methods(FORM_METHODS)
@needs("manage_staff")
def staff_revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    try:
        invitation = known.get_invitation(invitation_id, now=timezone.now())
    except known.StaffNotFound:
        raise Http404("This invitation is no longer open.") from None
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        staff.revoke(invitation_id, reason=form.cleaned_data["reason"], by=actor(request), now=timezone.now())
        messages.success(
            request, f"The invitation of {invitation.email} is taken back: its link no longer works."
        )
        return redirect("provider:staff")
    return render(request, "service_provider/staff_revoke.html", {"invitation": invitation, "form": form})


@require_http_methods(FORM_METHODS)
@needs("manage_staff")
def staff_change(request: HttpRequest, user_id: int) -> HttpResponse:
    try:
        person = known.get_staff(user_id)
    except known.StaffNotFound:
        raise Http404("Nobody on the staff has this number.") from None
    form = StaffChangeForm(request.POST or None, initial={"role": person.role, "active": person.is_active})
    if form.is_valid():
        try:
            changed = staff.change(user_id, **form.cleaned_data, by=actor(request), now=timezone.now())
        except staff.StaffRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{person.username} is changed." if changed else "Nothing differed.")
            return redirect("provider:staff")
    return render(request, "service_provider/staff_change.html", {"person": person, "form": form})


@require_http_methods(FORM_METHODS)
@sensitive_post_parameters("password", "password_again")
@never_cache
def staff_join(request: HttpRequest, token: str) -> HttpResponse:
    """Open to whoever holds the link; that is what the link is for."""
    invitation = known.find_invitation(token, now=timezone.now())
    if invitation is None:
        return render(request, "service_provider/staff_join_closed.html", status=410)
    form = JoinForm(request.POST or None)
    if form.is_valid():
        username, password = form.cleaned_data["username"], form.cleaned_data["password"]
        try:
            username = staff.join(token, username=username, password=password, now=timezone.now())
        except staff.StaffRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, f"Welcome, {username}. Please log in.")
            return redirect("provider:login")
    return render(request, "service_provider/staff_join.html", {"invitation": invitation, "form": form})
