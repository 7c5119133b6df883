"""The provider reads the ladder, promotes what passed its gates, and looks into a visit."""

from functools import partial
from typing import Any

import coupon_makers as made
import make
import pytest
import risk_models
from django.test import Client
from django.urls import reverse
from shop_events import NOW, SECOND

from engine.churn.serve import RiskModel
from service_provider.adapters import model_store
from service_provider.dashboard.forms import churn as forms
from service_provider.models import Job, ModelVersion, RiskScore, Visit
from service_provider.services import churn, offers, risk, serving

pytestmark = pytest.mark.django_db
CHURN, TRAIN = reverse("provider:churn"), reverse("provider:churn-train")


@pytest.fixture
def office(petra: Any) -> Client:
    client = Client()
    client.force_login(petra, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return " ".join(answer.content.decode().split())


def asked(key: str = "S1", *, times: int = 1) -> Visit:
    """A visit at which the model in use was asked so many times."""
    serving.forget()
    make.product("P1", category="Shoes")
    for number in range(times):
        sending = made.hesitation(key, at=NOW + 60 * SECOND * number, tag=f"h{number}")
        offers.answer(sending, ask=partial(risk.ask, clock=lambda: 0.0), clock=lambda: 0.0)
    return Visit.objects.get()


def test_without_a_version_the_page_teaches_what_a_training_does(office: Client) -> None:
    told = text(office.get(CHURN))

    assert "No model of churn yet." in told
    assert "nobody guesses it" in told
    assert "No visit was asked about yet." in told


def test_a_version_shows_its_ladder_its_choice_and_its_gates(office: Client) -> None:
    version = risk_models.told_version(live=True)
    told = text(office.get(CHURN))

    assert f"Chosen: {version.report['chosen']}" in told
    assert version.report["why"][:60] in told
    for words in (
        "log-loss",
        "Log-loss",
        "b3 gradient boosting",
        "Better than boosting",
        "holds",
        "tenth 10",
    ):
        assert words in told, words
    assert "After 3 events" in told
    assert "Said at risk" in told
    assert len(office.get(CHURN).content) < 100_000


def test_a_version_that_did_not_pass_says_why_and_cannot_be_promoted(office: Client) -> None:
    version = risk_models.told_version(gates=risk_models.gates("calibration"))
    assert "did not pass: calibration 0.0100, at most 0.0200 is allowed" in text(office.get(CHURN))

    answer = office.post(reverse("provider:model-promote", args=[version.pk]))
    assert answer.status_code == 409
    assert "did not pass" in answer.content.decode()
    assert not ModelVersion.objects.exclude(live_kind=None).exists()


def test_one_click_promotes_and_another_rolls_back(office: Client) -> None:
    first, second = risk_models.told_version(1), risk_models.told_version(2)
    assert "Every gate holds." in text(office.get(CHURN))
    assert office.post(reverse("provider:model-promote", args=[first.pk])).url == CHURN
    second.gates[0]["against"] = 1
    second.save()
    office.post(reverse("provider:model-promote", args=[second.pk]))
    assert ModelVersion.objects.get(live_kind="churn") == second

    back = f"{reverse('provider:model-roll-back')}?kind=churn"
    assert "Roll back to version 1?" in text(office.get(back))
    office.post(back)
    assert ModelVersion.objects.get(live_kind="churn") == first


def test_the_page_of_a_version_leads_to_its_kind(office: Client) -> None:
    version = risk_models.told_version(7)
    assert office.get(reverse("provider:model", args=[version.pk])).url == f"{CHURN}?version=7"
    assert "Version 7" in text(office.get(f"{CHURN}?version=7"))
    assert office.get(f"{CHURN}?version=8").status_code == 404


def test_a_model_that_is_too_old_is_said(office: Client) -> None:
    risk_models.told_version(live=True)  # of May, and it is later
    assert "too old to be believed" in text(office.get(CHURN))


def test_a_training_is_begun_once_and_the_second_is_led_to_it(office: Client) -> None:
    first = office.post(TRAIN, {"how": "quick", "seed": "3"})
    job = Job.objects.get()
    assert first.url == reverse("provider:job", args=[job.pk])
    assert (job.kind, job.args) == ("train_churn", {"quick": True, "nets": False, "seed": 3})

    again = office.post(TRAIN, {"how": "full", "seed": "0"})
    assert again.status_code == 409
    assert first.url in again.content.decode()
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"how": "deep", "seed": "0"}, "deep is not one of"),
        ({"how": "quick", "seed": "-1"}, "greater than or equal"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(office: Client, given: dict[str, str], words: str) -> None:
    answer = office.post(TRAIN, given)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not Job.objects.exists()


@pytest.mark.parametrize("is_there", [True, False], ids=["with PyTorch", "without"])
def test_nets_are_offered_where_pytorch_is_and_else_it_says_how(
    office: Client, is_there: bool, monkeypatch: Any
) -> None:
    monkeypatch.setattr(churn, "has_nets", lambda: is_there)
    told = text(office.get(CHURN))

    assert (forms.HOW["nets"] in told) == is_there
    assert ("pip install -r requirements-nets.txt" in told) != is_there


def test_nets_that_ship_stand_in_the_ladder_and_are_said_to(office: Client) -> None:
    found = risk_models.with_nets()
    risk_models.told_version(report=found.report.to_json(), rows=found.report.pooled.rows)
    told = text(office.get(CHURN))

    assert "b4 CNN-BiLSTM-attention, one for all (ships)" in told
    assert "b3 gradient boosting (ships)" not in told
    assert "b4 and b5 ship with the project" in told
    assert "what chance alone gives is taken off" in told


def test_a_ladder_without_nets_that_ship_says_nothing_of_them(office: Client) -> None:
    risk_models.told_version()
    assert "ship with the project" not in text(office.get(CHURN))


def test_an_analyst_reads_and_starts_nothing(office: Client, alan: Any) -> None:
    office.force_login(alan, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "Train the churn ladder" not in text(office.get(CHURN))
    assert office.post(TRAIN, {"how": "quick", "seed": "0"}).status_code == 403


def test_a_visit_shows_its_risk_as_it_went_on(office: Client) -> None:
    risk_models.version(live=True)
    visit = asked(times=2)
    told = text(office.get(reverse("provider:visit", args=[visit.pk])))

    assert RiskScore.objects.count() == 2
    assert "event 5" in told
    assert "event 10" in told
    assert "No version has a net that pays attention" in told
    assert told.count("product view") == 8
    assert f"Visit {visit.pk}" in told


def test_clicks_are_as_dark_as_they_weigh(office: Client, monkeypatch: Any) -> None:
    risk_models.version(live=True, report={"chosen": "b4"})
    visit = asked()
    monkeypatch.setattr(RiskModel, "attention", lambda *_: [0.1, 0.1, 0.1, 0.2, 0.5])
    told = text(office.get(reverse("provider:visit", args=[visit.pk])))

    assert 'class="shade-5" value="5"' in told
    assert told.count('class="shade-1"') == 3
    assert "50.0 %" in told
    assert "in the net of version 1, as the visit stands now" in told


def test_clicks_are_weighed_by_the_newest_net_that_pays_attention_where_another_rung_serves(
    office: Client,
) -> None:
    risk_models.version(1, live=True, report={"chosen": "b0"})
    for number, rung in enumerate(("b4", "b5"), start=2):
        content = model_store.read_shipped(f"{rung}.model")
        risk_models.version(number, content=content, report={"chosen": rung})
    visit = asked()
    told = text(office.get(reverse("provider:visit", args=[visit.pk])))

    assert "in the net of version 2, which is not the one in use" in told
    assert told.count('class="weight"') == 5
    assert 'class="shade-5"' in told


def clicks(office: Client, visit: Visit) -> str:
    told = text(office.get(reverse("provider:visit", args=[visit.pk])))
    return told[told.index('<ol class="clicks">') : told.index("</ol>")]


def test_clicks_of_an_imported_visit_are_weighed_too(office: Client) -> None:
    risk_models.version(content=model_store.read_shipped("b4.model"), report={"chosen": "b4"})
    visit = asked()
    before = clicks(office, visit)
    Visit.objects.update(state=None)  # as an import leaves it

    assert 'class="shade-5"' in before
    assert clicks(office, visit) == before
    Visit.objects.update(is_summed=True)
    assert "have no weights" in text(office.get(reverse("provider:visit", args=[visit.pk])))


def test_a_net_that_cannot_be_read_weighs_nothing(office: Client) -> None:
    content = model_store.read_shipped("b4.model")
    kept = risk_models.version(content=content, report={"chosen": "b4"})
    model_store.path_of(kept.stored_name).write_bytes(b"damaged")
    told = text(office.get(reverse("provider:visit", args=[asked().pk])))
    assert "No version has a net that pays attention" in told


def test_a_visit_nobody_was_asked_about_says_so(office: Client) -> None:
    visit = asked()
    assert "The risk of this visit is unknown." in text(
        office.get(reverse("provider:visit", args=[visit.pk]))
    )
    assert office.get(reverse("provider:visit", args=[visit.pk + 1])).status_code == 404


def test_the_ladder_comes_as_a_file(office: Client) -> None:
    risk_models.told_version(1)
    risk_models.told_version(2)
    path = reverse("provider:download", args=["churn", "csv"])
    whole, one = (
        b"".join(office.get(path + query).streaming_content).decode().splitlines()
        for query in ("", "?version=2")
    )

    assert len(whole) - 1 == 2 * (len(one) - 1)
    assert "log_loss" in one[0]
    assert "gradient boosting" in "".join(one)
