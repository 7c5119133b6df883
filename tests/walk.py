"""Every door of the site, found by asking the resolver, so that none can be forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import coupon_makers
import make
import rehearsal_reports
import segment_reports
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from service_provider.models import ApiKey, Invitation
from service_provider.queries.access import COMMAND
from service_provider.services import jobs, rehearsals
from service_provider.services.tills import make as make_till

FOREIGN = ("admin", "account_", "mfa_")
"""Doors that Django and allauth bring; the tables of this house name only its own."""


@dataclass(frozen=True, slots=True)
class Door:
    name: str  # with its namespace: provider:shopper-block
    arguments: tuple[str, ...]
    view: Any

    def path(self, values: dict[str, Any]) -> str:
        return reverse(self.name, kwargs={a: values[a] for a in self.arguments})

    @property
    def is_foreign(self) -> bool:
        return self.name.startswith(FOREIGN)


def doors(
    resolver: URLResolver | None = None, prefix: str = "", given: tuple[str, ...] = ()
) -> Iterator[Door]:
    """All named URL patterns below `resolver`, by default the whole site."""
    resolver = resolver or get_resolver()
    for pattern in resolver.url_patterns:
        arguments = given + tuple(pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from doors(pattern, space, arguments)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield Door(prefix + pattern.name, arguments, pattern.callback)


def furnish(anna: Any, petra: Any) -> dict[str, Any]:
    """Something behind every door, and what then stands in the URLs: everything of a person is anna's."""
    version = make.model_version(live=True)
    data_set = make.data_set(origin="built_in", stored_name="demo_transactions/demo_transactions.csv")
    jobs.beat("a worker", now=timezone.now())  # else the site is not ready
    key = ApiKey.objects.create(name="till", prefix="mall_x", sha256="1" * 64, created_at=make.NOON)
    invitation = Invitation.objects.create(
        email="carl@example.test",
        role="analyst",
        token_sha256="2" * 64,
        created_at=make.NOON,
        expires_at=timezone.now() + timedelta(days=1),
    )
    rehearsal_id = rehearsals.record(rehearsal_reports.report(), job_id=None, by=COMMAND, now=make.NOON)
    segment_reports.in_use(anna.shopper)
    campaign = coupon_makers.campaign()
    coupon = coupon_makers.issued(campaign, anna.shopper, expires_ms=2**42)
    product_pk = make.basket_line(anna.shopper, quantity=2).product_id
    decision = coupon_makers.decided("a walker")
    return {
        "campaign_id": campaign.pk,
        "decision_id": decision.pk,
        "visit_id": decision.visit_id,
        "alarm_id": make.alarm().pk,
        "rehearsal_id": rehearsal_id,
        "coupon_id": coupon.coupon_id,
        "code": "newcomers",
        "door": "events",
        "kind": "retention",
        "product_pk": product_pk,
        "product_id": "P1",
        "category_slug": "shoes",
        "mall_slug": "kanyon",
        "key": anna.shopper.key,
        "order_key": make.order(anna.shopper).key,
        "feedback_id": make.feedback(anna.shopper, text="Slow! " + "o" * 200, rating=2).pk,
        "prediction_id": make.prediction(version, shopper=anna.shopper).pk,
        "data_set_id": data_set.pk,
        "job_id": make.job(by=petra).pk,
        "version_id": version.pk,
        "key_id": key.pk,
        "till_id": make_till("a till", "Kanyon", by=COMMAND, now=timezone.now()).id,
        "redemption_id": 1,
        "staff_id": petra.pk,
        "user_id": petra.pk,
        "invitation_id": invitation.pk,
        "what": "predictions",
        "file_format": "csv",
        "chart": "bar",
        "token": "not-a-token",
    }
