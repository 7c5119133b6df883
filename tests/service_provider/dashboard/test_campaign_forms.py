"""The form of a campaign: as it is spoken of, faults beside their fields, typed words never lost."""

from typing import Any

import make
import pytest
from campaign_office import give_out, typed, url

from service_provider.models import AuditEntry, Campaign
from service_provider.queries import campaigns as rows


def fresh(office: Any, **changed: Any) -> dict[str, Any]:
    form = office.get(url("campaign-add")).context["form"]
    return typed(form, **{"name": "Summer", "cap": "5", "budget": "100.50", "depths": "5 7.5 10"} | changed)


# ---- making one ---------------------------------------------------------------------------------------


def test_a_draft_is_made_as_it_is_spoken_of(office: Any) -> None:
    answer = office.post(url("campaign-add"), fresh(office, holdout="2.5", overbooking="1.5"), follow=True)
    row = Campaign.objects.get()

    assert "Summer is a draft" in answer.text
    assert (row.depths, row.cap_minor, row.budget_minor) == ([500, 750, 1_000], 500, 10_050)
    assert (row.holdout_bp, row.overbooking_pct, row.published_at) == (250, 150, None)
    assert row.parameters == {"arm": 1}
    assert AuditEntry.objects.latest("pk").verb == "create_campaign"


def test_an_amount_caps_itself(office: Any) -> None:
    given = fresh(office, discount_kind="amount", depths="2 3.50", min_basket="20")
    given.pop("cap")
    office.post(url("campaign-add"), given)
    row = Campaign.objects.get()

    assert (row.depths, row.cap_minor, row.min_basket_minor) == ([200, 350], 350, 2_000)


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("name", {"name": ""}),
        ("ends_on", {"ends_on": "2020-01-01"}),
        ("starts_on", {"starts_on": "soon"}),
        ("depths", {"depths": "much"}),
        ("depths", {"depths": "5,10"}),
        ("depths", {"depths": "10 5"}),
        ("depths", {"depths": "0"}),
        ("depths", {"depths": "101"}),
        ("depths", {"depths": "5.001"}),
        ("depths", {"depths": "NaN"}),
        ("depths", {"depths": "1 2 3 4 5 6 7"}),
        ("cap", {"cap": ""}),
        ("cap", {"cap": "-1"}),
        ("cap", {"cap": "1.001"}),
        ("budget", {"budget": "4.99"}),
        ("day_budget", {"day_budget": "4.99"}),
        ("min_basket", {"discount_kind": "amount", "depths": "3", "cap": "3"}),
        ("overbooking", {"overbooking": "5.1"}),
        ("segments", {"audience": "segments"}),
        ("segments", {"audience": "segments", "segments": ["none-such"]}),
        ("categories", {"categories": ["None such"]}),
        ("rate", {"policy": "random", "rate": "0"}),
        ("threshold", {"threshold": "101"}),
        ("arm", {"arm": "4"}),
        ("holdout", {"holdout": "100.01"}),
        ("combines_with", {"combines_with": ["4711"]}),
        ("limit_per_shopper", {"limit_per_shopper": "0"}),
        ("priority", {"priority": "high"}),
    ],
    ids=lambda given: given if isinstance(given, str) else "-".join(map(str, given.values())),
)
def test_what_is_wrong_is_told_beside_its_field_and_what_was_typed_stays(
    office: Any, field: str, changed: dict[str, Any]
) -> None:
    kept = {} if field == "name" else {"name": "Kept words"}
    answer = office.post(url("campaign-add"), fresh(office, **kept | changed))

    assert answer.status_code == 400
    assert set(answer.context["form"].errors) == {field}
    assert f'id="id_{field}_error"' in answer.text
    assert field == "name" or 'value="Kept words"' in answer.text
    assert not Campaign.objects.exists()


def test_a_preview_saves_nothing(office: Any) -> None:
    answer = office.post(url("campaign-add"), fresh(office) | {"preview": "yes"})

    assert answer.status_code == 200
    assert "This is a preview: nothing is saved yet." in answer.text
    assert "Nobody came on" in answer.text
    assert not Campaign.objects.exists()


# ---- editing ------------------------------------------------------------------------------------------


def edit_form(office: Any, campaign: Campaign) -> Any:
    return office.get(url("campaign-edit", campaign.pk)).context["form"]


def test_saving_what_stands_there_changes_nothing(office: Any, running: Campaign) -> None:
    before = rows.find_values(running.pk)
    answer = office.post(url("campaign-edit", running.pk), typed(edit_form(office, running)), follow=True)

    assert "Nothing differed." in answer.text
    assert rows.find_values(running.pk) == before
    assert not AuditEntry.objects.exists()


def test_it_is_said_whom_a_change_is_for(office: Any, running: Campaign) -> None:
    assert "keep their terms" not in office.get(url("campaign-edit", running.pk)).text
    give_out(running)
    assert "those that are out keep their terms" in office.get(url("campaign-edit", running.pk)).text


@pytest.mark.parametrize(
    ("field", "changed", "why"),
    [
        ("budget", {"budget": "5"}, "€10.00 is spent and promised"),
        ("holdout", {"holdout": "5"}, "Coupons were given out already"),
        ("limit_total", {"limit_total": "1"}, "2 coupons were given out already"),
    ],
    ids=["budget", "holdout", "limit"],
)
def test_what_it_has_done_binds_it_and_the_reason_stands_beside_the_field(
    office: Any, running: Campaign, field: str, changed: dict[str, str], why: str
) -> None:
    Campaign.objects.update(issued=2, committed_minor=1_000, reserved_minor=1_000)
    given = typed(edit_form(office, running), **changed)
    answer = office.post(url("campaign-edit", running.pk), given)

    assert answer.status_code == 400
    assert set(answer.context["form"].errors) == {field}
    assert why in answer.text


def test_the_second_editor_is_told_and_loses_nothing(office: Any, running: Campaign, door: Any) -> None:
    mine = typed(edit_form(office, running), name="Mine", budget="70")
    other = door(make.user("paul", role="provider"))
    other.post(url("campaign-edit", running.pk), typed(edit_form(other, running), budget="80"))
    answer = office.post(url("campaign-edit", running.pk), mine)

    assert answer.status_code == 409
    assert "paul changed this campaign while you were editing it" in answer.text
    differing = {row[0].text: (row[1].text, row[2].text) for row in answer.context["collision"].rows}
    assert list(differing.values()) == [("Ten off", "Mine"), ("80.00", "70")]
    office.post(url("campaign-edit", running.pk), typed(answer.context["form"]))
    running.refresh_from_db()
    assert (running.name, running.budget_minor) == ("Mine", 7_000)
