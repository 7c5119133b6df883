"""A worker killed without a word in the middle of ending coupons: the next one ends the rest, and the books balance."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import coupon_makers as made
import make
import pytest
from django.conf import settings
from django.db import connection

from service_provider.models import Campaign, Coupon, Job, LedgerRow
from service_provider.queries import ledger_check
from service_provider.services.coupons import ending

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
COUPONS, KILLED_AT = 120, 70  # in the middle of the second transaction of fifty

WORKER = """
import os, signal, sys
import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from django.core.management import call_command
from service_provider.services.coupons import ending

left, end = int(sys.argv[2]), ending._end

def until_killed(*args, **named):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return end(*args, **named)

ending._end = until_killed
call_command("run_jobs", "--once")
"""


def worker(*, killed_at: int) -> int:
    """A process of its own on the test's database; its exit code."""
    command = [sys.executable, "-c", WORKER, str(connection.settings_dict["NAME"]), str(killed_at)]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    return subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=False).returncode


def ended() -> int:
    return Coupon.objects.filter(state="expired").count()


def test_what_a_killed_worker_left_is_ended_later(transactional_db: None) -> None:
    campaign = made.campaign(budget_minor=COUPONS * 500)
    for number in range(COUPONS):
        made.issued(campaign, made.shopper(f"S{number}"))
    Coupon.objects.update(expires_ms=1)
    make.job("expire_coupons", due_at=LONG_AGO)

    assert worker(killed_at=KILLED_AT) == -signal.SIGKILL

    assert ended() == ending.AT_ONCE, "what was half done is undone with its transaction"
    assert Job.objects.get().state == "running"
    assert balanced(campaign, reserved=(COUPONS - ending.AT_ONCE) * 500)

    Job.objects.update(lease_until=LONG_AGO + timedelta(seconds=30))  # its lease is over
    assert worker(killed_at=0) == 0

    assert ended() == COUPONS
    assert (Job.objects.get().state, Job.objects.get().attempts) == ("done", 2)
    assert balanced(campaign, reserved=0)
    assert LedgerRow.objects.filter(kind="release").count() == COUPONS


def balanced(campaign: Campaign, *, reserved: int) -> bool:
    campaign.refresh_from_db()
    return campaign.reserved_minor == reserved and ledger_check.check(campaign.pk).faults == ()
