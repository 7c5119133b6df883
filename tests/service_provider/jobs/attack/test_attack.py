"""Coupons under attack, from threads on MariaDB and processes on SQLite; and an attack that finds something says so."""

import json
import os
import signal
import subprocess
import time
from dataclasses import replace
from io import StringIO
from typing import Any

import make
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from service_provider.jobs.attack import hands, rounds, run
from service_provider.jobs.attack.hands import Struck
from service_provider.jobs.attack.rounds import Field, Size
from service_provider.jobs.attack.strikes import ISSUE, REDEEM, Strike, Tally, strike_all
from service_provider.jobs.kinds import JobFailed
from service_provider.models import Campaign, Coupon, LedgerRow, Mall, Redemption, Shopper
from service_provider.queries import jobs, ledger_check

pytestmark = pytest.mark.django_db(transaction=True)
NOW_MS = round(make.NOON.timestamp() * 1000)
PATIENCE = 120  # seconds; whoever is this slow is stuck


def attack(*arguments: str) -> tuple[str, dict[str, Any]]:
    """What the command printed, and its JSON."""
    out = StringIO()
    call_command("attack_campaign", *arguments, "--json", stdout=out)
    lines = out.getvalue().splitlines()
    return "\n".join(lines[:-1]), json.loads(lines[-1])


def test_every_limit_holds_and_nothing_is_left_behind() -> None:
    told, found = attack("--coupons", "20", "--at-once", "50")

    one, budget, every, campaign, shopper, back = found["rounds"]
    assert found["broken"] is False, told
    assert (one["attempts"], one["succeeded"], one["refusals"]) == (50, 1, {"redeemed": 49})
    assert (budget["attempts"], budget["succeeded"], budget["refusals"]) == (40, 20, {"budget": 20})
    assert (every["attempts"], every["succeeded"], every["refusals"]) == (40, 20, {"redeemed": 20})
    assert (campaign["succeeded"], campaign["refusals"]) == (2, {"limit_total": 2})
    assert (shopper["succeeded"], shopper["refusals"]) == (2, {"limit_per_shopper": 8})
    assert (back["succeeded"], back["attempts"]) == (2, 4)
    assert {name: found[name] for name in run.FIGURES[:4]} == {
        "attempts": 40, "succeeded": 20, "refused": 20, "limit": 20,
    }  # fmt: skip
    assert (found["over_redemptions"], found["ledger_balanced"]) == (0, True)
    assert found["spent_minor"] + found["reserved_minor"] <= found["budget_minor"]
    assert found["connections"] >= 8
    assert told.endswith(found["verdict"])
    kept = (Campaign, Coupon, LedgerRow, Redemption, Shopper)
    assert [model.objects.count() for model in kept] == [0] * 5


@pytest.mark.parametrize("arguments", [("--coupons", "9"), ("--at-once", "1"), ("--connections", "101")])
def test_wrong_usage(arguments: tuple[str, str]) -> None:
    with pytest.raises(CommandError, match=f"{arguments[0]} is a whole number") as caught:
        attack(*arguments)

    assert caught.value.returncode == 2


