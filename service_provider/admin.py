"""Django's admin: every table to look at, none to write but staff accounts, and those by their service."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import logout as log_out
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from service_provider import models
from service_provider.queries.access import PROVIDER, actor_of, may
from service_provider.queries.people.staff import ROLES, STAFF
from service_provider.services import reasons
from service_provider.services.people import staff


class OfficeSite(admin.AdminSite):
    """Entered through the provider's door only, by active providers only."""

    site_header = site_title = "The mall's ledger"
    index_title = "All tables"
    site_url = "/provider/"

    def has_permission(self, request: HttpRequest) -> bool:
        who = actor_of(request.user)
        return who.role == PROVIDER and not who.is_blocked

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied("The tables are open to providers only.")
        return redirect_to_login(request.GET.get("next", reverse("admin:index")), reverse("provider:login"))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if request.method == "POST":
            log_out(request)
        return redirect("provider:login")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_change_password")


# A site of our own: what other packages register with Django's would write around the services.
site = OfficeSite()


class ReadOnlyAdmin(admin.ModelAdmin):
    """Providers look; nobody adds, changes or deletes. `hidden` fields are neither shown nor read."""

    hidden: tuple[str, ...] = ()
    actions = None
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer(*self.hidden)

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.hidden

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(actor_of(request.user), "see_people").allowed

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(actor_of(request.user), "see_people").allowed

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class StaffForm(forms.ModelForm):
    role = forms.ChoiceField(choices=ROLES)
    reason = forms.CharField(
        min_length=reasons.SHORTEST, max_length=reasons.LONGEST, help_text="Kept in the audit log."
    )

    class Meta:
        model = models.User
        fields = ("role", "is_active")


class UserAdmin(ReadOnlyAdmin):
    hidden = ("password",)
    list_display = ("username", "email", "role", "is_active", "blocked_at", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("username", "email")
    fixed = ("username", "email", "shopper", "blocked_at", "blocked_reason", "date_joined", "last_login")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Staff only, and never oneself: the service refuses both."""
        allowed = may(actor_of(request.user), "manage_staff").allowed
        return allowed and (obj is None or (obj.role in STAFF and obj.pk != request.user.pk))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if self.has_change_permission(request, obj):
            kwargs |= {"form": StaffForm, "fields": ("role", "is_active", "reason")}
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        changeable = ("reason",) if self.has_change_permission(request, obj) else ()
        return (*self.fixed, "role", "is_active", *changeable)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fixed

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        given = form.cleaned_data
        staff.change(
            obj.pk, role=given["role"], active=given["is_active"], reason=given["reason"],
            by=actor_of(request.user), now=timezone.now(),
        )  # fmt: skip

    def changeform_view(self, request: HttpRequest, object_id: Any = None, *args: Any, **kwargs: Any) -> Any:
        """What the service refuses is said on the page; the transaction around the view has undone the rest."""
        try:
            return super().changeform_view(request, object_id, *args, **kwargs)
        except staff.StaffRefused as refusal:
            self.message_user(request, str(refusal), "ERROR")
            return redirect(request.path)


def _show(
    model: type[Model], *columns: str, hidden: tuple[str, ...] = (), related: tuple[str, ...] = ()
) -> None:
    look = {"list_display": columns, "hidden": hidden, "list_select_related": related, "__module__": __name__}
    site.register(model, type(f"{model.__name__}Admin", (ReadOnlyAdmin,), look))


site.register(models.User, UserAdmin)
_show(models.Account, "user", "city", "country", related=("user",))
_show(models.Consent, "user", "purpose", "granted", "at", related=("user",))
_show(models.Invitation, "email", "role", "created_at", "expires_at", "accepted_at", hidden=("token_sha256",))
_show(models.Shopper, "key", "created_at")
_show(models.Transaction, "tid", "invoice_date", "category", "price_minor", "label")
_show(models.Product, "product_id", "title", "category", "price_minor", "is_active")
_show(
    models.Visit,
    "key",
    "shopper",
    "started_ms",
    "event_count",
    "is_buying",
    "is_bot",
    hidden=("state", "carried"),
    related=("shopper",),
)
_show(models.Event, "id", "visit", "occurred_ms", "kind", "product_id", related=("visit",))
_show(models.Order, "key", "shopper", "placed_ms", "total_minor", related=("shopper",))
_show(models.OrderLine, "order", "product_id", "price_minor", "quantity", related=("order",))
_show(models.RevenuePrediction, "id", "created_at", "source", "result", "actual")
_show(models.DataSet, "name", "origin", "size_bytes", "created_at")
_show(models.LabelledTransaction, "tid", "category", "label", "created_at")
_show(
    models.ModelVersion, "number", "kind", "live_kind", "data_name", "rows", "created_at", hidden=("report",)
)
_show(models.Rehearsal, "id", "by_label", "created_at", hidden=("report",))
_show(models.Promotion, "verb", "version", "by_label", "at", related=("version",))
_show(models.Job, "id", "kind", "state", "stage", "created_at", hidden=("checkpoint",))
_show(models.Worker, "name", "started_at", "beat_at")
_show(models.ApiKey, "name", "prefix", "created_at", "last_used_at", "revoked_at", hidden=("sha256",))
_show(
    models.IdempotencyRecord,
    "id",
    "api_key",
    "status",
    "created_at",
    hidden=("response",),
    related=("api_key",),
)
_show(models.BasketLine, "id", "shopper", "product", "quantity", related=("shopper", "product"))
_show(models.Feedback, "id", "created_at", "topic", "rating", "answered_at", "closed_at")
_show(models.Mall, "name", "currency", "zone", "changed_at")
_show(models.AuditEntry, "at", "actor_label", "verb", "target_kind", "target_id")
_show(models.SearchDay, "day", "words", "count")
_show(models.EventDay, "day", "kind", "category", "events")
_show(models.Membership, "id", "shopper", "segment", "from_at", "until_at", related=("shopper",))
_show(models.RiskScore, "id", "visit", "step", "churn_ppm", "is_shadow", related=("visit",))
_show(models.Miss, "hour_ms", "reason", "count")
_show(models.Alarm, "kind", "raised_at", "closed_at", "closed_by")
_show(models.Schedule, "kind", "is_on", "minute", "started_day")
_show(models.Campaign, "id", "name", "starts_on", "ends_on", "budget_minor", "spent_minor", hidden=("salt",))
_show(models.CampaignDay, "campaign", "day", "issued", "spent_minor", related=("campaign",))
_show(models.CampaignShopper, "campaign", "shopper", "issued", related=("campaign", "shopper"))
_show(
    models.Decision,
    "id",
    "visit",
    "at_ms",
    "campaign",
    "arm",
    "group",
    hidden=("state",),
    related=("visit", "campaign"),
)
_show(
    models.Coupon,
    "id",
    "campaign",
    "shopper",
    "state",
    "issued_day",
    hidden=("code",),
    related=("campaign", "shopper"),
)
_show(models.Redemption, "id", "coupon", "at_ms", "discount_minor", "reversed_ms", related=("coupon",))
_show(models.LedgerRow, "id", "campaign", "kind", "amount_minor", "at_ms", related=("campaign",))
_show(models.Till, "name", "mall", "paired_at", "revoked_at", hidden=("link_sha256", "cookie_sha256"))
_show(models.WrongCodes, "source", "count")
