"""Whoever asked for it is told of each new coupon by mail, once; nobody else ever is."""

from datetime import timedelta
from typing import Any

import coupon_makers as made
import make
import pytest
from at_once import race
from django.core import mail
from shop_events import DAY, NOW

from service_provider.jobs import worker as work
from service_provider.jobs.coupons import mails
from service_provider.jobs.worker import Worker
from service_provider.models import Account, Campaign, Coupon, Decision, Visit
from service_provider.services import coupons

pytestmark = pytest.mark.django_db
SOON = make.NOON + timedelta(seconds=20)


@pytest.fixture
def campaign() -> Campaign:
    return made.campaign(budget_minor=9_000, limit_per_shopper=9)


@pytest.fixture
def asked(anna: Any) -> Any:
    """Anna, who asked to be told."""
    Account.objects.filter(user=anna).update(coupon_mail=True)
    return anna


def give(campaign: Campaign, user: Any, **fields: Any) -> Coupon:
    issued = made.issued(campaign, user.shopper, **{"most_live": 9} | fields)
    return Coupon.objects.get(pk=issued.coupon_id)


def test_she_is_told_once_what_until_when_why_and_how_to_stop_it(asked: Any, campaign: Campaign) -> None:
    coupon = give(campaign, asked, why="because you looked at Shoes")

    assert [mails.sweep(SOON) for _ in range(3)] == [1, 0, 0]

    (sent,) = mail.outbox
    assert sent.to == ["anna@example.test"]
    assert sent.subject == "A coupon for you: 10 % off Shoes, at most €5.00"
    code = f"{coupon.code[:5]}-{coupon.code[5:10]}-{coupon.code[10:]}"
    for said in (code, "until 21 May 2026, 13:59", "because you looked at Shoes", "Preferences"):
        assert said in sent.body, said
    coupon.refresh_from_db()
    assert (coupon.mailed_ms, coupon.state) == (NOW + 20_000, "issued"), "a mail is no look at it"


def test_nobody_is_told_unless_she_asked_for_it(anna: Any, bea: Any, campaign: Campaign) -> None:
    Account.objects.filter(user=bea).update(coupon_mail=True)
    give(campaign, anna)
    assert mails.sweep(SOON) == 0
    assert mail.outbox == []


def test_a_coupon_that_she_saw_in_the_page_is_told_of_all_the_same(asked: Any, campaign: Campaign) -> None:
    coupon = give(campaign, asked)
    coupons.mark_seen(coupon.pk, shopper_id=asked.shopper_id, now_ms=NOW)
    assert mails.sweep(SOON) == 1


NO_NEWS = [
    {"dismissed_ms": NOW}, {"state": "redeemed"}, {"state": "revoked"}, {"expires_ms": NOW},
    {"issued_ms": NOW - DAY - 1}, {"mailed_ms": NOW},
]  # fmt: skip


@pytest.mark.parametrize("row", NO_NEWS, ids=lambda row: next(iter(row)))
def test_what_is_over_put_away_or_old_is_no_news(asked: Any, campaign: Campaign, row: dict[str, Any]) -> None:
    give(campaign, asked)
    Coupon.objects.update(**row)
    assert mails.sweep(SOON) == 0


@pytest.mark.parametrize(
    "account", [{"blocked_at": make.NOON}, {"is_active": False}], ids=["blocked", "not_active"]
)
def test_who_may_not_come_in_is_told_nothing(asked: Any, campaign: Campaign, account: dict[str, Any]) -> None:
    give(campaign, asked)
    type(asked).objects.filter(pk=asked.pk).update(**account)
    assert mails.sweep(SOON) == 0


def test_an_address_that_is_not_confirmed_gets_nothing(asked: Any, campaign: Campaign) -> None:
    give(campaign, asked)
    asked.emailaddress_set.update(verified=False)
    assert mails.sweep(SOON) == 0


def test_a_robots_coupon_is_told_to_nobody(asked: Any, campaign: Campaign) -> None:
    visit = Visit.objects.create(
        key="V1", shopper=asked.shopper, started_ms=NOW, last_ms=NOW, event_count=1, is_bot=True
    )
    decision = Decision.objects.create(
        visit=visit, shopper=asked.shopper, at_ms=NOW, step=1, state=b"", campaign=campaign, policy="random",
        arm=1, group="treated", reasons=[], propensities=[], seed="0" * 32, seen={}, micros=1,
    )  # fmt: skip
    coupon = give(campaign, asked)
    Coupon.objects.filter(pk=coupon.pk).update(decision=decision)
    assert mails.sweep(SOON) == 0
    Visit.objects.update(is_bot=False)
    assert mails.sweep(SOON) == 1


def test_who_is_held_out_has_no_coupon_and_so_no_mail(asked: Any) -> None:
    """The whole way: she hesitates while a campaign runs that offers to everybody."""
    made.campaign(holdout_bp=10_000)
    made.nobody_held_out()
    make.product()
    decision = made.decided(asked.shopper.key)
    assert (decision.group, decision.arm) == ("own_holdout", 0)
    assert mails.sweep(SOON) == 0
    assert mail.outbox == []


def test_where_the_post_is_away_it_is_tried_again(
    asked: Any, bea: Any, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(campaign, asked)

    def away(*_: Any) -> int:
        raise ConnectionRefusedError("no post")

    with monkeypatch.context() as broken:
        broken.setattr(mails, "send_mail", away)
        assert mails.sweep(SOON) == 0
    assert Coupon.objects.get().mailed_ms is None
    assert mails.sweep(SOON + timedelta(seconds=30)) == 1
    assert len(mail.outbox) == 1


def test_many_are_told_in_several_goes(
    asked: Any, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mails, "MOST", 2)
    for _ in range(3):
        give(campaign, asked)
    assert [mails.sweep(SOON) for _ in range(3)] == [2, 1, 0]


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_her_once(asked: Any, campaign: Campaign) -> None:
    for _ in range(5):
        give(campaign, asked)
    ended = race(*[lambda: mails.sweep(SOON)] * 3)
    assert sum(ended) == len(mail.outbox) == 5, ended


def test_the_worker_looks_every_half_a_minute(asked: Any, campaign: Campaign) -> None:
    moments = iter([0.0, 0.0, work.TELL_EVERY - 1, work.TELL_EVERY, work.TELL_EVERY])
    worker = Worker("w", now=lambda: SOON, clock=lambda: next(moments))
    worker.tell_of_coupons()
    give(campaign, asked)
    worker.tell_of_coupons()
    assert mail.outbox == []
    worker.tell_of_coupons()
    assert len(mail.outbox) == 1