def test_nothing_is_attacked_while_coupons_are_stopped() -> None:
    Mall.objects.update_or_create(pk=1, defaults={"coupons_stopped_at": make.NOON})

    with pytest.raises(CommandError, match="stopped") as caught:
        attack()

    assert caught.value.returncode == 2


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Without other connections: one after the other."""
    monkeypatch.setattr(
        hands, "attack", lambda strikes, *, hands, now_ms: Struck(strike_all(strikes, now_ms=now_ms), 1.0)
    )
    return monkeypatch


def test_what_nobody_expected_breaks_the_attack_and_leaves_its_campaigns(alone: pytest.MonkeyPatch) -> None:
    def faulty(strikes: list[Strike], *, hands: int, now_ms: int) -> Struck:
        tally = strike_all(strikes[:-1], now_ms=now_ms)
        tally.ended[strikes[-1].verb, "fault: OperationalError: database is locked"] += 1
        return Struck(tally, 1.0)

    alone.setattr(hands, "attack", faulty)
    out = StringIO()

    with pytest.raises(CommandError, match="broken") as caught:
        call_command("attack_campaign", "--coupons", "10", "--json", stdout=out)

    assert caught.value.returncode == 1
    assert "BROKEN: 1 times: fault: OperationalError: database is locked" in out.getvalue()
    found = json.loads(out.getvalue().splitlines()[-1])
    assert (found["broken"], found["campaigns_left"]) == (True, sorted(found["campaigns_left"]))
    assert Campaign.objects.filter(pk__in=found["campaigns_left"], is_rehearsal=True).count() == 5


def test_a_guard_that_does_not_hold_is_found(alone: pytest.MonkeyPatch) -> None:
    """A campaign whose limit nobody looks at: more coupons go out than may."""
    place = Field(Size(10, 2, 2), "token", make.NOON, NOW_MS)
    alone.setattr(Field, "lay", _without_limit(Field.lay))

    found = rounds.limit_per_campaign(place)

    assert (found.succeeded, found.limit) == (4, 2)
    assert found.broken == ("4 succeeded where 2 may",)


def _without_limit(lay: Any) -> Any:
    return lambda place, name, **limits: lay(place, name, **limits | {"limit_total": None})


def test_as_a_job(alone: pytest.MonkeyPatch) -> None:
    job = jobs.find(make.job("attack_campaign", args={}).pk)
    assert job is not None
    steps = run.run(job, checkpoint=None, now=lambda: make.NOON, clock=lambda: 0.0)
    alone.setattr(run, "FROM_A_BUTTON", replace(run.FROM_A_BUTTON, coupons=10))

    said = []
    while True:
        try:
            said.append(next(steps).done)
        except StopIteration as end:
            result = end.value()
            break

    assert said == list(range(len(rounds.ROUNDS)))
    assert (result["broken"], result["succeeded"], result["ledger_balanced"]) == (False, 10, True)
    json.dumps(result)


def test_a_job_says_in_words_why_it_cannot_be_done() -> None:
    Mall.objects.update_or_create(pk=1, defaults={"coupons_stopped_at": make.NOON})
    job = jobs.find(make.job("attack_campaign", args={}).pk)
    assert job is not None

    with pytest.raises(JobFailed, match="Allow them again"):
        list(run.run(job, checkpoint=None, now=lambda: make.NOON, clock=lambda: 0.0))


def test_clearing_touches_no_campaign_of_the_mall() -> None:
    place = Field(Size(), "token", make.NOON, NOW_MS)
    ground = place.lay("mine", budget_minor=500, shoppers=1)
    Campaign.objects.update(is_rehearsal=False)

    rounds.attack_ground.clear([ground])

    assert (Campaign.objects.count(), Shopper.objects.count()) == (1, 1)


def test_processes_killed_in_the_middle_leave_books_that_balance_and_the_rest_goes_on() -> None:
    place = Field(Size(), "token", make.NOON, NOW_MS)
    ground = place.lay("killed", budget_minor=400 * rounds.CAP, shoppers=400)
    issues = place.issues(ground)
    place.prepare(issues[:150])
    strikes = [one for pair in zip(rounds._redeems(ground), issues[150:300], strict=True) for one in pair]
    crew = subprocess.Popen(
        hands.crew_command(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=os.environ,
        cwd=settings.BASE_DIR, start_new_session=True,
    )  # fmt: skip
    assert crew.stdin is not None
    crew.stdin.write(hands.order([strikes[0::2], strikes[1::2]], NOW_MS))
    crew.stdin.close()
    until = time.monotonic() + PATIENCE
    while Redemption.objects.count() < 5 and time.monotonic() < until:
        time.sleep(0.01)
    os.killpg(crew.pid, signal.SIGKILL)
    crew.wait()

    books = ledger_check.check(ground.campaign_id)
    assert books.faults == ()
    assert 5 <= books.redeemed < 150, "it was killed in the middle"

    rest = strike_all(strikes, now_ms=NOW_MS)
    assert not [outcome for _, outcome in rest.ended if outcome.startswith("fault")]
    assert rest.count(REDEEM) + rest.ended[REDEEM, "redeemed"] == 150
    books = ledger_check.check(ground.campaign_id)
    assert (books.faults, books.redeemed, books.issued) == ((), 150, 300)


def test_figures_of_many_hands_are_added_up() -> None:
    whole = Tally()
    for slowest in (0.5, 0.25):
        one = Tally(retries=1, slowest_s=slowest)
        one.ended[ISSUE, "done"] += 2
        whole.add(Tally.from_json(one.to_json()))

    assert (whole.count(ISSUE), whole.retries, whole.slowest_s) == (4, 2, 0.5)
