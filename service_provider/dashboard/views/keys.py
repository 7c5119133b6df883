"""Keys for machines: who holds one, a new one, the end of one."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from service_provider.dashboard.access import actor, needs
from service_provider.dashboard.key_forms import KeyForm
from service_provider.dashboard.paging import page_number
from service_provider.dashboard.views.revoking import revoking
from service_provider.queries import keys as key_queries
from service_provider.services import keys


@require_safe
@needs("manage_keys")
def key_list(request: HttpRequest) -> HttpResponse:
    page = key_queries.list_keys(page_number(request))
    return render(request, "service_provider/keys.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("manage_keys")
@never_cache
def key_add(request: HttpRequest) -> HttpResponse:
    """The secret stands in this one answer and nowhere else, which is why there is no redirect after it."""
    form = KeyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = keys.make(
                given["name"],
                tuple(given["scopes"]),
                mall=given["mall"],
                by=actor(request),
                now=timezone.now(),
            )
            return render(request, "service_provider/key_made.html", {"made": made})
        except keys.KeyRefused as reason:
            form.add_error("name", str(reason))
    return render(request, "service_provider/key_add.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("manage_keys")
def key_revoke(request: HttpRequest, key_id: int) -> HttpResponse:
    key = key_queries.find_live(key_id)
    if key is None:
        raise Http404("No such key, or it was revoked before.")
    return revoking(
        request,
        "service_provider/key_revoke.html",
        revoke=lambda reason: keys.revoke(key_id, by=actor(request), now=timezone.now(), reason=reason),
        refusal=keys.KeyRefused,
        done=f"The key {key.name} is revoked: its next request will be refused.",
        then="provider:keys",
        context={"key": key},
    )
