"""The pages of campaigns: read by the staff, changed by the provider, asked about before anything happens."""

from typing import Any

from campaign_office import give_out, on_now, typed, url
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from service_provider.models import AuditEntry, Campaign, Mall
from service_provider.queries import campaigns as rows

# ---- the list -----------------------------------------------------------------------------------------


def test_an_empty_list_teaches(office: Any, alan: Any, door: Any) -> None:
    page = office.get(url("campaigns")).text
    assert "There is no campaign yet." in page
    assert url("campaign-add") in page
    assert url("campaign-add") not in door(alan).get(url("campaigns")).text


def test_the_list_tells_state_and_money(office: Any, running: Campaign) -> None:
    page = office.get(url("campaigns")).text
    for text in ("Ten off", "running", "10 %", "By chance", "€10.00", url("campaign", running.pk)):
        assert text in page


def test_it_is_filtered_by_what_is_enforced(office: Any, running: Campaign) -> None:
    on_now("Poor", budget_minor=499)
    on_now("Draft", published_at=None, policy="none", parameters={})

    def found(**params: str) -> set[str]:
        page = office.get(url("campaigns"), params).context["listing"].page
        return {row.name for row in page.rows}

    assert found(state="running") == {"Ten off"}
    assert found(state="exhausted") == {"Poor"}
    assert found(state="draft") == found(policy="none") == {"Draft"}
    assert found(q="oo") == {"Poor"}
    assert found(state="asleep") == set()


def test_a_long_list_takes_as_many_queries_as_a_short_one(office: Any) -> None:
    counts = []
    for known, wanted in ((0, 3), (3, 40)):
        for number in range(known, wanted):
            on_now(f"Campaign {number}")
        with CaptureQueriesContext(connection) as queries:
            office.get(url("campaigns"), {"state": "running"})
        counts.append(len(queries))
    assert counts[0] == counts[1]


# ---- one campaign -------------------------------------------------------------------------------------


def test_its_page_tells_its_money_and_days(office: Any, running: Campaign) -> None:
    give_out(running)
    page = office.get(url("campaign", running.pk)).text

    for text in (
        "€5.00, set aside",
        "€5.00 of €10.00",
        "1 given out, 0 used",
        "1 can be used now",
        "Given out",
    ):
        assert text in page, text
    assert "The same data as a table" in page


def test_its_page_shows_yesterday_when_asked(office: Any, running: Campaign) -> None:
    assert "Nobody came on" not in office.get(url("campaign", running.pk)).text
    assert "Nobody came on" in office.get(url("campaign", running.pk), {"preview": "yesterday"}).text


def test_an_overspent_campaign_says_so(office: Any, running: Campaign) -> None:
    Campaign.objects.update(overbooking_pct=200, committed_minor=1_200, spent_minor=1_200)
    assert "the budget is overspent" in office.get(url("campaign", running.pk)).text


def test_what_is_not_there(office: Any) -> None:
    for name in ("campaign", "campaign-edit", "campaign-end"):
        assert office.get(url(name, 4711)).status_code == 404


def test_each_verb_asks_first_and_then_acts(office: Any, running: Campaign) -> None:
    for verb, asks, state in (
        ("pause", "Pause Ten off?", "paused"),
        ("resume", "Let Ten off go on?", "running"),
        ("end", "This cannot be undone", "ended"),
    ):
        path = url(f"campaign-{verb}", running.pk)
        assert asks in office.get(path).text
        assert AuditEntry.objects.filter(verb=f"{verb}_campaign").count() == 0
        office.post(path)
        found = rows.find(running.pk, now=timezone.now())
        assert found is not None
        assert found.state == state
    assert "It has ended." in office.post(url("campaign-pause", running.pk), follow=True).text


def test_a_copy_is_published_as_it_was_seen(office: Any, running: Campaign) -> None:
    office.post(url("campaign-duplicate", running.pk))
    copy = Campaign.objects.latest("pk")
    path = url("campaign-publish", copy.pk)
    version = office.get(path).context["campaign"].version
    office.post(
        url("campaign-edit", copy.pk),
        typed(office.get(url("campaign-edit", copy.pk)).context["form"], budget="70"),
    )

    assert "It was changed meanwhile" in office.post(path, {"version": version}, follow=True).text
    office.post(path, {"version": office.get(path).context["campaign"].version})
    copy.refresh_from_db()
    assert (copy.name, copy.published_at is not None) == ("Copy of Ten off", True)


def test_an_analyst_reads_and_changes_nothing(alan: Any, door: Any, running: Campaign) -> None:
    his = door(alan)
    page = his.get(url("campaign", running.pk)).text
    assert "Ten off" in page
    for verb in ("edit", "publish", "pause", "resume", "end", "duplicate"):
        assert url(f"campaign-{verb}", running.pk) not in page
        assert his.post(url(f"campaign-{verb}", running.pk)).status_code == 403
    for name in ("campaign-add", "coupons-stop", "coupons-allow"):
        assert his.post(url(name)).status_code == 403
    assert Campaign.objects.get().paused_at is None


# ---- the switch ---------------------------------------------------------------------------------------


def test_the_switch_stands_on_every_page_and_asks_first(office: Any, alan: Any, door: Any) -> None:
    his = door(alan)
    for name in ("overview", "catalogue", "settings", "campaigns"):
        assert url("coupons-stop") in office.get(url(name)).text
    assert url("coupons-stop") not in his.get(url("overview")).text
    assert "Stop all coupons?" in office.get(url("coupons-stop")).text
    assert Mall.objects.filter(coupons_stopped_at__isnull=False).count() == 0

    office.post(url("coupons-stop"))
    assert "petra stopped all of them" in office.get(url("overview")).text
    assert "petra stopped all of them" in his.get(url("overview")).text
    assert url("coupons-allow") in office.get(url("catalogue")).text
    assert url("coupons-allow") not in his.get(url("catalogue")).text

    office.post(url("coupons-allow"))
    assert "stopped all of them" not in office.get(url("overview")).text
    assert [one.verb for one in AuditEntry.objects.order_by("pk")] == ["stop_coupons", "allow_coupons"]


def test_shoppers_are_not_told_of_the_switch(office: Any, anna: Any, door: Any) -> None:
    office.post(url("coupons-stop"))
    assert "stopped all of them" not in door(anna).get("/").text
